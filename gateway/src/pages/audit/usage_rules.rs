//! Use of the system by agency and role (I10), without telling what a single person did. Pure.

use std::collections::BTreeMap;

/// Fewer people than this in a group, and its figures are not shown.
pub const SMALLEST_GROUP: usize = 5;

/// What one person did in the month, in all services.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Use {
    /// Looks.
    pub looks: i64,
    /// Changes.
    pub changes: i64,
    /// Refusals.
    pub refusals: i64,
}

/// A group of people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Name of the agency.
    pub agency: String,
    /// Name of the role.
    pub role: String,
    /// People who used the system and what they did together; `None` where they are too few to be shown.
    pub sum: Option<(usize, Use)>,
}

/// Sums by group, ordered by agency and role. Each person is `(agency, role, use)`, once for each role that they hold: no totals are
/// made of the groups, from which a hidden one could be reckoned.
pub fn groups(people: &[(String, String, Use)], smallest: usize) -> Vec<Group> {
    let mut sums: BTreeMap<(&str, &str), (usize, Use)> = BTreeMap::new();
    for (agency, role, used) in people {
        let (count, sum) = sums.entry((agency, role)).or_default();
        *count += 1;
        sum.looks += used.looks;
        sum.changes += used.changes;
        sum.refusals += used.refusals;
    }
    let shown = |sum: (usize, Use)| (sum.0 >= smallest.max(1)).then_some(sum);
    sums.into_iter().map(|((agency, role), sum)| Group { agency: agency.to_owned(), role: role.to_owned(), sum: shown(sum) }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(agency: &str, role: &str, looks: i64) -> (String, String, Use) {
        (agency.to_owned(), role.to_owned(), Use { looks, changes: 1, refusals: 0 })
    }

    #[test]
    fn a_group_is_summed_and_a_small_one_is_hidden() {
        let mut people: Vec<_> = (1..=5).map(|n| person("Bridgeway", "Facilitator", n)).collect();
        people.extend((1..=4).map(|n| person("Common Ground", "Facilitator", n)));
        let found = groups(&people, SMALLEST_GROUP);
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].sum, Some((5, Use { looks: 15, changes: 5, refusals: 0 })));
        assert_eq!((found[1].agency.as_str(), found[1].sum), ("Common Ground", None));
        assert_eq!(groups(&[], SMALLEST_GROUP), []);
    }
}
