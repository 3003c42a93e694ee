//! The decision as a filter: which rows a list, count, search, export or report may contain.

use proto::{Action, ResourceType, authz::v1::Scope};
use uuid::Uuid;

use crate::{
    action::{LOOKING, VISIBLE},
    class::ClassSet,
    decide::{REFERENCE, Subject, is_locked_out},
    facts::Facts,
    snapshot::{Grant, Node, Snapshot},
};

/// Which rows a caller reaches. A row is reached when one part is true of it; the query must add the three denies
/// (lock, restriction, conflict), which win. [`ListScope::reaches`] says the same of one row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListScope {
    /// Every row of the tenant; the other parts are then empty.
    pub everything: bool,
    /// Rows owned by one of these nodes: whole trees, expanded and sorted, for `= ANY($1)`. With `looks` also rows that are
    /// shared with one of them under an agreement that names all of `classes`.
    pub nodes: Vec<Uuid>,
    /// Rows that are allocated to the caller.
    pub allocated: bool,
    /// Rows that the caller made.
    pub own: bool,
    /// The action only looks: shares and the caller's own break-glass count.
    pub looks: bool,
    /// Classes that a share must name besides reference.
    pub classes: ClassSet,
}

impl ListScope {
    /// True when no row can be reached, so that no query is needed.
    pub fn is_empty(&self) -> bool {
        !self.everything && self.nodes.is_empty() && !self.allocated && !self.own
    }

    /// Whether break-glass opens rows to the caller: who reaches rows by being their maker alone has no glass to break.
    pub fn opens(&self) -> bool {
        self.looks && (self.everything || !self.nodes.is_empty() || self.allocated)
    }

    /// Whether the scope reaches one row, denies included: what every query says in SQL.
    pub fn reaches(&self, facts: &Facts<'_>, subject: Uuid) -> bool {
        if facts.restricted || facts.conflict {
            return false;
        }
        let broken = facts.broken_glass && self.opens();
        if is_locked_out(subject, facts) {
            return broken;
        }
        let within = |node: &Uuid| self.nodes.binary_search(node).is_ok();
        broken
            || self.everything
            || facts.owner_node.as_ref().is_some_and(within)
            || self.allocated && facts.allocated_to.contains(&subject)
            || self.own && facts.made_by == Some(subject)
            || self.looks
                && facts.sharing.iter().any(|s| {
                    within(&s.node) && s.classes.union(REFERENCE).contains_all(self.classes)
                })
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
    let mut scope = ListScope {
        looks: LOOKING.contains(action),
        classes,
        ..ListScope::default()
    };
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
                    looks: scope.looks,
                    classes,
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
        fixture::{Record, assign, id, records, tenants, tree},
    };
    use proptest::prelude::*;
    use proto::{FieldClass, PrincipalKind};

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
                looks: true,
                ..ListScope::default()
            }
        );
        assert_eq!(
            case(102),
            ListScope {
                allocated: true,
                looks: true,
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

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1500))]
        #[test]
        fn a_list_holds_exactly_what_decide_allows(
            tenant in tenants(), record in records(), who in 100..103u128,
            action in prop::sample::select(vec![Action::List, Action::Read]), class in 1..17i32,
        ) {
            let s = Snapshot::compile(&tenant).expect("compiles");
            let subject = user(who);
            let facts = record.facts(ResourceType::Case);
            let decision = decide(&s, &subject, action, &facts);
            let scope = list_scope(&s, &subject, ResourceType::Case, action);
            prop_assert_eq!(scope.reaches(&facts, subject.id), decision.visible && decision.allow);
            prop_assert!(!decision.allow || may_ever(&s, &subject, ResourceType::Case, action));

            let class = FieldClass::try_from(class).expect("class");
            let classes = ClassSet::of(&[class]);
            let narrow = list_scope_with_classes(&s, &subject, ResourceType::Case, action, classes);
            if narrow.reaches(&facts, subject.id) {
                prop_assert!(decision.visible && decision.allow && decision.read.contains(class));
            }
        }

        #[test]
        fn no_other_action_is_listed_beyond_decide(
            tenant in tenants(), record in records(), who in 100..103u128, action in prop::sample::select(vec![3, 4, 5, 7, 8, 9, 10, 11]),
        ) {
            let s = Snapshot::compile(&tenant).expect("compiles");
            let action = Action::try_from(action).expect("action");
            let subject = user(who);
            let facts = record.facts(ResourceType::Case);
            let scope = list_scope(&s, &subject, ResourceType::Case, action);
            if scope.reaches(&facts, subject.id) {
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
            let mut facts = record.facts(ResourceType::Case);
            let (b, a) = (decide(&before, &user(who), Action::Read, &facts), decide(&after, &user(who), Action::Read, &facts));
            prop_assert!(a.visible >= b.visible && a.allow >= b.allow && a.read.contains_all(b.read));
            facts.conflict = true;
            prop_assert!(!decide(&after, &user(who), Action::Read, &facts).visible);
        }

        #[test]
        fn a_wider_grant_in_a_role_takes_nothing_away_but_from_what_is_denied(
            tenant in tenants(), record in records(), who in 100..103u128, action in 1..12i32,
            resource in 6..9i32, actions: u16, scope in 0..6i32, classes: u32, restricted: bool,
        ) {
            let before = Snapshot::compile(&tenant).expect("compiles");
            let mut more = tenant;
            for role in &mut more.roles {
                role.grants.push(proto::authz::v1::Grant {
                    resource, actions: actions.into(), scope, read_classes: classes.into(), write_classes: classes.into(),
                });
            }
            let after = Snapshot::compile(&more).expect("compiles");
            let action = Action::try_from(action).expect("action");
            let facts = record.facts(ResourceType::Case).restriction(restricted);
            let (b, a) = (decide(&before, &user(who), action, &facts), decide(&after, &user(who), action, &facts));
            prop_assert!(a.visible >= b.visible && a.allow >= b.allow);
            prop_assert!(a.read.contains_all(b.read) && a.write.contains_all(b.write));
            prop_assert!(!restricted || !a.visible);
        }

        #[test]
        fn rights_hold_from_the_first_second_to_the_one_before_the_end(
            tenant in tenants(), record in records(), who in 100..103u128, from in 1..2000i64, length in 1..2000i64, at in 0..4200i64,
        ) {
            // Only this one assignment, of a role that sees every case.
            let mut one = tenant;
            one.roles[0].grants = vec![proto::authz::v1::Grant {
                resource: ResourceType::Case.into(), actions: 0b110, scope: Scope::All.into(), read_classes: 0b10, write_classes: 0,
            }];
            one.assignments = vec![assign(who, 50, 1)];
            (one.assignments[0].valid_from, one.assignments[0].valid_to) = (from, from + length);
            let s = Snapshot::compile(&one).expect("compiles");
            let record = Record { locked: None, restricted: false, conflict: false, ..record };
            let facts = record.facts(ResourceType::Case);
            for at in [at, from - 1, from, from + length - 1, from + length] {
                let subject = Subject { at, ..user(who) };
                let holds = from <= at && at < from + length;
                prop_assert_eq!(decide(&s, &subject, Action::Read, &facts).allow, holds);
                prop_assert_eq!(list_scope(&s, &subject, ResourceType::Case, Action::List).everything, holds);
            }
        }
    }
}
