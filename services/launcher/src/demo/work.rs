//! A case of the demonstration, from its allocation to its end.

use anyhow::{Context, Result};
use chrono::TimeDelta;
use proto::{
    case::v1::{
        AddNoteRequest, AllocateCaseRequest, Attendee, CloseCaseRequest, GetCaseRequest, GetParticipantRequest, ListMeetingsRequest, ListParticipantsRequest, MoveStageRequest, Participant,
        RecordAttendanceRequest, RecordConsentRequest, RecordContactAttemptRequest, RecordOutcomeRequest, ScheduleMeetingRequest, SetParticipationStatusRequest,
        case_service_client::CaseServiceClient, meeting_service_client::MeetingServiceClient, note_service_client::NoteServiceClient, participant_service_client::ParticipantServiceClient,
    },
    people::v1::{Demographics, GetPersonRequest, SetContactSafetyRequest, SetDemographicsRequest, people_service_client::PeopleServiceClient},
};

use super::{client::As, invent::NOTES, plan::Side, teller::{State, Teller}};
use crate::call;

impl Teller<'_> {
    pub(super) async fn etag(&self, state: &State, caller: As) -> Result<String> {
        let desk = self.desk();
        let message = GetCaseRequest { case_id: state.case.clone() };
        Ok(call!(desk, caller, "case", CaseServiceClient::get_case, message).await?.case.context("a case")?.etag)
    }

    pub(super) async fn allocate(&self, state: &State) -> Result<()> {
        let desk = self.desk();
        let etag = self.etag(state, self.coordinator()).await?;
        let message = AllocateCaseRequest { request_id: self.id(), case_id: state.case.clone(), etag, user_id: self.facilitator_id().to_string(), side: "BOTH".into(), lead: true, last_day: String::new() };
        call!(desk, self.coordinator(), "case", CaseServiceClient::allocate_case, message).await.map(drop)
    }

    pub(super) async fn move_to(&self, state: &State, stage: &str) -> Result<()> {
        let desk = self.desk();
        let etag = self.etag(state, self.facilitator()).await?;
        let message = MoveStageRequest { request_id: self.id(), case_id: state.case.clone(), etag, stage: stage.into(), reason: String::new() };
        call!(desk, self.facilitator(), "case", CaseServiceClient::move_stage, message).await.map(drop)
    }

    pub(super) async fn note(&self, state: &State, side: &str) -> Result<()> {
        let desk = self.desk();
        let text = *self.dice(self.client.clock.now().timestamp().unsigned_abs()).pick(&NOTES);
        let message = AddNoteRequest {
            request_id: self.id(),
            case_id: state.case.clone(),
            side: side.into(),
            readers: "EVERYONE".into(),
            kind: "CONTACT".into(),
            text: text.into(),
            happened_at: Some(self.stamp()),
            participant_id: String::new(),
        };
        call!(desk, self.facilitator(), "case", NoteServiceClient::add_note, message).await.map(drop)
    }

    pub(super) async fn participants(&self, state: &State) -> Result<Vec<Participant>> {
        let desk = self.desk();
        let message = ListParticipantsRequest { case_id: state.case.clone() };
        Ok(call!(desk, self.facilitator(), "case", ParticipantServiceClient::list_participants, message).await?.participants)
    }

    pub(super) async fn status(&self, participant: &str, status: &str) -> Result<()> {
        let desk = self.desk();
        let message = GetParticipantRequest { participant_id: participant.into() };
        let etag = call!(desk, self.facilitator(), "case", ParticipantServiceClient::get_participant, message).await?.participant.context("a participant")?.etag;
        let message = SetParticipationStatusRequest { request_id: self.id(), participant_id: participant.into(), etag, status: status.into(), reason: String::new() };
        call!(desk, self.facilitator(), "case", ParticipantServiceClient::set_participation_status, message).await.map(drop).with_context(|| format!("to {status}"))
    }

    pub(super) async fn first_contact(&self, state: &State) -> Result<()> {
        let desk = self.desk();
        self.move_to(state, "INITIAL_CONTACT").await?;
        let people = self.participants(state).await?;
        let Some(harmed) = people.iter().find(|p| p.role == "HARMED_PERSON") else { return Ok(()) };
        self.status(&harmed.id, "CONTACTING").await?;
        let mut dice = self.dice(3);
        let result = if dice.in_hundred(60) { "REACHED" } else { "NO_ANSWER" };
        let message = RecordContactAttemptRequest { request_id: self.id(), participant_id: harmed.id.clone(), at: Some(self.stamp()), channel: "MOBILE".into(), result: result.into(), note: String::new() };
        call!(desk, self.facilitator(), "case", ParticipantServiceClient::record_contact_attempt, message).await?;
        self.note(state, "HARMED").await
    }

    pub(super) async fn engage(&self, state: &State, side: Side) -> Result<()> {
        let desk = self.desk();
        let role = if side == Side::Harmed { "HARMED_PERSON" } else { "HARMER" };
        let people = self.participants(state).await?;
        let Some(participant) = people.iter().find(|p| p.role == role) else { return Ok(()) };
        self.verify_contacts(&participant.person_id).await?;
        for purpose in ["TAKE_PART", "SMS"] {
            let known = participant.consents.iter().any(|c| c.purpose == purpose);
            if !known {
                let message = RecordConsentRequest { request_id: self.id(), participant_id: participant.id.clone(), purpose: purpose.into(), state: "GIVEN".into(), how: "SPOKEN".into(), at: Some(self.stamp()), note: String::new() };
                call!(desk, self.facilitator(), "case", ParticipantServiceClient::record_consent, message).await.with_context(|| purpose)?;
            }
        }
        self.status(&participant.id, "ENGAGED").await?;
        if self.number % 6 == 4 {
            return self.status(&participant.id, "DECLINED").await;
        }
        self.status(&participant.id, "CONSENTED").await?;
        self.note(state, if side == Side::Harmed { "HARMED" } else { "HARMER" }).await
    }

    /// Asks the person which contact point is safe, and records their answer.
    pub(super) async fn verify_contacts(&self, person_id: &str) -> Result<()> {
        let desk = self.desk();
        let get = GetPersonRequest { person_id: person_id.to_owned() };
        let person = call!(desk, self.facilitator(), "case", PeopleServiceClient::get_person, get.clone()).await?.person.context("a person")?;
        let mut etag = person.etag;
        let unsafe_one = self.dice(4).in_hundred(12);
        for point in person.contact_points.iter().filter(|p| matches!(p.kind.as_str(), "MOBILE" | "EMAIL")) {
            let message = SetContactSafetyRequest {
                request_id: self.id(),
                person_id: person_id.to_owned(),
                contact_point_id: point.id.clone(),
                etag,
                safety: if unsafe_one { "UNSAFE" } else { "SAFE" }.into(),
                may_text: !unsafe_one && point.kind == "MOBILE",
                may_leave_voicemail: false,
                may_write: !unsafe_one && point.kind == "EMAIL",
                safe_from: String::new(),
                safe_to: String::new(),
                words: String::new(),
                verified: true,
                review_on: String::new(),
            };
            etag = call!(desk, self.facilitator(), "case", PeopleServiceClient::set_contact_safety, message).await?.etag;
        }
        if self.dice(5).in_hundred(50) {
            let demographics = Demographics { disability: "N".into(), relationship_status: "PNTS".into(), ..Demographics::default() };
            let message = SetDemographicsRequest { request_id: self.id(), person_id: person_id.to_owned(), etag, demographics: Some(demographics) };
            call!(desk, self.facilitator(), "case", PeopleServiceClient::set_demographics, message).await?;
        }
        Ok(())
    }

    pub(super) async fn assess(&self, state: &State) -> Result<()> {
        self.move_to(state, "ASSESSMENT").await?;
        self.note(state, "BOTH").await
    }

    pub(super) async fn prepare(&self, state: &State) -> Result<()> {
        self.move_to(state, "PREPARATION").await?;
        for participant in self.participants(state).await?.iter().filter(|p| p.status == "CONSENTED") {
            self.status(&participant.id, "PREPARING").await?;
        }
        self.note(state, "BOTH").await
    }

    pub(super) async fn schedule(&self, state: &mut State) -> Result<()> {
        let desk = self.desk();
        let people = self.participants(state).await?;
        for participant in people.iter().filter(|p| p.status == "PREPARING") {
            self.status(&participant.id, "READY").await?;
        }
        self.move_to(state, "INTERVENTION_PLANNED").await?;
        // At 10:00 on the seventh day: the reminder is due on the sixth, after that day has begun.
        let starts_at = self.client.clock.now() + TimeDelta::days(7) - TimeDelta::minutes(5);
        let message = ScheduleMeetingRequest {
            request_id: self.id(),
            case_id: state.case.clone(),
            kind: "FACE_TO_FACE_MEETING".into(),
            starts_at: Some(gateway::text::timestamp(starts_at)),
            minutes: 90,
            place: "Northvale Library, meeting room 2".into(),
            mode: "IN_PERSON".into(),
            attendees: people.iter().map(|p| Attendee { participant_id: p.id.clone(), remind_by_text: true, remind_by_email: false, attendance: String::new() }).collect(),
        };
        state.meeting = call!(desk, self.facilitator(), "case", MeetingServiceClient::schedule_meeting, message).await?.meeting_id;
        Ok(())
    }

    pub(super) async fn meet(&self, state: &State) -> Result<()> {
        let desk = self.desk();
        let list = ListMeetingsRequest { case_id: state.case.clone(), page_size: 50, ..ListMeetingsRequest::default() };
        let meetings = call!(desk, self.facilitator(), "case", MeetingServiceClient::list_meetings, list).await?.meetings;
        let meeting = meetings.into_iter().find(|m| m.id == state.meeting).context("the meeting")?;
        let message = RecordAttendanceRequest {
            request_id: self.id(),
            meeting_id: meeting.id.clone(),
            etag: meeting.etag,
            result: "HELD".into(),
            result_reason: String::new(),
            attendees: meeting.attendees.iter().map(|a| Attendee { attendance: "CAME".into(), ..a.clone() }).collect(),
        };
        call!(desk, self.facilitator(), "case", MeetingServiceClient::record_attendance, message).await?;
        let etag = self.etag(state, self.facilitator()).await?;
        let mut dice = self.dice(6);
        let message = RecordOutcomeRequest {
            request_id: self.id(),
            case_id: state.case.clone(),
            etag,
            intervention: (*dice.pick(&["FACE_TO_FACE_MEETING", "SHUTTLE_MEDIATION", "LETTER_OF_APOLOGY"])).into(),
            held_on: self.client.clock.now().date_naive().to_string(),
            result: "HELD".into(),
            outcomes: vec![(*dice.pick(&["FULL_AGREEMENT", "QUESTIONS_ANSWERED", "APOLOGY_GIVEN", "NO_AGREEMENT_NEEDED"])).into()],
            summary: "Everyone could say what they wanted to say.".into(),
            meeting_id: state.meeting.clone(),
        };
        call!(desk, self.facilitator(), "case", CaseServiceClient::record_outcome, message).await?;
        for participant in self.participants(state).await?.iter().filter(|p| p.status == "READY") {
            self.status(&participant.id, "PARTICIPATED").await?;
        }
        Ok(())
    }

    pub(super) async fn close(&self, state: &State, reason: &str) -> Result<()> {
        let desk = self.desk();
        let etag = self.etag(state, self.coordinator()).await?;
        let message = CloseCaseRequest { request_id: self.id(), case_id: state.case.clone(), etag, reason: reason.into(), note: String::new() };
        call!(desk, self.coordinator(), "case", CaseServiceClient::close_case, message).await.map(drop)
    }
}
