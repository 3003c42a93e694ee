//! A small tenant for the tests of this crate.
//!
//! Tree: 1 partnership; 2, 3 agencies; 4, 5 teams of 2 and 3; 6 a team of the partnership itself.
//! People: 100 lead at 1 (ALL), 101 coordinator at agency 2 (NODE_TREE), 102 facilitator at team 4 (ALLOCATED),
//! 103 referrer at agency 3 (OWN), 104 lister at agency 2 (LIST only, no further class).

use proptest::prelude::*;
use proto::{
    Action, FieldClass, ResourceType,
    authz::v1::{Assignment, Grant, Node, NodeKind, Role, Scope, Snapshot},
};
use uuid::Uuid;

use crate::{
    action::ActionSet,
    class::ClassSet,
    facts::{Facts, Share},
};

pub fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

pub fn node(n: u128, parent: Option<u128>, kind: NodeKind) -> Node {
    let parent_id = parent.map(|p| id(p).to_string()).unwrap_or_default();
    Node {
        id: id(n).to_string(),
        parent_id,
        name: format!("node {n}"),
        kind: kind.into(),
    }
}

pub fn grant(
    resource: ResourceType,
    actions: &[Action],
    scope: Scope,
    read: &[FieldClass],
) -> Grant {
    Grant {
        resource: resource.into(),
        actions: ActionSet::of(actions).bits(),
        scope: scope.into(),
        read_classes: ClassSet::of(read).bits(),
        write_classes: if actions.contains(&Action::Update) {
            ClassSet::of(read).bits()
        } else {
            0
        },
    }
}

pub fn role(n: u128, grants: Vec<Grant>) -> Role {
    Role {
        id: id(n).to_string(),
        name: format!("role {n}"),
        built_in: String::new(),
        grants,
    }
}

pub fn assign(subject: u128, role: u128, node: u128) -> Assignment {
    Assignment {
        subject_id: id(subject).to_string(),
        role_id: id(role).to_string(),
        node_id: id(node).to_string(),
        valid_from: 0,
        valid_to: 0,
    }
}

pub fn tree() -> Snapshot {
    use Action::{Close, List, Read, Update};
    use FieldClass::{Contact, Identity, Notes};
    let case = ResourceType::Case;
    Snapshot {
        tenant_id: id(900).to_string(),
        epoch: 7,
        nodes: vec![
            node(1, None, NodeKind::Partnership),
            node(2, Some(1), NodeKind::Agency),
            node(3, Some(1), NodeKind::Agency),
            node(4, Some(2), NodeKind::Team),
            node(5, Some(3), NodeKind::Team),
            node(6, Some(1), NodeKind::Team),
        ],
        roles: vec![
            role(
                50,
                vec![grant(
                    case,
                    &[List, Read, Update, Close],
                    Scope::All,
                    &[Identity, Contact],
                )],
            ),
            role(
                51,
                vec![grant(
                    case,
                    &[List, Read, Update],
                    Scope::NodeTree,
                    &[Identity],
                )],
            ),
            role(
                52,
                vec![grant(
                    case,
                    &[List, Read, Update],
                    Scope::Allocated,
                    &[Identity, Notes],
                )],
            ),
            role(
                53,
                vec![grant(
                    ResourceType::Referral,
                    &[List, Read],
                    Scope::Own,
                    &[Identity],
                )],
            ),
            role(54, vec![grant(case, &[List], Scope::NodeTree, &[])]),
        ],
        assignments: vec![
            assign(100, 50, 1),
            assign(101, 51, 2),
            assign(102, 52, 4),
            assign(103, 53, 3),
            assign(104, 54, 2),
        ],
        settings: None,
    }
}

/// A tenant with a random tree of up to 8 nodes, 4 roles and 6 assignments of users 100..103.
pub fn tenants() -> impl Strategy<Value = Snapshot> {
    let tree = prop::collection::vec((any::<prop::sample::Index>(), 0..4i32), 0..7);
    let grant = (6..9i32, any::<u16>(), 0..6i32, any::<u32>());
    let roles = prop::collection::vec(prop::collection::vec(grant, 0..3), 1..5);
    let held = prop::collection::vec(
        (
            100..103u128,
            any::<prop::sample::Index>(),
            any::<prop::sample::Index>(),
            0..3i64,
            0..3i64,
        ),
        0..7,
    );
    (tree, roles, held).prop_map(|(tree, roles, held)| {
        let mut nodes = vec![node(1, None, NodeKind::Partnership)];
        for (parent, kind) in tree {
            let above = parent.index(nodes.len()) as u128 + 1;
            let kind = NodeKind::try_from(kind).unwrap_or(NodeKind::Team);
            nodes.push(node(nodes.len() as u128 + 1, Some(above), kind));
        }
        let roles: Vec<_> = roles
            .into_iter()
            .enumerate()
            .map(|(n, grants)| {
                let grants =
                    grants
                        .into_iter()
                        .map(|(resource, actions, scope, read)| Grant {
                            resource,
                            actions: actions.into(),
                            scope,
                            read_classes: read.into(),
                            write_classes: u64::from(read >> 2),
                        });
                role(50 + n as u128, grants.collect())
            })
            .collect();
        let assignments = held
            .into_iter()
            .map(|(who, role, at, from, to)| {
                let role = 50 + role.index(roles.len()) as u128;
                let mut a = assign(who, role, at.index(nodes.len()) as u128 + 1);
                (a.valid_from, a.valid_to) = (from * 500, to * 800);
                a
            })
            .collect();
        Snapshot {
            tenant_id: id(900).to_string(),
            epoch: 1,
            nodes,
            roles,
            assignments,
            settings: None,
        }
    })
}

/// A random record.
#[derive(Clone, Debug)]
pub struct Record {
    pub owner: Option<u128>,
    pub shared: Vec<Share>,
    pub allocated: Vec<Uuid>,
    pub made: Option<u128>,
    pub locked: Option<Vec<Uuid>>,
    pub restricted: bool,
    pub conflict: bool,
    pub broken: bool,
}

impl Record {
    /// Its facts.
    pub fn facts(&self, resource: ResourceType) -> Facts<'_> {
        let mut facts = Facts::new(resource)
            .shared(&self.shared)
            .allocated(&self.allocated)
            .restriction(self.restricted)
            .conflicted(self.conflict)
            .broken(self.broken);
        facts.owner_node = self.owner.map(id);
        facts.made_by = self.made.map(id);
        facts.locked_to = self.locked.as_deref();
        facts
    }
}

pub fn records() -> impl Strategy<Value = Record> {
    let users = || prop::collection::vec((100..104u128).prop_map(id), 0..3);
    let share = (1..9u128, any::<u32>()).prop_map(|(node, classes)| Share {
        node: id(node),
        classes: ClassSet::from_bits(classes.into()),
    });
    (
        prop::option::of(1..9u128),
        prop::collection::vec(share, 0..3),
        users(),
        prop::option::of(100..104u128),
        prop::option::weighted(0.3, users()),
        prop::bool::weighted(0.1),
        prop::bool::weighted(0.1),
        prop::bool::weighted(0.3),
    )
        .prop_map(
            |(owner, shared, allocated, made, locked, restricted, conflict, broken)| Record {
                owner,
                shared,
                allocated,
                made,
                locked,
                restricted,
                conflict,
                broken,
            },
        )
}
