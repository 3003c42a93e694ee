//! The referrer answers what they were asked.

use platform::{Ctx, Error, Result};
use proto::{
    Action,
    referral::v1::{ProvideInformationRequest, ProvideInformationResponse},
};

use super::{Begun, NOTES, begin, find_id, load, save, text};
use crate::{Parts, domain::state::Move, rights, store::information};

/// Keeps the answer; the referral goes back to triage.
///
/// # Errors
/// `InvalidArgument`, `NotFound`, `PermissionDenied`, `FailedPrecondition` where nothing was asked.
pub async fn provide_information(parts: &Parts, ctx: &Ctx, req: ProvideInformationRequest) -> Result<ProvideInformationResponse> {
    let mut tx = match begin(&parts.db, ctx, &req.request_id, &req).await? {
        Begun::Before(answer) => return Ok(answer),
        Begun::Now(tx) => tx,
    };
    let id = find_id(&mut tx, &req.referral_id).await?;
    let (mut stored, decision) = load(&mut tx, Action::Update, id).await?;
    rights::may_write(&decision, NOTES)?;
    text(Error::invalid(), "answer", &req.answer, "Enter your answer").into_result()?;
    stored.referral.make(Move::Inform, tx.now(), None)?;
    let asked = information::of(&mut tx, id).await?.into_iter().rev().find(|e| e.answered_at.is_none());
    let asked = asked.ok_or_else(|| Error::fault("a referral was returned without a question"))?;
    information::answer(&mut tx, id, &asked, req.answer.trim()).await?;
    save(&mut tx, &stored, None).await?;
    tx.commit_with(ProvideInformationResponse {}).await
}
