//! A coordinator passes a referral to another service.

use platform::{Ctx, Error, Result};
use proto::{
    Action,
    referral::v1::{TransferOutRequest, TransferOutResponse},
};

use super::{Begun, NOTES, begin, load_version, reason, save, text};
use crate::{Parts, domain::state::Move, rights};

/// Ends it as passed on, with a code of list referral_reason; the other service's name is the note on the decision.
///
/// # Errors
/// `InvalidArgument`, `NotFound`, `PermissionDenied`, `Conflict`, `FailedPrecondition` outside triage.
pub async fn transfer_out(parts: &Parts, ctx: &Ctx, req: TransferOutRequest) -> Result<TransferOutResponse> {
    let mut tx = match begin(&parts.db, ctx, &req.request_id, &req).await? {
        Begun::Before(answer) => return Ok(answer),
        Begun::Now(tx) => tx,
    };
    let (mut stored, decision) = load_version(&mut tx, Action::Triage, &req.referral_id, &req.etag).await?;
    rights::may_write(&decision, NOTES)?;
    text(reason(Error::invalid(), &req.reason), "to_service", &req.to_service, "Enter the name of the service that takes it")
        .into_result()?;
    stored.referral.make(Move::TransferOut, tx.now(), Some(&req.reason))?;
    save(&mut tx, &stored, Some(req.to_service.trim())).await?;
    tx.commit_with(TransferOutResponse {}).await
}
