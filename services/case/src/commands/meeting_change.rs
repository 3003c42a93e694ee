//! What every change of a meeting does besides its own.

use access::decide::Decision;
use chrono::{DateTime, TimeDelta, Utc};
use platform::{Ctx, Error, Result, Tx};
use proto::{
    Action, FieldClass, ResourceType,
    events::v1::{MeetingScheduled, Reminder},
};
use prost_types::Timestamp;
use uuid::Uuid;

use super::case_input::Check;
use crate::{
    domain::side::Side,
    store::{case_blobs::TextBlob, cases, meetings::{self, AttendeeRow, MeetingRow}, participants, timeline},
};

/// How far ahead a meeting may be.
const FURTHEST: TimeDelta = TimeDelta::days(3 * 366);

/// A meeting that is to be changed, while its case is locked, and what the caller may do.
pub struct Loaded {
    /// The meeting.
    pub meeting: MeetingRow,
    /// The decision on the meeting.
    pub decision: Decision,
}

/// Loads a meeting to change it.
///
/// # Errors
/// `NotFound`; `PermissionDenied`.
pub async fn load(tx: &mut Tx, ctx: &Ctx, id: Uuid) -> Result<Loaded> {
    let found = meetings::get(tx, id).await?.ok_or_else(Error::not_found)?;
    // Meetings change under their case's lock; the second look is at what is there then.
    let worked = cases::load_for_update(tx, found.case_id).await?;
    let meeting = meetings::get(tx, id).await?.ok_or_else(Error::not_found)?;
    let allocated = worked.of_side(Side::parse(&meeting.side).unwrap_or_default());
    let mut facts = worked.access(ResourceType::Meeting, &allocated);
    facts.made_by = meeting.made_by;
    let decision = ctx.decide(Action::Update, id, &facts)?;
    Ok(Loaded { meeting, decision })
}

/// Checks when a meeting is to be and how long.
pub fn check_time(check: &mut Check, now: DateTime<Utc>, starts_at: Option<Timestamp>, minutes: i32) -> DateTime<Utc> {
    let at = check.at("starts_at", starts_at);
    if starts_at.is_some() && (at <= now || at > now + FURTHEST) {
        check.wrong("starts_at", "Enter a date and time in the future.");
    }
    if !(5..=1440).contains(&minutes) {
        check.wrong("minutes", "Enter how long it takes: from 5 minutes to a day.");
    }
    at
}

/// Seals a place; none where it is empty.
///
/// # Errors
/// Of the database.
pub async fn seal_place(tx: &mut Tx, case_id: Uuid, meeting_id: Uuid, place: String) -> Result<Option<Vec<u8>>> {
    if place.is_empty() {
        return Ok(None);
    }
    tx.seal(case_id, FieldClass::Contact, meeting_id, &TextBlob { text: place }).await.map(Some)
}

/// Tells that a meeting was made or moved: whom to remind and how. Whether that is safe is asked when it is sent.
///
/// # Errors
/// Of the database.
pub async fn scheduled(tx: &mut Tx, row: &MeetingRow, attendees: &[AttendeeRow]) -> Result<()> {
    let mut reminders = Vec::new();
    let known = participants::of_case(tx, row.case_id).await?;
    for a in attendees {
        let side = known.iter().find(|p| p.id == a.participant_id).map(|p| p.side.clone()).unwrap_or_default();
        for (wanted, channel) in [(a.remind_by_email, "EMAIL"), (a.remind_by_text, "SMS")] {
            if wanted {
                reminders.push(Reminder { participant_id: a.participant_id.to_string(), channel: channel.into(), side: side.clone() });
            }
        }
    }
    let event = MeetingScheduled {
        meeting_id: row.id.to_string(),
        case_id: row.case_id.to_string(),
        starts_at: Some(Timestamp { seconds: row.starts_at.timestamp(), nanos: i32::try_from(row.starts_at.timestamp_subsec_nanos()).unwrap_or(0) }),
        reminders,
    };
    tx.publish(row.id, row.version, &event).await
}

/// Notes a change of a meeting in the case: timeline, next meeting, activity.
///
/// # Errors
/// Of the database.
pub async fn noted(tx: &mut Tx, row: &MeetingRow, codes: &[&str]) -> Result<()> {
    tx.changed(ResourceType::Meeting, row.id);
    timeline::add(tx, row.case_id, "MEETING", codes, Some(row.id), None).await?;
    cases::refresh_next_meeting(tx, row.case_id).await
}

/// Checks that the caller has seen the newest version of the meeting.
///
/// # Errors
/// `Conflict` where they have not.
pub fn check_etag(row: &MeetingRow, etag: &str) -> Result<()> {
    if etag == row.version.to_string() { Ok(()) } else { Err(Error::stale_etag()) }
}
