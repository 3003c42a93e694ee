//! Grants in words.

use proto::{Action, FieldClass, ResourceType, authz::v1::Scope};

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

/// What may be done, as a verb.
pub fn action(action: Action) -> &'static str {
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

/// Details of one class.
pub fn class(class: FieldClass) -> &'static str {
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

#[cfg(test)]
mod tests {
    use access::{action::ActionSet, class::ClassSet};

    use super::*;

    #[test]
    fn every_built_in_grant_can_be_said() {
        for role in access::roles::built_in() {
            for grant in &role.grants {
                let mut said = vec![resource(grant.resource), scope(grant.scope)];
                said.extend(ActionSet::from_bits(grant.actions).iter().map(action));
                said.extend(ClassSet::from_bits(grant.read_classes).iter().map(class));
                assert!(said.iter().all(|s| !s.is_empty() && !["Unknown", "Nowhere", "nothing"].contains(s)), "{said:?}");
            }
        }
    }
}
