//! Acceptance and what other services ask about it.

use bytes::Bytes;
use platform::{
    events::{Consumer, Received, Resync},
    jobs::JobCtx,
    lifecycle::Shutdown,
};
use prost::{Message, Name};
use proto::{events::v1::CaseOpened, referral::v1::*};
use referral::events::{on_case_opened::OnCaseOpened, resync::ReferralFacts};
use std::time::Duration;
use tonic::Code;
use uuid::Uuid;

use crate::support::{Office, fields, own, person, professional, reason};

async fn accept(office: &Office, request: &AcceptReferralRequest) -> Result<String, tonic::Status> {
    Ok(office.client().accept_referral(office.service.as_user(office.coordinator, request.clone())).await?.into_inner().case_id)
}

#[tokio::test]
async fn an_accepted_referral_is_handed_to_the_case_service_once() {
    let office = Office::open().await;
    let mut input = professional("Ana", "Example");
    input.parties.push(PartyInput { role: "HARMER".into(), ..person("Bo", "Sample") });
    let id = office.submit(office.lead, Some(office.service.world.agency), input).await.referral_id;
    let etag = office.start(&id).await;
    let parties = office.get(office.coordinator, &id).await.expect("the referral").party_ids;
    let mut request = AcceptReferralRequest {
        request_id: office.key(),
        referral_id: id.clone(),
        etag,
        parties: vec![PartyDecision { party_id: parties[0].clone(), existing_person_id: String::new() }],
        ..AcceptReferralRequest::default()
    };
    assert_eq!(fields(accept(&office, &request).await.expect_err("incomplete")), ["parties", "case_kind"]);
    let ask = |id: &str| office.service.as_workload(Uuid::from_u128(1), GetAcceptedReferralRequest { referral_id: id.into() });
    assert_eq!(reason(office.of_service("case").get_accepted_referral(ask(&id)).await.expect_err("not yet")), "NOT_ACCEPTED");

    request.case_kind = "RESTORATIVE_JUSTICE".into();
    request.parties.push(PartyDecision { party_id: parties[1].clone(), existing_person_id: String::new() });
    let case_id = accept(&office, &request).await.expect("accepted");
    assert_eq!(accept(&office, &request).await.expect("the same again"), case_id);
    request.request_id = office.key();
    assert_eq!(reason(accept(&office, &request).await.expect_err("it is accepted")), "ETAG_MISMATCH");
    assert_eq!(office.outbox().await.iter().filter(|t| *t == "events.v1.ReferralAccepted").count(), 1);
    assert_eq!(office.get(office.coordinator, &id).await.expect("the referral").case_id, case_id);

    let told = office.of_service("case").get_accepted_referral(ask(&id)).await.expect("told").into_inner();
    assert_eq!(
        (told.case_id.as_str(), told.case_kind.as_str(), told.joins_existing_case),
        (case_id.as_str(), "RESTORATIVE_JUSTICE", false)
    );
    let input = told.input.expect("what was told");
    assert_eq!(
        (input.parties[1].given_name.as_str(), input.parties[0].phone.as_str(), input.risks.as_str()),
        ("Bo", "07700 900123", "A dog in the yard.")
    );
    assert_eq!(told.parties.iter().map(|p| p.existing_person_id.as_str()).collect::<Vec<_>>(), ["", ""]);
    let refused = office.of_service("notification").get_accepted_referral(ask(&id)).await.expect_err("not for them");
    assert_eq!(refused.code(), Code::PermissionDenied);

    let event = Received {
        id: Uuid::from_u128(5),
        type_name: CaseOpened::full_name(),
        source: "case".into(),
        tenant: office.service.world.tenant,
        subject: Uuid::from_u128(6),
        version: 1,
        occurred_at: office.service.clock.now(),
        body: Bytes::from(CaseOpened { case_id, referral_id: id, ..CaseOpened::default() }.encode_to_vec()),
        trace: None,
    };
    let db = office.service.running.db.clone();
    let jobs = JobCtx::new("referral", db.clone(), office.service.clock.clone(), Shutdown::new(Duration::ZERO, Duration::from_secs(1)));
    let consumer = OnCaseOpened::new(db);
    for _ in 0..2 {
        consumer.handle(&jobs.ctx_for(event.tenant, event.id), &event).await.expect("handled");
    }
    assert_eq!(office.count("select count(*) from referral.referrals where handed_over_at is not null").await, 1);
    office.service.stop().await;
}

#[tokio::test]
async fn a_case_opens_where_the_coordinator_may_open_one() {
    let office = Office::open().await;
    let (id, etag) = office.in_triage().await;
    let party_id = office.get(office.coordinator, &id).await.expect("the referral").party_ids.remove(0);
    let mut request = AcceptReferralRequest {
        request_id: office.key(),
        referral_id: id.clone(),
        etag,
        case_kind: "VICTIM_CARE".into(),
        owner_node_id: office.service.world.other_agency.to_string(),
        parties: vec![PartyDecision { party_id, existing_person_id: String::new() }],
        ..AcceptReferralRequest::default()
    };
    assert_eq!(accept(&office, &request).await.expect_err("not their agency").code(), Code::PermissionDenied);
    request.owner_node_id = Uuid::from_u128(8).to_string();
    assert_eq!(fields(accept(&office, &request).await.expect_err("no node of theirs")), ["owner_node_id"]);
    request.owner_node_id = String::new();
    let case_id = accept(&office, &request).await.expect("accepted");
    let ask = office.service.as_workload(Uuid::from_u128(1), GetAcceptedReferralRequest { referral_id: id });
    let told = office.of_service("case").get_accepted_referral(ask).await.expect("told").into_inner();
    assert_eq!((told.case_id, told.joins_existing_case), (case_id, false));
    office.service.stop().await;
}

#[tokio::test]
async fn nothing_is_joined_while_the_case_service_is_away() {
    let office = Office::open().await;
    let (id, etag) = office.in_triage().await;
    let party_id = office.get(office.coordinator, &id).await.expect("the referral").party_ids.remove(0);
    let (outbox, changes) = (office.outbox().await, office.count("select count(*) from referral.state_changes").await);
    let new = PartyDecision { party_id, existing_person_id: String::new() };
    let opens = AcceptReferralRequest {
        request_id: office.key(),
        referral_id: id.clone(),
        etag: etag.clone(),
        case_kind: "VICTIM_CARE".into(),
        parties: vec![new.clone()],
        ..AcceptReferralRequest::default()
    };
    let joins = AcceptReferralRequest { existing_case_id: Uuid::from_u128(9).to_string(), ..opens.clone() };
    let knows = AcceptReferralRequest {
        parties: vec![PartyDecision { existing_person_id: Uuid::from_u128(77).to_string(), ..new }],
        ..opens.clone()
    };
    for request in [joins, knows] {
        assert_eq!(accept(&office, &request).await.expect_err("nobody can say").code(), Code::Unavailable);
    }
    let seen = office.get(office.coordinator, &id).await.expect("the referral");
    assert_eq!((seen.etag, seen.case_id), (etag, String::new()));
    assert_eq!((office.outbox().await, office.count("select count(*) from referral.state_changes").await), (outbox, changes));
    assert_eq!(office.count("select count(*) from referral.parties where decided").await, 0);
    // The key was not used up, and what names nothing of the case service does not need it.
    accept(&office, &opens).await.expect("accepted");
    office.service.stop().await;
}

#[tokio::test]
async fn a_message_goes_only_where_it_is_safe() {
    let office = Office::open().await;
    let form = |m| office.service.as_public(m);
    let secret = office.form().start_draft(form(StartDraftRequest {})).await.expect("a draft").into_inner().draft_secret;
    office
        .form()
        .save_draft(office.service.as_public(SaveDraftRequest { draft_secret: secret.clone(), input: Some(own()) }))
        .await
        .expect("saved");
    office.form().submit_draft(office.service.as_public(SubmitDraftRequest { draft_secret: secret })).await.expect("submitted");
    let listed = office
        .client()
        .list_referrals(office.service.as_user(office.lead, ListReferralsRequest::default()))
        .await
        .expect("a list")
        .into_inner();
    let own_id = listed.referrals[0].id.clone();
    let professional_id = office.submit(office.lead, None, professional("Ana", "Example")).await.referral_id;
    let resolve = async |id: &str, channel: &str| {
        let request = ResolveReferrerForSendingRequest { referral_id: id.into(), channel: channel.into() };
        office
            .of_service("notification")
            .resolve_referrer_for_sending(office.service.as_workload(Uuid::from_u128(3), request))
            .await
            .map(tonic::Response::into_inner)
    };
    let answer = resolve(&own_id, "EMAIL").await.expect("an answer");
    assert_eq!((answer.allowed, answer.address.as_str()), (true, "ana@example.org"));
    let answer = resolve(&own_id, "SMS").await.expect("an answer");
    assert_eq!((answer.allowed, answer.reason.as_str(), answer.address.as_str()), (false, "NO_SAFE_CHANNEL", ""));
    let answer = resolve(&professional_id, "EMAIL").await.expect("an answer");
    assert_eq!((answer.allowed, answer.address.as_str()), (true, "bo@example.com"));
    assert_eq!(fields(resolve(&own_id, "PIGEON").await.expect_err("no channel")), ["channel"]);
    assert_eq!(resolve(&Uuid::from_u128(4).to_string(), "EMAIL").await.expect_err("nothing").code(), Code::NotFound);
    office.service.stop().await;
}

#[tokio::test]
async fn a_resync_tells_every_referral_again_under_the_same_pseudonym() {
    let office = Office::open().await;
    for n in 0..3 {
        office.submit(office.lead, None, professional("Ana", &format!("Example{n}"))).await;
    }
    let db = office.service.running.db.clone();
    let jobs = JobCtx::new("referral", db.clone(), office.service.clock.clone(), Shutdown::new(Duration::ZERO, Duration::from_secs(1)));
    let told = ReferralFacts::new(db).resync(&jobs.ctx_for(office.service.world.tenant, Uuid::from_u128(1))).await.expect("told");
    assert_eq!(told, 3);
    let facts = "select count(*) from (select subject, version from platform.outbox where exchange = 'facts' group by 1, 2 having count(*) = 2) again";
    assert_eq!(office.count(facts).await, 3);
    assert_eq!(
        office
            .count("select count(*) from platform.outbox o join referral.referrals r on r.id = o.subject where o.exchange = 'facts'")
            .await,
        0
    );
    office.service.stop().await;
}
