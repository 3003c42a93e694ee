//! Cases: who sees them, how they are allocated, move, are closed and reopened.

use proto::case::v1::{
    CaseTab, CloseCaseRequest, CountCasesRequest, EndAllocationRequest, GetTimelineRequest, HandOverCasesRequest, ListCasesRequest,
    RecordOutcomeRequest, ReopenCaseRequest, SetHoldRequest, UpdateCaseRequest,
};
use tonic::Code;

use crate::case_office::{Office, fields, reason};

fn tab(tab: CaseTab) -> ListCasesRequest {
    ListCasesRequest { tab: tab.into(), ..ListCasesRequest::default() }
}

#[tokio::test]
async fn an_allocation_opens_a_case_and_its_end_closes_it() {
    let office = Office::open().await;
    let id = office.rj().await;
    office.participant(&id, "HARMED_PERSON", "Ana").await;

    assert_eq!(office.get(office.facilitator, &id).await.expect_err("not theirs").code(), Code::NotFound);
    assert_eq!(office.get(office.other_coordinator, &id).await.expect_err("another agency's").code(), Code::NotFound);
    assert_eq!(office.list(office.coordinator, tab(CaseTab::Unallocated)).await.expect("list").cases.len(), 1);
    assert!(office.list(office.facilitator, tab(CaseTab::Open)).await.expect("list").cases.is_empty());

    let allocation = office.allocate(&id, office.facilitator, "BOTH").await.expect("allocated");
    let case = office.get(office.facilitator, &id).await.expect("theirs now");
    assert_eq!((case.stage.as_str(), case.harm_type.as_str(), case.risks.as_str()), ("ALLOCATED", "BUR.RES", "A dog in the yard."));
    assert_eq!(case.participants.iter().map(|p| p.name.as_str()).collect::<Vec<_>>(), ["Ana Example"]);
    assert_eq!(case.allowed_stages, ["INITIAL_CONTACT"]);
    assert_eq!(case.allowed_actions, ["UPDATE", "CLOSE", "ADD_NOTE", "ADD_PARTICIPANT", "SCHEDULE"]);
    assert!(case.header_flags.contains(&"CONTACT_UNKNOWN".to_owned()));
    let mine = office.list(office.facilitator, tab(CaseTab::Mine)).await.expect("list").cases;
    assert_eq!(mine.len(), 1);
    assert_eq!(mine[0].participants[0].name, "Ana Example");

    let reader = office.get(office.reader, &id).await.expect("follows");
    assert_eq!((reader.harm_type.as_str(), reader.risks.as_str()), ("BUR.RES", ""));
    assert!(reader.allowed_actions.is_empty() && reader.header_flags.is_empty());
    assert!(!reader.masked_paths.is_empty());

    assert_eq!(reason(office.allocate(&id, office.facilitator, "HARMED").await.expect_err("twice")), "ALREADY_ALLOCATED");
    assert_eq!(fields(office.allocate(&id, uuid::Uuid::nil(), "BOTH").await.expect_err("nobody")), ["user_id"]);

    let end = |user, etag| {
        let request = EndAllocationRequest { request_id: office.key(), case_id: id.clone(), etag, allocation_id: allocation.clone(), reason: "LEFT".into() };
        office.service.as_user(user, request)
    };
    let etag = office.etag(&id).await;
    let refused = office.cases().end_allocation(end(office.facilitator, etag.clone())).await.expect_err("not a facilitator's");
    assert_eq!(refused.code(), Code::PermissionDenied);
    office.cases().end_allocation(end(office.coordinator, etag)).await.expect("ended");
    assert_eq!(office.get(office.facilitator, &id).await.expect_err("over").code(), Code::NotFound);

    let outbox = office.outbox().await;
    for event in ["CaseOpened", "CaseAllocated", "CaseStageChanged", "AllocationEnded"] {
        assert!(outbox.contains(&format!("events.v1.{event}")), "{event} in {outbox:?}");
    }
    assert!(outbox.contains(&"facts.v1.CaseFact".to_owned()));
}

#[tokio::test]
async fn facts_move_a_case_and_a_reason_closes_it() {
    let office = Office::open().await;
    let id = office.rj().await;
    assert_eq!(reason(office.to_stage(office.coordinator, &id, "ALLOCATED", "").await.expect_err("by allocation")), "NOT_ALLOCATED");
    office.allocate(&id, office.facilitator, "BOTH").await.expect("allocated");
    for stage in ["INITIAL_CONTACT", "ASSESSMENT", "PREPARATION", "INTERVENTION_PLANNED"] {
        office.to_stage(office.facilitator, &id, stage, "").await.expect(stage);
    }
    let refused = office.to_stage(office.facilitator, &id, "INTERVENTION_DELIVERED", "").await.expect_err("a fact is missing");
    assert_eq!(reason(refused), "INTERVENTION_NOT_RECORDED");

    let outcome = RecordOutcomeRequest {
        request_id: office.key(),
        case_id: id.clone(),
        etag: office.etag(&id).await,
        intervention: "CONFERENCE".into(),
        held_on: "2027-01-14".into(),
        result: "HELD".into(),
        outcomes: vec!["APOLOGY_GIVEN".into()],
        summary: "They spoke for an hour.".into(),
        ..RecordOutcomeRequest::default()
    };
    let answer = office.cases().record_outcome(office.service.as_user(office.facilitator, outcome.clone())).await.expect("recorded").into_inner();
    let again = office.cases().record_outcome(office.service.as_user(office.facilitator, outcome.clone())).await.expect("replayed").into_inner();
    assert_eq!(answer, again);
    let stale = RecordOutcomeRequest { request_id: office.key(), ..outcome };
    assert_eq!(office.cases().record_outcome(office.service.as_user(office.facilitator, stale)).await.expect_err("stale").code(), Code::Aborted);

    let case = office.get(office.facilitator, &id).await.expect("case");
    assert_eq!((case.stage.as_str(), case.outcomes.len()), ("INTERVENTION_DELIVERED", 1));
    assert_eq!(case.outcomes[0].summary, "They spoke for an hour.");
    assert!(case.allowed_close_reasons.contains(&"COMPLETED_INTERVENTION".to_owned()));
    assert_eq!(fields(office.to_stage(office.facilitator, &id, "PREPARATION", "").await.expect_err("why")), ["reason"]);

    let close = |reason: &str, etag: String| CloseCaseRequest { request_id: office.key(), case_id: id.clone(), etag, reason: reason.into(), ..Default::default() };
    let wrong = close("HARMED_DECLINED", case.etag.clone());
    assert_eq!(fields(office.cases().close_case(office.service.as_user(office.facilitator, wrong)).await.expect_err("wrong stage")), ["reason"]);
    let right = close("COMPLETED_INTERVENTION", case.etag);
    let done = office.cases().close_case(office.service.as_user(office.facilitator, right.clone())).await.expect("closed").into_inner();
    let repeated = office.cases().close_case(office.service.as_user(office.facilitator, right)).await.expect("replayed").into_inner();
    assert_eq!(done, repeated);
    assert_eq!(office.get(office.facilitator, &id).await.expect_err("access ended").code(), Code::NotFound);

    let counts = office.cases().count_cases(office.service.as_user(office.coordinator, CountCasesRequest {})).await.expect("counts").into_inner();
    assert_eq!((counts.mine, counts.open, counts.unallocated, counts.closed), (0, 0, 0, 1));
    let reopen = ReopenCaseRequest { request_id: office.key(), case_id: id.clone(), etag: office.etag(&id).await, reason: "They came back.".into() };
    office.cases().reopen_case(office.service.as_user(office.coordinator, reopen)).await.expect("reopened");
    office.allocate(&id, office.facilitator, "HARMED").await.expect("allocated again");
    assert_eq!(office.get(office.facilitator, &id).await.expect("theirs").stage, "ALLOCATED");

    let timeline = office
        .cases()
        .get_timeline(office.service.as_user(office.coordinator, GetTimelineRequest { case_id: id.clone(), page_size: 3, page_token: String::new() }))
        .await
        .expect("timeline")
        .into_inner();
    assert_eq!(timeline.entries.len(), 3);
    assert!(!timeline.next_page_token.is_empty());
    let bad = GetTimelineRequest { case_id: id, page_size: 3, page_token: "x".into() };
    assert_eq!(fields(office.cases().get_timeline(office.service.as_user(office.coordinator, bad)).await.expect_err("token")), ["page_token"]);
}

#[tokio::test]
async fn a_hold_stops_moves_and_an_update_keeps_what_was_told() {
    let office = Office::open().await;
    let id = office.case_of("VICTIM_CARE").await;
    let hold = SetHoldRequest {
        request_id: office.key(),
        case_id: id.clone(),
        etag: office.etag(&id).await,
        on_hold: true,
        reason: "In hospital.".into(),
        review_on: "2027-02-15".into(),
    };
    office.cases().set_hold(office.service.as_user(office.coordinator, hold.clone())).await.expect("held");
    let case = office.get(office.coordinator, &id).await.expect("case");
    assert!(case.on_hold && case.allowed_stages.is_empty());
    assert_eq!((case.hold_reason.as_str(), case.hold_review_on.as_str()), ("In hospital.", "2027-02-15"));
    assert_eq!(reason(office.to_stage(office.coordinator, &id, "VALIDATED", "").await.expect_err("rests")), "ON_HOLD");
    let off = SetHoldRequest { request_id: office.key(), etag: case.etag, on_hold: false, ..hold };
    office.cases().set_hold(office.service.as_user(office.coordinator, off)).await.expect("off");
    office.to_stage(office.coordinator, &id, "VALIDATED", "").await.expect("moves");

    let update = UpdateCaseRequest {
        request_id: office.key(),
        case_id: id.clone(),
        etag: office.etag(&id).await,
        harm_type: "ASB".into(),
        crime_flags: vec!["ONLINE".into()],
        risks: String::new(),
        ..UpdateCaseRequest::default()
    };
    office.cases().update_case(office.service.as_user(office.coordinator, update)).await.expect("updated");
    let case = office.get(office.coordinator, &id).await.expect("case");
    assert_eq!((case.harm_type.as_str(), case.what_happened.as_str(), case.risks.as_str()), ("ASB", "Somebody broke in.", ""));
}

#[tokio::test]
async fn a_colleagues_cases_are_handed_over_one_by_one() {
    let office = Office::open().await;
    let (first, second) = (office.rj().await, office.rj().await);
    office.allocate(&first, office.facilitator, "HARMER").await.expect("allocated");
    office.allocate(&second, office.facilitator, "BOTH").await.expect("allocated");
    office.allocate(&second, office.colleague, "HARMED").await.expect("allocated");
    let request = |case_ids| HandOverCasesRequest {
        request_id: office.key(),
        from_user_id: office.facilitator.to_string(),
        to_user_id: office.colleague.to_string(),
        case_ids,
        reason: String::new(),
    };
    let refused = office.cases().hand_over_cases(office.service.as_user(office.facilitator, request(vec![]))).await.expect_err("a manager's");
    assert_eq!(refused.code(), Code::PermissionDenied);
    let unseen = office.cases().hand_over_cases(office.service.as_user(office.other_coordinator, request(vec![first.clone()]))).await.expect("answered");
    assert_eq!(unseen.into_inner().results[0].reason, "NOT_FOUND");

    let done = office.cases().hand_over_cases(office.service.as_user(office.coordinator, request(vec![]))).await.expect("done").into_inner();
    let of = |id: &str| done.results.iter().find(|r| r.case_id == id).map(|r| (r.handed_over, r.reason.clone())).expect("a result");
    assert_eq!(of(&first), (true, String::new()));
    assert_eq!(of(&second), (false, "ALREADY_ALLOCATED".into()));
    let case = office.get(office.colleague, &first).await.expect("theirs");
    let now: Vec<_> = case.allocations.iter().filter(|a| a.to.is_none()).map(|a| (a.user_id.as_str(), a.side.as_str())).collect();
    assert_eq!(now, [(office.colleague.to_string().as_str(), "HARMER")]);
    assert!(case.allocations.iter().any(|a| a.end_reason == "HANDED_OVER"));
    assert_eq!(office.get(office.facilitator, &first).await.expect_err("handed over").code(), Code::NotFound);
}

#[tokio::test]
async fn pages_hold_every_case_once_in_order() {
    let office = Office::open().await;
    for _ in 0..5 {
        office.service.clock.advance(chrono::TimeDelta::minutes(1));
        office.rj().await;
    }
    for order in ["LAST_ACTIVITY", "OPENED", "STAGE_SINCE"] {
        let (mut token, mut seen) = (String::new(), Vec::new());
        loop {
            let request = ListCasesRequest { page_size: 2, page_token: token, order: order.into(), ..tab(CaseTab::Open) };
            let page = office.list(office.coordinator, request).await.expect("a page");
            seen.extend(page.cases.into_iter().map(|c| c.opened_at.expect("opened").seconds));
            token = page.next_page_token;
            if token.is_empty() {
                break;
            }
        }
        assert_eq!(seen.len(), 5);
        assert!(if order == "STAGE_SINCE" { seen.is_sorted() } else { seen.iter().rev().is_sorted() }, "{order}");
    }
    let one = office.list(office.coordinator, tab(CaseTab::Open)).await.expect("list").cases.remove(0);
    let by_reference = ListCasesRequest { reference: one.reference.to_lowercase(), ..tab(CaseTab::Open) };
    assert_eq!(office.list(office.coordinator, by_reference).await.expect("list").cases.len(), 1);
    let unset = office.list(office.coordinator, ListCasesRequest::default()).await.expect_err("no tab");
    assert_eq!(fields(unset), ["tab"]);
}
