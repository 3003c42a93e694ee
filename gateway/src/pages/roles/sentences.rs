//! Grants as sentences that a coordinator can check: "Can read names and contact details of people in cases of their own
//! agency."

use access::{action::ActionSet, class::ClassSet, meaning};
use proto::{
    Action, FieldClass, ResourceType,
    authz::v1::{Grant, Scope},
};

use crate::pages::staff::role_words;

/// "a, b and c".
pub fn joined(words: &[&str]) -> String {
    match words {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// Which records of a type a scope reaches: "people in cases of their own agency".
pub fn records(resource: ResourceType, scope: Scope) -> String {
    let within = |what: &str| match scope {
        Scope::All => format!("{what} in all cases"),
        Scope::NodeTree => format!("{what} in cases of their own agency and its teams"),
        Scope::Allocated => format!("{what} in cases that are allocated to them"),
        Scope::Own => format!("{what} that are their own"),
        Scope::Unspecified => format!("no {what}"),
    };
    let plain = |what: &str| match scope {
        Scope::All => format!("all {what}"),
        Scope::NodeTree => format!("{what} of their own agency and its teams"),
        Scope::Allocated => format!("{what} that are allocated to them"),
        Scope::Own => format!("{what} that they made"),
        Scope::Unspecified => format!("no {what}"),
    };
    match (resource, scope) {
        (ResourceType::Participant, _) => within("participants"),
        (ResourceType::Person, _) => within("people"),
        (ResourceType::Note, _) => within("notes"),
        (ResourceType::Meeting, _) => within("meetings"),
        (ResourceType::Allocation, _) => within("allocations"),
        (ResourceType::Message, Scope::Own) => "messages sent to them".to_owned(),
        (ResourceType::Message, _) => within("messages"),
        (ResourceType::User, Scope::Own) => "their own account".to_owned(),
        (ResourceType::User, _) => plain("user accounts"),
        (ResourceType::Tenant, _) => "the settings of the organisation".to_owned(),
        (ResourceType::Node, Scope::NodeTree) => "their own agency and its teams".to_owned(),
        (ResourceType::AuditEvent, Scope::All) => "the whole record of who did and saw what".to_owned(),
        (ResourceType::AuditEvent, _) => "the record of who did and saw what at their own agency and its teams".to_owned(),
        _ => plain(&role_words::resource(resource as i32).to_lowercase()),
    }
}

/// Details that records of a type carry, of those in the set, in words; references and dates are not said.
pub fn details(resource: ResourceType, classes: ClassSet) -> Vec<&'static str> {
    let carried = meaning::of(resource).map_or(ClassSet::NONE, |m| m.classes);
    classes.intersection(carried).iter().filter(|c| *c != FieldClass::Reference).map(role_words::class).collect()
}

/// What a grant allows, in one to three sentences; none where it allows nothing that means something.
pub fn of(grant: &Grant) -> Vec<String> {
    let (resource, records) = (grant.resource(), records(grant.resource(), grant.scope()));
    let actions = ActionSet::from_bits(grant.actions);
    let mut said = Vec::new();
    let sees = details(resource, ClassSet::from_bits(grant.read_classes));
    let looks = match (actions.contains(Action::Read), actions.contains(Action::List)) {
        (true, true) => "list and read",
        (true, false) => "read",
        (false, true) => "list",
        (false, false) => "",
    };
    if !looks.is_empty() {
        said.push(if sees.is_empty() {
            format!("Can {looks} {records}, with references, states and dates only.")
        } else {
            format!("Can {looks} {} of {records}.", joined(&sees))
        });
    }
    let adds: Vec<&str> = [(Action::Create, "add"), (Action::Update, "change")].into_iter().filter(|(a, _)| actions.contains(*a)).map(|(_, word)| word).collect();
    if !adds.is_empty() {
        let writes = details(resource, ClassSet::from_bits(grant.write_classes));
        said.push(if writes.is_empty() {
            format!("Can {} {records}, but no details of the kinds above.", joined(&adds))
        } else {
            format!("Can {} {} there.", joined(&adds), joined(&writes))
        });
    }
    let rest: Vec<&str> = actions.iter().filter(|a| !matches!(a, Action::Read | Action::List | Action::Create | Action::Update)).map(role_words::action).collect();
    if !rest.is_empty() {
        said.push(format!("Can {} {records}.", joined(&rest)));
    }
    said
}

/// The sentences of a role, by what they are about.
pub fn by_resource(grants: &[Grant]) -> Vec<(&'static str, Vec<String>)> {
    meaning::resources()
        .filter_map(|resource| {
            let said: Vec<String> = grants.iter().filter(|g| g.resource() == resource).flat_map(of).collect();
            (!said.is_empty()).then(|| (role_words::resource(resource as i32), said))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grant(resource: ResourceType, actions: &[Action], scope: Scope, read: &[FieldClass], write: &[FieldClass]) -> Grant {
        Grant { resource: resource as i32, actions: ActionSet::of(actions).bits(), scope: scope as i32, read_classes: ClassSet::of(read).bits(), write_classes: ClassSet::of(write).bits() }
    }

    #[test]
    fn a_grant_reads_as_a_person_would_say_it() {
        use FieldClass::{Contact, Finance, Identity, Reference};
        let people = grant(ResourceType::Person, &[Action::Read], Scope::NodeTree, &[Reference, Identity, Contact, Finance], &[]);
        assert_eq!(of(&people), ["Can read names and contact details of people in cases of their own agency and its teams."], "finance is no detail of people");
        let cases = grant(ResourceType::Case, &[Action::List, Action::Read, Action::Update, Action::Close, Action::Reopen], Scope::Allocated, &[Reference, FieldClass::Offence], &[FieldClass::Offence]);
        assert_eq!(of(&cases), [
            "Can list and read the harm of cases that are allocated to them.",
            "Can change the harm there.",
            "Can close and reopen cases that are allocated to them.",
        ]);
        let reports = grant(ResourceType::Report, &[Action::List], Scope::All, &[Reference], &[]);
        assert_eq!(of(&reports), ["Can list all reports, with references, states and dates only."]);
    }

    #[test]
    fn every_grant_of_a_built_in_role_can_be_said() {
        for role in access::roles::built_in() {
            for grant in &role.grants {
                let said = of(grant);
                assert!(!said.is_empty() && said.iter().all(|s| !s.contains("no ") || s.contains("but no")), "{} {said:?}", role.built_in);
            }
        }
    }
}
