//! Which of two facts about one subject stays. Facts come in any order and more than once; the answer does not depend on it.

use std::collections::{BTreeMap, btree_map::Entry};

use chrono::{DateTime, Utc};
use uuid::Uuid;

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

/// Of each subject the row that stays, in order of the keys.
pub fn newest<R>(rows: Vec<(Edition, R)>, key: impl Fn(&R) -> Uuid) -> Vec<(Edition, R)> {
    let mut kept: BTreeMap<Uuid, (Edition, R)> = BTreeMap::new();
    for (edition, row) in rows {
        match kept.entry(key(&row)) {
            Entry::Occupied(mut there) if edition.replaces(there.get().0) => drop(there.insert((edition, row))),
            Entry::Occupied(_) => {}
            Entry::Vacant(place) => drop(place.insert((edition, row))),
        }
    }
    kept.into_values().collect()
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use proptest::prelude::*;

    use super::*;

    fn edition(version: i64, told: i64) -> Edition {
        Edition { version, as_of: DateTime::UNIX_EPOCH + TimeDelta::seconds(told) }
    }

    /// The warehouse as the upserts make it: key → edition and content.
    fn replay(facts: &[(u8, i64, i64)]) -> BTreeMap<u8, (Edition, i64)> {
        let mut rows: BTreeMap<u8, (Edition, i64)> = BTreeMap::new();
        for (key, version, told) in facts {
            let edition = edition(*version, *told);
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
        fn of_many_rows_told_at_once_the_newest_stays(facts in prop::collection::vec((0..5u8, 1..6i64, 0..50i64), 0..40)) {
            let rows = facts.iter().map(|(key, version, told)| (edition(*version, *told), (*key, *told))).collect();
            let kept: BTreeMap<u8, (Edition, i64)> =
                newest(rows, |(key, _)| Uuid::from_u128(u128::from(*key))).into_iter().map(|(edition, (key, told))| (key, (edition, told))).collect();
            prop_assert_eq!(kept, replay(&facts));
        }

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
