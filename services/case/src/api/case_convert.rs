//! Rows of cases as answers show them.

use chrono::{DateTime, Utc};
use platform::Error;
use prost_types::Timestamp;
use proto::case::v1::{self as wire, CaseTab};
use uuid::Uuid;

use crate::{
    domain::case_file::{Allocation, CaseFile},
    store::{
        case_lists::Order,
        meetings::{AttendeeRow, MeetingRow},
        notes::NoteRow,
        stages::StageRow,
        timeline::TimelineRow,
    },
};

/// An instant on the wire.
pub fn stamp(at: DateTime<Utc>) -> Timestamp {
    Timestamp { seconds: at.timestamp(), nanos: i32::try_from(at.timestamp_subsec_nanos()).unwrap_or(0) }
}

fn text(id: Option<Uuid>) -> String {
    id.map(|id| id.to_string()).unwrap_or_default()
}

/// The plain columns of a case; what is sealed, and what is in the case, is added by who asks.
pub fn case(row: &CaseFile) -> wire::Case {
    wire::Case {
        id: row.id.to_string(),
        reference: row.reference.clone(),
        etag: row.etag(),
        kind: row.kind.clone(),
        stage: row.stage.clone(),
        stage_since: Some(stamp(row.stage_since)),
        on_hold: row.on_hold,
        hold_review_on: row.hold_review_on.map(|d| d.to_string()).unwrap_or_default(),
        owner_node_id: row.owner_node_id.to_string(),
        opened_at: Some(stamp(row.opened_at)),
        closed_at: row.closed_at.map(stamp),
        close_reason: row.close_reason.clone().unwrap_or_default(),
        last_activity_at: Some(stamp(row.last_activity_at)),
        next_meeting_at: row.next_meeting_at.map(stamp),
        complex_or_sensitive: row.complex_or_sensitive,
        referral_source: row.referral_source.clone(),
        ..wire::Case::default()
    }
}

/// An allocation.
pub fn allocation(row: &Allocation) -> wire::Allocation {
    wire::Allocation {
        id: row.id.to_string(),
        user_id: row.user_id.to_string(),
        side: row.side.code().into(),
        lead: row.lead,
        from: Some(stamp(row.from_at)),
        to: row.to_at.map(stamp),
        end_reason: row.end_reason.clone().unwrap_or_default(),
        until: row.until.map(stamp),
    }
}

/// A stay in a stage.
pub fn stage(row: StageRow) -> wire::StageEntry {
    wire::StageEntry { stage: row.stage, from: Some(stamp(row.from_at)), to: row.to_at.map(stamp), by: row.by_label }
}

/// An entry of the timeline.
pub fn entry(row: TimelineRow) -> wire::TimelineEntry {
    wire::TimelineEntry {
        id: row.id.to_string(),
        at: Some(stamp(row.at)),
        kind: row.kind,
        by: row.by_label,
        codes: row.codes,
        record_id: text(row.record_id),
        participant_id: text(row.participant_id),
    }
}

/// A note without its words.
pub fn note(row: NoteRow) -> wire::Note {
    wire::Note {
        id: row.id.to_string(),
        case_id: row.case_id.to_string(),
        side: row.side,
        readers: row.readers,
        kind: row.kind,
        happened_at: Some(stamp(row.happened_at)),
        recorded_at: Some(stamp(row.recorded_at)),
        recorded_by: row.recorded_by,
        corrects_note_id: text(row.corrects_id),
        corrected_by_note_id: text(row.corrected_by_id),
        participant_id: text(row.participant_id),
        ..wire::Note::default()
    }
}

/// A meeting without its place.
pub fn meeting(row: &MeetingRow, case_reference: String, attendees: &[AttendeeRow]) -> wire::Meeting {
    wire::Meeting {
        id: row.id.to_string(),
        case_id: row.case_id.to_string(),
        case_reference,
        etag: row.version.to_string(),
        kind: row.kind.clone(),
        starts_at: Some(stamp(row.starts_at)),
        minutes: row.minutes,
        mode: row.mode.clone(),
        state: row.state.clone(),
        attendees: attendees.iter().filter(|a| a.meeting_id == row.id).map(attendee).collect(),
        cancel_reason: row.cancel_reason.clone().unwrap_or_default(),
        result: row.result.clone().unwrap_or_default(),
        scheduled_by: row.scheduled_by.clone(),
        ..wire::Meeting::default()
    }
}

fn attendee(row: &AttendeeRow) -> wire::Attendee {
    wire::Attendee {
        participant_id: row.participant_id.to_string(),
        remind_by_text: row.remind_by_text,
        remind_by_email: row.remind_by_email,
        attendance: row.attendance.clone(),
    }
}

/// The word of a tab; none for an unset or unknown one.
pub fn tab(tab: i32) -> Option<&'static str> {
    match CaseTab::try_from(tab).ok()? {
        CaseTab::Unspecified => None,
        CaseTab::Mine => Some("MINE"),
        CaseTab::Open => Some("OPEN"),
        CaseTab::Unallocated => Some("UNALLOCATED"),
        CaseTab::Closed => Some("CLOSED"),
    }
}

/// The order of a word; empty is the usual one.
///
/// # Errors
/// `InvalidArgument` on `order`.
pub fn order(word: &str) -> Result<Order, Error> {
    match word {
        "" | "LAST_ACTIVITY" => Ok(Order::LastActivity),
        "OPENED" => Ok(Order::Opened),
        "STAGE_SINCE" => Ok(Order::StageSince),
        _ => Err(Error::invalid().field("order", "Use LAST_ACTIVITY, OPENED or STAGE_SINCE.")),
    }
}
