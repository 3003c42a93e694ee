//! The built-in roles, as the rows that a new tenant starts with (domain.md I6, I8, I9; architecture 7).
//!
//! They are data: identity copies them into its tables, where a tenant's own roles stand beside them.

use proto::{
    Action::{self, *},
    FieldClass::{self, *},
    ResourceType::{self, *},
    authz::v1::{Grant, Role, Scope},
};

use crate::{action::ActionSet, class::ClassSet};

/// Words of the built-in roles, stable for scripts and tests.
pub const BUILT_IN: [&str; 7] = [
    "tenant_administrator",
    "partnership_lead",
    "agency_coordinator",
    "facilitator",
    "read_only",
    "data_protection_officer",
    "referrer",
];

/// Everything that is known of a participant and a case; who manages the work sees supervisors' notes too.
const CASE_WORK: &[FieldClass] = &[
    Reference,
    Identity,
    DateOfBirth,
    Contact,
    SpecialCategory,
    Offence,
    Risk,
    Notes,
    Needs,
    Documents,
    ExternalIds,
    HarmLocation,
    Feedback,
];
const SUPERVISION: &[FieldClass] = &[
    Reference,
    Identity,
    DateOfBirth,
    Contact,
    SpecialCategory,
    Offence,
    Risk,
    Notes,
    Needs,
    Documents,
    ExternalIds,
    HarmLocation,
    Feedback,
    SupervisorOnly,
];
/// What a partner with read access needs to follow a case: who, what kind of harm, how far; no way to reach anyone.
const FOLLOWING: &[FieldClass] = &[Reference, Identity, Offence];
const OVERSIGHT: &[FieldClass] = &[Reference, Identity, DateOfBirth, Contact];
const DIRECTORY: &[FieldClass] = &[Reference, Identity];
const STAFF_ADMIN: &[FieldClass] = &[Reference, Identity, Contact, StaffHr];
const PLAIN: &[FieldClass] = &[Reference];

fn grant(
    resource: ResourceType,
    actions: &[Action],
    scope: Scope,
    read: &[FieldClass],
    write: &[FieldClass],
) -> Grant {
    Grant {
        resource: resource as i32,
        actions: ActionSet::of(actions).bits(),
        scope: scope as i32,
        read_classes: ClassSet::of(read).bits(),
        write_classes: ClassSet::of(write).bits(),
    }
}

/// What everyone who signs in may see: the tenant, its tree, the staff directory and their own account.
fn everyone() -> Vec<Grant> {
    vec![
        grant(Tenant, &[Read], Scope::All, PLAIN, &[]),
        grant(Node, &[List, Read], Scope::All, PLAIN, &[]),
        grant(User, &[List, Read], Scope::All, DIRECTORY, &[]),
        grant(
            User,
            &[Read],
            Scope::Own,
            &[Reference, Identity, Contact],
            &[],
        ),
    ]
}

/// The work on referrals and cases within a scope.
fn management(scope: Scope) -> Vec<Grant> {
    vec![
        grant(
            Referral,
            &[List, Read, Create, Update, Triage],
            scope,
            SUPERVISION,
            SUPERVISION,
        ),
        grant(
            Case,
            &[List, Read, Create, Update, Allocate, Close, Reopen, Manage, BreakGlass, Review],
            scope,
            SUPERVISION,
            SUPERVISION,
        ),
        grant(
            Participant,
            &[List, Read, Create, Update],
            scope,
            SUPERVISION,
            SUPERVISION,
        ),
        grant(
            Person,
            &[List, Read, Search, Create, Update],
            scope,
            SUPERVISION,
            SUPERVISION,
        ),
        grant(
            Note,
            &[List, Read, Create, Update],
            scope,
            SUPERVISION,
            SUPERVISION,
        ),
        grant(
            Meeting,
            &[List, Read, Create, Update],
            scope,
            SUPERVISION,
            SUPERVISION,
        ),
        grant(Message, &[List, Read], scope, PLAIN, &[]),
        grant(Report, &[List, Read, Export], scope, PLAIN, &[]),
        grant(ResourceType::Role, &[List, Read], Scope::All, PLAIN, &[]),
    ]
}

fn with(mut grants: Vec<Grant>, more: Vec<Grant>) -> Vec<Grant> {
    grants.extend(more);
    grants
}

/// The built-in roles with empty ids; identity gives the ids.
pub fn built_in() -> Vec<Role> {
    let role = |word: &str, name: &str, grants: Vec<Grant>| Role {
        id: String::new(),
        name: name.into(),
        built_in: word.into(),
        grants,
    };
    vec![
        role(
            "tenant_administrator",
            "Tenant administrator",
            with(
                everyone(),
                vec![
                    grant(Tenant, &[Manage], Scope::All, PLAIN, PLAIN),
                    grant(Node, &[Manage], Scope::All, PLAIN, PLAIN),
                    grant(
                        User,
                        &[List, Read, Create, Update, Manage],
                        Scope::All,
                        STAFF_ADMIN,
                        STAFF_ADMIN,
                    ),
                    grant(
                        ResourceType::Role,
                        &[List, Read, Manage],
                        Scope::All,
                        PLAIN,
                        PLAIN,
                    ),
                    grant(
                        ServiceAccount,
                        &[List, Read, Manage],
                        Scope::All,
                        PLAIN,
                        PLAIN,
                    ),
                    grant(Message, &[List], Scope::Own, PLAIN, &[]),
                ],
            ),
        ),
        role(
            "partnership_lead",
            "Partnership lead",
            with(
                with(everyone(), management(Scope::All)),
                vec![grant(AuditEvent, &[List, Read], Scope::All, PLAIN, &[])],
            ),
        ),
        role(
            "agency_coordinator",
            "Agency coordinator",
            with(everyone(), management(Scope::NodeTree)),
        ),
        role(
            "facilitator",
            "Facilitator",
            with(
                everyone(),
                vec![
                    grant(
                        Referral,
                        &[List, Read, Create, Update],
                        Scope::Own,
                        CASE_WORK,
                        CASE_WORK,
                    ),
                    grant(
                        Case,
                        &[List, Read, Update, Close],
                        Scope::Allocated,
                        CASE_WORK,
                        CASE_WORK,
                    ),
                    grant(
                        Participant,
                        &[List, Read, Create, Update],
                        Scope::Allocated,
                        CASE_WORK,
                        CASE_WORK,
                    ),
                    grant(
                        Person,
                        &[List, Read, Search, Create, Update],
                        Scope::Allocated,
                        CASE_WORK,
                        CASE_WORK,
                    ),
                    grant(
                        Note,
                        &[List, Read, Create, Update],
                        Scope::Allocated,
                        CASE_WORK,
                        CASE_WORK,
                    ),
                    grant(
                        Meeting,
                        &[List, Read, Create, Update],
                        Scope::Allocated,
                        CASE_WORK,
                        CASE_WORK,
                    ),
                    grant(Message, &[List, Read], Scope::Allocated, PLAIN, &[]),
                ],
            ),
        ),
        role(
            "read_only",
            "Read-only",
            with(
                everyone(),
                vec![
                    grant(Referral, &[List, Read], Scope::NodeTree, FOLLOWING, &[]),
                    grant(Case, &[List, Read], Scope::NodeTree, FOLLOWING, &[]),
                    grant(Participant, &[List, Read], Scope::NodeTree, FOLLOWING, &[]),
                    grant(Meeting, &[List, Read], Scope::NodeTree, PLAIN, &[]),
                    grant(Report, &[List, Read], Scope::NodeTree, PLAIN, &[]),
                ],
            ),
        ),
        role(
            "data_protection_officer",
            "Data protection officer",
            with(
                everyone(),
                vec![
                    grant(Referral, &[List, Read], Scope::All, OVERSIGHT, &[]),
                    grant(Case, &[List, Read, Restrict, Review], Scope::All, OVERSIGHT, &[]),
                    grant(Participant, &[List, Read], Scope::All, OVERSIGHT, &[]),
                    // Erasure and holds (domain.md C25): nobody else has this right.
                    grant(Person, &[List, Read, Search, Manage], Scope::All, OVERSIGHT, &[]),
                    grant(Report, &[List, Read, Export], Scope::All, PLAIN, &[]),
                    grant(AuditEvent, &[List, Read, Export], Scope::All, PLAIN, &[]),
                    grant(ResourceType::Role, &[List, Read], Scope::All, PLAIN, &[]),
                ],
            ),
        ),
        role(
            "referrer",
            "Referrer",
            vec![
                grant(Tenant, &[Read], Scope::All, PLAIN, &[]),
                grant(
                    Referral,
                    &[List, Read, Create, Update],
                    Scope::Own,
                    &[Reference, Notes],
                    CASE_WORK,
                ),
            ],
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_role_is_there_once_and_in_order() {
        assert_eq!(
            built_in()
                .iter()
                .map(|r| r.built_in.as_str())
                .collect::<Vec<_>>(),
            BUILT_IN
        );
    }

    #[test]
    fn a_role_writes_only_what_it_may_read_except_a_referrer_who_only_sends() {
        for role in built_in().iter().filter(|r| r.built_in != "referrer") {
            for g in &role.grants {
                assert!(
                    ClassSet::from_bits(g.read_classes)
                        .contains_all(ClassSet::from_bits(g.write_classes)),
                    "{}",
                    role.built_in
                );
            }
        }
    }

    #[test]
    fn nobody_but_the_work_itself_reaches_contacts() {
        for role in built_in().iter().filter(|r| {
            matches!(
                r.built_in.as_str(),
                "read_only" | "referrer" | "tenant_administrator"
            )
        }) {
            for g in role.grants.iter().filter(|g| g.resource != User as i32) {
                assert!(
                    !ClassSet::from_bits(g.read_classes).contains(Contact),
                    "{}",
                    role.built_in
                );
            }
        }
    }
}
