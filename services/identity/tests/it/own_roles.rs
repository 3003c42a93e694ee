//! Roles that a tenant makes for itself: what goes, and what nobody may do.

use access::{action::ActionSet, class::ClassSet};
use proto::{
    Action, FieldClass, ResourceType,
    authz::v1::{Grant, Scope},
    identity::v1::*,
};
use tonic::Code;
use uuid::Uuid;

use crate::office::{Office, Person, reason};

const NAMES: &[FieldClass] = &[FieldClass::Reference, FieldClass::Identity];

fn grant(resource: ResourceType, actions: &[Action], scope: Scope, read: &[FieldClass]) -> Grant {
    Grant { resource: resource as i32, actions: ActionSet::of(actions).bits(), scope: scope as i32, read_classes: ClassSet::of(read).bits(), write_classes: 0 }
}

fn cases(scope: Scope) -> Grant {
    grant(ResourceType::Case, &[Action::List, Action::Read], scope, NAMES)
}

fn create(o: &Office, name: &str, grants: Vec<Grant>) -> CreateRoleRequest {
    CreateRoleRequest { request_id: o.key().to_string(), name: name.into(), description: "For students".into(), grants }
}

fn update(o: &Office, role: &RoleDetail, grants: Vec<Grant>) -> UpdateRoleRequest {
    UpdateRoleRequest { request_id: o.key().to_string(), role_id: role.id.clone(), etag: role.etag.clone(), name: role.name.clone(), description: role.description.clone(), grants }
}

async fn role(o: &Office, who: &Person, id: &str) -> RoleDetail {
    let token = o.token(who).await;
    o.roles().get_role(o.with(&token, GetRoleRequest { role_id: id.into() })).await.unwrap().into_inner().role.unwrap()
}

async fn made(o: &Office, name: &str, grants: Vec<Grant>) -> RoleDetail {
    let token = o.token(&o.administrator).await;
    let answer = o.roles().create_role(o.with(&token, create(o, name, grants))).await.unwrap().into_inner();
    role(o, &o.administrator, &answer.role_id).await
}

async fn assign(o: &Office, giver: &Person, user: Uuid, role_id: &str, node: Uuid) -> Result<AssignRoleResponse, tonic::Status> {
    let token = o.token(giver).await;
    let message = AssignRoleRequest { request_id: o.key().to_string(), user_id: user.to_string(), role_id: role_id.into(), node_id: node.to_string(), ..AssignRoleRequest::default() };
    o.users().assign_role(o.with(&token, message)).await.map(tonic::Response::into_inner)
}

async fn epoch(o: &Office) -> u64 {
    let mut case = organisation_service_client::OrganisationServiceClient::new(o.service.channel_of("case"));
    case.get_snapshot(o.gateway(GetSnapshotRequest { tenant_id: o.tenant() })).await.unwrap().into_inner().snapshot.unwrap().epoch
}

#[tokio::test]
async fn a_role_is_made_changed_and_retired_and_each_change_is_a_new_epoch() {
    let o = Office::open().await;
    let before = epoch(&o).await;
    let own = made(&o, "Student", vec![cases(Scope::NodeTree)]).await;
    assert_eq!((own.name.as_str(), own.description.as_str(), own.grants.len(), epoch(&o).await), ("Student", "For students", 1, before + 1));
    assert_eq!(own.allowed_actions, ["COPY", "EDIT", "RETIRE"]);
    assert_eq!(own.changed_by_id, o.administrator.id.to_string());

    let token = o.token(&o.administrator).await;
    let wider = vec![cases(Scope::NodeTree), cases(Scope::All)];
    o.roles().update_role(o.with(&token, update(&o, &own, wider.clone()))).await.unwrap();
    assert_eq!(reason(&o.roles().get_role(o.with(&token, GetRoleRequest { role_id: own.id.clone() })).await.unwrap_err()), "STALE_TOKEN");
    let token = o.token(&o.administrator).await;
    let late = o.roles().update_role(o.with(&token, update(&o, &own, vec![cases(Scope::All)]))).await.unwrap_err();
    assert_eq!((late.code(), reason(&late)), (Code::Aborted, "ETAG_MISMATCH".to_owned()));
    let now = role(&o, &o.administrator, &own.id).await;
    assert_eq!((now.grants.clone(), epoch(&o).await), (wider, before + 2));

    let bo = o.hire_with("Bo", &own.id, o.made.node_ids[0]).await;
    let held = role(&o, &o.administrator, &own.id).await;
    assert_eq!(held.allowed_actions, ["COPY", "EDIT"], "not retired while somebody holds it");
    let token = o.token(&o.administrator).await;
    let retire = |etag: &str| RetireRoleRequest { request_id: o.key().to_string(), role_id: own.id.clone(), etag: etag.into() };
    assert_eq!(reason(&o.roles().retire_role(o.with(&token, retire(&held.etag))).await.unwrap_err()), "ROLE_IN_USE");
    let user = o.users().get_user(o.with(&token, GetUserRequest { user_id: bo.id.to_string() })).await.unwrap().into_inner().user.unwrap();
    let end = EndAssignmentRequest { request_id: o.key().to_string(), user_id: bo.id.to_string(), assignment_id: user.roles[0].assignment_id.clone() };
    o.users().end_assignment(o.with(&token, end)).await.unwrap();
    let token = o.token(&o.administrator).await;
    o.roles().retire_role(o.with(&token, retire(&held.etag))).await.unwrap();
    let token = o.token(&o.administrator).await;
    let gone = o.roles().get_role(o.with(&token, GetRoleRequest { role_id: own.id.clone() })).await.unwrap_err();
    let random = o.roles().get_role(o.with(&token, GetRoleRequest { role_id: Uuid::from_u128(5).to_string() })).await.unwrap_err();
    assert_eq!((gone.code(), gone.message(), gone.details()), (Code::NotFound, random.message(), random.details()));
    let roles = o.organisation().list_roles(o.with(&token, ListRolesRequest {})).await.unwrap().into_inner().roles;
    assert_eq!(roles.len(), access::roles::BUILT_IN.len());
    assert_eq!(assign(&o, &o.administrator, bo.id, &own.id, o.made.root_id).await.unwrap_err().code(), Code::InvalidArgument);
    // Its name is free again.
    made(&o, "student", vec![cases(Scope::All)]).await;
    o.close().await;
}

#[tokio::test]
async fn what_is_wrong_with_a_role_is_named_field_by_field() {
    let o = Office::open().await;
    let token = o.token(&o.administrator).await;
    let written = Grant { write_classes: ClassSet::of(&[FieldClass::Contact]).bits(), ..cases(Scope::All) };
    let wrong = o.roles().create_role(o.with(&token, create(&o, " ", vec![written, cases(Scope::Unspecified)]))).await.unwrap_err();
    let fields: Vec<_> = platform::Error::from(wrong).fields().iter().map(|f| f.field.clone()).collect();
    assert_eq!(fields, ["name", "grants.0.write_classes", "grants.1.scope"]);
    for name in ["Facilitator", "FACILITATOR"] {
        let taken = o.roles().create_role(o.with(&token, create(&o, name, vec![cases(Scope::All)]))).await.unwrap_err();
        assert_eq!(reason(&taken), "NAME_TAKEN", "a built-in role's name");
    }
    let message = create(&o, "Student", vec![cases(Scope::All)]);
    let first = o.roles().create_role(o.with(&token, message.clone())).await.unwrap().into_inner();
    let token = o.token(&o.administrator).await;
    assert_eq!(o.roles().create_role(o.with(&token, message)).await.unwrap().into_inner().role_id, first.role_id, "sent twice, made once");
    o.close().await;
}

#[tokio::test]
async fn nobody_makes_or_gives_a_role_wider_than_their_own() {
    let o = Office::open().await;
    let (police, east, charity) = (o.made.node_ids[0], o.made.node_ids[1], o.made.node_ids[2]);
    let token = o.token(&o.administrator).await;
    let wide = [
        Grant { read_classes: ClassSet::of(&[FieldClass::Reference, FieldClass::Finance]).bits(), ..cases(Scope::NodeTree) },
        grant(ResourceType::AuditEvent, &[Action::List, Action::Manage], Scope::All, &[FieldClass::Reference]),
    ];
    let refused = o.roles().create_role(o.with(&token, create(&o, "Wide", vec![cases(Scope::All), wide[0]]))).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused)), (Code::PermissionDenied, "ROLE_WIDER_THAN_OWN".to_owned()));
    assert_eq!(platform::Error::from(refused).fields()[0].field, "grants.1");
    assert_eq!(o.roles().create_role(o.with(&token, create(&o, "Wide", vec![wide[1]]))).await.unwrap_err().code(), Code::InvalidArgument);

    // An agency's administrator: a role of the tenant's own that manages roles and accounts in a tree.
    let plain = ClassSet::of(&[FieldClass::Reference]).bits();
    let manages = vec![
        Grant { write_classes: plain, ..grant(ResourceType::Role, &[Action::List, Action::Read, Action::Manage], Scope::NodeTree, &[FieldClass::Reference]) },
        grant(ResourceType::User, &[Action::List, Action::Read], Scope::All, NAMES),
        Grant { write_classes: ClassSet::of(NAMES).bits(), ..grant(ResourceType::User, &[Action::List, Action::Read, Action::Create, Action::Manage], Scope::NodeTree, NAMES) },
    ];
    let delegate = made(&o, "Agency administrator", manages).await;
    let bo = o.hire_with("Bo", &delegate.id, police).await;
    assign(&o, &o.administrator, bo.id, &o.role("agency_coordinator"), police).await.unwrap();
    let cy = o.hire("Cy", "read_only", east).await;
    for (role_id, node, allowed) in [
        (o.role("facilitator"), police, true),
        (o.role("agency_coordinator"), east, true),
        (delegate.id.clone(), east, true),
        (o.role("facilitator"), charity, false),
        (o.role("facilitator"), o.made.root_id, false),
        (delegate.id.clone(), charity, false),
        (o.role("partnership_lead"), police, false),
        (o.role("data_protection_officer"), police, false),
        (o.role("tenant_administrator"), police, false),
    ] {
        let answer = assign(&o, &bo, cy.id, &role_id, node).await;
        match answer {
            Ok(_) => assert!(allowed, "{role_id} at {node}"),
            Err(status) => assert!(!allowed && matches!(status.code(), Code::PermissionDenied | Code::NotFound), "{role_id} at {node}: {status:?}"),
        }
    }
    assert_eq!(reason(&assign(&o, &bo, bo.id, &o.role("facilitator"), police).await.unwrap_err()), "OWN_ROLES");
    // They read what roles there are, and neither make nor change one.
    let seen = role(&o, &bo, &o.role("facilitator")).await;
    assert_eq!((seen.allowed_actions.len(), seen.edit_refusal.as_str()), (0, "NOT_PERMITTED"));
    let token = o.token(&bo).await;
    let denied = o.roles().create_role(o.with(&token, create(&o, "Mine", vec![cases(Scope::NodeTree)]))).await.unwrap_err();
    assert_eq!(denied.code(), Code::PermissionDenied);
    let other = made(&o, "Other", vec![cases(Scope::NodeTree)]).await;
    let token = o.token(&bo).await;
    let denied = o.roles().update_role(o.with(&token, update(&o, &other, vec![cases(Scope::NodeTree)]))).await.unwrap_err();
    assert_eq!(denied.code(), Code::PermissionDenied);
    o.close().await;
}

#[tokio::test]
async fn nobody_changes_a_role_that_they_hold_and_built_in_roles_stay() {
    let o = Office::open().await;
    let own = made(&o, "Helper", vec![cases(Scope::All)]).await;
    let cy = o.hire("Cy", "tenant_administrator", o.made.root_id).await;
    assign(&o, &o.administrator, cy.id, &own.id, o.made.root_id).await.unwrap();
    let seen = role(&o, &cy, &own.id).await;
    assert_eq!((seen.allowed_actions.join(" "), seen.edit_refusal.as_str()), ("COPY".to_owned(), "OWN_ROLE"));
    let token = o.token(&cy).await;
    assert_eq!(reason(&o.roles().update_role(o.with(&token, update(&o, &seen, vec![cases(Scope::NodeTree)]))).await.unwrap_err()), "OWN_ROLE");
    let built = role(&o, &cy, &o.role("tenant_administrator")).await;
    assert_eq!(built.edit_refusal, "BUILT_IN_ROLE");
    let token = o.token(&cy).await;
    assert_eq!(reason(&o.roles().update_role(o.with(&token, update(&o, &built, vec![cases(Scope::NodeTree)]))).await.unwrap_err()), "BUILT_IN_ROLE");
    let retire = RetireRoleRequest { request_id: o.key().to_string(), role_id: built.id.clone(), etag: built.etag.clone() };
    assert_eq!(reason(&o.roles().retire_role(o.with(&token, retire)).await.unwrap_err()), "BUILT_IN_ROLE");
    // Another administrator may.
    let token = o.token(&o.administrator).await;
    o.roles().update_role(o.with(&token, update(&o, &seen, vec![cases(Scope::NodeTree)]))).await.unwrap();
    // Who reads no roles learns nothing of them.
    let bo = o.hire("Bo", "facilitator", o.made.node_ids[0]).await;
    let token = o.token(&bo).await;
    assert_eq!(o.roles().get_role(o.with(&token, GetRoleRequest { role_id: own.id.clone() })).await.unwrap_err().code(), Code::PermissionDenied);
    assert_eq!(o.roles().list_role_summaries(o.with(&token, ListRoleSummariesRequest {})).await.unwrap_err().code(), Code::PermissionDenied);
    o.close().await;
}

#[tokio::test]
async fn a_partners_system_gets_no_more_by_way_of_an_own_role() {
    let o = Office::open().await;
    let copy = made(&o, "Copy of the lead", vec![cases(Scope::All)]).await;
    let sends = grant(ResourceType::Referral, &[Action::List, Action::Read, Action::Create], Scope::Own, &[FieldClass::Reference, FieldClass::Notes]);
    let feed = made(&o, "Feed", vec![sends]).await;
    let account = |role_id: &str| CreateServiceAccountRequest {
        request_id: o.key().to_string(),
        name: "Police feed".into(),
        node_id: o.made.node_ids[0].to_string(),
        role_id: role_id.into(),
        certificate_fingerprint: "cd".repeat(32),
        expires_at: Some(prost_types::Timestamp { seconds: 1_900_000_000, nanos: 0 }),
    };
    let token = o.token(&o.administrator).await;
    let refused = o.organisation().create_service_account(o.with(&token, account(&copy.id))).await.unwrap_err();
    assert_eq!(reason(&refused), "ROLE_WIDER_THAN_OWN", "an administrator holds the certificate, and sees no cases");
    o.organisation().create_service_account(o.with(&token, account(&feed.id))).await.unwrap();
    // Nor by widening the role afterwards.
    let held = role(&o, &o.administrator, &feed.id).await;
    let token = o.token(&o.administrator).await;
    let refused = o.roles().update_role(o.with(&token, update(&o, &held, vec![sends, cases(Scope::All)]))).await.unwrap_err();
    assert_eq!(platform::Error::from(refused).fields()[0].field, "grants.1");
    let token = o.token(&o.administrator).await;
    let roles = o.roles().list_role_summaries(o.with(&token, ListRoleSummariesRequest {})).await.unwrap().into_inner().roles;
    let row = roles.iter().find(|r| r.id == feed.id).unwrap();
    assert_eq!((row.systems, row.holders, row.coming), (1, 0, 0));
    assert_eq!(roles.iter().find(|r| r.built_in == "tenant_administrator").unwrap().holders, 1);
    o.close().await;
}

#[tokio::test]
async fn an_agencys_administrator_is_not_the_one_who_remains() {
    let o = Office::open().await;
    o.hire("Cy", "tenant_administrator", o.made.node_ids[0]).await;
    let dee = o.hire("Dee", "read_only", o.made.root_id).await;
    let token = o.token(&o.administrator).await;
    let message = AssignRoleRequest {
        request_id: o.key().to_string(),
        user_id: dee.id.to_string(),
        role_id: o.role("tenant_administrator"),
        node_id: o.made.root_id.to_string(),
        valid_to: Some(prost_types::Timestamp { seconds: o.service.clock.now().timestamp() + 86_400 * 30, nanos: 0 }),
        ..AssignRoleRequest::default()
    };
    o.users().assign_role(o.with(&token, message)).await.unwrap();
    // Without Ada there would be Dee at the root, who ends by a date, and Cy at an agency, who lets nobody in above.
    let token = o.token(&dee).await;
    let disable = DisableUserRequest { request_id: o.key().to_string(), user_id: o.administrator.id.to_string() };
    assert_eq!(reason(&o.users().disable_user(o.with(&token, disable)).await.unwrap_err()), "LAST_ADMINISTRATOR");
    o.close().await;
}
