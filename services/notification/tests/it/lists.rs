//! Who sees which messages.

use chrono::TimeDelta;
use proto::{
    case::v1::VisibleCasesResponse,
    events::v1::{BreakGlassUsed, CaseAllocated, MeetingScheduled, Reminder},
    notification::v1::{ListMessagesRequest, ListTemplatesRequest},
};
use tonic::Code;

use crate::office::{Office, VISIBLE_CASES, stamp};

#[tokio::test]
async fn messages_are_seen_by_who_sees_the_case() {
    let office = Office::open().await;
    let (mine, other) = (office.case().await, office.case().await);
    let allocation = office.allocate(mine).await;
    let cases = async |user| office.messages(user).await.into_iter().map(|m| m.case_id).collect::<Vec<_>>();
    assert_eq!(cases(office.lead).await, [mine.to_string()]);
    assert_eq!(cases(office.coordinator).await, [mine.to_string()]);
    assert_eq!(cases(office.facilitator).await, [mine.to_string()]);
    assert!(cases(office.other_coordinator).await.is_empty());
    let end = proto::events::v1::AllocationEnded { case_id: mine.to_string(), allocation_id: allocation.to_string(), user_id: office.facilitator.to_string() };
    office.tell(mine, 3, &end).await;
    assert!(cases(office.facilitator).await.is_empty(), "allocated no more");
    let request = ListMessagesRequest { case_id: other.to_string(), ..Default::default() };
    assert!(office.client().list_messages(office.service.as_user(office.lead, request)).await.expect("a list").into_inner().messages.is_empty());
}

#[tokio::test]
async fn what_the_case_service_hides_is_hidden_here_and_unknown_is_not_permitted() {
    let office = Office::open().await;
    let case = office.case().await;
    office.allocate(case).await;
    assert_eq!(office.messages(office.lead).await.len(), 1);
    office.gate(VISIBLE_CASES, &VisibleCasesResponse::default());
    assert!(office.messages(office.lead).await.is_empty(), "locked, restricted or in conflict");
    assert!(office.messages(office.facilitator).await.is_empty());
    office.away(VISIBLE_CASES);
    let request = office.service.as_user(office.lead, ListMessagesRequest::default());
    assert_eq!(office.client().list_messages(request).await.expect_err("nobody knows").code(), Code::Unavailable);
}

#[tokio::test]
async fn an_allocation_that_ends_by_itself_shows_messages_until_that_instant() {
    let office = Office::open().await;
    let case = office.case().await;
    let until = office.now() + TimeDelta::hours(1);
    let event = CaseAllocated {
        case_id: case.to_string(), allocation_id: office.id().to_string(), user_id: office.facilitator.to_string(), side: "BOTH".into(),
        case_reference: "RJ-7K4M-2QX9-C".into(), until: stamp(until),
    };
    office.tell(case, 2, &event).await;
    assert_eq!(office.messages(office.facilitator).await.len(), 1);
    office.service.clock.advance(TimeDelta::hours(1));
    assert!(office.messages(office.facilitator).await.is_empty(), "over at the instant");
    assert_eq!(office.messages(office.coordinator).await.len(), 1);
}

#[tokio::test]
async fn supervisors_are_told_of_break_glass_without_any_detail() {
    let office = Office::open().await;
    let case = office.case().await;
    let event = BreakGlassUsed { case_id: case.to_string(), use_id: office.id().to_string(), tell_user_ids: vec![office.coordinator.to_string(), office.lead.to_string()] };
    office.tell(office.id(), 1, &event).await;
    office.send().await;
    assert_eq!(office.states().await, ["break_glass_used EMAIL SENT", "break_glass_used EMAIL SENT"]);
    for mail in office.files("mail") {
        assert!(mail.contains("/t/northmere/break-glass"), "{mail}");
        assert!(!mail.contains(&case.to_string()) && !mail.contains("RJ-"), "{mail}");
    }
}

#[tokio::test]
async fn an_allocation_to_one_side_sees_no_message_to_the_other() {
    let office = Office::open().await;
    for (works, sees) in [("HARMED", [true, false, false]), ("HARMER", [false, true, false]), ("BOTH", [true, true, true])] {
        let (case, meeting) = (office.case().await, office.id());
        office.allocate_to(case, office.facilitator, works).await;
        let people = ["HARMED", "HARMER", ""].map(|side| (office.id(), side));
        let reminder = |(id, side): (uuid::Uuid, &str)| Reminder { participant_id: id.to_string(), channel: "SMS".into(), side: side.into() };
        let starts_at = stamp(office.now() + TimeDelta::days(3));
        let reminders = people.map(reminder).to_vec();
        office.tell(meeting, 1, &MeetingScheduled { meeting_id: meeting.to_string(), case_id: case.to_string(), starts_at, reminders }).await;
        let to = async |user| -> Vec<String> {
            let request = ListMessagesRequest { case_id: case.to_string(), ..Default::default() };
            let list = office.client().list_messages(office.service.as_user(user, request)).await.expect("a list").into_inner().messages;
            list.into_iter().map(|m| m.participant_id).filter(|id| !id.is_empty()).collect()
        };
        let (mine, all) = (to(office.facilitator).await, to(office.lead).await);
        assert_eq!(all.len(), 3);
        assert_eq!(people.map(|(id, _)| mine.contains(&id.to_string())), sees, "{works}");
    }
}

#[tokio::test]
async fn pages_follow_one_another_and_a_token_of_another_list_is_refused() {
    let office = Office::open().await;
    let case = office.case().await;
    for _ in 0..3 {
        office.allocate(case).await;
    }
    let page = async |page_token: String, case_id: String| {
        let request = ListMessagesRequest { page_size: 2, page_token, case_id, ..Default::default() };
        office.client().list_messages(office.service.as_user(office.lead, request)).await.map(tonic::Response::into_inner)
    };
    let first = page(String::new(), case.to_string()).await.expect("a page");
    let second = page(first.next_page_token.clone(), case.to_string()).await.expect("a page");
    assert_eq!((first.messages.len(), second.messages.len(), second.next_page_token.as_str()), (2, 1, ""));
    assert!(!first.messages.iter().any(|m| m.id == second.messages[0].id));
    assert_eq!(page(first.next_page_token, String::new()).await.expect_err("another list").code(), Code::InvalidArgument);
    assert_eq!(page(String::new(), "x".into()).await.expect_err("no id").code(), Code::InvalidArgument);
}

#[tokio::test]
async fn the_texts_are_shown_with_their_fields() {
    let office = Office::open().await;
    let answer = office.client().list_templates(office.service.as_user(office.facilitator, ListTemplatesRequest {})).await.expect("the texts").into_inner();
    assert_eq!(answer.templates.len(), 16);
    assert!(answer.templates.iter().all(|t| !t.body.is_empty() && !t.fields.is_empty()));
}
