//! Mail about a user's own account.

use chrono::TimeDelta;
use proto::{
    events::v1::{AccountNotice, EnrolmentOpened},
    identity::v1::ResolveEnrolmentForSendingResponse,
};

use crate::office::{ENROLMENT, Office};

const KEY: &str = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNO-_";

#[tokio::test]
async fn an_enrolment_link_reaches_its_account_and_is_stored_nowhere() {
    let office = Office::open().await;
    let allowed = ResolveEnrolmentForSendingResponse {
        allowed: true, email: "bo@work.example.com".into(), tenant_slug: "northmere".into(), enrolment_secret: KEY.into(), ..Default::default()
    };
    office.gate(ENROLMENT, &allowed);
    let (enrolment, user) = (office.id(), office.facilitator);
    office.tell(enrolment, 1, &EnrolmentOpened { enrolment_id: enrolment.to_string(), user_id: user.to_string() }).await;
    office.send().await;
    office.send().await;
    let mails = office.files("mail");
    assert_eq!(mails.len(), 1, "once");
    let text = mails[0].replace("=\r\n", "").replace("=3D", "=");
    assert!(text.contains("To: bo@work.example.com") && text.contains(&format!("https://accord.example.org/t/northmere/enrol?key={KEY}")), "{text}");
    assert_eq!(office.states().await, ["enrolment_link EMAIL SENT"]);
    let mut database = office.service.db.connect().await;
    let rows: Vec<String> = sqlx::query_scalar("select m::text from notification.message m union all select encode(body, 'escape') from platform.outbox")
        .fetch_all(&mut database)
        .await
        .expect("rows");
    assert!(rows.iter().all(|row| !row.contains(KEY)), "no row holds the key");
}

#[tokio::test]
async fn a_link_that_is_over_is_not_sent_and_one_without_a_key_neither() {
    let office = Office::open().await;
    office.gate(ENROLMENT, &ResolveEnrolmentForSendingResponse { reason: "LINK_OVER".into(), ..Default::default() });
    let tell = async || {
        let enrolment = office.id();
        office.tell(enrolment, 1, &EnrolmentOpened { enrolment_id: enrolment.to_string(), user_id: office.facilitator.to_string() }).await;
        office.send().await;
    };
    tell().await;
    assert_eq!(office.states().await, ["enrolment_link EMAIL NOT_SENT LINK_OVER"]);
    office.gate(ENROLMENT, &ResolveEnrolmentForSendingResponse { allowed: true, email: "bo@work.example.com".into(), ..Default::default() });
    tell().await;
    assert!(office.files("mail").is_empty());
    office.gate_away(ENROLMENT);
    tell().await;
    office.service.clock.advance(TimeDelta::hours(25));
    office.send().await;
    assert!(office.states().await.iter().all(|state| state.contains("NOT_SENT")), "{:?}", office.states().await);
}

#[tokio::test]
async fn the_owner_is_told_what_happened_to_the_account() {
    let office = Office::open().await;
    let user = office.facilitator;
    office.tell(user, 1, &AccountNotice { user_id: user.to_string(), what: "PASSWORD_CHANGED".into() }).await;
    office.send().await;
    let mails = office.files("mail");
    assert_eq!(mails.len(), 1);
    for part in ["To: ada@work.example.com", "The password of your account was changed.", "/t/northmere/account"] {
        let text = mails[0].replace("=\r\n", "").replace("=3D", "=");
        assert!(text.contains(part), "{part} is not in {text}");
    }
    assert_eq!(office.messages(office.lead).await.len(), 1, "that it was sent, not what it says");
    assert!(office.messages(office.other_coordinator).await.is_empty(), "nobody else's");
}
