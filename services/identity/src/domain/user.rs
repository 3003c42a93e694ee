//! The states of an account.

/// Where an account stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Made, without factors yet.
    Invited,
    /// May sign in.
    Active,
    /// Ended by an administrator.
    Disabled,
}

impl State {
    /// The number in the table and on the wire (`accord.identity.v1.UserState`).
    pub fn number(self) -> i16 {
        match self {
            Self::Invited => 1,
            Self::Active => 2,
            Self::Disabled => 3,
        }
    }

    /// The state of a row; what is unknown counts as disabled, so that it opens nothing.
    pub fn of(number: i16) -> Self {
        match number {
            1 => Self::Invited,
            2 => Self::Active,
            _ => Self::Disabled,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_state_opens_nothing() {
        for state in [State::Invited, State::Active, State::Disabled] {
            assert_eq!(State::of(state.number()), state);
        }
        assert_eq!(State::of(9), State::Disabled);
    }
}
