//! What a role can say of each type of record: which actions are ever asked for, which classes its messages carry, which
//! scopes can reach it. A role with a grant outside of this would promise what no page or call keeps.
//!
//! It is read from the contracts and the built-in roles, so that nothing must be listed twice.

use std::{collections::BTreeMap, sync::LazyLock};

use prost_reflect::{FieldDescriptor, MessageDescriptor};
use proto::{FieldClass, PrincipalKind, ResourceType, authz::v1::Scope};

use crate::{action::ActionSet, class::ClassSet, mask::Marks, policy::PolicyTable, roles};

/// What can be said of one type of record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meaning {
    /// Actions that some method or built-in role names.
    pub actions: ActionSet,
    /// Classes that its messages carry; always reference.
    pub classes: ClassSet,
    /// Scopes that can reach it, the widest first.
    pub scopes: Vec<Scope>,
}

/// What can be said of `resource`; none of an unset type.
pub fn of(resource: ResourceType) -> Option<&'static Meaning> {
    static TABLE: LazyLock<BTreeMap<i32, Meaning>> = LazyLock::new(table);
    TABLE.get(&(resource as i32))
}

/// All types of record, in the order of their numbers.
pub fn resources() -> impl Iterator<Item = ResourceType> {
    (1..64).filter_map(|n| ResourceType::try_from(n).ok())
}

fn table() -> BTreeMap<i32, Meaning> {
    let mut table: BTreeMap<i32, Meaning> = resources()
        .map(|r| (r as i32, Meaning { actions: ActionSet::NONE, classes: ClassSet::of(&[FieldClass::Reference]), scopes: scopes(r).to_vec() }))
        .collect();
    // A contract with mistakes stops every service long before this is asked.
    let policies = PolicyTable::from_pool(proto::pool()).unwrap_or_default();
    for policy in policies.iter() {
        let asked = policy.principals.iter().any(|p| matches!(p, PrincipalKind::User | PrincipalKind::ServiceAccount));
        if let Some(meaning) = table.get_mut(&(policy.resource as i32)).filter(|_| asked) {
            meaning.actions = meaning.actions.union(ActionSet::of(&[policy.action]));
        }
    }
    for grant in roles::built_in().iter().flat_map(|r| &r.grants) {
        if let Some(meaning) = table.get_mut(&grant.resource) {
            meaning.actions = meaning.actions.union(ActionSet::from_bits(grant.actions));
            if !meaning.scopes.contains(&grant.scope()) {
                meaning.scopes.push(grant.scope());
            }
        }
    }
    // Who may read notes for supervisors is asked of the whole note, not of a field.
    if let Some(note) = table.get_mut(&(ResourceType::Note as i32)) {
        note.classes = note.classes.union(ClassSet::of(&[FieldClass::SupervisorOnly]));
    }
    let pool = proto::pool();
    if let Some(marks) = Marks::of(pool) {
        for message in pool.all_messages() {
            let Some(resource) = marks.resource(&message) else { continue };
            if let Some(meaning) = table.get_mut(&(resource as i32)) {
                let mut found = ClassSet::NONE;
                carried(&marks, &message, None, &mut vec![message.full_name().to_owned()], &mut |class| found = found.union(ClassSet::of(&[class])));
                meaning.classes = meaning.classes.union(found);
            }
        }
    }
    table
}

/// Calls `note` with the class of every leaf of a record, up to other records.
fn carried(marks: &Marks, message: &MessageDescriptor, inherited: Option<FieldClass>, open: &mut Vec<String>, note: &mut impl FnMut(FieldClass)) {
    let default = inherited.or_else(|| marks.message_class(message));
    for field in message.fields() {
        let stated = marks.class(&field);
        note(stated.or(default).unwrap_or_default());
        let Some(below) = below(&field) else { continue };
        if marks.resource(&below).is_none() && !open.contains(&below.full_name().to_owned()) {
            open.push(below.full_name().to_owned());
            carried(marks, &below, stated.or(inherited), open, note);
            open.pop();
        }
    }
}

fn below(field: &FieldDescriptor) -> Option<MessageDescriptor> {
    let kind = field.kind();
    let message = kind.as_message()?;
    (!message.full_name().starts_with("google.protobuf.")).then(|| message.clone())
}

fn scopes(resource: ResourceType) -> &'static [Scope] {
    match resource {
        ResourceType::Unspecified => &[],
        ResourceType::Tenant => &[Scope::All],
        ResourceType::Node | ResourceType::Role | ResourceType::ServiceAccount | ResourceType::AuditEvent | ResourceType::Report => &[Scope::All, Scope::NodeTree],
        ResourceType::User => &[Scope::All, Scope::NodeTree, Scope::Own],
        ResourceType::Referral => &[Scope::All, Scope::NodeTree, Scope::Own],
        ResourceType::Case | ResourceType::Participant | ResourceType::Person | ResourceType::Note | ResourceType::Meeting => {
            &[Scope::All, Scope::NodeTree, Scope::Allocated]
        }
        _ => &[Scope::All, Scope::NodeTree, Scope::Allocated, Scope::Own],
    }
}

#[cfg(test)]
mod tests {
    use proto::Action;

    use super::*;

    #[test]
    fn every_built_in_grant_has_a_meaning() {
        for role in roles::built_in() {
            for grant in &role.grants {
                let meaning = of(grant.resource()).expect("a known type");
                assert!(meaning.actions.contains_all(ActionSet::from_bits(grant.actions)), "{}", role.built_in);
                assert!(meaning.scopes.contains(&grant.scope()), "{}", role.built_in);
            }
        }
    }

    #[test]
    fn classes_are_those_of_the_messages() {
        let person = of(ResourceType::Person).expect("known").classes;
        assert!(person.contains_all(ClassSet::of(&[FieldClass::Identity, FieldClass::DateOfBirth, FieldClass::Contact])));
        assert!(!person.contains(FieldClass::StaffHr) && !person.contains(FieldClass::Finance));
        assert!(of(ResourceType::Note).expect("known").classes.contains(FieldClass::SupervisorOnly));
        assert!(of(ResourceType::User).expect("known").classes.contains(FieldClass::StaffHr));
        assert!(of(ResourceType::Case).expect("known").actions.contains(Action::Allocate));
        assert!(of(ResourceType::Unspecified).is_none());
    }
}
