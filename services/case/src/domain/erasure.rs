//! Erasure of a person (domain.md C25, 3.11): what holds it back, who may approve it, when it is complete.

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use platform::{Error, Result};
use uuid::Uuid;

/// Services that hold subjects of people; each destroys what it has and confirms.
pub const HOLDERS: [&str; 2] = ["case", "referral"];

/// Why a person may be erased.
pub const REASONS: [&str; 5] = ["WITHDREW", "REQUESTED_BY_PERSON", "RETENTION_OVER", "COURT_ORDER", "RECORDED_IN_ERROR"];

/// What may forbid it.
pub const HOLDS: [&str; 2] = ["LEGAL_HOLD", "RETENTION"];

/// Where a request stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Somebody asked; nothing is destroyed.
    Requested,
    /// A second person approved; services destroy and confirm.
    Running,
    /// All have confirmed; the certificate is issued.
    Completed,
    /// Taken back or refused.
    Cancelled,
}

/// What can happen to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Move {
    /// A second person approves.
    Approve,
    /// It is taken back or refused.
    Cancel,
    /// The last service confirmed.
    Complete,
}

impl State {
    /// Its word in the database and in answers.
    pub fn word(self) -> &'static str {
        match self {
            Self::Requested => "REQUESTED",
            Self::Running => "RUNNING",
            Self::Completed => "COMPLETED",
            Self::Cancelled => "CANCELLED",
        }
    }

    /// Reads the word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Requested, Self::Running, Self::Completed, Self::Cancelled].into_iter().find(|s| s.word() == word)
    }

    /// The state after a move; the whole table. What is approved is never taken back.
    ///
    /// # Errors
    /// `FailedPrecondition` (`ERASURE_STATE`) for every other pair.
    pub fn after(self, step: Move) -> Result<Self> {
        match (self, step) {
            (Self::Requested, Move::Approve) => Ok(Self::Running),
            (Self::Requested, Move::Cancel) => Ok(Self::Cancelled),
            (Self::Running, Move::Complete) => Ok(Self::Completed),
            _ => Err(Error::precondition("ERASURE_STATE", "This request has been decided already.")),
        }
    }
}

/// Whoever asked cannot approve.
///
/// # Errors
/// `FailedPrecondition` (`SECOND_PERSON_NEEDED`).
pub fn second_person(requested_by: Uuid, approver: Uuid) -> Result<()> {
    if requested_by == approver {
        return Err(Error::precondition("SECOND_PERSON_NEEDED", "You asked for this erasure, so somebody else must approve it."));
    }
    Ok(())
}

/// Something that holds an erasure back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Blocker {
    /// A case of the person is open; its reference where the caller may see it.
    OpenCase(Option<String>),
    /// A hold: its id, its kind and the last date on which it holds.
    Hold(Uuid, String, Option<NaiveDate>),
}

impl Blocker {
    /// Its code.
    pub fn code(&self) -> &str {
        match self {
            Self::OpenCase(_) => "OPEN_CASE",
            Self::Hold(_, kind, _) => kind,
        }
    }
}

/// Refuses while anything holds the erasure back, with the reasons in words.
///
/// # Errors
/// `FailedPrecondition` (`ERASURE_HELD_BACK`).
pub fn nothing_holds(blockers: &[Blocker]) -> Result<()> {
    if blockers.is_empty() {
        return Ok(());
    }
    let count = |code: &str| blockers.iter().filter(|b| b.code() == code).count();
    let words: Vec<String> = [("OPEN_CASE", "open case", "open cases"), ("LEGAL_HOLD", "legal hold", "legal holds"), ("RETENTION", "duty to keep the data", "duties to keep the data")]
        .into_iter()
        .filter_map(|(code, one, many)| match count(code) {
            0 => None,
            1 => Some(format!("1 {one}")),
            n => Some(format!("{n} {many}")),
        })
        .collect();
    Err(Error::precondition("ERASURE_HELD_BACK", format!("This person cannot be erased yet. What holds it back: {}.", words.join(", "))))
}

/// Whether a hold counts on a day.
pub fn holds_on(until: Option<NaiveDate>, today: NaiveDate) -> bool {
    until.is_none_or(|until| until >= today)
}

/// What a certificate says, in one fixed form that its keyed hash is made of.
pub struct Certificate<'a> {
    /// The erasure.
    pub id: Uuid,
    /// The person, by id.
    pub person_id: Uuid,
    /// Why.
    pub reason: &'a str,
    /// Who asked.
    pub requested_by: Uuid,
    /// Who approved.
    pub approved_by: Uuid,
    /// When all had confirmed.
    pub completed_at: DateTime<Utc>,
    /// Services, and how many keys each destroyed.
    pub confirmed: Vec<(String, i32)>,
}

impl Certificate<'_> {
    /// The text that is authenticated.
    pub fn text(&self) -> String {
        let mut confirmed = self.confirmed.clone();
        confirmed.sort();
        let confirmed: Vec<String> = confirmed.iter().map(|(service, keys)| format!("{service}={keys}")).collect();
        format!(
            "erasure|{}|{}|{}|{}|{}|{}|{}",
            self.id, self.person_id, self.reason, self.requested_by, self.approved_by,
            self.completed_at.to_rfc3339_opts(SecondsFormat::Micros, true), confirmed.join(",")
        )
    }
}

/// Whether every service that holds subjects has confirmed.
pub fn is_complete<'a>(confirmed: impl IntoIterator<Item = &'a str>) -> bool {
    let confirmed: Vec<&str> = confirmed.into_iter().collect();
    HOLDERS.iter().all(|holder| confirmed.contains(holder))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_moves() {
        use Move::*;
        use State::*;
        for (from, step, to) in [
            (Requested, Approve, Some(Running)), (Requested, Cancel, Some(Cancelled)), (Requested, Complete, None),
            (Running, Approve, None), (Running, Cancel, None), (Running, Complete, Some(Completed)),
            (Completed, Approve, None), (Completed, Cancel, None), (Completed, Complete, None),
            (Cancelled, Approve, None), (Cancelled, Cancel, None), (Cancelled, Complete, None),
        ] {
            assert_eq!(from.after(step).ok(), to, "{from:?} {step:?}");
            assert_eq!(State::parse(from.word()), Some(from));
        }
    }

    #[test]
    fn everything_that_holds_it_back_is_named() {
        assert!(nothing_holds(&[]).is_ok());
        let error = nothing_holds(&[Blocker::OpenCase(None), Blocker::OpenCase(Some("RJ-1".into())), Blocker::Hold(Uuid::nil(), "LEGAL_HOLD".into(), None)]).unwrap_err();
        assert_eq!((error.reason(), error.public()), ("ERASURE_HELD_BACK", "This person cannot be erased yet. What holds it back: 2 open cases, 1 legal hold."));
        let day = |d| NaiveDate::from_ymd_opt(2027, 1, d).unwrap();
        assert!(holds_on(None, day(2)) && holds_on(Some(day(2)), day(2)) && !holds_on(Some(day(1)), day(2)));
    }

    #[test]
    fn a_second_person_approves_and_every_holder_confirms() {
        let (a, b) = (Uuid::from_u128(1), Uuid::from_u128(2));
        assert!(second_person(a, b).is_ok());
        assert_eq!(second_person(a, a).unwrap_err().reason(), "SECOND_PERSON_NEEDED");
        assert!(is_complete(["referral", "case"]));
        assert!(!is_complete(["case"]) && !is_complete([]));
    }
}
