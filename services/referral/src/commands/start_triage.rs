//! A coordinator takes a referral into triage.

use platform::{Ctx, Result, ids};
use proto::{
    Action,
    referral::v1::{StartTriageRequest, StartTriageResponse},
};

use super::{Begun, begin, load, save};
use crate::{Parts, domain::state::Move};

/// Takes it into triage.
///
/// # Errors
/// `NotFound`, `PermissionDenied`, `FailedPrecondition` in another state.
pub async fn start_triage(parts: &Parts, ctx: &Ctx, req: StartTriageRequest) -> Result<StartTriageResponse> {
    let mut tx = match begin(&parts.db, ctx, &req.request_id, &req).await? {
        Begun::Before(answer) => return Ok(answer),
        Begun::Now(tx) => tx,
    };
    let id = ids::parse_id("referral_id", &req.referral_id)?;
    let (mut stored, _) = load(&mut tx, Action::Triage, id).await?;
    stored.referral.make(Move::StartTriage, tx.now(), None)?;
    save(&mut tx, &stored, None).await?;
    let etag = stored.referral.version.to_string();
    tx.commit_with(StartTriageResponse { etag }).await
}
