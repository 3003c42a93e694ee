//! From event to sink, past the safety gate.

use chrono::TimeDelta;
use proto::{
    events::v1::{AllocationEnded, AuditCheckpointMade, ReferralEnded, ReferralSubmitted},
    identity::v1::ResolveStaffForSendingResponse,
    referral::v1::ResolveReferrerForSendingResponse,
};

use crate::office::{Office, REFERRER, STAFF};

#[tokio::test]
async fn a_facilitator_is_told_of_a_case_by_its_reference_alone() {
    let office = Office::open().await;
    let case = office.case().await;
    office.allocate(case).await;
    office.send().await;
    office.send().await;
    let mails = office.files("mail");
    assert_eq!(mails.len(), 1, "once");
    for part in ["To: ada@work.example.com", "RJ-7K4M-2QX9-C", "/t/northmere/cases/", "Message-ID: <"] {
        assert!(mails[0].contains(part), "{part} is not in {}", mails[0]);
    }
    assert_eq!(office.states().await, ["case_allocated EMAIL SENT"]);
}

#[tokio::test]
async fn the_end_of_an_allocation_that_came_first_tells_nobody() {
    let office = Office::open().await;
    let case = office.case().await;
    let (first, ended) = (office.allocate(case).await, office.id());
    let end = |allocation: uuid::Uuid| AllocationEnded { case_id: case.to_string(), allocation_id: allocation.to_string(), user_id: office.facilitator.to_string() };
    office.tell(case, 3, &end(first)).await;
    office.tell(case, 4, &end(ended)).await;
    office.send().await;
    assert_eq!(office.states().await, ["allocation_ended EMAIL SENT", "case_allocated EMAIL SENT"]);
}

#[tokio::test]
async fn what_the_gate_refuses_is_not_sent_and_the_reason_is_shown() {
    let office = Office::open().await;
    office.gate(STAFF, &ResolveStaffForSendingResponse { reason: "DISABLED".into(), ..Default::default() });
    office.allocate(office.case().await).await;
    office.send().await;
    assert_eq!(office.states().await, ["case_allocated EMAIL NOT_SENT DISABLED"]);
    assert!(office.files("mail").is_empty());
}

#[tokio::test]
async fn a_gate_that_is_away_is_asked_again() {
    let office = Office::open().await;
    office.gate_away(STAFF);
    office.allocate(office.case().await).await;
    office.send().await;
    assert_eq!(office.states().await, ["case_allocated EMAIL WAITING SAFETY_GATE_AWAY"]);
    let allowed = ResolveStaffForSendingResponse { allowed: true, email: "ada@work.example.com".into(), ..Default::default() };
    office.gate(STAFF, &allowed);
    office.send().await;
    assert!(office.files("mail").is_empty(), "not before its time");
    office.service.clock.advance(TimeDelta::seconds(5));
    office.send().await;
    assert_eq!(office.states().await, ["case_allocated EMAIL SENT"]);
}

#[tokio::test]
async fn who_sent_a_referral_hears_nothing_but_its_reference_and_yes_or_no() {
    let office = Office::open().await;
    let allowed = ResolveReferrerForSendingResponse { allowed: true, address: "bo@mail.example.com".into(), reference: "RF-7K4M-2QX9-C".into(), ..Default::default() };
    office.gate(REFERRER, &allowed);
    let referral = office.id();
    let owner_node_id = office.service.world.agency.to_string();
    office.tell(referral, 1, &ReferralSubmitted { referral_id: referral.to_string(), owner_node_id, ..Default::default() }).await;
    let ended = |state: &str| ReferralEnded { referral_id: referral.to_string(), state: state.into(), reason: "RISK_TOO_HIGH".into(), ..Default::default() };
    office.tell(referral, 2, &ended("REJECTED")).await;
    office.tell(referral, 3, &ended("WITHDRAWN")).await;
    office.send().await;
    let mails = office.files("mail");
    assert_eq!((mails.len(), office.files("texts").len()), (2, 2));
    assert!(mails.iter().all(|m| m.contains("RF-7K4M-2QX9-C") && !m.to_lowercase().contains("risk")));
    assert_eq!(mails.iter().filter(|m| m.contains("We cannot take it forward.")).count(), 1);
}

#[tokio::test]
async fn what_a_crash_left_is_looked_for_before_it_is_sent_again() {
    let office = Office::open().await;
    let case = office.case().await;
    office.allocate(case).await;
    let mut database = office.service.db.connect().await;
    let crash = "update notification.message set state = 'SENDING', state_since = $1";
    sqlx::query(crash).bind(office.now()).execute(&mut database).await.expect("a crash before sending");
    office.send().await;
    assert_eq!(office.states().await, ["case_allocated EMAIL SENDING"], "it may still be on its way");
    office.service.clock.advance(TimeDelta::seconds(61));
    office.send().await;
    assert_eq!(office.states().await, ["case_allocated EMAIL QUEUED"], "the sink never got it");
    office.send().await;
    assert_eq!(office.files("mail").len(), 1);
    sqlx::query(crash).bind(office.now()).execute(&mut database).await.expect("a crash after sending");
    office.gate_away(STAFF);
    office.service.clock.advance(TimeDelta::seconds(61));
    office.send().await;
    assert_eq!(office.states().await, ["case_allocated EMAIL SENT"], "the sink has it, so nothing is asked or sent");
}

#[tokio::test]
async fn data_protection_officers_get_the_checkpoints_of_all_services_in_one_mail_a_day() {
    let office = Office::open().await;
    let tenant = office.service.world.tenant;
    let note = |service: &str, size: u64| AuditCheckpointMade { service: service.into(), size, note: format!("accord/{service}/{tenant}\n{size}\nAAAA\nevents 9\n\n\u{2014} x AAAA\n") };
    office.tell(tenant, 12, &note("case", 12)).await;
    office.tell(tenant, 7, &note("identity", 7)).await;
    office.tell(tenant, 11, &note("case", 11)).await;
    office.send().await;
    assert!(office.files("mail").is_empty(), "it waits for the other services");
    office.service.clock.advance(TimeDelta::minutes(15));
    office.send().await;
    // Nobody is a data protection officer here, so who may read the whole trail is told.
    let mails = office.files("mail");
    assert_eq!(mails.len(), 1, "the lead");
    for part in ["accord/case/", "accord/identity/", "To: ada@work.example.com"] {
        assert!(mails.iter().all(|m| m.contains(part)), "{part}");
    }
    office.service.clock.advance(TimeDelta::days(1));
    office.tell(tenant, 13, &note("case", 13)).await;
    office.service.clock.advance(TimeDelta::minutes(15));
    office.send().await;
    assert_eq!(office.files("mail").len(), 2 * mails.len());
}
