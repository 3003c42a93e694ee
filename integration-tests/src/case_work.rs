//! The second half of the main job: what is done in a case, each step by the call that the pages make for it.

use std::path::Path;

use chrono::{DateTime, TimeDelta, Utc};
use prost_types::Timestamp;
use proto::{
    case::v1::{
        Attendee, CloseCaseRequest, CloseCaseResponse, ListParticipantsRequest,
        ListParticipantsResponse, MoveStageRequest, MoveStageResponse, Participant,
        RecordConsentRequest, RecordConsentResponse, RecordOutcomeRequest, RecordOutcomeResponse,
        ScheduleMeetingRequest, ScheduleMeetingResponse,
    },
    notification::v1::{ListMessagesRequest, ListMessagesResponse, Message},
    people::v1::{
        ContactPoint, GetPersonRequest, GetPersonResponse, SetContactSafetyRequest,
        SetContactSafetyResponse,
    },
};

use crate::{
    rpc::{Caller, Rpc},
    story::case,
};

/// Everyone in a case.
pub async fn participants(rpc: &Rpc<'_>, caller: &Caller, case_id: &str) -> Vec<Participant> {
    let request = ListParticipantsRequest {
        case_id: case_id.into(),
    };
    let answer: ListParticipantsResponse = rpc
        .must(
            caller,
            "case.v1.ParticipantService/ListParticipants",
            &request,
        )
        .await;
    answer.participants
}

/// The participant with a role.
///
/// # Panics
/// Where there is none.
pub async fn participant(rpc: &Rpc<'_>, caller: &Caller, case_id: &str, role: &str) -> Participant {
    participants(rpc, caller, case_id)
        .await
        .into_iter()
        .find(|p| p.role == role)
        .unwrap_or_else(|| panic!("no {role} in the case"))
}

/// Moves a case to a stage.
pub async fn move_stage(rpc: &Rpc<'_>, caller: &Caller, case_id: &str, stage: &str) {
    let etag = case(rpc, caller, case_id).await.etag;
    let request = MoveStageRequest {
        request_id: rpc.new_id(),
        case_id: case_id.into(),
        etag,
        stage: stage.into(),
        reason: String::new(),
    };
    let _: MoveStageResponse = rpc
        .must(caller, "case.v1.CaseService/MoveStage", &request)
        .await;
}

/// Records that somebody agreed, spoken, to each purpose.
pub async fn agree(rpc: &Rpc<'_>, caller: &Caller, participant_id: &str, purposes: &[&str]) {
    for purpose in purposes {
        let request = RecordConsentRequest {
            request_id: rpc.new_id(),
            participant_id: participant_id.into(),
            purpose: (*purpose).into(),
            state: "GIVEN".into(),
            how: "SPOKEN".into(),
            at: Some(timestamp(rpc.clock().now())),
            note: String::new(),
        };
        let _: RecordConsentResponse = rpc
            .must(caller, "case.v1.ParticipantService/RecordConsent", &request)
            .await;
    }
}

/// Says of a person's mobile number whether it is safe, verified with the person.
///
/// # Panics
/// Where the person has none.
pub async fn set_mobile_safety(rpc: &Rpc<'_>, caller: &Caller, person_id: &str, safety: &str) {
    let answer: GetPersonResponse = rpc
        .must(
            caller,
            "people.v1.PeopleService/GetPerson",
            &GetPersonRequest {
                person_id: person_id.into(),
            },
        )
        .await;
    let person = answer.person.expect("a person");
    let mobile: &ContactPoint = person
        .contact_points
        .iter()
        .find(|p| p.kind == "MOBILE")
        .expect("a mobile number");
    let safe = safety == "SAFE";
    let request = SetContactSafetyRequest {
        request_id: rpc.new_id(),
        person_id: person_id.into(),
        contact_point_id: mobile.id.clone(),
        etag: person.etag,
        safety: safety.into(),
        may_text: safe,
        may_leave_voicemail: safe,
        verified: true,
        ..SetContactSafetyRequest::default()
    };
    let _: SetContactSafetyResponse = rpc
        .must(caller, "people.v1.PeopleService/SetContactSafety", &request)
        .await;
}

/// Schedules a meeting in `hours` from now, to which somebody is reminded by text, and gives its id.
pub async fn schedule(
    rpc: &Rpc<'_>,
    caller: &Caller,
    case_id: &str,
    participant_id: &str,
    hours: i64,
) -> String {
    let request = ScheduleMeetingRequest {
        request_id: rpc.new_id(),
        case_id: case_id.into(),
        kind: "CONFERENCE".into(),
        starts_at: Some(timestamp(rpc.clock().now() + TimeDelta::hours(hours))),
        minutes: 90,
        place: "Library, upstairs room".into(),
        mode: "IN_PERSON".into(),
        attendees: vec![Attendee {
            participant_id: participant_id.into(),
            remind_by_text: true,
            ..Attendee::default()
        }],
    };
    let answer: ScheduleMeetingResponse = rpc
        .must(caller, "case.v1.MeetingService/ScheduleMeeting", &request)
        .await;
    answer.meeting_id
}

/// Records a conference that was held today with a full agreement.
pub async fn record_outcome(rpc: &Rpc<'_>, caller: &Caller, case_id: &str) {
    let etag = case(rpc, caller, case_id).await.etag;
    let request = RecordOutcomeRequest {
        request_id: rpc.new_id(),
        case_id: case_id.into(),
        etag,
        intervention: "CONFERENCE".into(),
        held_on: rpc.clock().now().date_naive().to_string(),
        result: "HELD".into(),
        outcomes: vec!["FULL_AGREEMENT".into(), "APOLOGY_GIVEN".into()],
        summary: "Both said that it helped.".into(),
        meeting_id: String::new(),
    };
    let _: RecordOutcomeResponse = rpc
        .must(caller, "case.v1.CaseService/RecordOutcome", &request)
        .await;
}

/// Closes a case.
pub async fn close(rpc: &Rpc<'_>, caller: &Caller, case_id: &str, reason: &str) {
    let etag = case(rpc, caller, case_id).await.etag;
    let request = CloseCaseRequest {
        request_id: rpc.new_id(),
        case_id: case_id.into(),
        etag,
        reason: reason.into(),
        note: String::new(),
    };
    let _: CloseCaseResponse = rpc
        .must(caller, "case.v1.CaseService/CloseCase", &request)
        .await;
}

/// Messages about a case.
pub async fn messages(rpc: &Rpc<'_>, caller: &Caller, case_id: &str) -> Vec<Message> {
    let request = ListMessagesRequest {
        case_id: case_id.into(),
        page_size: 200,
        ..ListMessagesRequest::default()
    };
    let answer: ListMessagesResponse = rpc
        .must(
            caller,
            "notification.v1.MessageService/ListMessages",
            &request,
        )
        .await;
    answer.messages
}

/// Everything that lies in one of the demo's folders of mail or texts and holds these words.
pub fn sent_with(folder: &Path, words: &str) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let texts = entries
        .flatten()
        .filter_map(|entry| std::fs::read_to_string(entry.path()).ok());
    texts
        .map(|text| unfolded(&text))
        .filter(|text| text.contains(words))
        .collect()
}

/// A mail with the soft line ends of quoted-printable taken out, so that words are found across them.
fn unfolded(text: &str) -> String {
    text.replace("=\r\n", "").replace("=\n", "")
}

/// An instant on the wire.
pub fn timestamp(at: DateTime<Utc>) -> Timestamp {
    Timestamp {
        seconds: at.timestamp(),
        nanos: 0,
    }
}
