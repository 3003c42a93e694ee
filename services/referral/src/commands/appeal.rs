//! A rejection is looked at again.

use platform::{Ctx, Error, Result, ids};
use proto::{
    Action,
    referral::v1::{AppealRejectionRequest, AppealRejectionResponse},
};

use super::{Begun, NOTES, begin, load, save, text};
use crate::{
    Parts,
    domain::state::Move,
    rights,
    store::{parties, tokens},
};

/// Takes a rejected referral back to triage, once; why is kept as the note on the decision.
///
/// # Errors
/// `InvalidArgument`, `NotFound`, `PermissionDenied`, `FailedPrecondition` where it was not rejected or was appealed before.
pub async fn appeal_rejection(parts: &Parts, ctx: &Ctx, req: AppealRejectionRequest) -> Result<AppealRejectionResponse> {
    let mut tx = match begin(&parts.db, ctx, &req.request_id, &req).await? {
        Begun::Before(answer) => return Ok(answer),
        Begun::Now(tx) => tx,
    };
    let id = ids::parse_id("referral_id", &req.referral_id)?;
    let (mut stored, decision) = load(&mut tx, Action::Triage, id).await?;
    rights::may_write(&decision, NOTES)?;
    text(Error::invalid(), "reason", &req.reason, "Enter why this should be looked at again").into_result()?;
    stored.referral.make(Move::Appeal, tx.now(), None)?;
    // It is open again, so others may be found to be about the same people.
    let crime_reference = stored.crime_reference(&mut tx).await?;
    for row in parties::of(&mut tx, &[id]).await? {
        let party = row.party(&mut tx).await?;
        tokens::put(&mut tx, id, row.id, &party, &crime_reference).await?;
    }
    save(&mut tx, &stored, Some(req.reason.trim())).await?;
    tx.commit_with(AppealRejectionResponse {}).await
}
