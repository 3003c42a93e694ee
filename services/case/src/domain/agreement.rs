//! Written sharing agreements: what they may name, and what a share under one is (domain.md I9).

use access::class::ClassSet;
use chrono::{DateTime, Utc};
use proto::FieldClass;
use uuid::Uuid;

/// Classes that no agreement may name: what supervisors write about the work of their own staff, and staff records.
const NEVER: ClassSet = ClassSet::of(&[FieldClass::SupervisorOnly, FieldClass::StaffHr]);

/// A stored agreement. It changes only by ending early.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agreement {
    /// Its id.
    pub id: Uuid,
    /// What people call it.
    pub name: String,
    /// What it is for.
    pub purpose: String,
    /// Nodes that are parties; who is below one is too.
    pub parties: Vec<Uuid>,
    /// The most that is read under it.
    pub classes: ClassSet,
    /// From when on it holds.
    pub starts_at: DateTime<Utc>,
    /// From when on it holds no more.
    pub ends_at: DateTime<Utc>,
    /// Who recorded it.
    pub made_by: String,
}

/// Why a case cannot be shared so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// The agreement does not hold at this moment.
    NotInForce,
    /// The owner of the case is no party to it.
    OwnerNoParty,
    /// Who should get it is no party to it.
    NodeNoParty,
    /// Who should get it owns the case, or stands above or below its owner.
    OwnCase,
}

impl Agreement {
    /// Whether it holds at this instant: from its first one, and no more at that of its end.
    pub fn in_force(&self, at: DateTime<Utc>) -> bool {
        self.starts_at <= at && at < self.ends_at
    }

    /// When a share ends that is asked to last until `wanted`: never after the agreement.
    pub fn share_ends(&self, wanted: Option<DateTime<Utc>>) -> DateTime<Utc> {
        wanted.map_or(self.ends_at, |wanted| wanted.min(self.ends_at))
    }

    /// Checks that a case of `owner` may be shared with `node` now; `within(a, b)` tells whether a is b or below it.
    ///
    /// # Errors
    /// The first thing that stands against it.
    pub fn check_share(&self, owner: Uuid, node: Uuid, at: DateTime<Utc>, within: impl Fn(Uuid, Uuid) -> bool) -> Result<(), Unfit> {
        let party = |one: Uuid| self.parties.iter().any(|p| within(one, *p));
        if !self.in_force(at) {
            Err(Unfit::NotInForce)
        } else if !party(owner) {
            Err(Unfit::OwnerNoParty)
        } else if !party(node) {
            Err(Unfit::NodeNoParty)
        } else if within(owner, node) || within(node, owner) {
            Err(Unfit::OwnCase)
        } else {
            Ok(())
        }
    }
}

/// The classes that an agreement names, with reference, which is read wherever a record is visible. None where there is
/// nothing to share, or something that is never shared.
pub fn shareable(classes: &[FieldClass]) -> Option<ClassSet> {
    let named: ClassSet = classes.iter().copied().collect();
    let known = !classes.contains(&FieldClass::Unspecified);
    (known && !named.is_empty() && named.intersection(NEVER).is_empty()).then(|| named.union(access::decide::REFERENCE))
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    fn id(n: u128) -> Uuid {
        Uuid::from_u128(n)
    }

    /// Node 12 is below 1, node 23 below 2.
    fn within(a: Uuid, b: Uuid) -> bool {
        a == b || (a, b) == (id(12), id(1)) || (a, b) == (id(23), id(2))
    }

    fn agreement() -> Agreement {
        Agreement {
            id: id(9),
            name: "Joint work".into(),
            purpose: "Preparing conferences together".into(),
            parties: vec![id(1), id(2)],
            classes: ClassSet::ALL,
            starts_at: DateTime::UNIX_EPOCH,
            ends_at: DateTime::UNIX_EPOCH + TimeDelta::days(10),
            made_by: "user:1".into(),
        }
    }

    #[test]
    fn it_holds_until_the_instant_of_its_end_and_no_share_outlives_it() {
        let a = agreement();
        assert!(a.in_force(a.starts_at) && a.in_force(a.ends_at - TimeDelta::microseconds(1)) && !a.in_force(a.ends_at));
        assert_eq!(a.share_ends(None), a.ends_at);
        assert_eq!(a.share_ends(Some(a.ends_at + TimeDelta::days(1))), a.ends_at);
        assert_eq!(a.share_ends(Some(a.starts_at + TimeDelta::days(1))), a.starts_at + TimeDelta::days(1));
    }

    #[test]
    fn only_parties_share_and_only_with_one_another() {
        let (a, now) = (agreement(), DateTime::UNIX_EPOCH);
        assert_eq!(a.check_share(id(12), id(23), now, within), Ok(()));
        assert_eq!(a.check_share(id(12), id(3), now, within), Err(Unfit::NodeNoParty));
        assert_eq!(a.check_share(id(3), id(2), now, within), Err(Unfit::OwnerNoParty));
        assert_eq!(a.check_share(id(12), id(1), now, within), Err(Unfit::OwnCase));
        assert_eq!(a.check_share(id(12), id(2), a.ends_at, within), Err(Unfit::NotInForce));
    }

    #[test]
    fn some_classes_are_never_shared() {
        assert!(shareable(&[FieldClass::Identity]).is_some_and(|c| c.contains(FieldClass::Reference)));
        assert_eq!(shareable(&[]), None);
        assert_eq!(shareable(&[FieldClass::Identity, FieldClass::SupervisorOnly]), None);
        assert_eq!(shareable(&[FieldClass::StaffHr]), None);
        assert_eq!(shareable(&[FieldClass::Unspecified, FieldClass::Identity]), None);
    }
}
