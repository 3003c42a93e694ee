//! Records how a meeting went and who came.

use platform::{Ctx, Db, Error, Result, Tx};
use proto::case::v1::{RecordAttendanceRequest, RecordAttendanceResponse};

use super::{case_input::Check, meeting_change};
use crate::{domain::meeting, store::meetings};

/// Records it, once the meeting has begun.
///
/// # Errors
/// `InvalidArgument`; `NotFound`; `PermissionDenied`; `Conflict` on the etag; `FailedPrecondition` (`MEETING_AHEAD`,
/// `MEETING_CANCELLED`, `MEETING_OVER`).
pub async fn run(db: &Db, ctx: &Ctx, request: RecordAttendanceRequest) -> Result<RecordAttendanceResponse> {
    let mut check = Check::new();
    let id = check.id("meeting_id", &request.meeting_id);
    let state = meeting::state_of(&request.result);
    let result = check.one("result", &request.result, state.is_some());
    let reason = check.one("result_reason", &request.result_reason, request.result_reason.is_empty() || meeting::is_reason(&request.result_reason));
    if state == Some("NOT_HELD") && reason.is_empty() {
        check.wrong("result_reason", "Choose why the meeting was not held.");
    }
    let mut came = Vec::with_capacity(request.attendees.len());
    for a in &request.attendees {
        let attendance = check.one("attendees.attendance", &a.attendance, meeting::is_attendance(&a.attendance));
        came.push((check.id("attendees.participant_id", &a.participant_id), attendance));
    }
    check.done()?;
    let state = state.unwrap_or_default();

    let mut tx = Tx::begin(db, ctx, ctx.permit()).await?;
    let loaded = meeting_change::load(&mut tx, ctx, id).await?;
    if let Some(answer) = tx.replay(&request.request_id, &request).await? {
        return Ok(answer);
    }
    let mut row = loaded.meeting;
    meeting_change::check_etag(&row, &request.etag)?;
    meeting::check_record(&row.state, row.starts_at, tx.now())?;
    let asked = meetings::attendees(&mut tx, &[id]).await?;
    if came.iter().any(|(participant, _)| !asked.iter().any(|a| a.participant_id == *participant)) {
        return Err(Error::invalid().field("attendees", "Choose people who were asked to this meeting."));
    }
    row.state = state.into();
    row.result = Some(result.clone());
    row.result_reason = (!reason.is_empty()).then_some(reason);
    meetings::save(&mut tx, &mut row).await?;
    for (participant, attendance) in &came {
        meetings::set_attendance(&mut tx, id, *participant, attendance).await?;
    }
    meeting_change::noted(&mut tx, &row, &[state, &row.kind, &result]).await?;
    tx.commit_with(RecordAttendanceResponse { etag: row.version.to_string() }).await
}
