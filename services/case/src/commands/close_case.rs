//! Closes a case.

use access::class::ClassSet;
use platform::{Ctx, Db, Result, Tx};
use proto::{Action, ResourceType, case::v1::{CloseCaseRequest, CloseCaseResponse}, events::v1::CaseClosed};

use super::{case_change, case_input::{Check, FREE}};
use crate::{
    domain::lifecycle::CLOSED,
    store::{cases, meetings, timeline},
};

/// Closes it for a reason that is valid for its stage, and ends every allocation: who worked it sees it no longer, unless
/// a role of theirs shows it.
///
/// # Errors
/// `InvalidArgument`; `NotFound`; `PermissionDenied`; `Conflict` on the etag; `FailedPrecondition` (`CASE_CLOSED`,
/// `MEETINGS_OPEN`).
pub async fn run(db: &Db, ctx: &Ctx, request: CloseCaseRequest) -> Result<CloseCaseResponse> {
    let mut check = Check::new();
    let id = check.id("case_id", &request.case_id);
    let reason = check.code("reason", "close_reason", &request.reason);
    let note = check.text("note", &request.note, FREE);
    check.done()?;
    ctx.scope(ResourceType::Case, Action::Close, ClassSet::NONE)?;

    let mut tx = Tx::begin(db, ctx, ctx.permit()).await?;
    // Asked before the case is: a worker who repeats the call sees the case no longer.
    if let Some(answer) = tx.replay(&request.request_id, &request).await? {
        return Ok(answer);
    }
    let mut worked = cases::load_for_update(&mut tx, id).await?;
    ctx.decide(Action::Close, id, &worked.facts())?;
    let case = &mut worked.case;
    case.check_etag(&request.etag)?;
    let ahead = meetings::any_scheduled(&mut tx, id).await?;
    case.lifecycle()?.check_close(&case.stage, &reason, !note.is_empty(), ahead)?;

    case_change::enter_stage(&mut tx, case, CLOSED, &note).await?;
    case.closed_at = Some(tx.now());
    case.close_reason = Some(reason.clone());
    case.on_hold = false;
    case.hold_review_on = None;
    case.c_notes = None;
    case_change::save(&mut tx, case).await?;
    timeline::add(&mut tx, id, "CLOSED", &[reason.as_str()], None, None).await?;
    for row in &worked.current {
        case_change::end_allocation(&mut tx, row, "CASE_CLOSED", case.version).await?;
    }
    tx.publish(id, case.version, &CaseClosed { case_id: id.to_string(), reason }).await?;
    let answer = CloseCaseResponse { etag: case.etag() };
    tx.commit_with(answer).await
}
