//! One administrator always remains, or nobody could let anybody in again.

use uuid::Uuid;

/// The administrator's role as one active user holds it now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    /// Id of the assignment.
    pub assignment: Uuid,
    /// The user.
    pub user: Uuid,
    /// Whether it ends by itself one day.
    pub ends: bool,
}

/// What is about to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Goes {
    /// Every role of a user.
    User(Uuid),
    /// One assignment.
    Assignment(Uuid),
}

/// Whether an administrator remains. One whose role ends by itself does not count as the one who remains. What takes
/// no administrator away is always allowed.
pub fn one_remains(held: &[Held], goes: Goes) -> bool {
    let gone = |h: &&Held| match goes {
        Goes::User(user) => h.user == user,
        Goes::Assignment(assignment) => h.assignment == assignment,
    };
    !held.iter().any(|h| gone(&h)) || held.iter().any(|h| !gone(&h) && !h.ends)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(assignment: u128, user: u128, ends: bool) -> Held {
        Held { assignment: Uuid::from_u128(assignment), user: Uuid::from_u128(user), ends }
    }

    #[test]
    fn the_last_one_stays() {
        let one = [held(1, 10, false)];
        assert!(!one_remains(&one, Goes::User(Uuid::from_u128(10))));
        assert!(!one_remains(&one, Goes::Assignment(Uuid::from_u128(1))));
        assert!(one_remains(&one, Goes::User(Uuid::from_u128(11))), "who is none may go");
        let two = [held(1, 10, false), held(2, 11, false)];
        assert!(one_remains(&two, Goes::User(Uuid::from_u128(10))));
    }

    #[test]
    fn one_that_ends_by_itself_does_not_count() {
        let two = [held(1, 10, false), held(2, 11, true)];
        assert!(!one_remains(&two, Goes::User(Uuid::from_u128(10))));
        assert!(one_remains(&two, Goes::User(Uuid::from_u128(11))));
    }

    #[test]
    fn the_same_person_may_hold_it_twice() {
        let twice = [held(1, 10, false), held(2, 10, false)];
        assert!(one_remains(&twice, Goes::Assignment(Uuid::from_u128(1))));
        assert!(!one_remains(&twice, Goes::User(Uuid::from_u128(10))));
    }
}
