//! Reopens a closed case.

use platform::{Ctx, Db, Error, Result, Tx};
use proto::{Action, case::v1::{ReopenCaseRequest, ReopenCaseResponse}, events::v1::CaseReopened};

use super::{case_change, case_input::{Check, FREE}};
use crate::store::{cases, timeline};

/// Reopens it where its kind begins again; nobody works it until it is allocated.
///
/// # Errors
/// `InvalidArgument`; `NotFound`; `PermissionDenied`; `Conflict` on the etag; `FailedPrecondition` (`CASE_OPEN`).
pub async fn run(db: &Db, ctx: &Ctx, request: ReopenCaseRequest) -> Result<ReopenCaseResponse> {
    let mut check = Check::new();
    let id = check.id("case_id", &request.case_id);
    let reason = check.required("reason", &request.reason, FREE, "Enter why the case is reopened.");
    check.done()?;

    let mut tx = Tx::begin(db, ctx, ctx.permit()).await?;
    let mut worked = cases::load_for_update(&mut tx, id).await?;
    ctx.decide(Action::Reopen, id, &worked.facts())?;
    if let Some(answer) = tx.replay(&request.request_id, &request).await? {
        return Ok(answer);
    }
    let case = &mut worked.case;
    case.check_etag(&request.etag)?;
    if !case.is_closed() {
        return Err(Error::precondition("CASE_OPEN", "The case is open."));
    }
    let stage = case.lifecycle()?.reopened;
    case_change::enter_stage(&mut tx, case, stage, &reason).await?;
    case.closed_at = None;
    case.close_reason = None;
    case.reopened += 1;
    case_change::save(&mut tx, case).await?;
    timeline::add(&mut tx, id, "REOPENED", &[stage], None, None).await?;
    tx.publish(id, case.version, &CaseReopened { case_id: id.to_string() }).await?;
    let answer = ReopenCaseResponse { etag: case.etag() };
    tx.commit_with(answer).await
}
