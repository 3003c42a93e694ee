//! Triage: every move, its trace, and what it refuses.

use chrono::TimeDelta;
use proto::referral::v1::*;
use tonic::Code;

use crate::support::{Office, fields, professional, reason};

#[tokio::test]
async fn the_referrer_is_asked_and_answers() {
    let office = Office::open().await;
    let request = SubmitReferralRequest {
        request_id: office.key(),
        input: Some(professional("Ana", "Example")),
        owner_node_id: office.service.world.agency.to_string(),
    };
    let sent = office.client().submit_referral(office.service.as_account(office.partner, request)).await.expect("sent").into_inner();
    let etag = office.start(&sent.referral_id).await;
    let ask = ReturnForInformationRequest {
        request_id: office.key(),
        referral_id: sent.referral_id.clone(),
        etag,
        question: "Which street?".into(),
    };
    office.client().return_for_information(office.service.as_user(office.coordinator, ask)).await.expect("asked");
    let status = GetReferralStatusRequest { referral_id: sent.reference.clone() };
    let status = office
        .client()
        .get_referral_status(office.service.as_account(office.partner, status))
        .await
        .expect("a status")
        .into_inner()
        .status
        .expect("a status");
    assert_eq!((status.state(), status.question.as_str()), (ReferralState::ReturnedForInformation, "Which street?"));

    let answer = ProvideInformationRequest { request_id: office.key(), referral_id: sent.reference.clone(), answer: "Mill Lane".into() };
    let refused =
        office.client().provide_information(office.service.as_account(office.other_partner, answer.clone())).await.expect_err("another's");
    assert_eq!(refused.code(), Code::NotFound);
    office.client().provide_information(office.service.as_account(office.partner, answer.clone())).await.expect("answered");
    office.client().provide_information(office.service.as_account(office.partner, answer)).await.expect("answered, again");

    let seen = office.get(office.coordinator, &sent.referral_id).await.expect("the referral");
    assert_eq!(seen.state(), ReferralState::Triage);
    assert_eq!((seen.information[0].question.as_str(), seen.information[0].answer.as_str()), ("Which street?", "Mill Lane"));
    assert_eq!(seen.allowed_actions, ["ACCEPT", "REJECT", "RETURN", "DUPLICATE", "TRANSFER", "WITHDRAW"]);
    let states: Vec<_> = seen.history.iter().map(StateChange::state).collect();
    assert_eq!(states, [ReferralState::Submitted, ReferralState::Triage, ReferralState::ReturnedForInformation, ReferralState::Triage]);
    let notices: Vec<_> = office.outbox().await.into_iter().filter(|t| t.starts_with("events")).collect();
    assert_eq!(
        notices,
        [
            "events.v1.ReferralSubmitted",
            "events.v1.ReferralTriageStarted",
            "events.v1.ReferralReturnedForInformation",
            "events.v1.ReferralTriageStarted"
        ]
    );
    office.service.stop().await;
}

#[tokio::test]
async fn without_an_answer_it_lapses_after_twenty_working_days() {
    let office = Office::open().await;
    let (id, etag) = office.in_triage().await;
    let ask = ReturnForInformationRequest { request_id: office.key(), referral_id: id.clone(), etag, question: "Who?".into() };
    office.client().return_for_information(office.service.as_user(office.coordinator, ask)).await.expect("asked");
    // From 15 January 2027, a Friday, the 20th working day is 12 February, another.
    for (advance, state) in [(TimeDelta::days(28), ReferralState::ReturnedForInformation), (TimeDelta::days(1), ReferralState::Lapsed)] {
        office.service.clock.advance(advance);
        assert!(office.service.running.run_job("referral.lapse_referrals").await.expect("the job"));
        assert_eq!(office.get(office.coordinator, &id).await.expect("the referral").state(), state);
    }
    let seen = office.get(office.coordinator, &id).await.expect("the referral");
    assert_eq!(
        (seen.decision_reason.as_str(), seen.history.last().expect("history").by.as_str()),
        ("INSUFFICIENT_DETAIL", "workload:referral")
    );
    assert_eq!(office.outbox().await.iter().filter(|t| *t == "events.v1.ReferralEnded").count(), 1);
    office.service.stop().await;
}

#[tokio::test]
async fn a_rejection_names_its_reason_and_is_appealed_once() {
    let office = Office::open().await;
    let (id, etag) = office.in_triage().await;
    let reject = |etag: &str, reason: &str| {
        let request = RejectReferralRequest {
            request_id: office.key(),
            referral_id: id.clone(),
            etag: etag.into(),
            reason: reason.into(),
            note: "Too far".into(),
        };
        office.service.as_user(office.coordinator, request)
    };
    let appeal = || {
        let request = AppealRejectionRequest { request_id: office.key(), referral_id: id.clone(), reason: "They moved here".into() };
        office.service.as_user(office.coordinator, request)
    };
    assert_eq!(fields(office.client().reject_referral(reject(&etag, "BECAUSE")).await.expect_err("no reason")), ["reason"]);
    assert_eq!(reason(office.client().reject_referral(reject("1", "CAPACITY")).await.expect_err("stale")), "ETAG_MISMATCH");
    assert_eq!(fields(office.client().reject_referral(reject("", "CAPACITY")).await.expect_err("no etag")), ["etag"]);
    office.client().reject_referral(reject(&etag, "NOT_ELIGIBLE_AREA")).await.expect("rejected");
    let seen = office.get(office.coordinator, &id).await.expect("the referral");
    assert_eq!((seen.decision_reason.as_str(), seen.decision_note.as_str()), ("NOT_ELIGIBLE_AREA", "Too far"));
    assert_eq!(seen.allowed_actions, ["APPEAL"]);
    assert_eq!(office.count("select count(*) from search.party_tokens").await, 0);

    office.client().appeal_rejection(appeal()).await.expect("appealed");
    assert_eq!(office.count("select count(*) from search.party_tokens").await, 1);
    let etag = office.get(office.coordinator, &id).await.expect("the referral").etag;
    office.client().reject_referral(reject(&etag, "CAPACITY")).await.expect("rejected again");
    assert_eq!(office.get(office.coordinator, &id).await.expect("the referral").allowed_actions, Vec::<String>::new());
    assert_eq!(reason(office.client().appeal_rejection(appeal()).await.expect_err("once")), "APPEALED_BEFORE");
    office.service.stop().await;
}

#[tokio::test]
async fn other_ends_and_what_is_refused() {
    let office = Office::open().await;
    let (first, first_etag) = office.in_triage().await;
    let (second, second_etag) = office.in_triage().await;
    let duplicate = |of: &str| {
        let request = MarkDuplicateRequest {
            request_id: office.key(),
            referral_id: second.clone(),
            etag: second_etag.clone(),
            duplicate_of_id: of.into(),
        };
        office.service.as_user(office.coordinator, request)
    };
    assert_eq!(fields(office.client().mark_duplicate(duplicate(&second)).await.expect_err("itself")), ["duplicate_of_id"]);
    let hidden = office.submit(office.lead, None, professional("Ana", "Example")).await.referral_id;
    assert_eq!(fields(office.client().mark_duplicate(duplicate(&hidden)).await.expect_err("hidden")), ["duplicate_of_id"]);
    office.client().mark_duplicate(duplicate(&first)).await.expect("a duplicate");
    assert_eq!(office.get(office.coordinator, &second).await.expect("the referral").decision_reason, "DUPLICATE");

    let request = TransferOutRequest {
        request_id: office.key(),
        referral_id: first.clone(),
        etag: first_etag,
        reason: "OTHER_SERVICE_BETTER".into(),
        to_service: "Northmere Mediation".into(),
    };
    office.client().transfer_out(office.service.as_user(office.coordinator, request)).await.expect("transferred");
    let seen = office.get(office.coordinator, &first).await.expect("the referral");
    assert_eq!((seen.state(), seen.decision_note.as_str()), (ReferralState::TransferredOut, "Northmere Mediation"));
    let withdraw = WithdrawReferralRequest { request_id: office.key(), referral_id: first, reason: "MISTAKE".into() };
    let refused = office.client().withdraw_referral(office.service.as_user(office.coordinator, withdraw)).await.expect_err("it ended");
    assert_eq!((refused.code(), reason(refused).as_str()), (Code::FailedPrecondition, "WRONG_STATE"));

    let own = office.submit(office.facilitator, None, professional("Cy", "Example")).await;
    let start = StartTriageRequest { request_id: office.key(), referral_id: own.referral_id.clone() };
    let refused = office.client().start_triage(office.service.as_user(office.facilitator, start)).await.expect_err("no triage for them");
    assert_eq!(refused.code(), Code::PermissionDenied);
    let withdraw = WithdrawReferralRequest { request_id: office.key(), referral_id: own.reference, reason: "MISTAKE".into() };
    office.client().withdraw_referral(office.service.as_user(office.facilitator, withdraw)).await.expect("withdrawn");
    assert_eq!(office.get(office.facilitator, &own.referral_id).await.expect("their own").state(), ReferralState::Withdrawn);
    office.service.stop().await;
}
