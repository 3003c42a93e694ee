//! The compiler on good and broken trees.

use super::*;
use crate::fixture::{id, tree};

#[test]
fn it_compiles_the_tree() {
    let s = Snapshot::compile(&tree()).expect("compiles");
    assert_eq!((s.tenant(), s.epoch(), s.root()), (id(900), 7, id(1)));
    assert_eq!((s.suppression_threshold(), s.idle_minutes()), (5, 20));
    assert!(s.is_within(id(4), id(2)) && s.is_within(id(2), id(2)) && s.is_within(id(4), id(1)));
    assert!(
        !s.is_within(id(2), id(4)) && !s.is_within(id(3), id(2)) && !s.is_within(id(77), id(1))
    );
    assert_eq!(s.agency_of(id(4)), Some(id(2)));
    assert_eq!(s.agency_of(id(1)), Some(id(1)));
    assert_eq!(s.agency_of(id(6)), Some(id(1)));
    assert_eq!(s.agency_of(id(77)), None);
    assert_eq!(s.node(id(4)).map(|n| n.parent), Some(Some(id(2))));
    assert_eq!(s.nodes().len(), 6);
}

#[test]
fn settings_replace_the_defaults() {
    let mut t = tree();
    t.settings = Some(wire::TenantSettings {
        suppression_threshold: 10,
        idle_minutes: 15,
    });
    let s = Snapshot::compile(&t).expect("compiles");
    assert_eq!((s.suppression_threshold(), s.idle_minutes()), (10, 15));
}

#[test]
fn it_refuses_broken_trees() {
    let broken = |change: fn(&mut wire::Snapshot)| {
        let mut t = tree();
        change(&mut t);
        Snapshot::compile(&t).expect_err("is refused")
    };
    assert_eq!(broken(|t| t.nodes.clear()), SnapshotError::Roots(0));
    assert_eq!(
        broken(|t| t.nodes[1].parent_id.clear()),
        SnapshotError::Roots(2)
    );
    assert_eq!(
        broken(|t| t.nodes[1].parent_id = id(4).to_string()),
        SnapshotError::Cycle(id(2))
    );
    assert_eq!(
        broken(|t| t.nodes[1].parent_id = id(77).to_string()),
        SnapshotError::UnknownNode(id(77))
    );
    assert_eq!(
        broken(|t| t.nodes[1].id = id(3).to_string()),
        SnapshotError::Twice {
            what: "node",
            id: id(3)
        }
    );
    assert_eq!(
        broken(|t| t.assignments[0].role_id = id(77).to_string()),
        SnapshotError::UnknownRole(id(77))
    );
    assert_eq!(
        broken(|t| t.assignments[0].node_id = id(77).to_string()),
        SnapshotError::UnknownNode(id(77))
    );
    let not_uuid = |field, value: &str| SnapshotError::NotAUuid {
        field,
        value: value.to_owned(),
    };
    assert_eq!(
        broken(|t| t.tenant_id = "x".into()),
        not_uuid("tenant_id", "x")
    );
    assert_eq!(broken(|t| t.roles[0].id.clear()), not_uuid("roles.id", ""));
    assert_eq!(
        broken(|t| t.assignments[0].subject_id = "me".into()),
        not_uuid("assignments.subject_id", "me")
    );
}

#[test]
fn an_assignment_ends_at_the_instant() {
    let mut t = tree();
    t.assignments[0].valid_from = 100;
    t.assignments[0].valid_to = 200;
    let s = Snapshot::compile(&t).expect("compiles");
    let held = |at| s.roles_of(id(100), at).count();
    assert_eq!([99, 100, 199, 200].map(held), [0, 1, 1, 0]);
    assert_eq!(s.roles_of(id(555), 150).count(), 0);
}
