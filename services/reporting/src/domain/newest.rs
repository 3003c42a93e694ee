//! Which of two facts about one subject stays. Facts come in any order and more than once; the answer does not depend on it.

use chrono::{DateTime, Utc};

/// What orders the facts about one subject: the version of its row, then the instant at which the fact was told. A resync
/// tells the same version later, so what it says stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edition {
    /// Version of the row that the fact was made of.
    pub version: i64,
    /// When it was told.
    pub as_of: DateTime<Utc>,
}

impl Edition {
    /// Whether this one takes the place of the one that is there. The stores' upserts ask the same.
    pub fn replaces(self, there: Self) -> bool {
        self > there
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use chrono::TimeDelta;
    use proptest::prelude::*;

    use super::*;

    /// The warehouse as the upserts make it: key → edition and content.
    fn replay(facts: &[(u8, i64, i64)]) -> BTreeMap<u8, (Edition, i64)> {
        let mut rows: BTreeMap<u8, (Edition, i64)> = BTreeMap::new();
        for (key, version, told) in facts {
            let edition = Edition { version: *version, as_of: DateTime::UNIX_EPOCH + TimeDelta::seconds(*told) };
            // What a fact says is its own: here the instant it was told.
            let row = rows.entry(*key).or_insert((edition, *told));
            if edition.replaces(row.0) {
                *row = (edition, *told);
            }
        }
        rows
    }

    proptest! {
        #[test]
        fn the_order_and_repetition_of_facts_change_nothing(
            (facts, shuffled) in prop::collection::vec((0..5u8, 1..6i64, 0..50i64), 0..40)
                .prop_flat_map(|facts| {
                    let twice: Vec<_> = facts.iter().chain(&facts).copied().collect();
                    (Just(facts), Just(twice).prop_shuffle())
                }),
        ) {
            prop_assert_eq!(replay(&facts), replay(&shuffled));
        }
    }
}
