//! By which ways somebody sees a record: for pages that say who sees a case and why.

use proto::{Action, authz::v1::Scope};

use crate::{
    action::VISIBLE,
    decide::{Decision, Subject, Through, decide, through},
    facts::Facts,
    snapshot::Snapshot,
};

/// A way to see a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    /// A role that sees every such record of the tenant.
    Everything,
    /// A role at the owner, or above it.
    Agency,
    /// An allocation.
    Allocation,
    /// They made it.
    Made,
    /// A share with a node of theirs.
    Share,
    /// Break-glass within the hour.
    BreakGlass,
}

/// The ways of this person at this moment, in order and each once; none where the record is not visible to them.
pub fn ways(snapshot: &Snapshot, subject: &Subject, facts: &Facts<'_>) -> (Decision, Vec<Way>) {
    let decision = decide(snapshot, subject, Action::Read, facts);
    let mut found = Vec::new();
    if decision.visible {
        for (role, node) in snapshot.roles_of(subject.id, subject.at) {
            for grant in role.grants.iter().filter(|g| !g.actions.intersection(VISIBLE).is_empty()) {
                found.extend(match through(snapshot, grant, node.id, subject.id, facts) {
                    Through::Nothing => None,
                    Through::Glass => Some(Way::BreakGlass),
                    Through::Share(_) => Some(Way::Share),
                    Through::Whole => match grant.scope {
                        Scope::Unspecified => None,
                        Scope::All => Some(Way::Everything),
                        Scope::NodeTree => Some(Way::Agency),
                        Scope::Allocated => Some(Way::Allocation),
                        Scope::Own => Some(Way::Made),
                    },
                });
            }
        }
    }
    found.sort_unstable();
    found.dedup();
    (decision, found)
}

#[cfg(test)]
mod tests {
    use proto::{PrincipalKind, ResourceType};

    use super::*;
    use crate::{class::ClassSet, facts::Share, fixture::{id, tree}};

    fn of(n: u128, facts: &Facts<'_>) -> Vec<Way> {
        let subject = Subject { id: id(n), kind: PrincipalKind::User, at: 1000 };
        ways(&Snapshot::compile(&tree()).expect("compiles"), &subject, facts).1
    }

    #[test]
    fn each_way_is_named() {
        let me = [id(102)];
        let shares = [Share { node: id(2), classes: ClassSet::NONE }];
        let case = Facts::new(ResourceType::Case).owned_by(id(5)).allocated(&me).shared(&shares);
        assert_eq!(of(100, &case), [Way::Everything]);
        assert_eq!(of(101, &case), [Way::Share]);
        assert_eq!(of(102, &case), [Way::Allocation]);
        assert_eq!(of(101, &case.owned_by(id(4))), [Way::Agency]);
        assert_eq!(of(101, &case.locked(&me)), []);
        assert_eq!(of(101, &case.locked(&me).broken(true)), [Way::BreakGlass]);
    }
}
