//! The main job in steps, each by the call that the pages make for it.

use std::path::Path;

use chrono::{DateTime, TimeDelta, Utc};
use prost_types::Timestamp;
use proto::{
    case::v1::{
        AllocateCaseRequest, AllocateCaseResponse, Attendee, Case, CloseCaseRequest,
        CloseCaseResponse, GetCaseRequest, GetCaseResponse, ListParticipantsRequest,
        ListParticipantsResponse, MoveStageRequest, MoveStageResponse, Participant,
        RecordConsentRequest, RecordConsentResponse, RecordOutcomeRequest, RecordOutcomeResponse,
        ScheduleMeetingRequest, ScheduleMeetingResponse,
    },
    notification::v1::{ListMessagesRequest, ListMessagesResponse, Message},
    people::v1::{
        ContactPoint, GetPersonRequest, GetPersonResponse, SetContactSafetyRequest,
        SetContactSafetyResponse,
    },
    referral::v1::{
        AcceptReferralRequest, AcceptReferralResponse, GetReferralRequest, GetReferralResponse,
        ListReferralsRequest, ListReferralsResponse, PartyDecision, PartyInput, Referral,
        ReferralInput, Referrer, SafeContact, SaveDraftRequest, SaveDraftResponse,
        StartDraftRequest, StartDraftResponse, StartTriageRequest, StartTriageResponse,
        SubmitDraftRequest, SubmitDraftResponse, SubmitReferralRequest, SubmitReferralResponse,
    },
};
use uuid::Uuid;

use crate::{
    demo::Tenant,
    rpc::{Caller, Rpc},
    wait::until,
};

/// A family name that no other record has; letters only, as names go.
pub fn family_name(rpc: &Rpc<'_>) -> String {
    let id: Uuid = rpc.new_id().parse().expect("a new id");
    let letters: String = id.as_bytes()[6..]
        .iter()
        .map(|b| char::from(b'a' + b % 26))
        .collect();
    format!("Q{letters}")
}

fn party(role: &str, given: &str, family: &str) -> PartyInput {
    PartyInput {
        role: role.into(),
        given_name: given.into(),
        family_name: family.into(),
        ..PartyInput::default()
    }
}

/// What a professional or a partner's system tells: two people, with the harmed person's telephone and address.
pub fn professional_input(family: &str) -> ReferralInput {
    let harmed = PartyInput {
        email: format!("{}@people.example.org", family.to_lowercase()),
        phone: "07700 900461".into(),
        date_of_birth: "1984-05-17".into(),
        ..party("HARMED_PERSON", "Maren", family)
    };
    ReferralInput {
        initiated_by: "PROFESSIONAL".into(),
        submitted_by: "PROFESSIONAL".into(),
        source: "POLICE_OIC".into(),
        parties: vec![harmed, party("HARMER", "Rufus", &format!("{family}son"))],
        harm_type: "BUR.RES".into(),
        what_happened: "The back door was forced and jewellery was taken.".into(),
        harm_date: "2026-06-02".into(),
        referrer: Some(Referrer {
            name: "Desk officer".into(),
            organisation: "Northvale Police".into(),
            ..Referrer::default()
        }),
        agrees_to_contact: true,
        case_kind: "RESTORATIVE_JUSTICE".into(),
        ..ReferralInput::default()
    }
}

/// What somebody tells on the public form who was harmed and may be texted at any time.
pub fn public_input(family: &str) -> ReferralInput {
    let harmed = PartyInput {
        phone: "07700 900462".into(),
        safe_contact: Some(SafeContact {
            text: true,
            phone: true,
            voicemail: true,
            ..SafeContact::default()
        }),
        ..party("HARMED_PERSON", "Ilse", family)
    };
    ReferralInput {
        initiated_by: "HARMED".into(),
        submitted_by: "SELF".into(),
        source: "SELF".into(),
        parties: vec![harmed, party("HARMER", "Otto", &format!("{family}son"))],
        harm_type: "ARS.CD".into(),
        what_happened: "My fence was broken and I would like to understand why.".into(),
        agrees_to_contact: true,
        privacy_version: "1".into(),
        case_kind: "RESTORATIVE_JUSTICE".into(),
        ..ReferralInput::default()
    }
}

/// Sends the public form of a tenant and gives the reference on its last page.
pub async fn send_public_form(rpc: &Rpc<'_>, tenant: &Tenant, input: ReferralInput) -> String {
    let public = Caller::Public(tenant.clone());
    let draft: StartDraftResponse = rpc
        .must(
            &public,
            "referral.v1.PublicReferralService/StartDraft",
            &StartDraftRequest {},
        )
        .await;
    let save = SaveDraftRequest {
        draft_secret: draft.draft_secret.clone(),
        input: Some(input),
    };
    let _: SaveDraftResponse = rpc
        .must(
            &public,
            "referral.v1.PublicReferralService/SaveDraft",
            &save,
        )
        .await;
    let submit = SubmitDraftRequest {
        draft_secret: draft.draft_secret,
    };
    let sent: SubmitDraftResponse = rpc
        .must(
            &public,
            "referral.v1.PublicReferralService/SubmitDraft",
            &submit,
        )
        .await;
    let again: SubmitDraftResponse = rpc
        .must(
            &public,
            "referral.v1.PublicReferralService/SubmitDraft",
            &submit,
        )
        .await;
    assert_eq!(
        again.reference, sent.reference,
        "the same draft is one referral"
    );
    sent.reference
}

/// Sends a referral as staff.
pub async fn submit(
    rpc: &Rpc<'_>,
    caller: &Caller,
    input: ReferralInput,
    node: &str,
) -> SubmitReferralResponse {
    let request = SubmitReferralRequest {
        request_id: rpc.new_id(),
        input: Some(input),
        owner_node_id: node.into(),
    };
    rpc.must(
        caller,
        "referral.v1.ReferralService/SubmitReferral",
        &request,
    )
    .await
}

/// Finds the referral with a reference in the caller's list, page by page.
///
/// # Panics
/// Where it is in none.
pub async fn find_referral(rpc: &Rpc<'_>, caller: &Caller, reference: &str) -> Referral {
    let mut request = ListReferralsRequest {
        page_size: 200,
        ..ListReferralsRequest::default()
    };
    loop {
        let page: ListReferralsResponse = rpc
            .must(
                caller,
                "referral.v1.ReferralService/ListReferrals",
                &request,
            )
            .await;
        if let Some(found) = page
            .referrals
            .into_iter()
            .find(|r| r.reference == reference)
        {
            return found;
        }
        assert!(
            !page.next_page_token.is_empty(),
            "{reference} is in no page of the caller's list"
        );
        request.page_token = page.next_page_token;
    }
}

/// One referral.
pub async fn referral(rpc: &Rpc<'_>, caller: &Caller, id: &str) -> Referral {
    let answer: GetReferralResponse = rpc
        .must(
            caller,
            "referral.v1.ReferralService/GetReferral",
            &GetReferralRequest {
                referral_id: id.into(),
            },
        )
        .await;
    answer.referral.expect("a referral")
}

/// Takes a referral into triage and accepts it into a new case at an agency, everyone in it a new person. Gives the
/// case's id.
pub async fn accept(rpc: &Rpc<'_>, coordinator: &Caller, referral_id: &str, node: &str) -> String {
    let triage = StartTriageRequest {
        request_id: rpc.new_id(),
        referral_id: referral_id.into(),
    };
    let _: StartTriageResponse = rpc
        .must(
            coordinator,
            "referral.v1.ReferralService/StartTriage",
            &triage,
        )
        .await;
    let referral = referral(rpc, coordinator, referral_id).await;
    accept_with(rpc, coordinator, &referral, node).await
}

/// Accepts a referral that is in triage, as [`accept`].
pub async fn accept_with(
    rpc: &Rpc<'_>,
    coordinator: &Caller,
    referral: &Referral,
    node: &str,
) -> String {
    let request = acceptance(rpc, referral, node);
    let accepted: AcceptReferralResponse = rpc
        .must(
            coordinator,
            "referral.v1.ReferralService/AcceptReferral",
            &request,
        )
        .await;
    accepted.case_id
}

/// The request that accepts a referral in triage into a new case at an agency, everyone in it a new person.
pub fn acceptance(rpc: &Rpc<'_>, referral: &Referral, node: &str) -> AcceptReferralRequest {
    AcceptReferralRequest {
        request_id: rpc.new_id(),
        referral_id: referral.id.clone(),
        etag: referral.etag.clone(),
        case_kind: "RESTORATIVE_JUSTICE".into(),
        owner_node_id: node.into(),
        parties: referral
            .party_ids
            .iter()
            .map(|party_id| PartyDecision {
                party_id: party_id.clone(),
                ..PartyDecision::default()
            })
            .collect(),
        ..AcceptReferralRequest::default()
    }
}

/// Waits until a case has opened.
pub async fn opened(rpc: &Rpc<'_>, caller: &Caller, case_id: &str) -> Case {
    let request = GetCaseRequest {
        case_id: case_id.into(),
    };
    until("the case opens", async || {
        rpc.ask::<GetCaseResponse>(caller, "case.v1.CaseService/GetCase", &request)
            .await
            .ok()
            .and_then(|a| a.case)
    })
    .await
}

/// One case.
pub async fn case(rpc: &Rpc<'_>, caller: &Caller, case_id: &str) -> Case {
    let answer: GetCaseResponse = rpc
        .must(
            caller,
            "case.v1.CaseService/GetCase",
            &GetCaseRequest {
                case_id: case_id.into(),
            },
        )
        .await;
    answer.case.expect("a case")
}

/// Allocates a case for both sides and gives its allocation.
pub async fn allocate(rpc: &Rpc<'_>, coordinator: &Caller, case_id: &str, user_id: &str) -> String {
    let etag = case(rpc, coordinator, case_id).await.etag;
    let request = AllocateCaseRequest {
        request_id: rpc.new_id(),
        case_id: case_id.into(),
        etag,
        user_id: user_id.into(),
        side: "BOTH".into(),
        lead: true,
        last_day: String::new(),
    };
    let answer: AllocateCaseResponse = rpc
        .must(coordinator, "case.v1.CaseService/AllocateCase", &request)
        .await;
    answer.allocation_id
}

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
