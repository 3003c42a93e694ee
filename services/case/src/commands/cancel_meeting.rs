//! Cancels a meeting.

use platform::{Ctx, Db, Result, Tx};
use proto::{case::v1::{CancelMeetingRequest, CancelMeetingResponse}, events::v1::MeetingCancelled};

use super::{case_input::Check, meeting_change};
use crate::{domain::meeting, store::meetings};

/// Cancels it and, by the notice, its reminders.
///
/// # Errors
/// `InvalidArgument`; `NotFound`; `PermissionDenied`; `Conflict` on the etag; `FailedPrecondition` (`MEETING_CANCELLED`,
/// `MEETING_OVER`).
pub async fn run(db: &Db, ctx: &Ctx, request: CancelMeetingRequest) -> Result<CancelMeetingResponse> {
    let mut check = Check::new();
    let id = check.id("meeting_id", &request.meeting_id);
    let reason = check.one("reason", &request.reason, meeting::is_reason(&request.reason));
    check.done()?;

    let mut tx = Tx::begin(db, ctx, ctx.permit()).await?;
    let loaded = meeting_change::load(&mut tx, ctx, id).await?;
    if let Some(answer) = tx.replay(&request.request_id, &request).await? {
        return Ok(answer);
    }
    let mut row = loaded.meeting;
    meeting_change::check_etag(&row, &request.etag)?;
    meeting::check_open(&row.state)?;
    row.state = meeting::CANCELLED.into();
    row.cancel_reason = Some(reason.clone());
    meetings::save(&mut tx, &mut row).await?;
    meeting_change::noted(&mut tx, &row, &[meeting::CANCELLED, &row.kind, &reason]).await?;
    let event = MeetingCancelled { meeting_id: id.to_string(), case_id: row.case_id.to_string() };
    tx.publish(id, row.version, &event).await?;
    tx.commit_with(CancelMeetingResponse { etag: row.version.to_string() }).await
}
