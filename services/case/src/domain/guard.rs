//! What is known of a case besides its owner and who works it, as decisions about the caller ask for it.

use access::facts::{Facts, Share};
use uuid::Uuid;

/// Lock, restriction, conflict, shares and break-glass of one case, at one moment, for one caller.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Guard {
    /// The case.
    pub case_id: Uuid,
    /// The only people who may see it, while a lock is on it.
    pub locked_to: Option<Vec<Uuid>>,
    /// It is restricted to storage.
    pub restricted: bool,
    /// The caller has a conflict of interest with it or with somebody in it.
    pub conflict: bool,
    /// The caller broke its glass within the hour.
    pub broken_glass: bool,
    /// Shares in force.
    pub shares: Vec<Share>,
    /// People in it who are restricted to storage themselves.
    pub restricted_people: Vec<Uuid>,
}

impl Guard {
    /// Completes the facts of a record of the case.
    #[must_use]
    pub fn complete<'a>(&'a self, facts: Facts<'a>) -> Facts<'a> {
        Facts { locked_to: self.locked_to.as_deref(), ..facts }
            .restriction(self.restricted)
            .conflicted(self.conflict)
            .broken(self.broken_glass)
            .shared(&self.shares)
    }

    /// The same for a record about one person in the case.
    #[must_use]
    pub fn complete_about<'a>(&'a self, person: Uuid, facts: Facts<'a>) -> Facts<'a> {
        self.complete(facts).restriction(self.restricted || self.restricted_people.contains(&person))
    }
}

#[cfg(test)]
mod tests {
    use proto::ResourceType;

    use super::*;

    #[test]
    fn a_restricted_person_is_hidden_in_a_case_that_is_not() {
        let person = Uuid::from_u128(7);
        let guard = Guard { restricted_people: vec![person], ..Guard::default() };
        let facts = Facts::new(ResourceType::Participant);
        assert!(guard.complete_about(person, facts).restricted);
        assert!(!guard.complete_about(Uuid::from_u128(8), facts).restricted && !guard.complete(facts).restricted);
    }
}
