//! Schedules a meeting.

use std::collections::BTreeMap;

use platform::{Ctx, Db, Error, Result, Tx};
use proto::{Action, FieldClass, ResourceType, case::v1::{Attendee, ScheduleMeetingRequest, ScheduleMeetingResponse}};
use uuid::Uuid;

use super::{case_input::{Check, LINE}, meeting_change};
use crate::{
    domain::{case_file::Worked, lifecycle, meeting, side::Side},
    store::{cases, meetings::{self, AttendeeRow, MeetingRow}, participants},
};

/// Most people who are asked to one meeting.
const MOST: usize = 50;

/// Schedules it. Attendees are participants of the case whom the caller sees; reminders are due 24 hours before it.
///
/// # Errors
/// `InvalidArgument`; `NotFound`; `PermissionDenied`; `FailedPrecondition` (`CASE_CLOSED`).
pub async fn run(db: &Db, ctx: &Ctx, request: ScheduleMeetingRequest) -> Result<ScheduleMeetingResponse> {
    let mut check = Check::new();
    let id = check.id("case_id", &request.case_id);
    let kind = check.one("kind", &request.kind, meeting::is_kind(&request.kind));
    let mode = check.one("mode", &request.mode, meeting::is_mode(&request.mode));
    let starts_at = meeting_change::check_time(&mut check, ctx.now(), request.starts_at, request.minutes);
    let place = check.text("place", &request.place, LINE);
    if request.attendees.is_empty() || request.attendees.len() > MOST {
        check.wrong("attendees", format!("Choose from 1 to {MOST} people who are asked to the meeting."));
    }
    let asked: BTreeMap<Uuid, Attendee> =
        request.attendees.iter().map(|a| (check.id("attendees.participant_id", &a.participant_id), a.clone())).collect();
    check.done()?;

    let mut tx = Tx::begin(db, ctx, ctx.permit()).await?;
    let worked = cases::load_for_update(&mut tx, id).await?;
    ctx.decide(Action::Update, id, &worked.facts())?;
    if let Some(answer) = tx.replay(&request.request_id, &request).await? {
        return Ok(answer);
    }
    if worked.case.is_closed() {
        return Err(lifecycle::closed());
    }
    let sides = sides(&mut tx, ctx, &worked, &asked).await?;
    let side = Side::common(sides);
    let meeting_id = ctx.new_id();
    let author = ctx.subject()?;
    let allocated = worked.of_side(side);
    let decision = ctx.decide_create(meeting_id, &worked.access(ResourceType::Meeting, &allocated).made(author))?;
    if !place.is_empty() && !decision.write.contains(FieldClass::Contact) {
        return Err(Error::denied());
    }
    let row = MeetingRow {
        id: meeting_id,
        case_id: id,
        side: side.code().into(),
        kind,
        starts_at,
        minutes: request.minutes,
        mode,
        state: meeting::SCHEDULED.into(),
        cancel_reason: None,
        result: None,
        result_reason: None,
        scheduled_by: ctx.principal().label(),
        made_by: Some(author),
        version: 1,
        c_contact: meeting_change::seal_place(&mut tx, id, meeting_id, place).await?,
    };
    let attendees: Vec<_> = asked
        .into_iter()
        .map(|(participant_id, a)| AttendeeRow {
            meeting_id,
            participant_id,
            remind_by_text: a.remind_by_text,
            remind_by_email: a.remind_by_email,
            attendance: "UNKNOWN".into(),
        })
        .collect();
    meetings::insert(&mut tx, &row, &attendees).await?;
    meeting_change::noted(&mut tx, &row, &[meeting::SCHEDULED, &row.kind]).await?;
    meeting_change::scheduled(&mut tx, &row, &attendees).await?;
    tx.commit_with(ScheduleMeetingResponse { meeting_id: meeting_id.to_string() }).await
}

/// Sides of those who are asked, all of them participants of this case whom the caller sees.
async fn sides(tx: &mut Tx, ctx: &Ctx, worked: &Worked, asked: &BTreeMap<Uuid, Attendee>) -> Result<Vec<Side>> {
    let rows = participants::of_case(tx, worked.case.id).await?;
    let mut sides = Vec::with_capacity(asked.len());
    for id in asked.keys() {
        let side = rows.iter().find(|p| p.id == *id).and_then(|p| {
            let side = Side::parse(&p.side)?;
            let allocated = worked.of_side(side);
            ctx.may(Action::Read, &worked.access_about(p.person_id, ResourceType::Participant, &allocated)).then_some(side)
        });
        match side {
            Some(side) => sides.push(side),
            None => return Err(Error::invalid().field("attendees", "Choose people who are participants of this case.")),
        }
    }
    Ok(sides)
}
