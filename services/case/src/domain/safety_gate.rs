//! The safety gate (architecture 8): whether a message of this purpose, channel and time is safe and agreed for a
//! participant. What is unknown is not allowed, and unsafe wins over safe.
//!
//! **Consent.** Three purposes are asked: that of the message, the channel's own (`SMS`, `EMAIL`) and `CONTACT`. None of
//! them may be recorded in a state that does not hold (asked for, refused, withdrawn, expired, review due). Of the channel's
//! own and `CONTACT`, one must hold. A message of another purpose, a survey for instance, needs that purpose to hold as well.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate, NaiveDateTime, NaiveTime};

use super::{consent, participant};

/// What is known of the participant, the case and the meeting.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// Code of list participation_status.
    pub status: String,
    /// The case is open.
    pub case_open: bool,
    /// Processing of the case or the person is restricted to storage (UK GDPR article 18).
    pub restricted: bool,
    /// The meeting that the message is about.
    pub meeting: Meeting,
    /// State of each purpose that anything was recorded for.
    pub consents: BTreeMap<String, String>,
    /// All contact points of the person.
    pub points: Vec<Point>,
    /// A flag on some participation of the person in this case says that texts are not to be sent.
    pub do_not_text: bool,
}

/// The meeting of a message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Meeting {
    /// The message is about none.
    #[default]
    None,
    /// It is no longer scheduled, or not of this case.
    Gone,
    /// It is scheduled; `concerns` tells whether the participant attends.
    Scheduled {
        /// The participant is among its attendees.
        concerns: bool,
    },
}

/// A contact point. The value itself is not needed, only whether two are the same.
#[derive(Clone, Debug, Default)]
pub struct Point {
    /// Code of list contact_kind.
    pub kind: String,
    /// Normal form of the value, for comparing.
    pub same_as: String,
    /// Code of list contact_safety.
    pub safety: String,
    /// The person themself confirmed it.
    pub verified: bool,
    /// Last local date on which that still counts; none for ever.
    pub review_on: Option<NaiveDate>,
    /// Texts may be sent to it.
    pub may_text: bool,
    /// Local time of day from which it is safe; none for any.
    pub safe_from: Option<NaiveTime>,
    /// Local time of day until which it is safe; none for any.
    pub safe_to: Option<NaiveTime>,
    /// The person gave limits in words that nobody has turned into hours yet.
    pub limits_in_words: bool,
}

/// Why a message is not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The participant declined, withdrew, is unsuitable, or their status is unknown.
    Withdrawn,
    /// The case is closed.
    CaseClosed,
    /// Nothing may be done with what is known of the case or the person but keep it.
    Restricted,
    /// The meeting is no longer scheduled.
    MeetingCancelled,
    /// The participant does not attend the meeting.
    NotConcerned,
    /// Consent for the purpose is not recorded, or does not hold.
    NoConsent,
    /// There is nothing to send it to.
    NoContactPoint,
    /// What there is, is unsafe.
    ContactUnsafe,
    /// Whether what there is, is safe, is not known, not verified or to be reviewed.
    ContactUnknown,
}

impl Reason {
    /// The code in the answer and on the case's timeline.
    pub fn code(self) -> &'static str {
        match self {
            Self::Withdrawn => "WITHDRAWN",
            Self::CaseClosed => "CASE_CLOSED",
            Self::Restricted => "RESTRICTED",
            Self::MeetingCancelled => "MEETING_CANCELLED",
            Self::NotConcerned => "NOT_CONCERNED",
            Self::NoConsent => "NO_CONSENT",
            Self::NoContactPoint => "NO_CONTACT_POINT",
            Self::ContactUnsafe => "CONTACT_UNSAFE",
            Self::ContactUnknown => "CONTACT_UNKNOWN",
        }
    }
}

/// The code of an answer that only the hour stands against.
pub const OUTSIDE_SAFE_HOURS: &str = "OUTSIDE_SAFE_HOURS";

/// The gate's answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Send it to the contact point of this index, now.
    Allowed(usize),
    /// Not now: ask again at this local time.
    Later(NaiveDateTime),
    /// Do not send it.
    Refused(Reason),
}

/// Decides. `purpose` is a code of list consent_purpose, `channel` is EMAIL or SMS; `now` is the wall clock's time.
pub fn decide(facts: &Facts, purpose: &str, channel: &str, now: NaiveDateTime) -> Answer {
    let Some(kind) = kind_of(channel) else { return Answer::Refused(Reason::NoContactPoint) };
    if !participant::may_be_written_to(&facts.status) {
        return Answer::Refused(Reason::Withdrawn);
    }
    if !facts.case_open {
        return Answer::Refused(Reason::CaseClosed);
    }
    if facts.restricted {
        return Answer::Refused(Reason::Restricted);
    }
    match facts.meeting {
        Meeting::Gone => return Answer::Refused(Reason::MeetingCancelled),
        Meeting::Scheduled { concerns: false } => return Answer::Refused(Reason::NotConcerned),
        Meeting::None | Meeting::Scheduled { concerns: true } => {}
    }
    if !agreed(&facts.consents, purpose, channel) {
        return Answer::Refused(Reason::NoConsent);
    }
    if channel == "SMS" && facts.do_not_text {
        return Answer::Refused(Reason::ContactUnsafe);
    }
    best(facts.points.iter().enumerate().filter(|(_, p)| p.kind == kind).map(|(n, p)| match verdict(p, &facts.points, channel, now.date()) {
        Ok(()) => hours(p, n, now),
        Err(reason) => Answer::Refused(reason),
    }))
}

/// The kind of contact point that a channel uses.
fn kind_of(channel: &str) -> Option<&'static str> {
    match channel {
        "SMS" => Some("MOBILE"),
        "EMAIL" => Some("EMAIL"),
        _ => None,
    }
}

fn agreed(consents: &BTreeMap<String, String>, purpose: &str, channel: &str) -> bool {
    let state = |of: &str| consents.get(of).map(|state| consent::holds(state));
    let against = [purpose, channel, "CONTACT"].iter().any(|of| state(of) == Some(false));
    let contact = state(channel) == Some(true) || state("CONTACT") == Some(true);
    let purpose = matches!(purpose, "CONTACT" | "SMS" | "EMAIL") || state(purpose) == Some(true);
    !against && contact && purpose
}

fn verdict(point: &Point, all: &[Point], channel: &str, today: NaiveDate) -> Result<(), Reason> {
    let unsafe_twin = all.iter().any(|p| p.safety == "UNSAFE" && p.kind == point.kind && p.same_as == point.same_as);
    if unsafe_twin {
        return Err(Reason::ContactUnsafe);
    }
    if !matches!(point.safety.as_str(), "SAFE" | "SAFE_WITH_LIMITS") || !point.verified || point.limits_in_words {
        return Err(Reason::ContactUnknown);
    }
    if point.review_on.is_some_and(|last| last < today) {
        return Err(Reason::ContactUnknown);
    }
    if channel == "SMS" && !point.may_text {
        return Err(Reason::ContactUnsafe);
    }
    Ok(())
}

/// Allowed inside the safe hours, later outside. Hours may pass midnight; equal ends leave no hour.
fn hours(point: &Point, n: usize, now: NaiveDateTime) -> Answer {
    let (from, to) = match (point.safe_from, point.safe_to) {
        (None, None) => return Answer::Allowed(n),
        (from, to) => (from.unwrap_or(NaiveTime::MIN), to),
    };
    let time = now.time();
    let inside = match to {
        None => from <= time,
        Some(to) if from < to => from <= time && time < to,
        Some(to) if from > to => time >= from || time < to,
        Some(_) => return Answer::Refused(Reason::ContactUnknown),
    };
    if inside {
        return Answer::Allowed(n);
    }
    let day = if time < from { Some(now.date()) } else { now.date().checked_add_days(Days::new(1)) };
    day.map_or(Answer::Refused(Reason::ContactUnknown), |day| Answer::Later(day.and_time(from)))
}

/// One allowed address is enough; else the earliest hour; else the reason that is worth most to know.
fn best(answers: impl Iterator<Item = Answer>) -> Answer {
    let rank = |a: &Answer| match a {
        Answer::Allowed(n) => (0, *n, NaiveDateTime::MIN),
        Answer::Later(at) => (1, 0, *at),
        Answer::Refused(Reason::ContactUnknown) => (2, 0, NaiveDateTime::MIN),
        Answer::Refused(_) => (3, 0, NaiveDateTime::MIN),
    };
    answers.min_by_key(rank).unwrap_or(Answer::Refused(Reason::NoContactPoint))
}

#[cfg(test)]
#[path = "safety_gate_tests.rs"]
mod tests;
