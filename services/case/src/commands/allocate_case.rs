//! Allocates a case to somebody for a side.

use platform::{Ctx, Db, Error, Result, Tx};
use proto::{Action, case::v1::{AllocateCaseRequest, AllocateCaseResponse}};

use super::{case_change, case_input::Check};
use crate::{domain::lifecycle, store::cases};

/// Allocates; the first allocation moves a case that waits for one.
///
/// # Errors
/// `InvalidArgument`; `NotFound`; `PermissionDenied`; `Conflict` on the etag; `FailedPrecondition` (`CASE_CLOSED`,
/// `ALREADY_ALLOCATED`, `CANNOT_WORK_CASE`, `NOT_IN_LOCK`).
pub async fn run(db: &Db, ctx: &Ctx, request: AllocateCaseRequest) -> Result<AllocateCaseResponse> {
    let mut check = Check::new();
    let id = check.id("case_id", &request.case_id);
    let user_id = check.id("user_id", &request.user_id);
    let side = check.side("side", &request.side);
    let until = check.last_day("last_day", &request.last_day, ctx.now());
    check.done()?;

    let mut tx = Tx::begin(db, ctx, ctx.permit()).await?;
    let mut worked = cases::load_for_update(&mut tx, id).await?;
    ctx.decide(Action::Allocate, id, &worked.facts())?;
    if let Some(answer) = tx.replay(&request.request_id, &request).await? {
        return Ok(answer);
    }
    worked.case.check_etag(&request.etag)?;
    if worked.case.is_closed() {
        return Err(lifecycle::closed());
    }
    case_change::check_worker(ctx, "user_id", user_id)?;
    if worked.current.iter().any(|a| a.user_id == user_id) {
        return Err(Error::precondition("ALREADY_ALLOCATED", "This person works the case already. End that first to change their side."));
    }
    case_change::check_fit(&mut tx, &worked, user_id).await?;

    let case = &mut worked.case;
    let row = case_change::allocate(&mut tx, case, user_id, side, request.lead, until).await?;
    let moved = case.lifecycle()?.on_allocation(&case.stage);
    if let Some(stage) = moved {
        case_change::enter_stage(&mut tx, case, stage, "").await?;
    }
    case_change::save(&mut tx, case).await?;
    case_change::allocation_told(&mut tx, case, &row).await?;
    if moved.is_some() {
        case_change::stage_told(&mut tx, case).await?;
    }
    let answer = AllocateCaseResponse { allocation_id: row.id.to_string(), etag: case.etag() };
    tx.commit_with(answer).await
}
