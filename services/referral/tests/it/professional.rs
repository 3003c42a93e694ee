//! Referrals of staff and of partner systems, and what their senders learn.

use proto::referral::v1::*;
use tonic::Code;
use uuid::Uuid;

use crate::support::{Office, fields, professional, reason};

async fn status(office: &Office, account: Uuid, id: &str) -> Result<ReferralStatus, tonic::Status> {
    let request = GetReferralStatusRequest { referral_id: id.into() };
    Ok(office.client().get_referral_status(office.service.as_account(account, request)).await?.into_inner().status.expect("a status"))
}

#[tokio::test]
async fn a_partner_sends_once_and_follows_by_reference() {
    let office = Office::open().await;
    let request =
        SubmitReferralRequest { request_id: office.key(), input: Some(professional("Ana", "Example")), owner_node_id: String::new() };
    let send = async |request: &SubmitReferralRequest| {
        office.client().submit_referral(office.service.as_account(office.partner, request.clone())).await
    };
    let first = send(&request).await.expect("sent").into_inner();
    assert_eq!(send(&request).await.expect("sent again").into_inner(), first);
    let other = SubmitReferralRequest { input: Some(professional("Bea", "Example")), ..request.clone() };
    assert_eq!(reason(send(&other).await.expect_err("another body")), "IDEMPOTENCY_KEY_REUSED");
    assert_eq!(office.count("select count(*) from referral.referrals").await, 1);

    for typed in [first.referral_id.clone(), first.reference.clone(), first.reference.to_lowercase().replace('-', " ")] {
        let found = status(&office, office.partner, &typed).await.expect("the status");
        assert_eq!((found.id.as_str(), found.state()), (first.referral_id.as_str(), ReferralState::Submitted), "{typed}");
    }
    assert_eq!(fields(status(&office, office.partner, "RF-nonsense").await.expect_err("no reference")), ["referral_id"]);
    let stranger = status(&office, office.other_partner, &first.reference).await.expect_err("another's");
    let nothing = status(&office, office.other_partner, &Uuid::from_u128(7).to_string()).await.expect_err("nothing");
    assert_eq!((stranger.code(), stranger.message(), stranger.details()), (Code::NotFound, nothing.message(), nothing.details()));

    let full = office.get(office.lead, &first.referral_id).await.expect("the referral");
    let input = full.input.expect("what was told");
    assert_eq!((input.submitted_by.as_str(), full.submitted_by_user_id.as_str()), ("POLICE_FEED", ""));
    assert_eq!(full.owner_node_id, office.service.world.partnership.to_string());
    assert_eq!(full.history[0].by, format!("account:{}", office.partner));
    office.service.stop().await;
}

#[tokio::test]
async fn what_is_wrong_is_named_at_once_and_nothing_is_kept() {
    let office = Office::open().await;
    let mut input = professional("", "Example");
    input.source = "NOWHERE".into();
    input.parties[0].date_of_birth = "2030-02-30".into();
    let request = SubmitReferralRequest { request_id: office.key(), input: Some(input), owner_node_id: String::new() };
    let refused = office.client().submit_referral(office.service.as_account(office.partner, request)).await.expect_err("wrong");
    assert_eq!(fields(refused), ["input.source", "input.parties[0].given_name", "input.parties[0].date_of_birth"]);
    let request =
        SubmitReferralRequest { request_id: String::new(), input: Some(professional("Ana", "Example")), owner_node_id: String::new() };
    let refused = office.client().submit_referral(office.service.as_account(office.partner, request)).await.expect_err("no key");
    assert_eq!(fields(refused), ["request_id"]);
    let request = SubmitReferralRequest {
        request_id: office.key(),
        input: Some(professional("Ana", "Example")),
        owner_node_id: Uuid::from_u128(5).to_string(),
    };
    let refused = office.client().submit_referral(office.service.as_account(office.partner, request)).await.expect_err("no such node");
    assert_eq!(fields(refused), ["owner_node_id"]);
    assert_eq!(office.count("select (select count(*) from referral.referrals) + (select count(*) from platform.outbox)").await, 0);
    office.service.stop().await;
}

#[tokio::test]
async fn a_coordinators_referral_is_their_agencys_and_nobody_elses() {
    let office = Office::open().await;
    let id = office.submit(office.coordinator, None, professional("Ana", "Example")).await.referral_id;
    let seen = office.get(office.coordinator, &id).await.expect("their own");
    assert_eq!((seen.owner_node_id, seen.submitted_by_user_id), (office.service.world.agency.to_string(), office.coordinator.to_string()));
    assert_eq!(seen.allowed_actions, ["TRIAGE", "WITHDRAW"]);
    for stranger in [office.other_coordinator, office.facilitator] {
        assert_eq!(office.get(stranger, &id).await.expect_err("not theirs").code(), Code::NotFound);
    }
    let elsewhere = SubmitReferralRequest {
        request_id: office.key(),
        input: Some(professional("Ana", "Example")),
        owner_node_id: office.service.world.other_agency.to_string(),
    };
    let refused =
        office.client().submit_referral(office.service.as_user(office.coordinator, elsewhere)).await.expect_err("not theirs to give");
    assert_eq!(refused.code(), Code::PermissionDenied);
    office.service.stop().await;
}

#[tokio::test]
async fn a_reader_sees_names_and_no_way_to_reach_anyone() {
    let office = Office::open().await;
    let id = office.submit(office.lead, None, professional("Ana", "Example")).await.referral_id;
    let seen = office.get(office.reader, &id).await.expect("visible");
    let input = seen.input.expect("what was told");
    assert_eq!((input.parties[0].given_name.as_str(), input.harm_type.as_str()), ("Ana", "BUR.RES"));
    assert_eq!((input.parties[0].email.as_str(), input.parties[0].date_of_birth.as_str(), input.risks.as_str()), ("", "", ""));
    assert!(input.parties[0].safe_contact.is_none());
    assert!(seen.masked_paths.iter().any(|p| p.contains("email")), "{:?}", seen.masked_paths);
    assert!(seen.allowed_actions.is_empty());
    office.service.stop().await;
}
