//! The decision as a filter: which rows a list, count, search, export or report may contain.

use proto::{Action, ResourceType, authz::v1::Scope};
use uuid::Uuid;

use crate::{
    action::VISIBLE,
    class::ClassSet,
    decide::{REFERENCE, Subject},
    snapshot::{Grant, Node, Snapshot},
};

/// Which rows a caller reaches. A row is reached when one part is true of it; the query must add the three denies
/// (lock, restriction, conflict), which win.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListScope {
    /// Every row of the tenant; the other parts are then empty.
    pub everything: bool,
    /// Rows owned by or shared with one of these nodes: whole trees, expanded and sorted, for `= ANY($1)`.
    pub nodes: Vec<Uuid>,
    /// Rows that are allocated to the caller.
    pub allocated: bool,
    /// Rows that the caller made.
    pub own: bool,
}

impl ListScope {
    /// True when no row can be reached, so that no query is needed.
    pub fn is_empty(&self) -> bool {
        !self.everything && self.nodes.is_empty() && !self.allocated && !self.own
    }
}

/// The rows of `resource` on which the caller may do `action`.
pub fn list_scope(
    snapshot: &Snapshot,
    subject: &Subject,
    resource: ResourceType,
    action: Action,
) -> ListScope {
    list_scope_with_classes(snapshot, subject, resource, action, ClassSet::NONE)
}

/// Like [`list_scope`], for a query that filters or sorts by `classes`: only through grants that read all of them, so
/// that nobody learns a hidden value by asking for it.
pub fn list_scope_with_classes(
    snapshot: &Snapshot,
    subject: &Subject,
    resource: ResourceType,
    action: Action,
    classes: ClassSet,
) -> ListScope {
    let mut scope = ListScope::default();
    for (grant, node) in grants(snapshot, subject, resource, action) {
        // A grant that does not make the row visible lists nothing on its own.
        if grant.actions.intersection(VISIBLE).is_empty()
            || !grant.read.union(REFERENCE).contains_all(classes)
        {
            continue;
        }
        match grant.scope {
            Scope::Unspecified => {}
            Scope::All => {
                return ListScope {
                    everything: true,
                    ..ListScope::default()
                };
            }
            Scope::NodeTree => scope.nodes.extend(
                snapshot
                    .nodes()
                    .iter()
                    .map(|n| n.id)
                    .filter(|n| snapshot.is_within(*n, node.id)),
            ),
            Scope::Allocated => scope.allocated = true,
            Scope::Own => scope.own = true,
        }
    }
    scope.nodes.sort_unstable();
    scope.nodes.dedup();
    scope
}

/// True when some grant of the caller has the action in any scope: the permission for the function as such.
pub fn may_ever(
    snapshot: &Snapshot,
    subject: &Subject,
    resource: ResourceType,
    action: Action,
) -> bool {
    grants(snapshot, subject, resource, action).any(|(g, _)| g.scope != Scope::Unspecified)
}

fn grants<'a>(
    snapshot: &'a Snapshot,
    subject: &Subject,
    resource: ResourceType,
    action: Action,
) -> impl Iterator<Item = (&'a Grant, &'a Node)> {
    let asks = subject.holds_roles() && resource != ResourceType::Unspecified;
    snapshot
        .roles_of(subject.id, subject.at)
        .filter(move |_| asks)
        .flat_map(|(role, node)| role.grants.iter().map(move |g| (g, node)))
        .filter(move |(g, _)| g.resource == resource && g.actions.contains(action))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        decide::decide,
        facts::Facts,
        fixture::{assign, id, node, role, tree},
    };
    use proptest::prelude::*;
    use proto::{
        FieldClass, PrincipalKind,
        authz::v1::{self as wire, NodeKind},
    };

    fn user(n: u128) -> Subject {
        Subject {
            id: id(n),
            kind: PrincipalKind::User,
            at: 1000,
        }
    }

    #[test]
    fn scopes_of_the_fixture() {
        let s = Snapshot::compile(&tree()).expect("compiles");
        let case = |n| list_scope(&s, &user(n), ResourceType::Case, Action::List);
        assert!(case(100).everything && case(100).nodes.is_empty());
        assert_eq!(
            case(101),
            ListScope {
                nodes: vec![id(2), id(4)],
                ..ListScope::default()
            }
        );
        assert_eq!(
            case(102),
            ListScope {
                allocated: true,
                ..ListScope::default()
            }
        );
        assert!(case(103).is_empty());
        assert!(list_scope(&s, &user(103), ResourceType::Referral, Action::List).own);
        assert!(list_scope(&s, &user(100), ResourceType::Case, Action::Unspecified).is_empty());
        assert!(may_ever(&s, &user(102), ResourceType::Case, Action::Update));
        assert!(!may_ever(&s, &user(102), ResourceType::Case, Action::Close));
        let public = Subject {
            kind: PrincipalKind::Public,
            ..user(100)
        };
        assert!(!may_ever(&s, &public, ResourceType::Case, Action::Read));
    }

    #[test]
    fn a_filter_needs_the_right_to_read_its_class() {
        let s = Snapshot::compile(&tree()).expect("compiles");
        let by = |n, class| {
            list_scope_with_classes(
                &s,
                &user(n),
                ResourceType::Case,
                Action::List,
                ClassSet::of(&[class]),
            )
        };
        assert!(!by(101, FieldClass::Identity).is_empty());
        assert!(by(101, FieldClass::Contact).is_empty());
        assert!(
            !by(104, FieldClass::Reference).is_empty(),
            "reference is read wherever a row is visible"
        );
        assert!(by(104, FieldClass::Identity).is_empty());
    }

    /// A tenant with a random tree of up to 8 nodes, 4 roles and 6 assignments of users 100..103.
    fn tenants() -> impl Strategy<Value = wire::Snapshot> {
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
                            .map(|(resource, actions, scope, read)| wire::Grant {
                                resource,
                                actions: actions.into(),
                                scope,
                                read_classes: read.into(),
                                write_classes: 0,
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
            wire::Snapshot {
                tenant_id: id(900).to_string(),
                epoch: 1,
                nodes,
                roles,
                assignments,
                settings: None,
            }
        })
    }

    #[derive(Clone, Debug)]
    struct Record {
        owner: Option<u128>,
        shared: Vec<Uuid>,
        allocated: Vec<Uuid>,
        made: Option<u128>,
    }

    fn records() -> impl Strategy<Value = Record> {
        let ids = |range: std::ops::Range<u128>| prop::collection::vec(range.prop_map(id), 0..3);
        (
            prop::option::of(1..9u128),
            ids(1..9),
            ids(100..104),
            prop::option::of(100..104u128),
        )
            .prop_map(|(owner, shared, allocated, made)| Record {
                owner,
                shared,
                allocated,
                made,
            })
    }

    fn reached(scope: &ListScope, record: &Record, who: Uuid) -> bool {
        scope.everything
            || record
                .owner
                .map(id)
                .iter()
                .chain(&record.shared)
                .any(|n| scope.nodes.contains(n))
            || scope.allocated && record.allocated.contains(&who)
            || scope.own && record.made.map(id) == Some(who)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1500))]
        #[test]
        fn a_list_holds_exactly_what_decide_allows(
            tenant in tenants(), record in records(), who in 100..103u128,
            action in prop::sample::select(vec![Action::List, Action::Read]), class in 1..17i32,
        ) {
            let s = Snapshot::compile(&tenant).expect("compiles");
            let subject = user(who);
            let mut facts = Facts::new(ResourceType::Case)
                .shared_with(&record.shared).allocated(&record.allocated);
            facts.owner_node = record.owner.map(id);
            facts.made_by = record.made.map(id);
            let decision = decide(&s, &subject, action, &facts);
            let scope = list_scope(&s, &subject, ResourceType::Case, action);
            prop_assert_eq!(reached(&scope, &record, subject.id), decision.visible && decision.allow);
            prop_assert!(!decision.allow || may_ever(&s, &subject, ResourceType::Case, action));

            let class = FieldClass::try_from(class).expect("class");
            let classes = ClassSet::of(&[class]);
            let narrow = list_scope_with_classes(&s, &subject, ResourceType::Case, action, classes);
            if reached(&narrow, &record, subject.id) {
                prop_assert!(decision.visible && decision.allow && decision.read.contains(class));
            }
        }

        #[test]
        fn no_other_action_is_listed_beyond_decide(
            tenant in tenants(), record in records(), who in 100..103u128, action in 1..12i32,
        ) {
            let s = Snapshot::compile(&tenant).expect("compiles");
            let action = Action::try_from(action).expect("action");
            let subject = user(who);
            let mut facts = Facts::new(ResourceType::Case)
                .shared_with(&record.shared).allocated(&record.allocated);
            facts.owner_node = record.owner.map(id);
            facts.made_by = record.made.map(id);
            let scope = list_scope(&s, &subject, ResourceType::Case, action);
            if reached(&scope, &record, subject.id) {
                prop_assert!(decide(&s, &subject, action, &facts).allow);
            }
        }

        #[test]
        fn a_further_grant_takes_nothing_away(
            tenant in tenants(), record in records(), who in 100..103u128, at in 1..4u128,
        ) {
            let before = Snapshot::compile(&tenant).expect("compiles");
            let mut more = tenant;
            more.assignments.push(assign(who, 50, at.min(more.nodes.len() as u128)));
            let after = Snapshot::compile(&more).expect("compiles");
            let mut facts = Facts::new(ResourceType::Case)
                .shared_with(&record.shared).allocated(&record.allocated);
            facts.owner_node = record.owner.map(id);
            facts.made_by = record.made.map(id);
            let (b, a) = (decide(&before, &user(who), Action::Read, &facts), decide(&after, &user(who), Action::Read, &facts));
            prop_assert!(a.visible >= b.visible && a.allow >= b.allow && a.read.contains_all(b.read));
            facts.conflict = true;
            prop_assert!(!decide(&after, &user(who), Action::Read, &facts).visible);
        }
    }
}
