//! States of a message and the moves between them.

/// What became of a message so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// To be sent when it is due.
    Queued,
    /// To be tried again when it is due: outside safe hours, or something was away.
    Waiting,
    /// Being sent. Committed before the provider is called, so that a crash is noticed.
    Sending,
    /// The provider took it.
    Sent,
    /// The provider says that it arrived.
    Delivered,
    /// The safety gate refused it, or it came too late.
    NotSent,
    /// What it tells of does not take place.
    Cancelled,
    /// The provider refused it for good.
    Failed,
    /// It was handed over or not: the provider is asked.
    Unknown,
}

use State::{Cancelled, Delivered, Failed, NotSent, Queued, Sending, Sent, Unknown, Waiting};

/// Every move there is.
pub const MOVES: &[(State, State)] = &[
    (Queued, Sending),
    (Queued, NotSent),
    (Queued, Cancelled),
    (Waiting, Sending),
    (Waiting, NotSent),
    (Waiting, Cancelled),
    // The meeting moved.
    (Waiting, Queued),
    (Sending, Sent),
    (Sending, Delivered),
    (Sending, Waiting),
    (Sending, NotSent),
    (Sending, Failed),
    (Sending, Unknown),
    (Sent, Delivered),
    (Sent, Failed),
    (Unknown, Sent),
    (Unknown, Delivered),
    (Unknown, Failed),
    // The provider does not know it and time is over.
    (Unknown, NotSent),
    // The provider does not know it, or a second copy does no harm.
    (Unknown, Queued),
];

impl State {
    /// All states.
    pub const ALL: [Self; 9] = [Queued, Waiting, Sending, Sent, Delivered, NotSent, Cancelled, Failed, Unknown];

    /// The word that is stored and answered.
    pub const fn code(self) -> &'static str {
        match self {
            Queued => "QUEUED",
            Waiting => "WAITING",
            Sending => "SENDING",
            Sent => "SENT",
            Delivered => "DELIVERED",
            NotSent => "NOT_SENT",
            Cancelled => "CANCELLED",
            Failed => "FAILED",
            Unknown => "UNKNOWN",
        }
    }

    /// Reads the word.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.code() == code)
    }

    /// Whether the message may go from here to there.
    pub fn may_become(self, next: Self) -> bool {
        MOVES.contains(&(self, next))
    }

    /// Nobody has been told anything yet, and it can still be taken back.
    pub const fn is_pending(self) -> bool {
        matches!(self, Queued | Waiting)
    }

    /// The recipient has it, or may have it.
    pub const fn may_have_arrived(self) -> bool {
        matches!(self, Sending | Sent | Delivered | Unknown)
    }

    /// Whether other services are told: it came to an end, the safety gate spoke, or somebody has to look.
    pub const fn is_news(self) -> bool {
        !matches!(self, Queued | Sending)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_back() {
        for state in State::ALL {
            assert_eq!(State::parse(state.code()), Some(state));
        }
        assert_eq!(State::parse("LOST"), None);
    }

    #[test]
    fn nothing_is_sent_without_passing_sending_and_an_end_is_an_end() {
        for (from, to) in MOVES {
            assert!(!matches!(to, Sent | Delivered) || matches!(from, Sending | Unknown | Sent), "{from:?} to {to:?}");
            assert!(!matches!(from, Delivered | NotSent | Cancelled | Failed), "{from:?} to {to:?}");
        }
        assert!(!Unknown.may_become(Sending), "what may have arrived is never sent again without an answer");
        assert!(State::ALL.iter().all(|s| !(s.is_pending() && s.may_have_arrived())));
    }
}
