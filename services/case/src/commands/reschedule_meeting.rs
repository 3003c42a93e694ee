//! Moves a meeting.

use platform::{Ctx, Db, Error, Result, Tx};
use proto::{FieldClass, case::v1::{RescheduleMeetingRequest, RescheduleMeetingResponse}};

use super::{case_input::{Check, LINE}, meeting_change};
use crate::{domain::meeting, store::meetings};

/// Moves it; the notice has a higher version, by which reminders move with it.
///
/// # Errors
/// `InvalidArgument`; `NotFound`; `PermissionDenied`; `Conflict` on the etag; `FailedPrecondition` (`MEETING_CANCELLED`,
/// `MEETING_OVER`).
pub async fn run(db: &Db, ctx: &Ctx, request: RescheduleMeetingRequest) -> Result<RescheduleMeetingResponse> {
    let mut check = Check::new();
    let id = check.id("meeting_id", &request.meeting_id);
    let starts_at = meeting_change::check_time(&mut check, ctx.now(), request.starts_at, request.minutes);
    let place = check.text("place", &request.place, LINE);
    let reason = check.one("reason", &request.reason, request.reason.is_empty() || meeting::is_reason(&request.reason));
    check.done()?;

    let mut tx = Tx::begin(db, ctx, ctx.permit()).await?;
    let loaded = meeting_change::load(&mut tx, ctx, id).await?;
    if let Some(answer) = tx.replay(&request.request_id, &request).await? {
        return Ok(answer);
    }
    let mut row = loaded.meeting;
    meeting_change::check_etag(&row, &request.etag)?;
    meeting::check_open(&row.state)?;
    // A place that the caller does not see comes in empty and stays as it is.
    if loaded.decision.read.contains(FieldClass::Contact) && loaded.decision.write.contains(FieldClass::Contact) {
        row.c_contact = meeting_change::seal_place(&mut tx, row.case_id, id, place).await?;
    } else if !place.is_empty() {
        return Err(Error::denied());
    }
    row.starts_at = starts_at;
    row.minutes = request.minutes;
    meetings::save(&mut tx, &mut row).await?;
    let attendees = meetings::attendees(&mut tx, &[id]).await?;
    let codes: &[&str] = if reason.is_empty() { &["MOVED", &row.kind] } else { &["MOVED", &row.kind, &reason] };
    meeting_change::noted(&mut tx, &row, codes).await?;
    meeting_change::scheduled(&mut tx, &row, &attendees).await?;
    tx.commit_with(RescheduleMeetingResponse { etag: row.version.to_string() }).await
}
