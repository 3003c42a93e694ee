//! Meetings: what state allows what.

use access::codes;
use chrono::{DateTime, Utc};
use platform::Error;

/// It will take place.
pub const SCHEDULED: &str = "SCHEDULED";
/// It will not.
pub const CANCELLED: &str = "CANCELLED";

/// State of a meeting that had this result (list session_result); none for an unknown code.
pub fn state_of(result: &str) -> Option<&'static str> {
    match result {
        "HELD" | "HELD_PARTLY" => Some("HELD"),
        "POSTPONED" | "CANCELLED" => Some("NOT_HELD"),
        _ => None,
    }
}

/// Whether a code may say what a meeting is for: one of list intervention, or PREPARATION.
pub fn is_kind(kind: &str) -> bool {
    kind == "PREPARATION" || codes::is_valid("intervention", kind)
}

/// Whether a code may say how people meet.
pub fn is_mode(mode: &str) -> bool {
    matches!(mode, "IN_PERSON" | "PHONE" | "VIDEO")
}

/// Whether a code may say why a meeting is moved, cancelled or went as it did.
pub fn is_reason(reason: &str) -> bool {
    reason == "OTHER" || codes::is_valid("session_reason", reason)
}

/// Whether a code may say who came.
pub fn is_attendance(attendance: &str) -> bool {
    matches!(attendance, "UNKNOWN" | "CAME" | "DID_NOT_COME")
}

/// Checks that a meeting may be moved or cancelled.
///
/// # Errors
/// `FailedPrecondition`.
pub fn check_open(state: &str) -> Result<(), Error> {
    match state {
        SCHEDULED => Ok(()),
        CANCELLED => Err(Error::precondition("MEETING_CANCELLED", "This meeting was cancelled. Schedule a new one.")),
        _ => Err(Error::precondition("MEETING_OVER", "How this meeting went is recorded already.")),
    }
}

/// Checks that it may be recorded how the meeting went.
///
/// # Errors
/// `FailedPrecondition` as [`check_open`], and `MEETING_AHEAD` before it begins.
pub fn check_record(state: &str, starts_at: DateTime<Utc>, now: DateTime<Utc>) -> Result<(), Error> {
    check_open(state)?;
    if starts_at > now {
        return Err(Error::precondition("MEETING_AHEAD", "This meeting has not begun. Cancel or move it if it will not take place."));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_result_has_a_state() {
        for code in codes::list("session_result").expect("list").values {
            assert!(state_of(code.code).is_some(), "{}", code.code);
        }
        assert_eq!(state_of(""), None);
    }

    #[test]
    fn only_a_scheduled_meeting_moves() {
        assert!(check_open(SCHEDULED).is_ok());
        for state in [CANCELLED, "HELD", "NOT_HELD", ""] {
            assert!(check_open(state).is_err());
        }
        let now = DateTime::UNIX_EPOCH;
        assert!(check_record(SCHEDULED, now, now).is_ok());
        let ahead = check_record(SCHEDULED, now + chrono::TimeDelta::seconds(1), now).expect_err("ahead");
        assert_eq!(ahead.reason(), "MEETING_AHEAD");
    }
}
