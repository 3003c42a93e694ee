//! Who may give which role, and whose account somebody may manage: nobody gives what they lack.

use access::{action::ActionSet, class::ClassSet, snapshot::{Grant, Role, Snapshot}};
use proto::{ResourceType, authz::v1::Scope};
use uuid::Uuid;

/// Word of the role that manages users and roles.
pub const ADMINISTRATOR: &str = "tenant_administrator";
/// The one built-in role that a partner's system may hold.
pub const REFERRER: &str = "referrer";

/// Whether `giver` may give `role` at `node` (and take it away, and manage the account of somebody who holds it).
///
/// Each grant of the role must be held whole: by all those grants of the giver together that reach at least as far, for on
/// each record that it reaches the giver has their union. A tenant administrator may give any built-in role within their node: administrators see no cases, and yet somebody must make
/// the first lead and the data protection officer. So they may give a tenant's own role too as far as some built-in role
/// holds each of its grants: a narrowed copy is no more than what they could give anyway. What that could be misused for
/// is closed elsewhere: nobody changes their own roles or a role that they hold, and for a partner's system
/// [`may_give_to_system`] is asked.
pub fn may_give(snapshot: &Snapshot, giver: Uuid, at: i64, role: &Role, node: Uuid) -> bool {
    let administers = administers(snapshot, giver, at, node);
    // The administrator's role gives this very right by its word, beyond its grants: only administrators pass it on.
    if role.built_in == ADMINISTRATOR || (administers && !role.built_in.is_empty()) {
        return administers;
    }
    role.grants.iter().all(|wanted| may_put(snapshot, giver, at, wanted, node))
}

/// Whether `giver` may put `wanted` into a role that is held at `node`: they hold it there themselves, or administer the
/// node and a built-in role holds it.
pub fn may_put(snapshot: &Snapshot, giver: Uuid, at: i64, wanted: &Grant, node: Uuid) -> bool {
    holds(snapshot, giver, at, wanted, node) || (administers(snapshot, giver, at, node) && in_built_in(snapshot, |_| true, wanted, node))
}

/// Whether `giver` may let a partner's system act with `role` at `node`. Systems belong to nobody whose other roles could
/// be looked at, so only what the giver holds themselves counts, or what the referrer's role holds.
pub fn may_give_to_system(snapshot: &Snapshot, giver: Uuid, at: i64, role: &Role, node: Uuid) -> bool {
    suits_a_system(role)
        && role.grants.iter().all(|wanted| {
            holds(snapshot, giver, at, wanted, node) || (administers(snapshot, giver, at, node) && in_built_in(snapshot, |word| word == REFERRER, wanted, node))
        })
}

/// Whether somebody holds the administrator's role at the node or above it.
pub fn administers(snapshot: &Snapshot, giver: Uuid, at: i64, node: Uuid) -> bool {
    snapshot.roles_of(giver, at).any(|(held, place)| held.built_in == ADMINISTRATOR && snapshot.is_within(node, place.id))
}

fn holds(snapshot: &Snapshot, giver: Uuid, at: i64, wanted: &Grant, node: Uuid) -> bool {
    cover(snapshot, snapshot.roles_of(giver, at).flat_map(|(held, place)| held.grants.iter().map(move |g| (g, place.id))), wanted, node)
}

/// Whether the built-in roles of these words, held at the node, hold the grant.
fn in_built_in(snapshot: &Snapshot, which: impl Fn(&str) -> bool, wanted: &Grant, node: Uuid) -> bool {
    let roles = snapshot.roles().iter().filter(|r| !r.built_in.is_empty() && which(&r.built_in));
    cover(snapshot, roles.flat_map(|r| &r.grants).map(|g| (g, node)), wanted, node)
}

/// Whether grants, each held at its place, together hold `wanted` at `node`.
fn cover<'g>(snapshot: &Snapshot, held: impl Iterator<Item = (&'g Grant, Uuid)>, wanted: &Grant, node: Uuid) -> bool {
    let (mut any, mut actions, mut read, mut write) = (false, ActionSet::NONE, ClassSet::NONE, ClassSet::NONE);
    for (grant, _) in held.filter(|(grant, place)| reaches_as_far(snapshot, grant, *place, wanted, node)) {
        any = true;
        actions = actions.union(grant.actions);
        read = read.union(grant.read);
        write = write.union(grant.write);
    }
    any && actions.contains_all(wanted.actions) && read.contains_all(wanted.read) && write.contains_all(wanted.write)
}

fn reaches_as_far(snapshot: &Snapshot, held: &Grant, place: Uuid, wanted: &Grant, node: Uuid) -> bool {
    held.resource == wanted.resource
        && wanted.resource != ResourceType::Unspecified
        && match (held.scope, wanted.scope) {
            (Scope::Unspecified, _) | (_, Scope::Unspecified) => false,
            (Scope::All, _) => true,
            // What is allocated or made later comes from others who may allocate; at the node below it is no widening.
            (Scope::NodeTree, Scope::NodeTree | Scope::Allocated | Scope::Own) => snapshot.is_within(node, place),
            (Scope::NodeTree, Scope::All) => false,
            (held, wanted) => held == wanted,
        }
}

/// Whether a partner's system may hold the role.
pub fn suits_a_system(role: &Role) -> bool {
    role.built_in.is_empty() || role.built_in == REFERRER
}

#[cfg(test)]
mod tests {
    use proto::authz::v1 as wire;

    use super::*;

    fn id(n: u128) -> String {
        Uuid::from_u128(n).to_string()
    }

    fn node(n: u128, parent: u128, kind: wire::NodeKind) -> wire::Node {
        wire::Node { id: id(n), parent_id: if parent == 0 { String::new() } else { id(parent) }, name: format!("node {n}"), kind: kind as i32 }
    }

    fn grant(scope: Scope, actions: u64, read: u64) -> wire::Grant {
        wire::Grant { resource: ResourceType::Case as i32, actions, scope: scope as i32, read_classes: read, write_classes: 0 }
    }

    /// Root 1 with agencies 2 and 3. Users: 100 administrator at the root, 101 coordinator of agency 2, 102 lead,
    /// 103 administrator of agency 2, 104 manager of roles at agency 2. Team 4 belongs to agency 2.
    fn snapshot() -> Snapshot {
        let role = |n, built_in: &str, grants| wire::Role { id: id(n), name: format!("role {n}"), built_in: built_in.into(), grants };
        let held = |who, role, node| wire::Assignment { subject_id: id(who), role_id: id(role), node_id: id(node), valid_from: 0, valid_to: 0 };
        Snapshot::compile(&wire::Snapshot {
            tenant_id: id(900),
            epoch: 1,
            nodes: vec![node(1, 0, wire::NodeKind::Partnership), node(2, 1, wire::NodeKind::Agency), node(3, 1, wire::NodeKind::Agency), node(4, 2, wire::NodeKind::Team)],
            roles: vec![
                role(50, ADMINISTRATOR, vec![]),
                role(51, "agency_coordinator", vec![grant(Scope::NodeTree, 0b110, 0b110)]),
                role(52, "partnership_lead", vec![grant(Scope::All, 0b110, 0b110)]),
                role(53, "facilitator", vec![grant(Scope::Allocated, 0b110, 0b10)]),
                role(54, "", vec![grant(Scope::Allocated, 0b1110, 0b10)]),
                role(55, "", vec![grant(Scope::Unspecified, 0b10, 0b10)]),
                role(56, "", vec![grant(Scope::Own, 0b100, 0b1010)]),
                role(57, REFERRER, vec![grant(Scope::Own, 0b110, 0b10)]),
                role(58, "", vec![wire::Grant { resource: ResourceType::Role as i32, actions: 1 << 10, scope: Scope::NodeTree as i32, read_classes: 2, write_classes: 2 }]),
            ],
            assignments: vec![held(100, 50, 1), held(101, 51, 2), held(102, 52, 1), held(103, 50, 2), held(104, 58, 2), held(104, 51, 2)],
            settings: None,
        })
        .unwrap()
    }

    fn gives(giver: u128, role: u128, node: u128) -> bool {
        let s = snapshot();
        let role = s.roles().iter().find(|r| r.id == Uuid::from_u128(role)).unwrap().clone();
        may_give(&s, Uuid::from_u128(giver), 10, &role, Uuid::from_u128(node))
    }

    #[test]
    fn a_coordinator_gives_what_they_have_where_they_have_it() {
        assert!(gives(101, 51, 2) && gives(101, 53, 2));
        assert!(!gives(101, 51, 3) && !gives(101, 53, 3), "another agency");
        assert!(!gives(101, 52, 2), "a wider scope");
        assert!(!gives(101, 54, 2), "a further action");
        assert!(!gives(101, 56, 2), "a further class");
        assert!(!gives(101, 50, 1), "outside the agency");
        assert!(gives(102, 52, 1) && gives(102, 51, 3));
    }

    #[test]
    fn an_administrator_gives_built_in_roles_in_their_own_tree() {
        assert!(gives(100, 52, 1) && gives(100, 53, 3) && gives(100, 50, 1));
        assert!(!gives(100, 54, 1), "a tenant's own role is not given by name alone");
        assert!(gives(103, 53, 2) && !gives(103, 53, 3) && !gives(103, 52, 1));
    }

    #[test]
    fn an_administrator_gives_narrowed_copies_of_built_in_roles_but_not_to_a_system() {
        let s = snapshot();
        let copy = |id: u128| s.roles().iter().find(|r| r.id == Uuid::from_u128(id)).map(|r| Role { built_in: String::new(), ..r.clone() }).unwrap();
        let (administrator, root) = (Uuid::from_u128(100), Uuid::from_u128(1));
        let narrowed = copy(53);
        assert!(may_give(&s, administrator, 10, &narrowed, root) && may_give(&s, Uuid::from_u128(103), 10, &narrowed, Uuid::from_u128(2)));
        assert!(!may_give(&s, Uuid::from_u128(103), 10, &narrowed, Uuid::from_u128(3)), "not outside their node");
        assert!(!may_give_to_system(&s, administrator, 10, &narrowed, root), "they hold no such grant themselves");
        assert!(may_give_to_system(&s, Uuid::from_u128(102), 10, &narrowed, root), "the lead does");
        assert!(may_give_to_system(&s, administrator, 10, &copy(57), root), "the referrer's grants are for systems");
        assert!(!may_give_to_system(&s, Uuid::from_u128(102), 10, &s.roles()[3], root), "a built-in role of people");
        let wider = Grant { read: ClassSet::ALL, ..narrowed.grants[0] };
        assert!(!may_put(&s, administrator, 10, &wider, root) && may_put(&s, administrator, 10, &narrowed.grants[0], root));
    }

    #[test]
    fn an_agencys_own_administrator_delegates_at_their_node_and_below_only() {
        // 104 holds role 58 (manages roles in a tree) and the coordinator's role at agency 2.
        let managing = |n| snapshot().roles().iter().find(|r| r.id == Uuid::from_u128(n)).unwrap().clone();
        let s = snapshot();
        let gives = |role: u128, node: u128| may_give(&s, Uuid::from_u128(104), 10, &managing(role), Uuid::from_u128(node));
        assert!(gives(58, 2) && gives(51, 2) && gives(53, 2) && gives(58, 4) && gives(53, 4), "at their node and below");
        for node in [1, 3] {
            assert!(!gives(58, node) && !gives(51, node), "not above and not beside");
        }
        assert!(!gives(52, 2) && !gives(54, 2) && !gives(50, 2), "nothing wider, and no administrator");
    }

    #[test]
    fn unknown_scopes_and_strangers_give_nothing() {
        assert!(!gives(102, 55, 1), "an unknown scope is covered by none");
        assert!(!gives(777, 53, 2));
    }

    #[test]
    fn a_system_gets_no_role_of_people() {
        let s = snapshot();
        assert!(!suits_a_system(&s.roles()[0]) && !suits_a_system(&s.roles()[2]) && suits_a_system(&s.roles()[4]));
    }
}
