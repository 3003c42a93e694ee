//! Attacks by people who have an account, a certificate or nothing. Each gets the documented refusal, is in the trail and
//! changes nothing.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use http::StatusCode;
use integration_tests::{
    rpc::{Caller, Edge, Rpc},
    stack::Stack,
    story, totp,
    web::Browser,
};
use prost::Message;
use proto::{
    audit::v1::{AuditEvent, ListEventsRequest, ListEventsResponse},
    case::v1::{
        AddNoteRequest, AddNoteResponse, Attendee, EndAllocationRequest, EndAllocationResponse,
        ListNotesRequest, ListNotesResponse, RecordOutcomeRequest, RecordOutcomeResponse,
        ScheduleMeetingRequest, ScheduleMeetingResponse,
    },
    referral::v1::{
        GetReferralStatusRequest, GetReferralStatusResponse, SubmitReferralRequest,
        SubmitReferralResponse,
    },
};
use tonic::{Code, Status};

use crate::records::Records;

/// The trail of one actor in a service, newest first, as the data protection officer reads it.
async fn trail(rpc: &Rpc<'_>, service: &str, actor: &str) -> Vec<AuditEvent> {
    let tenant = rpc.stack.demo.partnership();
    let officer = Caller::user(tenant, tenant.first("data_protection_officer"));
    let request = ListEventsRequest {
        actor: actor.into(),
        page_size: 200,
        ..ListEventsRequest::default()
    };
    let answer = rpc
        .raw(
            &officer,
            service,
            "/accord.audit.v1.AuditService/ListEvents",
            request.encode_to_vec().into(),
        )
        .await;
    ListEventsResponse::decode(answer.expect("the officer reads the trail"))
        .expect("events")
        .events
}

/// The field that a refusal names, or the reason of one that names none.
fn named<A>(answer: Result<A, Status>) -> String {
    let error = platform::Error::from(answer.err().expect("it is refused"));
    error
        .fields()
        .first()
        .map_or_else(|| error.reason().to_owned(), |f| f.field.clone())
}

/// What a caller is told.
fn told<A>(answer: &Result<A, Status>) -> Option<(Code, String, Vec<u8>)> {
    answer
        .as_ref()
        .err()
        .map(|s| (s.code(), s.message().to_owned(), s.details().to_vec()))
}

/// A second case of the same agency, worked by the same facilitator.
async fn another(rpc: &Rpc<'_>) -> Records {
    Records::make(rpc).await
}

#[tokio::test]
async fn a_part_of_another_case_is_not_there_under_ones_own() {
    let stack = Stack::shared();
    let rpc = Rpc::new(stack);
    let tenant = stack.demo.partnership();
    let (own, other) = (Records::make(&rpc).await, another(&rpc).await);
    let facilitator = tenant
        .users
        .iter()
        .find(|u| u.id == own.user)
        .expect("the facilitator");
    let caller = Caller::user(tenant, facilitator);
    let before = story::case(&rpc, &caller, &own.case).await;

    // Both cases are the caller's, so only the parent is wrong.
    let end = |allocation_id: String| EndAllocationRequest {
        request_id: rpc.new_id(),
        case_id: own.case.clone(),
        etag: before.etag.clone(),
        allocation_id,
        reason: "HOLIDAY".into(),
    };
    let coordinator = Caller::user(tenant, tenant.first("agency_coordinator"));
    let foreign = rpc
        .ask::<EndAllocationResponse>(
            &coordinator,
            "case.v1.CaseService/EndAllocation",
            &end(other.allocation.clone()),
        )
        .await;
    let random = rpc
        .ask::<EndAllocationResponse>(
            &coordinator,
            "case.v1.CaseService/EndAllocation",
            &end(rpc.new_id()),
        )
        .await;
    assert!(foreign.is_err(), "an allocation of another case was ended");
    assert_eq!(
        told(&foreign),
        told(&random),
        "an allocation of another case looks like none"
    );

    let outcome = |meeting_id: String| RecordOutcomeRequest {
        request_id: rpc.new_id(),
        case_id: own.case.clone(),
        etag: before.etag.clone(),
        intervention: "CONFERENCE".into(),
        held_on: rpc.clock().now().date_naive().to_string(),
        result: "HELD".into(),
        outcomes: vec!["APOLOGY_GIVEN".into()],
        meeting_id,
        ..RecordOutcomeRequest::default()
    };
    let foreign = rpc
        .ask::<RecordOutcomeResponse>(
            &caller,
            "case.v1.CaseService/RecordOutcome",
            &outcome(other.meeting.clone()),
        )
        .await;
    let random = rpc
        .ask::<RecordOutcomeResponse>(
            &caller,
            "case.v1.CaseService/RecordOutcome",
            &outcome(rpc.new_id()),
        )
        .await;
    assert!(
        foreign.is_err(),
        "an outcome of another case's meeting was recorded"
    );
    assert_eq!(told(&foreign), told(&random));
    assert_eq!(named(foreign), "meeting_id");

    let meeting = |participant_id: String| ScheduleMeetingRequest {
        request_id: rpc.new_id(),
        case_id: own.case.clone(),
        kind: "CONFERENCE".into(),
        starts_at: Some(story::timestamp(
            rpc.clock().now() + chrono::TimeDelta::days(5),
        )),
        minutes: 60,
        place: "Room 2".into(),
        mode: "IN_PERSON".into(),
        attendees: vec![Attendee {
            participant_id,
            ..Attendee::default()
        }],
    };
    let foreign = rpc
        .ask::<ScheduleMeetingResponse>(
            &caller,
            "case.v1.MeetingService/ScheduleMeeting",
            &meeting(other.participant.clone()),
        )
        .await;
    let random = rpc
        .ask::<ScheduleMeetingResponse>(
            &caller,
            "case.v1.MeetingService/ScheduleMeeting",
            &meeting(rpc.new_id()),
        )
        .await;
    assert!(
        foreign.is_err(),
        "somebody of another case was put into a meeting"
    );
    assert_eq!(told(&foreign), told(&random));
    assert_eq!(named(foreign), "attendees");

    let note = |participant_id: String| AddNoteRequest {
        request_id: rpc.new_id(),
        case_id: own.case.clone(),
        side: "BOTH".into(),
        readers: "EVERYONE".into(),
        text: "A note about somebody else.".into(),
        participant_id,
        ..AddNoteRequest::default()
    };
    let foreign = rpc
        .ask::<AddNoteResponse>(
            &caller,
            "case.v1.NoteService/AddNote",
            &note(other.participant.clone()),
        )
        .await;
    let random = rpc
        .ask::<AddNoteResponse>(&caller, "case.v1.NoteService/AddNote", &note(rpc.new_id()))
        .await;
    assert!(
        foreign.is_err(),
        "a note about somebody of another case was taken"
    );
    assert_eq!(told(&foreign), told(&random));
    assert_eq!(named(foreign), "participant_id");

    let after = story::case(&rpc, &caller, &own.case).await;
    assert_eq!(after.etag, before.etag, "nothing changed");
    let refused: Vec<_> = trail(&rpc, "case", &format!("user:{}", facilitator.id))
        .await
        .into_iter()
        .filter(|e| e.outcome != "ok")
        .collect();
    for method in ["RecordOutcome", "ScheduleMeeting", "AddNote"] {
        assert!(
            refused.iter().any(|e| e.method.ends_with(method)),
            "{method} is in the trail as refused"
        );
    }
}

#[tokio::test]
async fn a_partner_cannot_become_somebody_else_by_headers() {
    let stack = Stack::shared();
    let rpc = Rpc::new(stack);
    let (tenant, office) = (stack.demo.partnership(), stack.demo.office());
    let edge = Edge::new(stack, &tenant.service_accounts[0]);
    let family = story::family_name(&rpc);
    let request = SubmitReferralRequest {
        request_id: rpc.new_id(),
        input: Some(story::professional_input(&family)),
        owner_node_id: String::new(),
    };
    let lead = rpc
        .token_of(&Caller::user(office, office.first("agency_coordinator")))
        .await
        .expect("a token");
    let bearer = format!("Bearer {lead}");
    let new_id = rpc.new_id();
    let forged = [
        ("authorization", bearer.as_str()),
        ("accord-tenant", office.id.as_str()),
        ("accord-cause", new_id.as_str()),
        ("x-forwarded-for", "127.0.0.1"),
        (
            "x-forwarded-client-cert",
            "By=spiffe://accord/service/gateway",
        ),
    ];
    let sent: Result<SubmitReferralResponse, Status> = edge
        .ask_with(
            &forged,
            "referral.v1.ReferralService/SubmitReferral",
            &request,
        )
        .await;
    match sent {
        // What it sent counts as its own, in its own tenant.
        Ok(sent) => {
            let of_office = Caller::user(office, office.first("agency_coordinator"));
            let ask = GetReferralStatusRequest {
                referral_id: sent.referral_id.clone(),
                ..GetReferralStatusRequest::default()
            };
            let foreign = rpc
                .ask::<GetReferralStatusResponse>(
                    &of_office,
                    "referral.v1.ReferralService/GetReferralStatus",
                    &ask,
                )
                .await;
            assert_eq!(
                foreign.map(drop).map_err(|s| s.code()),
                Err(Code::NotFound),
                "the referral went into the forged tenant"
            );
            let own: Result<GetReferralStatusResponse, Status> = edge
                .ask("referral.v1.ReferralService/GetReferralStatus", &ask)
                .await;
            assert!(own.is_ok(), "it is the partner's own: {own:?}");
            let events = trail(
                &rpc,
                "referral",
                &format!("account:{}", tenant.service_accounts[0].id),
            )
            .await;
            assert!(
                events
                    .iter()
                    .any(|e| e.record_ids.contains(&sent.referral_id)),
                "the trail names the partner"
            );
        }
        Err(status) => assert!(
            matches!(
                status.code(),
                Code::Unauthenticated | Code::PermissionDenied | Code::InvalidArgument
            ),
            "{status:?}"
        ),
    }
    // What is not exposed to partners is not there, whatever the headers say.
    let ask = proto::identity::v1::ListUsersRequest::default();
    let users: Result<proto::identity::v1::ListUsersResponse, Status> = edge
        .ask_with(&forged, "identity.v1.UserService/ListUsers", &ask)
        .await;
    assert!(users.is_err());
}

#[tokio::test]
async fn an_altered_token_is_nobodys() {
    let stack = Stack::shared();
    let rpc = Rpc::new(stack);
    let tenant = stack.demo.partnership();
    let reader = Caller::user(tenant, tenant.first("agency_coordinator"));
    let token = rpc.token_of(&reader).await.expect("a token");
    let parts: Vec<&str> = token.split('.').collect();
    let [head, body, seal] = parts.as_slice() else {
        panic!("a token has three parts")
    };
    let decoded = |part: &str| -> serde_json::Value {
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).expect("base64")).expect("JSON")
    };
    let encoded = |value: &serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let with = |change: &dyn Fn(&mut serde_json::Value)| {
        let mut claims = decoded(body);
        change(&mut claims);
        encoded(&claims)
    };
    let lead = tenant.first("partnership_lead").id.clone();
    let other = stack.demo.office().id.clone();
    let none = encoded(&serde_json::json!({ "alg": "none", "typ": "JWT" }));
    let forged = [
        format!(
            "{head}.{}.{seal}",
            with(&|c| c["sub"] = lead.clone().into())
        ),
        format!(
            "{head}.{}.{seal}",
            with(&|c| c["tenant"] = other.clone().into())
        ),
        format!(
            "{head}.{}.{seal}",
            with(&|c| c["exp"] = 4_000_000_000_i64.into())
        ),
        format!("{none}.{body}."),
        format!(
            "{none}.{}.{seal}",
            with(&|c| c["sub"] = lead.clone().into())
        ),
        format!("{head}.{body}"),
        format!("{head}.{body}.{}", "A".repeat(seal.len())),
        String::new(),
    ];
    let list = proto::case::v1::CountCasesRequest::default();
    let path = "/accord.case.v1.CaseService/CountCases";
    for forged in forged {
        let answer = rpc
            .with_token(&forged, "case", path, list.encode_to_vec().into())
            .await;
        assert_eq!(
            answer.map(drop).map_err(|s| s.code()),
            Err(Code::Unauthenticated),
            "{forged}"
        );
    }
    assert!(
        rpc.with_token(&token, "case", path, list.encode_to_vec().into())
            .await
            .is_ok(),
        "the token as it was minted is good"
    );
}

#[tokio::test]
async fn a_session_chosen_by_somebody_else_is_never_used() {
    let stack = Stack::shared();
    let rpc = Rpc::new(stack);
    let tenant = stack.demo.partnership();
    // Nobody else of these tests signs in by the pages as the last facilitator of the first agency.
    let agency = Records::agency(tenant);
    let user = tenant
        .at(&agency, "facilitator")
        .last()
        .expect("a facilitator");
    let planted = "A".repeat(43);
    let mut victim = Browser::new(stack);
    victim.set_session(&tenant.slug, &planted);
    let step = rpc.clock().now().timestamp() / totp::STEP;
    let landed = victim.sign_in(tenant, user, step).await;
    assert!(landed.status.is_redirection(), "{}", landed.text);
    assert_eq!(victim.get(landed.location()).await.status, StatusCode::OK);
    let mut attacker = Browser::new(stack);
    attacker.set_session(&tenant.slug, &planted);
    assert!(
        attacker
            .get(&format!("/t/{}", tenant.slug))
            .await
            .location()
            .contains("/sign-in"),
        "the planted session opens nothing"
    );

    // The same code signs in nobody a second time.
    let mut again = Browser::new(stack);
    let replayed = again.sign_in(tenant, user, step).await;
    assert!(
        !replayed.status.is_redirection() || replayed.location().contains("/sign-in"),
        "a code was good twice"
    );
    assert!(
        again
            .get(&format!("/t/{}", tenant.slug))
            .await
            .location()
            .contains("/sign-in")
    );
    let refused = trail(&rpc, "identity", "workload:gateway").await;
    assert!(
        refused
            .iter()
            .any(|e| e.method.ends_with("CompleteSignIn") && e.outcome != "ok"),
        "the replayed code is in the trail"
    );
}

#[tokio::test]
async fn fields_that_a_form_does_not_have_do_nothing() {
    let stack = Stack::shared();
    let rpc = Rpc::new(stack);
    let tenant = stack.demo.partnership();
    let records = Records::make(&rpc).await;
    let facilitator = tenant
        .users
        .iter()
        .find(|u| u.id == records.user)
        .expect("the facilitator");
    let caller = Caller::user(tenant, facilitator);
    let before = story::case(&rpc, &caller, &records.case).await;
    let mut browser = Browser::new(stack);
    browser.set_session(
        &tenant.slug,
        &rpc.session(tenant, facilitator).await.expect("a session"),
    );
    let path = format!("/t/{}/cases/{}/notes/add", tenant.slug, records.case);
    let form = browser.get(&path).await;
    assert_eq!(form.status, StatusCode::OK, "{}", form.text);
    let typed = [
        ("kind", "GENERAL"),
        ("side", "BOTH"),
        ("readers", "EVERYONE"),
        ("text", "Left a message at the number that is safe."),
        ("author_id", tenant.first("partnership_lead").id.as_str()),
        ("owner_node_id", tenant.nodes[0].id.as_str()),
        ("tenant_id", stack.demo.office().id.as_str()),
        ("stage", "CLOSED"),
        ("role", "tenant_administrator"),
    ];
    let done = browser.submit(&form, &path, &typed).await;
    assert!(done.status.is_redirection(), "{}", done.text);
    let notes: ListNotesResponse = rpc
        .must(
            &caller,
            "case.v1.NoteService/ListNotes",
            &ListNotesRequest {
                case_id: records.case.clone(),
                ..ListNotesRequest::default()
            },
        )
        .await;
    let note = notes
        .notes
        .iter()
        .find(|n| n.text.starts_with("Left a message"))
        .expect("the note");
    assert_eq!(
        note.recorded_by,
        format!("user:{}", facilitator.id),
        "the author is who is signed in"
    );
    let after = story::case(&rpc, &caller, &records.case).await;
    assert_eq!(
        (after.owner_node_id, after.stage),
        (before.owner_node_id, before.stage)
    );
}
