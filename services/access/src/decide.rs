//! The decision on one record (`security.md` 2.4): no I/O, no clock, no allocation.

use proto::{Action, FieldClass, PrincipalKind, ResourceType, authz::v1::Scope};
use uuid::Uuid;

use crate::{
    action::{ActionSet, LOOKING, VISIBLE},
    class::ClassSet,
    facts::Facts,
    snapshot::{Grant, Snapshot},
};

/// The class that every reader of a visible record may read.
pub const REFERENCE: ClassSet = ClassSet::of(&[FieldClass::Reference]);

/// Who asks, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subject {
    /// The user or service account.
    pub id: Uuid,
    /// The kind of caller. Only users and service accounts hold roles.
    pub kind: PrincipalKind,
    /// Seconds since 1970, UTC.
    pub at: i64,
}

impl Subject {
    /// True for the kinds that can hold roles.
    pub(crate) const fn holds_roles(&self) -> bool {
        matches!(
            self.kind,
            PrincipalKind::User | PrincipalKind::ServiceAccount
        )
    }
}

/// What was decided. A record that is not visible is answered like one that does not exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The caller may know that the record exists.
    pub visible: bool,
    /// The caller may do the action; implies `visible`.
    pub allow: bool,
    /// Classes the caller may read on this record; empty when it is not visible.
    pub read: ClassSet,
    /// Classes the caller may write on this record; empty when it is not visible.
    pub write: ClassSet,
    /// The reason, for the audit trail and for tests; never shown to the caller of an invisible record.
    pub why: Why,
}

/// The reason of a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Why {
    /// A grant that reaches the record has the action.
    Granted,
    /// The record is locked to people who do not include the caller.
    Locked,
    /// Processing of the record is restricted.
    Restricted,
    /// The caller has a conflict of interest.
    Conflict,
    /// No grant that reaches the record makes it visible.
    NotVisible,
    /// The record is visible, but no grant that reaches it has the action.
    ActionNotGranted,
    /// The kind of caller, the action or the resource type is unset, or the kind holds no roles.
    Unknown,
}

impl Decision {
    /// The decision for callers without roles, the public and workloads: the method's policy has let them in by name,
    /// and the method answers only what it was made for.
    pub const fn by_policy() -> Self {
        Self { visible: true, allow: true, read: ClassSet::ALL, write: ClassSet::ALL, why: Why::Granted }
    }

    /// The decision that gives nothing.
    pub const fn deny(why: Why) -> Self {
        Self {
            visible: false,
            allow: false,
            read: ClassSet::NONE,
            write: ClassSet::NONE,
            why,
        }
    }
}

/// Decides what `subject` may do with the record that `facts` describe.
///
/// The grants of all roles that the subject holds at that instant and whose scope reaches the record are united.
/// Three denies win over every grant: a lock to others, a restriction, a conflict of interest. Break-glass alone wins over
/// a lock and over the boundary of a scope, for looking only; a share lets look too, at the classes of its agreement.
pub fn decide(
    snapshot: &Snapshot,
    subject: &Subject,
    action: Action,
    facts: &Facts<'_>,
) -> Decision {
    if !subject.holds_roles()
        || action == Action::Unspecified
        || facts.resource == ResourceType::Unspecified
    {
        return Decision::deny(Why::Unknown);
    }
    let locked_out = is_locked_out(subject.id, facts);
    if locked_out && !facts.broken_glass {
        return Decision::deny(Why::Locked);
    }
    if facts.restricted {
        return Decision::deny(Why::Restricted);
    }
    if facts.conflict {
        return Decision::deny(Why::Conflict);
    }
    let (mut actions, mut read, mut write) = (ActionSet::NONE, REFERENCE, ClassSet::NONE);
    for (role, node) in snapshot.roles_of(subject.id, subject.at) {
        for grant in &role.grants {
            match through(snapshot, grant, node.id, subject.id, facts) {
                Through::Nothing => {}
                Through::Whole => {
                    actions = actions.union(grant.actions);
                    read = read.union(grant.read);
                    write = write.union(grant.write);
                }
                Through::Glass => {
                    actions = actions.union(grant.actions.intersection(LOOKING));
                    read = read.union(grant.read);
                }
                Through::Share(classes) => {
                    actions = actions.union(grant.actions.intersection(LOOKING));
                    read = read.union(grant.read.intersection(classes));
                }
            }
        }
    }
    if actions.intersection(VISIBLE).is_empty() {
        return Decision::deny(Why::NotVisible);
    }
    let allow = actions.contains(action);
    Decision {
        visible: true,
        allow,
        read,
        write,
        why: if allow {
            Why::Granted
        } else {
            Why::ActionNotGranted
        },
    }
}

/// Whether a lock on the record leaves this person out.
pub(crate) fn is_locked_out(subject: Uuid, facts: &Facts<'_>) -> bool {
    facts
        .locked_to
        .is_some_and(|people| !people.contains(&subject))
}

/// How a grant reaches a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Through {
    /// Not at all.
    Nothing,
    /// With everything that it gives.
    Whole,
    /// By break-glass: what looks, and what it reads.
    Glass,
    /// By shares: what looks, and what it reads within these classes.
    Share(ClassSet),
}

/// How the grant, held at `node`, reaches this record. Denies besides the lock are the caller's to look at.
pub(crate) fn through(
    snapshot: &Snapshot,
    grant: &Grant,
    node: Uuid,
    subject: Uuid,
    facts: &Facts<'_>,
) -> Through {
    if grant.resource != facts.resource {
        return Through::Nothing;
    }
    let owned = match grant.scope {
        Scope::Unspecified => false,
        Scope::All => true,
        Scope::NodeTree => facts
            .owner_node
            .is_some_and(|n| snapshot.is_within(n, node)),
        Scope::Allocated => facts.allocated_to.contains(&subject),
        Scope::Own => facts.made_by == Some(subject),
    };
    let locked_out = is_locked_out(subject, facts);
    if owned && !locked_out {
        return Through::Whole;
    }
    if facts.broken_glass
        && matches!(grant.scope, Scope::All | Scope::NodeTree | Scope::Allocated)
    {
        return Through::Glass;
    }
    if locked_out || grant.scope != Scope::NodeTree {
        return Through::Nothing;
    }
    let mut shares = facts
        .sharing
        .iter()
        .filter(|s| snapshot.is_within(s.node, node));
    match shares.next() {
        Some(first) => Through::Share(shares.fold(first.classes, |all, s| all.union(s.classes))),
        None => Through::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        facts::Share,
        fixture::{assign, id, tree},
    };

    fn user(n: u128) -> Subject {
        Subject {
            id: id(n),
            kind: PrincipalKind::User,
            at: 1000,
        }
    }

    fn ask(who: &Subject, action: Action, facts: &Facts<'_>) -> Decision {
        decide(
            &Snapshot::compile(&tree()).expect("compiles"),
            who,
            action,
            facts,
        )
    }

    const CASE: Facts<'static> = Facts::new(ResourceType::Case);

    fn all(node: u128) -> Share {
        Share {
            node: id(node),
            classes: ClassSet::ALL,
        }
    }

    #[test]
    fn a_share_lets_look_at_its_classes_and_change_nothing() {
        let who = user(101);
        let shares = |classes: &[FieldClass]| {
            [Share {
                node: id(4),
                classes: ClassSet::of(classes),
            }]
        };
        let (none, identity) = (shares(&[FieldClass::Notes]), shares(&[FieldClass::Identity]));
        let capped = ask(&who, Action::Read, &CASE.owned_by(id(5)).shared(&none));
        assert!(capped.allow && capped.read == REFERENCE, "the role does not read notes");
        let d = ask(&who, Action::Read, &CASE.owned_by(id(5)).shared(&identity));
        assert!(d.read.contains(FieldClass::Identity) && d.write.is_empty());
        let update = ask(&who, Action::Update, &CASE.owned_by(id(5)).shared(&identity));
        assert!(update.visible && !update.allow);
        let own = ask(&who, Action::Update, &CASE.owned_by(id(4)).shared(&none));
        assert!(own.allow && own.read.contains(FieldClass::Identity), "a share takes nothing away");
        let others = [id(100)];
        assert!(!ask(&who, Action::Read, &CASE.owned_by(id(5)).shared(&identity).locked(&others)).visible);
    }

    #[test]
    fn broken_glass_lets_look_beyond_lock_and_boundary_only() {
        let others = [id(1)];
        let locked = CASE.owned_by(id(5)).locked(&others).broken(true);
        for n in [100, 101, 102] {
            let d = ask(&user(n), Action::Read, &locked);
            assert!(d.allow && d.read.contains(FieldClass::Identity) && d.write.is_empty(), "{n}");
            assert!(!ask(&user(n), Action::Update, &locked).allow, "{n} changes nothing");
        }
        assert!(!ask(&user(103), Action::Read, &locked).visible, "no role for cases");
        assert_eq!(ask(&user(100), Action::Read, &locked.conflicted(true)).why, Why::Conflict);
        assert_eq!(ask(&user(100), Action::Read, &locked.restriction(true)).why, Why::Restricted);
        let own = CASE.owned_by(id(2)).broken(true);
        assert!(ask(&user(101), Action::Update, &own).allow, "it takes nothing away");
    }

    #[test]
    fn a_lead_reaches_every_record() {
        let d = ask(&user(100), Action::Close, &CASE.owned_by(id(5)));
        assert!(d.visible && d.allow);
        assert_eq!(d.why, Why::Granted);
        assert_eq!(
            d.read,
            ClassSet::of(&[
                FieldClass::Reference,
                FieldClass::Identity,
                FieldClass::Contact
            ])
        );
        assert!(
            ask(&user(100), Action::Read, &CASE).allow,
            "ALL needs no owner"
        );
        assert!(!ask(&user(100), Action::Read, &Facts::new(ResourceType::User)).visible);
    }

    #[test]
    fn an_agency_sees_its_tree_and_what_is_shared_with_it() {
        let who = user(101);
        assert!(ask(&who, Action::Read, &CASE.owned_by(id(2))).allow);
        assert!(ask(&who, Action::Read, &CASE.owned_by(id(4))).allow);
        assert!(
            !ask(&who, Action::Read, &CASE.owned_by(id(1))).visible,
            "not the node above"
        );
        assert!(
            !ask(&who, Action::Read, &CASE.owned_by(id(5))).visible,
            "not another agency's team"
        );
        assert!(
            ask(
                &who,
                Action::Read,
                &CASE.owned_by(id(5)).shared(&[all(4)])
            )
            .allow
        );
        assert!(
            !ask(&who, Action::Read, &CASE).visible,
            "nothing without an owner"
        );
        assert!(
            !ask(&who, Action::Read, &CASE.owned_by(id(77))).visible,
            "an unknown node is in no tree"
        );
    }

    #[test]
    fn visible_but_not_allowed_is_told_apart() {
        let d = ask(&user(101), Action::Close, &CASE.owned_by(id(2)));
        assert!(d.visible && !d.allow);
        assert_eq!(d.why, Why::ActionNotGranted);
        let lister = ask(&user(104), Action::Read, &CASE.owned_by(id(2)));
        assert!(lister.visible && !lister.allow);
        assert_eq!(lister.read, REFERENCE);
        assert_eq!(lister.write, ClassSet::NONE);
    }

    #[test]
    fn allocated_and_own_follow_the_person() {
        let me = [id(102)];
        assert!(
            ask(
                &user(102),
                Action::Read,
                &CASE.owned_by(id(5)).allocated(&me)
            )
            .allow
        );
        assert!(!ask(&user(102), Action::Read, &CASE.owned_by(id(4))).visible);
        let referral = Facts::new(ResourceType::Referral);
        assert!(ask(&user(103), Action::Read, &referral.made(id(103))).allow);
        assert!(!ask(&user(103), Action::Read, &referral.made(id(102))).visible);
        assert!(!ask(&user(103), Action::Read, &referral.owned_by(id(3))).visible);
    }

    #[test]
    fn denies_win() {
        let others = [id(101)];
        let mine = [id(100)];
        for (facts, why) in [
            (CASE.locked(&others), Why::Locked),
            (CASE.locked(&[]), Why::Locked),
            (CASE.restriction(true), Why::Restricted),
            (CASE.conflicted(true), Why::Conflict),
        ] {
            assert_eq!(ask(&user(100), Action::Read, &facts), Decision::deny(why));
        }
        assert!(ask(&user(100), Action::Read, &CASE.locked(&mine)).allow);
        assert_eq!(
            ask(&user(103), Action::Read, &CASE.locked(&[id(103)])),
            Decision::deny(Why::NotVisible),
            "a lock to a person is no grant"
        );
    }

    #[test]
    fn unknown_is_denied() {
        assert_eq!(
            ask(&user(100), Action::Unspecified, &CASE).why,
            Why::Unknown
        );
        assert_eq!(
            ask(
                &user(100),
                Action::Read,
                &Facts::new(ResourceType::Unspecified)
            )
            .why,
            Why::Unknown
        );
        for kind in [
            PrincipalKind::Unspecified,
            PrincipalKind::Public,
            PrincipalKind::Workload,
        ] {
            assert_eq!(
                ask(&Subject { kind, ..user(100) }, Action::Read, &CASE),
                Decision::deny(Why::Unknown)
            );
        }
        assert!(
            ask(
                &Subject {
                    kind: PrincipalKind::ServiceAccount,
                    ..user(100)
                },
                Action::Read,
                &CASE
            )
            .allow
        );
        assert_eq!(ask(&user(999), Action::Read, &CASE).why, Why::NotVisible);
        let mut t = tree();
        t.roles[0].grants[0].scope = 99;
        let s = Snapshot::compile(&t).expect("compiles");
        assert!(
            !decide(&s, &user(100), Action::Read, &CASE).visible,
            "an unknown scope reaches nothing"
        );
    }

    #[test]
    fn a_user_of_another_tenant_has_no_role_here() {
        let mut other = tree();
        other.tenant_id = id(901).to_string();
        for a in &mut other.assignments {
            a.subject_id = id(2000).to_string();
        }
        let s = Snapshot::compile(&other).expect("compiles");
        assert_eq!(
            decide(&s, &user(100), Action::Read, &CASE),
            Decision::deny(Why::NotVisible)
        );
    }

    #[test]
    fn rights_end_at_the_instant() {
        let mut t = tree();
        t.assignments[0].valid_to = 1000;
        let s = Snapshot::compile(&t).expect("compiles");
        assert!(
            decide(
                &s,
                &Subject {
                    at: 999,
                    ..user(100)
                },
                Action::Read,
                &CASE
            )
            .allow
        );
        assert!(!decide(&s, &user(100), Action::Read, &CASE).visible);
    }

    #[test]
    fn grants_of_several_roles_are_united() {
        let mut t = tree();
        t.assignments.push(assign(102, 51, 3));
        let s = Snapshot::compile(&t).expect("compiles");
        let me = [id(102)];
        let both = decide(
            &s,
            &user(102),
            Action::Read,
            &CASE.owned_by(id(5)).allocated(&me),
        );
        assert_eq!(
            both.read,
            ClassSet::of(&[
                FieldClass::Reference,
                FieldClass::Identity,
                FieldClass::Notes
            ])
        );
        let one = decide(&s, &user(102), Action::Read, &CASE.owned_by(id(5)));
        assert_eq!(
            one.read,
            ClassSet::of(&[FieldClass::Reference, FieldClass::Identity])
        );
    }
}
