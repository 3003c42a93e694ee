//! Records an intervention and what came of it.

use platform::{Ctx, Db, Error, Result, Tx, local_time};
use proto::{Action, FieldClass, ResourceType, case::v1::{RecordOutcomeRequest, RecordOutcomeResponse}};

use super::{case_change, case_input::{Check, FREE}};
use crate::{
    domain::{case_file::Worked, intervention, lifecycle, meeting, side::Side},
    events::case_facts,
    store::{case_blobs::OutcomeBlob, cases, meetings, outcomes::{self, OutcomeRow}, timeline},
};

/// Records it. Facts decide states: a direct or indirect intervention that was held moves a case for which one was planned.
///
/// # Errors
/// `InvalidArgument`; `NotFound`; `PermissionDenied`; `Conflict` on the etag; `FailedPrecondition` (`CASE_CLOSED`).
pub async fn run(db: &Db, ctx: &Ctx, request: RecordOutcomeRequest) -> Result<RecordOutcomeResponse> {
    let mut check = Check::new();
    let id = check.id("case_id", &request.case_id);
    let held_on = check.date("held_on", &request.held_on);
    if held_on > local_time::today(ctx.now()) {
        check.wrong("held_on", "Enter a date that is not in the future.");
    }
    let meeting_id = check.optional_id("meeting_id", &request.meeting_id);
    let outcomes = check.codes("outcomes", "outcome", &request.outcomes);
    let summary = check.text("summary", &request.summary, FREE);
    check.add(&intervention::check(Error::invalid(), &request.intervention, &request.result, &outcomes));
    check.done()?;

    let mut tx = Tx::begin(db, ctx, ctx.permit()).await?;
    let mut worked = cases::load_for_update(&mut tx, id).await?;
    let decision = ctx.decide(Action::Update, id, &worked.facts())?;
    if !decision.write.contains(FieldClass::Notes) {
        return Err(Error::denied());
    }
    if let Some(answer) = tx.replay(&request.request_id, &request).await? {
        return Ok(answer);
    }
    worked.case.check_etag(&request.etag)?;
    if worked.case.is_closed() {
        return Err(lifecycle::closed());
    }
    if let Some(meeting_id) = meeting_id
        && !fits(&mut tx, ctx, &worked, meeting_id).await?
    {
        return Err(Error::invalid().field("meeting_id", "Choose a meeting of this case that has taken place."));
    }

    let case = &mut worked.case;
    let blob = OutcomeBlob { intervention: request.intervention.clone(), held_on: held_on.to_string(), result: request.result.clone(), outcomes, summary };
    let outcome_id = ctx.new_id();
    let row = OutcomeRow {
        id: outcome_id,
        case_id: id,
        meeting_id,
        delivered: intervention::is_delivered(&request.intervention, &request.result),
        recorded_at: tx.now(),
        recorded_by: ctx.principal().label(),
        version: 1,
        c_notes: tx.seal(id, FieldClass::Notes, outcome_id, &blob).await?,
    };
    outcomes::insert(&mut tx, &row).await?;
    let mut moved = None;
    if row.delivered {
        let held_at = case_facts::held_at(&blob.held_on);
        case.first_intervention_at = [case.first_intervention_at, held_at].into_iter().flatten().min();
        moved = case.lifecycle()?.on_intervention(&case.stage);
        if let Some(stage) = moved {
            case_change::enter_stage(&mut tx, case, stage, "").await?;
        }
    }
    case_change::save(&mut tx, case).await?;
    // What it was and how it went is of class notes, so the timeline holds no code of it.
    timeline::add::<&str>(&mut tx, id, "OUTCOME", &[], Some(row.id), None).await?;
    if moved.is_some() {
        case_change::stage_told(&mut tx, case).await?;
    }
    case_facts::publish_outcome(&mut tx, case, &row, blob).await?;
    let answer = RecordOutcomeResponse { outcome_id: row.id.to_string(), etag: case.etag() };
    tx.commit_with(answer).await
}

/// Whether the meeting is one of this case that the caller sees and that has begun.
async fn fits(tx: &mut Tx, ctx: &Ctx, worked: &Worked, meeting_id: uuid::Uuid) -> Result<bool> {
    let Some(row) = meetings::get(tx, meeting_id).await?.filter(|m| m.case_id == worked.case.id) else { return Ok(false) };
    let allocated = worked.of_side(Side::parse(&row.side).unwrap_or_default());
    let seen = ctx.may(Action::Read, &worked.access(ResourceType::Meeting, &allocated));
    Ok(seen && row.state != meeting::CANCELLED && row.starts_at <= tx.now())
}
