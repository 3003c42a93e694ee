//! Why a decision came out as it did: every grant that reaches the record, and every deny that is in force.

use proto::{
    Action,
    authz::v1::{AccessExplanation, AccessWay, Scope},
};
use uuid::Uuid;

use crate::{
    action::{ActionSet, LOOKING},
    class::ClassSet,
    decide::{Decision, Subject, Through, Why, decide, is_locked_out, through},
    facts::Facts,
    snapshot::{Grant, Node, Role, Snapshot},
};

/// How a grant reaches a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reach {
    /// The grant reaches every record of the tenant.
    Everything,
    /// The node that owns the record is the assignment's node or stands below it.
    OwnerBelow,
    /// A node that the record is shared with is the assignment's node or stands below it.
    SharedBelow,
    /// The record is allocated to the person.
    Allocated,
    /// The person made the record.
    Own,
    /// The person broke the glass of the record within the hour.
    BreakGlass,
}

impl Reach {
    /// The word on the wire.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Everything => "EVERYTHING",
            Self::OwnerBelow => "OWNER_BELOW",
            Self::SharedBelow => "SHARED_BELOW",
            Self::Allocated => "ALLOCATED",
            Self::Own => "OWN",
            Self::BreakGlass => "BREAK_GLASS",
        }
    }
}

/// The word of a reason on the wire.
pub const fn why_code(why: Why) -> &'static str {
    match why {
        Why::Granted => "GRANTED",
        Why::Locked => "LOCKED",
        Why::Restricted => "RESTRICTED",
        Why::Conflict => "CONFLICT",
        Why::NotVisible => "NOT_VISIBLE",
        Why::ActionNotGranted => "ACTION_NOT_GRANTED",
        Why::Unknown => "UNKNOWN",
    }
}

/// One grant that reaches the record.
#[derive(Clone, Copy, Debug)]
pub struct Way<'s> {
    /// The role that holds the grant.
    pub role: &'s Role,
    /// Where the person holds the role.
    pub node: &'s Node,
    /// The grant.
    pub grant: &'s Grant,
    /// How it reaches the record.
    pub reach: Reach,
    /// What it lets the person do with the record.
    pub actions: ActionSet,
    /// What it lets them read of it.
    pub read: ClassSet,
    /// What it lets them write.
    pub write: ClassSet,
}

/// A decision with its reasons.
#[derive(Clone, Debug)]
pub struct Explanation<'s> {
    /// What [`decide`] says.
    pub decision: Decision,
    /// Denies in force, the winning one first.
    pub denies: Vec<Why>,
    /// Grants that reach the record, also where a deny wins over them.
    pub ways: Vec<Way<'s>>,
}

/// Explains what [`decide`] says of the same question.
pub fn explain<'s>(snapshot: &'s Snapshot, subject: &Subject, action: Action, facts: &Facts<'_>) -> Explanation<'s> {
    let locked = is_locked_out(subject.id, facts) && !facts.broken_glass;
    let denies = [(locked, Why::Locked), (facts.restricted, Why::Restricted), (facts.conflict, Why::Conflict)];
    // What would reach the record without the lock that wins.
    let unlocked = Facts { locked_to: facts.locked_to.filter(|_| !locked), ..*facts };
    let ways = if subject.holds_roles() {
        snapshot
            .roles_of(subject.id, subject.at)
            .flat_map(|(role, node)| role.grants.iter().map(move |grant| (role, node, grant)))
            .filter_map(|(role, node, grant)| way(role, node, grant, through(snapshot, grant, node.id, subject.id, &unlocked)))
            .collect()
    } else {
        Vec::new()
    };
    Explanation {
        decision: decide(snapshot, subject, action, facts),
        denies: denies.into_iter().filter(|(on, _)| *on).map(|(_, why)| why).collect(),
        ways,
    }
}

fn way<'s>(role: &'s Role, node: &'s Node, grant: &'s Grant, through: Through) -> Option<Way<'s>> {
    let looking = grant.actions.intersection(LOOKING);
    let whole = |reach| Way { role, node, grant, reach, actions: grant.actions, read: grant.read, write: grant.write };
    match (through, grant.scope) {
        (Through::Nothing, _) | (Through::Whole, Scope::Unspecified) => None,
        (Through::Whole, Scope::All) => Some(whole(Reach::Everything)),
        (Through::Whole, Scope::NodeTree) => Some(whole(Reach::OwnerBelow)),
        (Through::Whole, Scope::Allocated) => Some(whole(Reach::Allocated)),
        (Through::Whole, Scope::Own) => Some(whole(Reach::Own)),
        (Through::Glass, _) => Some(Way { actions: looking, write: ClassSet::NONE, ..whole(Reach::BreakGlass) }),
        (Through::Share(classes), _) => {
            Some(Way { actions: looking, read: grant.read.intersection(classes), write: ClassSet::NONE, ..whole(Reach::SharedBelow) })
        }
    }
}

impl Explanation<'_> {
    /// As a message; `subject` and `facts` are those of the question, `case_id` the case that leads to the record.
    pub fn to_wire(&self, subject: Uuid, facts: &Facts<'_>, case_id: Option<Uuid>) -> AccessExplanation {
        AccessExplanation {
            visible: self.decision.visible,
            allowed: self.decision.allow,
            read_classes: self.decision.read.bits(),
            write_classes: self.decision.write.bits(),
            why: why_code(self.decision.why).to_owned(),
            denies: self.denies.iter().map(|d| why_code(*d).to_owned()).collect(),
            ways: self
                .ways
                .iter()
                .map(|w| AccessWay {
                    role_id: w.role.id.to_string(),
                    node_id: w.node.id.to_string(),
                    scope: w.grant.scope as i32,
                    reach: w.reach.code().to_owned(),
                    actions: w.actions.bits(),
                    read_classes: w.read.bits(),
                    write_classes: w.write.bits(),
                })
                .collect(),
            owner_node_id: facts.owner_node.map(|n| n.to_string()).unwrap_or_default(),
            shared_node_ids: facts.sharing.iter().map(|s| s.node.to_string()).collect(),
            allocated: facts.allocated_to.contains(&subject),
            made: facts.made_by == Some(subject),
            case_id: case_id.map(|id| id.to_string()).unwrap_or_default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proto::{PrincipalKind, ResourceType};

    use super::*;
    use crate::{
        action::VISIBLE,
        decide::REFERENCE,
        facts::Share,
        fixture::{id, records, tenants, tree},
    };

    fn user(n: u128) -> Subject {
        Subject { id: id(n), kind: PrincipalKind::User, at: 1000 }
    }

    #[test]
    fn the_way_and_the_winning_deny_are_named() {
        let s = Snapshot::compile(&tree()).expect("compiles");
        let facts = Facts::new(ResourceType::Case).owned_by(id(4)).conflicted(true).restriction(true);
        let found = explain(&s, &user(101), Action::Read, &facts);
        assert_eq!(found.decision.why, Why::Restricted);
        assert_eq!(found.denies, [Why::Restricted, Why::Conflict]);
        assert_eq!(found.ways.iter().map(|w| (w.role.id, w.node.id, w.reach)).collect::<Vec<_>>(), [(id(51), id(2), Reach::OwnerBelow)]);
        let shares = [Share { node: id(2), classes: ClassSet::NONE }];
        let shared = Facts::new(ResourceType::Case).owned_by(id(5)).shared(&shares);
        assert_eq!(explain(&s, &user(101), Action::Read, &shared).ways[0].reach, Reach::SharedBelow);
        let workload = Subject { kind: PrincipalKind::Workload, ..user(101) };
        assert!(explain(&s, &workload, Action::Read, &facts).ways.is_empty());
        let wire = found.to_wire(id(101), &facts, Some(id(77)));
        assert_eq!((wire.why.as_str(), wire.denies.join(" "), wire.case_id), ("RESTRICTED", "RESTRICTED CONFLICT".into(), id(77).to_string()));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1500))]
        #[test]
        fn an_explanation_adds_up_to_the_decision(
            tenant in tenants(), record in records(), who in 100..103u128, action in 1..12i32,
            restricted: bool, conflict: bool,
        ) {
            let s = Snapshot::compile(&tenant).expect("compiles");
            let action = Action::try_from(action).expect("action");
            let facts = record.facts(ResourceType::Case).restriction(restricted).conflicted(conflict);
            let (found, decision) = (explain(&s, &user(who), action, &facts), decide(&s, &user(who), action, &facts));
            prop_assert_eq!(found.decision, decision);
            let (mut actions, mut read, mut write) = (ActionSet::NONE, REFERENCE, ClassSet::NONE);
            for way in &found.ways {
                actions = actions.union(way.actions);
                read = read.union(way.read);
                write = write.union(way.write);
            }
            let visible = found.denies.is_empty() && !actions.intersection(VISIBLE).is_empty();
            prop_assert_eq!(visible, decision.visible);
            prop_assert_eq!(visible && actions.contains(action), decision.allow);
            if visible {
                prop_assert_eq!((read, write), (decision.read, decision.write));
            }
            if let Some(first) = found.denies.first() {
                prop_assert_eq!(*first, decision.why);
            }
        }
    }
}
