//! Who may give which role, and whose account somebody may manage: nobody gives what they lack.

use access::snapshot::{Grant, Role, Snapshot};
use proto::{ResourceType, authz::v1::Scope};
use uuid::Uuid;

/// Word of the role that manages users and roles.
pub const ADMINISTRATOR: &str = "tenant_administrator";
/// The one built-in role that a partner's system may hold.
pub const REFERRER: &str = "referrer";

/// Whether `giver` may give `role` at `node` (and take it away, and manage the account of somebody who holds it).
///
/// Each grant of the role must be held whole, by one grant of the giver that reaches at least as far. A tenant
/// administrator may give any built-in role within their node: administrators see no cases, and yet somebody must make
/// the first lead and the data protection officer. What that could be misused for is closed elsewhere: nobody changes
/// their own roles, and a partner's system gets no built-in role but [`REFERRER`].
pub fn may_give(snapshot: &Snapshot, giver: Uuid, at: i64, role: &Role, node: Uuid) -> bool {
    let administers = snapshot.roles_of(giver, at).any(|(held, place)| held.built_in == ADMINISTRATOR && snapshot.is_within(node, place.id));
    // The administrator's role gives this very right by its word, beyond its grants: only administrators pass it on.
    if role.built_in == ADMINISTRATOR || (administers && !role.built_in.is_empty()) {
        return administers;
    }
    role.grants.iter().all(|wanted| {
        snapshot.roles_of(giver, at).any(|(held, place)| held.grants.iter().any(|grant| covers(snapshot, grant, place.id, wanted, node)))
    })
}

fn covers(snapshot: &Snapshot, held: &Grant, place: Uuid, wanted: &Grant, node: Uuid) -> bool {
    let same = held.resource == wanted.resource && wanted.resource != ResourceType::Unspecified;
    let reach = match (held.scope, wanted.scope) {
        (Scope::Unspecified, _) | (_, Scope::Unspecified) => false,
        (Scope::All, _) => true,
        // What is allocated or made later comes from others who may allocate; at the node below it is no widening.
        (Scope::NodeTree, Scope::NodeTree | Scope::Allocated | Scope::Own) => snapshot.is_within(node, place),
        (Scope::NodeTree, Scope::All) => false,
        (held, wanted) => held == wanted,
    };
    same && reach && held.actions.contains_all(wanted.actions) && held.read.contains_all(wanted.read) && held.write.contains_all(wanted.write)
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
    /// 103 administrator of agency 2.
    fn snapshot() -> Snapshot {
        let role = |n, built_in: &str, grants| wire::Role { id: id(n), name: format!("role {n}"), built_in: built_in.into(), grants };
        let held = |who, role, node| wire::Assignment { subject_id: id(who), role_id: id(role), node_id: id(node), valid_from: 0, valid_to: 0 };
        Snapshot::compile(&wire::Snapshot {
            tenant_id: id(900),
            epoch: 1,
            nodes: vec![node(1, 0, wire::NodeKind::Partnership), node(2, 1, wire::NodeKind::Agency), node(3, 1, wire::NodeKind::Agency)],
            roles: vec![
                role(50, ADMINISTRATOR, vec![]),
                role(51, "agency_coordinator", vec![grant(Scope::NodeTree, 0b110, 0b110)]),
                role(52, "partnership_lead", vec![grant(Scope::All, 0b110, 0b110)]),
                role(53, "facilitator", vec![grant(Scope::Allocated, 0b110, 0b10)]),
                role(54, "", vec![grant(Scope::Allocated, 0b1110, 0b10)]),
                role(55, "", vec![grant(Scope::Unspecified, 0b10, 0b10)]),
                role(56, "", vec![grant(Scope::Own, 0b100, 0b1010)]),
            ],
            assignments: vec![held(100, 50, 1), held(101, 51, 2), held(102, 52, 1), held(103, 50, 2)],
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
