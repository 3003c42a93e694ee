//! Sets of actions that a grant allows.

use proto::Action;

crate::bits::bit_set! {
    /// A set of actions; bit n is number n of [`Action`].
    ActionSet of Action
}

/// The actions that make a record visible: holding either on a record is to know that it exists.
pub const VISIBLE: ActionSet = ActionSet::of(&[Action::Read, Action::List]);

/// The actions that only look: all that a share or break-glass gives.
pub const LOOKING: ActionSet = ActionSet::of(&[Action::Read, Action::List, Action::Search]);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bit_is_the_number() {
        assert_eq!(VISIBLE.bits(), 1 << 1 | 1 << 2);
        assert!(VISIBLE.contains(Action::Read) && !VISIBLE.contains(Action::Update));
        assert!(!ActionSet::ALL.contains(Action::Unspecified));
    }
}
