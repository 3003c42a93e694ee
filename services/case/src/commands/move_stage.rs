//! Moves a case to an allowed stage.

use platform::{Ctx, Db, Result, Tx};
use proto::{Action, case::v1::{MoveStageRequest, MoveStageResponse}};

use super::{case_change, case_input::{Check, FREE}};
use crate::store::cases;

/// Moves it by the table of its kind.
///
/// # Errors
/// `InvalidArgument`; `NotFound`; `PermissionDenied`; `Conflict` on the etag; `FailedPrecondition` as
/// [`crate::domain::lifecycle::Lifecycle::check_move`] says.
pub async fn run(db: &Db, ctx: &Ctx, request: MoveStageRequest) -> Result<MoveStageResponse> {
    let mut check = Check::new();
    let id = check.id("case_id", &request.case_id);
    let reason = check.text("reason", &request.reason, FREE);
    if request.stage.is_empty() {
        check.wrong("stage", "Choose the stage.");
    }
    check.done()?;

    let mut tx = Tx::begin(db, ctx, ctx.permit()).await?;
    let mut worked = cases::load_for_update(&mut tx, id).await?;
    ctx.decide(Action::Update, id, &worked.facts())?;
    if let Some(answer) = tx.replay(&request.request_id, &request).await? {
        return Ok(answer);
    }
    worked.case.check_etag(&request.etag)?;
    let known = case_change::known(&mut tx, &worked).await?;
    let case = &mut worked.case;
    let stage = case.lifecycle()?.check_move(&case.stage, &request.stage, known, !reason.is_empty())?;
    case_change::enter_stage(&mut tx, case, stage, &reason).await?;
    case_change::save(&mut tx, case).await?;
    case_change::stage_told(&mut tx, case).await?;
    let answer = MoveStageResponse { etag: case.etag() };
    tx.commit_with(answer).await
}
