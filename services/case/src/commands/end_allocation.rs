//! Ends an allocation.

use platform::{Ctx, Db, Error, Result, Tx};
use proto::{Action, case::v1::{EndAllocationRequest, EndAllocationResponse}};

use super::{case_change, case_input::Check};
use crate::store::cases;

/// Reasons that somebody may give; `CASE_CLOSED` is set by closing.
pub const REASONS: [&str; 5] = ["REALLOCATED", "HANDED_OVER", "LEFT", "CONFLICT", "OTHER"];

/// Ends it: the person sees the case no longer, unless a role of theirs shows it.
///
/// # Errors
/// `InvalidArgument`; `NotFound`; `PermissionDenied`; `Conflict` on the etag; `FailedPrecondition` (`NOT_ALLOCATED`).
pub async fn run(db: &Db, ctx: &Ctx, request: EndAllocationRequest) -> Result<EndAllocationResponse> {
    let mut check = Check::new();
    let id = check.id("case_id", &request.case_id);
    let allocation_id = check.id("allocation_id", &request.allocation_id);
    let reason = check.one("reason", &request.reason, REASONS.contains(&request.reason.as_str()));
    check.done()?;

    let mut tx = Tx::begin(db, ctx, ctx.permit()).await?;
    let mut worked = cases::load_for_update(&mut tx, id).await?;
    ctx.decide(Action::Allocate, id, &worked.facts())?;
    if let Some(answer) = tx.replay(&request.request_id, &request).await? {
        return Ok(answer);
    }
    worked.case.check_etag(&request.etag)?;
    let ended = || Error::precondition("NOT_ALLOCATED", "This allocation has ended already.");
    let row = worked.current.iter().find(|a| a.id == allocation_id).ok_or_else(ended)?;
    case_change::save(&mut tx, &mut worked.case).await?;
    case_change::end_allocation(&mut tx, row, &reason, worked.case.version).await?;
    let answer = EndAllocationResponse { etag: worked.case.etag() };
    tx.commit_with(answer).await
}
