//! Enrolment links: only the mail to the account's own address ever holds one.

use chrono::TimeDelta;
use proto::identity::v1::{user_service_client::UserServiceClient, *};
use tonic::Code;

use crate::office::{Office, reason};

async fn invite(o: &Office) -> String {
    let token = o.token(&o.administrator).await;
    let message = InviteUserRequest {
        request_id: o.key().to_string(),
        name: "Bo Example".into(),
        email: "bo@northmoor.example.org".into(),
        node_id: o.made.root_id.to_string(),
        roles: Vec::new(),
    };
    o.users().invite_user(o.with(&token, message)).await.unwrap().into_inner().user_id
}

async fn opens(o: &Office, secret: &str) -> Result<(), String> {
    let begin = BeginEnrolmentRequest { tenant_id: o.tenant(), enrolment_secret: secret.into() };
    o.sessions().begin_enrolment(o.gateway(begin)).await.map(|_| ()).map_err(|status| reason(&status))
}

#[tokio::test]
async fn no_secret_is_anywhere_before_the_mail_is_sent() {
    let o = Office::open().await;
    invite(&o).await;
    let mut db = o.service.db.connect().await;
    let hashes: i64 = sqlx::query_scalar("select count(*) from identity.enrolment where ended_at is null and secret_hash is not null").fetch_one(&mut db).await.unwrap();
    assert_eq!(hashes, 0);
    let answer = o.resolve_enrolment(&o.newest_enrolment().await).await;
    assert_eq!((answer.email.as_str(), answer.tenant_slug.as_str(), answer.enrolment_secret.len()), ("bo@northmoor.example.org", "northmoor", 43));
    let stored: Vec<u8> = sqlx::query_scalar("select secret_hash from identity.enrolment where ended_at is null").fetch_one(&mut db).await.unwrap();
    assert_ne!(stored, answer.enrolment_secret.as_bytes());
    let outbox: Vec<Vec<u8>> = sqlx::query_scalar("select body from platform.outbox").fetch_all(&mut db).await.unwrap();
    assert!(outbox.iter().all(|body| !body.windows(43).any(|w| w == answer.enrolment_secret.as_bytes())), "no event holds it");
    opens(&o, &answer.enrolment_secret).await.unwrap();
    o.close().await;
}

#[tokio::test]
async fn a_mail_that_is_sent_again_holds_a_new_secret_until_the_page_was_opened() {
    let o = Office::open().await;
    invite(&o).await;
    let id = o.newest_enrolment().await;
    let (first, second) = (o.resolve_enrolment(&id).await.enrolment_secret, o.resolve_enrolment(&id).await.enrolment_secret);
    assert_eq!(opens(&o, &first).await, Err("ENROLMENT_LINK".into()), "the older mail's link ended");
    opens(&o, &second).await.unwrap();
    let late = o.resolve_enrolment(&id).await;
    assert_eq!((late.allowed, late.reason.as_str(), late.enrolment_secret.as_str(), late.email.as_str()), (false, "LINK_OVER", "", ""));
    o.enrol(&second).await;
    assert_eq!(o.resolve_enrolment(&id).await.reason, "LINK_OVER");
    o.close().await;
}

#[tokio::test]
async fn a_link_that_is_over_is_not_sent() {
    let o = Office::open().await;
    let user_id = invite(&o).await;
    let id = o.newest_enrolment().await;
    let token = o.token(&o.administrator).await;
    let renew = RenewEnrolmentRequest { request_id: o.key().to_string(), user_id: user_id.clone() };
    o.users().renew_enrolment(o.with(&token, renew)).await.unwrap();
    assert_eq!(o.resolve_enrolment(&id).await.reason, "LINK_OVER", "a newer one took its place");
    let newer = o.newest_enrolment().await;
    let token = o.token(&o.administrator).await;
    o.users().disable_user(o.with(&token, DisableUserRequest { request_id: o.key().to_string(), user_id })).await.unwrap();
    assert!(!o.resolve_enrolment(&newer).await.allowed, "the account is disabled");
    assert_eq!(o.resolve_enrolment(&o.key().to_string()).await.reason, "LINK_OVER", "unknown");
    o.service.clock.advance(TimeDelta::hours(25));
    assert_eq!(o.resolve_enrolment(&newer).await.reason, "LINK_OVER", "too late");
    o.close().await;
}

#[tokio::test]
async fn only_notification_is_told_a_link() {
    let o = Office::open().await;
    invite(&o).await;
    let message = ResolveEnrolmentForSendingRequest { enrolment_id: o.newest_enrolment().await };
    for peer in ["gateway", "case", "referral", "reporting"] {
        let mut users = UserServiceClient::new(o.service.channel_of(peer));
        let refused = users.resolve_enrolment_for_sending(o.gateway(message.clone())).await.unwrap_err();
        assert_eq!(refused.code(), Code::PermissionDenied, "{peer}");
    }
    let token = o.token(&o.administrator).await;
    let refused = o.users().resolve_enrolment_for_sending(o.with(&token, message)).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied, "who invited");
    o.close().await;
}
