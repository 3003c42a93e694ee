//! SMTP and the HTTP provider of text messages.

use chrono::TimeDelta;
use proto::events::v1::{MeetingScheduled, Reminder};
use serde_json::json;
use testkit::mail::{MailSink, TextSink};

use crate::office::{Office, stamp};

#[tokio::test]
async fn mail_goes_by_smtp_and_a_text_by_the_provider_with_our_reference() {
    let (mails, texts) = (MailSink::start().await, TextSink::start().await);
    let office = Office::open_with(json!({
        "email": "smtp", "smtp_url": format!("smtp://{}", mails.address()), "sms": "http", "sms_url": texts.url(), "sms_token": "secret",
    }))
    .await;
    let (case, meeting) = (office.case().await, office.id());
    office.allocate(case).await;
    let reminders = vec![Reminder { participant_id: office.id().to_string(), channel: "SMS".into(), side: "HARMED".into() }];
    let starts_at = stamp(office.now() + TimeDelta::hours(2));
    office.tell(meeting, 1, &MeetingScheduled { meeting_id: meeting.to_string(), case_id: case.to_string(), starts_at, reminders }).await;
    office.send().await;
    let sent = office.messages(office.lead).await;
    assert!(sent.iter().all(|m| m.state == "SENT"), "{sent:?}");
    let id = |template: &str| sent.iter().find(|m| m.template == template).map(|m| m.id.clone()).expect("a message");
    let mails = mails.mails();
    assert_eq!((mails.len(), mails[0].to.as_slice()), (1, &["ada@work.example.com".to_owned()][..]));
    assert!(mails[0].data.contains(&format!("Message-ID: <{}@example.org>", id("case_allocated"))), "{}", mails[0].data);
    let texts = texts.texts();
    assert_eq!(texts.len(), 1);
    assert!(texts[0].request.starts_with("POST ") && texts[0].body.contains(&id("meeting_reminder")) && texts[0].body.contains("07700900123"), "{texts:?}");
}

#[tokio::test]
async fn a_mail_server_that_is_away_is_tried_again() {
    let nobody = std::net::TcpListener::bind(("127.0.0.1", 0)).and_then(|l| l.local_addr()).expect("a port that is free");
    let office = Office::open_with(json!({ "email": "smtp", "smtp_url": format!("smtp://{nobody}") })).await;
    office.allocate(office.case().await).await;
    office.send().await;
    assert_eq!(office.states().await, ["case_allocated EMAIL WAITING MAIL_SERVER_LOST"]);
}
