//! Grants in words.

use proto::{Action, FieldClass, ResourceType, authz::v1::{Grant, Scope}};

/// What a grant is about.
pub fn resource(code: i32) -> &'static str {
    match ResourceType::try_from(code).unwrap_or_default() {
        ResourceType::Tenant => "Settings of the organisation",
        ResourceType::Node => "Agencies and teams",
        ResourceType::User => "Users",
        ResourceType::Role => "Roles",
        ResourceType::ServiceAccount => "Partner systems",
        ResourceType::Referral => "Referrals",
        ResourceType::Case => "Cases",
        ResourceType::Participant => "Participants",
        ResourceType::Person => "People",
        ResourceType::Note => "Notes",
        ResourceType::Meeting => "Meetings",
        ResourceType::Allocation => "Allocations",
        ResourceType::Message => "Messages",
        ResourceType::Report => "Reports",
        ResourceType::AuditEvent => "Audit trail",
        ResourceType::Unspecified => "Unknown",
    }
}

fn action(action: Action) -> &'static str {
    match action {
        Action::List => "list",
        Action::Read => "read",
        Action::Create => "add",
        Action::Update => "change",
        Action::Allocate => "allocate",
        Action::Triage => "triage",
        Action::Close => "close",
        Action::Reopen => "reopen",
        Action::Search => "search",
        Action::Manage => "manage",
        Action::Export => "export",
        Action::BreakGlass => "open in an emergency",
        Action::Restrict => "restrict",
        Action::Review => "review emergency access to",
        Action::Unspecified => "nothing",
    }
}

fn class(class: FieldClass) -> &'static str {
    match class {
        FieldClass::Reference => "references and dates",
        FieldClass::Identity => "names",
        FieldClass::DateOfBirth => "dates of birth",
        FieldClass::Contact => "contact details",
        FieldClass::SpecialCategory => "special category data",
        FieldClass::Offence => "the harm",
        FieldClass::Risk => "risks",
        FieldClass::Notes => "notes",
        FieldClass::Needs => "needs",
        FieldClass::Documents => "documents",
        FieldClass::StaffHr => "staff records",
        FieldClass::Feedback => "feedback",
        FieldClass::SupervisorOnly => "supervisors' notes",
        FieldClass::ExternalIds => "references of others",
        FieldClass::Finance => "finance",
        FieldClass::HarmLocation => "the place of harm",
        FieldClass::Unspecified => "nothing",
    }
}

/// Which records a grant reaches.
pub fn scope(code: i32) -> &'static str {
    match Scope::try_from(code).unwrap_or_default() {
        Scope::All => "Everywhere",
        Scope::NodeTree => "Own agency and its teams",
        Scope::Allocated => "What is allocated to them",
        Scope::Own => "What is their own",
        Scope::Unspecified => "Nowhere",
    }
}

fn bits(set: u64) -> impl Iterator<Item = i32> {
    (1..64).filter(move |n| set >> n & 1 == 1)
}

fn listed(words: Vec<&str>) -> String {
    let text = words.join(", ");
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// "List, read, add".
pub fn actions(grant: &Grant) -> String {
    listed(bits(grant.actions).filter_map(|n| Action::try_from(n).ok()).map(action).collect())
}

/// "Names, contact details".
pub fn classes(set: u64) -> String {
    listed(bits(set).filter_map(|n| FieldClass::try_from(n).ok()).map(class).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_grant_can_be_said() {
        for role in access::roles::built_in() {
            for grant in &role.grants {
                let said = [resource(grant.resource).to_owned(), actions(grant), scope(grant.scope).to_owned(), classes(grant.read_classes)];
                assert!(said.iter().all(|s| !s.is_empty() && !["Unknown", "Nowhere", "Nothing"].contains(&s.as_str())), "{said:?}");
            }
        }
    }
}
