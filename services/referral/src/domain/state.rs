//! The lifecycle of a referral as one table (domain.md 2.4).

/// Where a referral stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum State {
    /// It came in and nobody has looked at it.
    Submitted,
    /// A coordinator is at it.
    Triage,
    /// The referrer was asked for more.
    ReturnedForInformation,
    /// A case opens or is joined.
    Accepted,
    /// It was refused with a reason.
    Rejected,
    /// Another referral tells the same.
    Duplicate,
    /// Another service takes it.
    TransferredOut,
    /// The referrer did not answer in time.
    Lapsed,
    /// Whoever sent it took it back.
    Withdrawn,
}

impl State {
    /// Every state, in the order of the tabs.
    pub const ALL: [Self; 9] = [
        Self::Submitted,
        Self::Triage,
        Self::ReturnedForInformation,
        Self::Accepted,
        Self::Rejected,
        Self::Duplicate,
        Self::TransferredOut,
        Self::Lapsed,
        Self::Withdrawn,
    ];

    /// The word that is stored.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Submitted => "SUBMITTED",
            Self::Triage => "TRIAGE",
            Self::ReturnedForInformation => "RETURNED_FOR_INFORMATION",
            Self::Accepted => "ACCEPTED",
            Self::Rejected => "REJECTED",
            Self::Duplicate => "DUPLICATE",
            Self::TransferredOut => "TRANSFERRED_OUT",
            Self::Lapsed => "LAPSED",
            Self::Withdrawn => "WITHDRAWN",
        }
    }

    /// Reads a stored word.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.code() == code)
    }

    /// Somebody still has to do something.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Submitted | Self::Triage | Self::ReturnedForInformation)
    }
}

/// What can be done with a referral.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Move {
    /// Take it into triage.
    StartTriage,
    /// Open a case or join one.
    Accept,
    /// Refuse it.
    Reject,
    /// Ask the referrer for more.
    Return,
    /// The referrer answers.
    Inform,
    /// End it as a duplicate.
    MarkDuplicate,
    /// Pass it to another service.
    TransferOut,
    /// Take it back.
    Withdraw,
    /// Look again at a rejection, once.
    Appeal,
    /// The referrer's time is over.
    Lapse,
}

/// Whose right a move asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Right {
    /// Of who triages.
    Triage,
    /// Of who sent it, and of who may change it.
    Update,
    /// Of the service itself.
    Service,
}

impl Move {
    /// Every move, in the order in which pages offer them.
    pub const ALL: [Self; 10] = [
        Self::StartTriage,
        Self::Accept,
        Self::Reject,
        Self::Return,
        Self::Inform,
        Self::MarkDuplicate,
        Self::TransferOut,
        Self::Withdraw,
        Self::Appeal,
        Self::Lapse,
    ];

    /// The right that it asks for.
    pub const fn right(self) -> Right {
        match self {
            Self::Withdraw | Self::Inform => Right::Update,
            Self::Lapse => Right::Service,
            _ => Right::Triage,
        }
    }

    /// The word by which pages are told that the move is open to the caller; none where a page needs no word.
    pub const fn offered_as(self) -> Option<&'static str> {
        match self {
            Self::StartTriage => Some("TRIAGE"),
            Self::Accept => Some("ACCEPT"),
            Self::Reject => Some("REJECT"),
            Self::Return => Some("RETURN"),
            Self::MarkDuplicate => Some("DUPLICATE"),
            Self::TransferOut => Some("TRANSFER"),
            Self::Withdraw => Some("WITHDRAW"),
            Self::Appeal => Some("APPEAL"),
            Self::Inform | Self::Lapse => None,
        }
    }
}

/// From which state each move leads where. What is not here is refused.
pub const MOVES: [(State, Move, State); 13] = [
    (State::Submitted, Move::StartTriage, State::Triage),
    (State::Submitted, Move::Withdraw, State::Withdrawn),
    (State::Triage, Move::Accept, State::Accepted),
    (State::Triage, Move::Reject, State::Rejected),
    (State::Triage, Move::Return, State::ReturnedForInformation),
    (State::Triage, Move::MarkDuplicate, State::Duplicate),
    (State::Triage, Move::TransferOut, State::TransferredOut),
    (State::Triage, Move::Withdraw, State::Withdrawn),
    (State::ReturnedForInformation, Move::Inform, State::Triage),
    (State::ReturnedForInformation, Move::StartTriage, State::Triage),
    (State::ReturnedForInformation, Move::Withdraw, State::Withdrawn),
    (State::ReturnedForInformation, Move::Lapse, State::Lapsed),
    (State::Rejected, Move::Appeal, State::Triage),
];

/// Where a move leads from a state.
pub fn next(from: State, step: Move) -> Option<State> {
    MOVES.iter().find(|(f, m, _)| *f == from && *m == step).map(|(_, _, to)| *to)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn each_move_leads_to_one_state() {
        let pairs: HashSet<_> = MOVES.iter().map(|(from, step, _)| (*from, *step)).collect();
        assert_eq!(pairs.len(), MOVES.len());
        for step in Move::ALL {
            let targets: HashSet<_> = MOVES.iter().filter(|(_, m, _)| *m == step).map(|(_, _, to)| *to).collect();
            assert_eq!(targets.len(), 1, "{step:?}");
        }
    }

    #[test]
    fn whatever_is_open_can_be_withdrawn_and_nothing_else_can() {
        for state in State::ALL {
            assert_eq!(next(state, Move::Withdraw).is_some(), state.is_open(), "{state:?}");
        }
    }

    #[test]
    fn an_end_is_an_end_except_for_an_appeal() {
        for state in State::ALL.into_iter().filter(|s| !s.is_open()) {
            let moves: Vec<_> = Move::ALL.into_iter().filter(|m| next(state, *m).is_some()).collect();
            let expected: &[Move] = if state == State::Rejected { &[Move::Appeal] } else { &[] };
            assert_eq!(moves, expected, "{state:?}");
        }
    }

    #[test]
    fn a_decision_is_made_in_triage_only() {
        for step in [Move::Accept, Move::Reject, Move::Return, Move::MarkDuplicate, Move::TransferOut] {
            let from: Vec<_> = State::ALL.into_iter().filter(|s| next(*s, step).is_some()).collect();
            assert_eq!(from, [State::Triage], "{step:?}");
        }
    }

    #[test]
    fn words_are_read_back() {
        for state in State::ALL {
            assert_eq!(State::parse(state.code()), Some(state));
        }
        assert_eq!(State::parse("DRAFT"), None);
    }
}
