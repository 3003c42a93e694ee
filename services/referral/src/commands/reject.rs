//! A coordinator refuses a referral.

use access::class::ClassSet;
use platform::{Ctx, Error, Result};
use proto::{
    Action,
    referral::v1::{RejectReferralRequest, RejectReferralResponse},
};

use super::{Begun, NOTES, begin, load_version, note, reason, save};
use crate::{Parts, domain::state::Move, rights};

/// Rejects with a code of list referral_reason and, where there is more to say, a note for colleagues.
///
/// # Errors
/// `InvalidArgument`, `NotFound`, `PermissionDenied`, `Conflict`, `FailedPrecondition` outside triage.
pub async fn reject_referral(parts: &Parts, ctx: &Ctx, req: RejectReferralRequest) -> Result<RejectReferralResponse> {
    let mut tx = match begin(&parts.db, ctx, &req.request_id, &req).await? {
        Begun::Before(answer) => return Ok(answer),
        Begun::Now(tx) => tx,
    };
    let (mut stored, decision) = load_version(&mut tx, Action::Triage, &req.referral_id, &req.etag).await?;
    rights::may_write(&decision, if req.note.is_empty() { ClassSet::NONE } else { NOTES })?;
    note(reason(Error::invalid(), &req.reason), "note", &req.note).into_result()?;
    stored.referral.make(Move::Reject, tx.now(), Some(&req.reason))?;
    save(&mut tx, &stored, Some(req.note.trim())).await?;
    tx.commit_with(RejectReferralResponse {}).await
}
