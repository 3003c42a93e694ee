//! A coordinator asks the referrer for more.

use platform::{Ctx, Error, Result};
use proto::{
    Action,
    referral::v1::{ReturnForInformationRequest, ReturnForInformationResponse},
};

use super::{Begun, NOTES, begin, load_version, save, text};
use crate::{Parts, domain::state::Move, rights, store::information};

/// Returns it with a question; it lapses when nobody answers in 20 working days.
///
/// # Errors
/// `InvalidArgument`, `NotFound`, `PermissionDenied`, `Conflict`, `FailedPrecondition` outside triage.
pub async fn return_for_information(parts: &Parts, ctx: &Ctx, req: ReturnForInformationRequest) -> Result<ReturnForInformationResponse> {
    let mut tx = match begin(&parts.db, ctx, &req.request_id, &req).await? {
        Begun::Before(answer) => return Ok(answer),
        Begun::Now(tx) => tx,
    };
    let (mut stored, decision) = load_version(&mut tx, Action::Triage, &req.referral_id, &req.etag).await?;
    rights::may_write(&decision, NOTES)?;
    text(Error::invalid(), "question", &req.question, "Enter what you need to know").into_result()?;
    stored.referral.make(Move::Return, tx.now(), None)?;
    information::ask(&mut tx, stored.referral.id, req.question.trim()).await?;
    save(&mut tx, &stored, None).await?;
    tx.commit_with(ReturnForInformationResponse {}).await
}
