//! Roles that begin later, end by themselves, or cover for somebody until a day.

use chrono::TimeDelta;
use proto::identity::v1::*;
use prost_types::Timestamp;
use tonic::Code;

use crate::office::{Office, Person, reason};

fn after(o: &Office, days: i64) -> Option<Timestamp> {
    Some(Timestamp { seconds: (o.service.clock.now() + TimeDelta::days(days)).timestamp(), nanos: 0 })
}

async fn give(o: &Office, to: &Person, role: &str, from: Option<Timestamp>, until: Option<Timestamp>) -> Result<String, tonic::Status> {
    let token = o.token(&o.administrator).await;
    let message = AssignRoleRequest {
        request_id: o.key().to_string(),
        user_id: to.id.to_string(),
        role_id: o.role(role),
        node_id: o.made.node_ids[0].to_string(),
        valid_from: from,
        valid_to: until,
    };
    Ok(o.users().assign_role(o.with(&token, message)).await?.into_inner().assignment_id)
}

async fn list(o: &Office, request: ListAssignmentsRequest) -> Vec<RoleAssignment> {
    let token = o.token(&o.administrator).await;
    o.roles().list_assignments(o.with(&token, request)).await.unwrap().into_inner().assignments
}

async fn may(o: &Office, who: &Person, permission: &str) -> bool {
    let session = o.sign_in(who).await;
    o.mint(&session).await.unwrap().permissions.contains(&permission.to_owned())
}

#[tokio::test]
async fn a_role_holds_from_its_first_day_to_its_last() {
    let o = Office::open().await;
    let bo = o.hire("Bo", "read_only", o.made.node_ids[0]).await;
    let id = give(&o, &bo, "agency_coordinator", after(&o, 2), after(&o, 5)).await.unwrap();
    let of = |state: AssignmentState| ListAssignmentsRequest { user_id: bo.id.to_string(), states: vec![state.into()], ..ListAssignmentsRequest::default() };
    let coming = list(&o, of(AssignmentState::Coming)).await;
    assert_eq!((coming.len(), coming[0].assignment_id.as_str(), coming[0].given_by_id.clone()), (1, id.as_str(), o.administrator.id.to_string()));
    assert!(!may(&o, &bo, "case.allocate").await, "not before its first day");
    let held_twice = give(&o, &bo, "agency_coordinator", None, None).await.unwrap_err();
    assert_eq!(held_twice.code(), Code::AlreadyExists);
    o.service.clock.advance(TimeDelta::days(3));
    assert!(may(&o, &bo, "case.allocate").await, "without a new epoch");
    assert_eq!(list(&o, of(AssignmentState::Current)).await.len(), 2);
    o.service.clock.advance(TimeDelta::days(3));
    assert!(!may(&o, &bo, "case.allocate").await, "nor after its end");
    let ended = list(&o, of(AssignmentState::Ended)).await;
    assert_eq!((ended.len(), ended[0].ended_at, ended[0].state()), (1, None, AssignmentState::Ended));
    // It gives way to a new one.
    give(&o, &bo, "agency_coordinator", None, after(&o, 1)).await.unwrap();
    let soon = ListAssignmentsRequest { ends_before: after(&o, 30), states: vec![AssignmentState::Current.into()], ..ListAssignmentsRequest::default() };
    assert_eq!(list(&o, soon).await.iter().map(|a| a.user_id.clone()).collect::<Vec<_>>(), [bo.id.to_string()], "what ends soon");
    o.close().await;
}

#[tokio::test]
async fn what_cannot_be_a_period_is_refused() {
    let o = Office::open().await;
    let bo = o.hire("Bo", "read_only", o.made.node_ids[0]).await;
    for (from, until, field) in [(after(&o, 5), after(&o, 4), "valid_to"), (None, after(&o, -1), "valid_to"), (after(&o, 9000), None, "valid_from")] {
        let wrong = give(&o, &bo, "facilitator", from, until).await.unwrap_err();
        assert_eq!(platform::Error::from(wrong).fields()[0].field, field);
    }
    o.close().await;
}

#[tokio::test]
async fn an_administrator_to_come_is_not_the_one_who_remains() {
    let o = Office::open().await;
    let (bo, cy) = (o.hire("Bo", "read_only", o.made.root_id).await, o.hire("Cy", "read_only", o.made.root_id).await);
    for (to, valid_from, valid_to) in [(&bo, None, after(&o, 30)), (&cy, after(&o, 10), None)] {
        let message = AssignRoleRequest {
            request_id: o.key().to_string(),
            user_id: to.id.to_string(),
            role_id: o.role("tenant_administrator"),
            node_id: o.made.root_id.to_string(),
            valid_from,
            valid_to,
        };
        let token = o.token(&o.administrator).await;
        o.users().assign_role(o.with(&token, message)).await.unwrap();
    }
    let disable = || DisableUserRequest { request_id: o.key().to_string(), user_id: o.administrator.id.to_string() };
    let token = o.token(&bo).await;
    assert_eq!(reason(&o.users().disable_user(o.with(&token, disable())).await.unwrap_err()), "LAST_ADMINISTRATOR");
    o.service.clock.advance(TimeDelta::days(11));
    let token = o.token(&bo).await;
    o.users().disable_user(o.with(&token, disable())).await.unwrap();
    o.close().await;
}

#[tokio::test]
async fn only_who_lists_roles_sees_who_holds_them() {
    let o = Office::open().await;
    let bo = o.hire("Bo", "facilitator", o.made.node_ids[0]).await;
    let token = o.token(&bo).await;
    let denied = o.roles().list_assignments(o.with(&token, ListAssignmentsRequest::default())).await.unwrap_err();
    assert_eq!(denied.code(), Code::PermissionDenied);
    let cy = o.hire("Cy", "partnership_lead", o.made.root_id).await;
    let token = o.token(&cy).await;
    let paged = ListAssignmentsRequest { page_size: 2, ..ListAssignmentsRequest::default() };
    let first = o.roles().list_assignments(o.with(&token, paged.clone())).await.unwrap().into_inner();
    let second = o.roles().list_assignments(o.with(&token, ListAssignmentsRequest { page_token: first.next_page_token.clone(), ..paged })).await.unwrap().into_inner();
    assert_eq!((first.assignments.len(), second.assignments.len(), second.next_page_token.as_str()), (2, 1, ""));
    o.close().await;
}
