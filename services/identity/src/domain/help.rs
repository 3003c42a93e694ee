//! Who helps whom with a lost password or factor (domain.md I3): a helper starts it and never sees or sets a secret; for somebody with a
//! leading role a second person confirms.

use access::snapshot::Snapshot;
use chrono::TimeDelta;
use uuid::Uuid;

use super::giving::ADMINISTRATOR;

/// Leading roles, by their words.
pub const LEADING: [&str; 3] = [ADMINISTRATOR, "partnership_lead", "data_protection_officer"];
/// A second person must confirm in this time.
pub const CONFIRM_WITHIN: TimeDelta = TimeDelta::hours(24);

/// Whether somebody holds a leading role now.
pub fn leads(snapshot: &Snapshot, user: Uuid, at: i64) -> bool {
    snapshot.roles_of(user, at).any(|(role, _)| LEADING.contains(&role.built_in.as_str()))
}

/// Whether `second` may confirm what `helper` asked for `user`: somebody with a leading role who is neither.
pub fn may_confirm(snapshot: &Snapshot, second: Uuid, helper: Uuid, user: Uuid, at: i64) -> bool {
    second != helper && second != user && leads(snapshot, second, at)
}

#[cfg(test)]
mod tests {
    use proto::authz::v1 as wire;

    use super::*;

    fn snapshot(held: &[(u128, &str)]) -> Snapshot {
        let id = |n: u128| Uuid::from_u128(n).to_string();
        let roles: Vec<wire::Role> = access::roles::built_in().into_iter().enumerate().map(|(n, r)| wire::Role { id: id(100 + n as u128), ..r }).collect();
        let role = |word: &str| roles.iter().find(|r| r.built_in == word).unwrap().id.clone();
        let assignments = held.iter().map(|(user, word)| wire::Assignment { subject_id: id(*user), role_id: role(word), node_id: id(2), valid_from: 0, valid_to: 0 }).collect();
        Snapshot::compile(&wire::Snapshot { tenant_id: id(1), epoch: 1, nodes: vec![wire::Node { id: id(2), ..wire::Node::default() }], roles: roles.clone(), assignments, settings: None }).unwrap()
    }

    #[test]
    fn the_second_person_leads_and_is_neither_helper_nor_helped() {
        let s = snapshot(&[(10, "tenant_administrator"), (11, "partnership_lead"), (12, "facilitator"), (13, "data_protection_officer")]);
        let may = |second: u128| may_confirm(&s, Uuid::from_u128(second), Uuid::from_u128(10), Uuid::from_u128(11), 5);
        assert_eq!([10, 11, 12, 13, 14].map(may), [false, false, false, true, false]);
        assert!(leads(&s, Uuid::from_u128(11), 5) && !leads(&s, Uuid::from_u128(12), 5));
    }
}
