//! Users, roles and what nobody may do.

use proto::identity::v1::*;
use tonic::Code;

use crate::office::{Office, reason};

#[tokio::test]
async fn the_directory_shows_names_to_all_and_addresses_to_few() {
    let o = Office::open().await;
    let police = o.made.node_ids[0];
    let bo = o.hire("Bo", "facilitator", o.made.node_ids[1]).await;
    let (mine, theirs) = (o.token(&bo).await, o.token(&o.administrator).await);
    let list = |token: &str, node: &str| o.with(token, ListUsersRequest { node_id: node.into(), ..ListUsersRequest::default() });
    let seen = o.users().list_users(list(&mine, "")).await.unwrap().into_inner().users;
    let ada = seen.iter().find(|u| u.id == o.administrator.id.to_string()).unwrap();
    assert_eq!((ada.name.as_str(), ada.email.as_str()), ("Ada Quill", ""));
    assert!(ada.masked_paths.contains(&"email".to_owned()), "{:?}", ada.masked_paths);
    assert_eq!(seen.iter().find(|u| u.id == bo.id.to_string()).unwrap().email, bo.email, "their own");
    let below = o.users().list_users(list(&theirs, &police.to_string())).await.unwrap().into_inner().users;
    assert_eq!(below.iter().map(|u| u.email.as_str()).collect::<Vec<_>>(), [bo.email.as_str()]);
    let role = ListUsersRequest { built_in_role: "facilitator".into(), page_size: 1, ..ListUsersRequest::default() };
    assert_eq!(o.users().list_users(o.with(&theirs, role)).await.unwrap().into_inner().users.len(), 1);
    let denied = o.users().invite_user(o.with(&mine, InviteUserRequest::default())).await.unwrap_err();
    assert_eq!(denied.code(), Code::PermissionDenied);
    o.close().await;
}

#[tokio::test]
async fn an_invitation_is_not_doubled() {
    let o = Office::open().await;
    let token = o.token(&o.administrator).await;
    let message = InviteUserRequest {
        request_id: o.key().to_string(),
        name: "Bo Example".into(),
        email: "bo@northmoor.example.org".into(),
        node_id: o.made.root_id.to_string(),
        roles: Vec::new(),
    };
    let first = o.users().invite_user(o.with(&token, message.clone())).await.unwrap().into_inner();
    let token = o.token(&o.administrator).await;
    let second = o.users().invite_user(o.with(&token, message.clone())).await.unwrap().into_inner();
    assert_eq!(second.user_id, first.user_id);
    let taken = InviteUserRequest { request_id: o.key().to_string(), email: "BO@northmoor.example.org".into(), ..message };
    assert_eq!(o.users().invite_user(o.with(&token, taken)).await.unwrap_err().code(), Code::AlreadyExists);
    o.close().await;
}

#[tokio::test]
async fn nobody_changes_their_own_roles_and_one_administrator_remains() {
    let o = Office::open().await;
    let token = o.token(&o.administrator).await;
    let me = o.administrator.id.to_string();
    let own = AssignRoleRequest {
        request_id: o.key().to_string(),
        user_id: me.clone(),
        role_id: o.role("partnership_lead"),
        node_id: o.made.root_id.to_string(),
        ..AssignRoleRequest::default()
    };
    assert_eq!(reason(&o.users().assign_role(o.with(&token, own)).await.unwrap_err()), "OWN_ROLES");
    let disable = |id: &str| DisableUserRequest { request_id: o.key().to_string(), user_id: id.to_owned() };
    assert_eq!(reason(&o.users().disable_user(o.with(&token, disable(&me))).await.unwrap_err()), "OWN_ACCOUNT");

    let cy = o.hire("Cy", "tenant_administrator", o.made.root_id).await;
    let token = o.token(&cy).await;
    o.users().disable_user(o.with(&token, disable(&me))).await.unwrap();
    assert_eq!(reason(&o.organisation().get_tenant(o.with(&token, GetTenantRequest {})).await.unwrap_err()), "STALE_TOKEN");
    let token = o.token(&cy).await;
    let shown = o.users().get_user(o.with(&token, GetUserRequest { user_id: me.clone() })).await.unwrap().into_inner().user.unwrap();
    assert_eq!(shown.state(), UserState::Disabled);
    o.users().enable_user(o.with(&token, EnableUserRequest { request_id: o.key().to_string(), user_id: me.clone() })).await.unwrap();
    let ada = o.token(&o.administrator).await;
    let cy_held = o.users().get_user(o.with(&ada, GetUserRequest { user_id: cy.id.to_string() })).await.unwrap().into_inner().user.unwrap();
    let end = EndAssignmentRequest { request_id: o.key().to_string(), user_id: cy.id.to_string(), assignment_id: cy_held.roles[0].assignment_id.clone() };
    o.users().end_assignment(o.with(&ada, end)).await.unwrap();
    o.close().await;
}

#[tokio::test]
async fn disabling_ends_sessions_and_tokens_at_once() {
    let o = Office::open().await;
    let bo = o.hire("Bo", "facilitator", o.made.node_ids[0]).await;
    let session = o.sign_in(&bo).await;
    let held = o.mint(&session).await.unwrap().token;
    let token = o.token(&o.administrator).await;
    let message = DisableUserRequest { request_id: o.key().to_string(), user_id: bo.id.to_string() };
    let answer = o.users().disable_user(o.with(&token, message)).await.unwrap().into_inner();
    assert!(!answer.acknowledged_everywhere, "no other service runs here");
    assert_eq!(o.mint(&session).await.unwrap_err().code(), Code::Unauthenticated);
    assert_eq!(o.organisation().get_tenant(o.with(&held, GetTenantRequest {})).await.unwrap_err().code(), Code::Unauthenticated);
    let mut staff = proto::identity::v1::user_service_client::UserServiceClient::new(o.service.channel_of("notification"));
    let resolved = staff.resolve_staff_for_sending(o.gateway(ResolveStaffForSendingRequest { user_id: bo.id.to_string(), about_account: true })).await.unwrap().into_inner();
    assert_eq!((resolved.allowed, resolved.reason.as_str(), resolved.email.as_str()), (false, "DISABLED", ""));
    o.close().await;
}
