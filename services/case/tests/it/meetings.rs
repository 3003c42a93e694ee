//! Meetings: reminders follow them, their side hides them, and an open one holds up closing.

use chrono::TimeDelta;
use prost_types::Timestamp;
use proto::case::v1::{
    Attendee, CancelMeetingRequest, CaseTab, CloseCaseRequest, GetMeetingRequest, ListCasesRequest, ListMeetingsRequest, Meeting, RecordAttendanceRequest,
    RescheduleMeetingRequest, ScheduleMeetingRequest,
};
use tonic::{Code, Status};
use uuid::Uuid;

use crate::case_office::{Office, fields, reason};

impl Office {
    fn in_days(&self, days: i64) -> Option<Timestamp> {
        Some(Timestamp { seconds: (self.service.clock.now() + TimeDelta::days(days)).timestamp(), nanos: 0 })
    }

    async fn schedule(&self, user: Uuid, case_id: &str, days: i64, participants: &[&str]) -> Result<String, Status> {
        let attendees = participants.iter().map(|p| Attendee { participant_id: (*p).into(), remind_by_text: true, ..Attendee::default() });
        let request = ScheduleMeetingRequest {
            request_id: self.key(),
            case_id: case_id.into(),
            kind: "PREPARATION".into(),
            starts_at: self.in_days(days),
            minutes: 60,
            place: "4 Mill Lane".into(),
            mode: "IN_PERSON".into(),
            attendees: attendees.collect(),
        };
        Ok(self.meetings().schedule_meeting(self.service.as_user(user, request)).await?.into_inner().meeting_id)
    }

    async fn meeting(&self, user: Uuid, id: &str) -> Result<Meeting, Status> {
        let answer = self.meetings().get_meeting(self.service.as_user(user, GetMeetingRequest { meeting_id: id.into() })).await?;
        Ok(answer.into_inner().meeting.expect("a meeting"))
    }

    async fn of_case(&self, user: Uuid, case_id: &str) -> Vec<Meeting> {
        let request = ListMeetingsRequest { case_id: case_id.into(), ..ListMeetingsRequest::default() };
        self.meetings().list_meetings(self.service.as_user(user, request)).await.expect("meetings").into_inner().meetings
    }
}

#[tokio::test]
async fn a_meeting_is_made_moved_and_cancelled() {
    let office = Office::open().await;
    let id = office.rj().await;
    let harmed = office.participant(&id, "HARMED_PERSON", "Ana").await;
    let harmer = office.participant(&id, "HARMER", "Sam").await;
    office.allocate(&id, office.facilitator, "HARMED").await.expect("allocated");
    office.allocate(&id, office.colleague, "HARMER").await.expect("allocated");

    assert_eq!(fields(office.schedule(office.facilitator, &id, -1, &[&harmed]).await.expect_err("past")), ["starts_at"]);
    assert_eq!(fields(office.schedule(office.facilitator, &id, 7, &[&harmer]).await.expect_err("unseen")), ["attendees"]);
    let meeting = office.schedule(office.facilitator, &id, 7, &[&harmed]).await.expect("scheduled");
    let shown = office.meeting(office.facilitator, &meeting).await.expect("theirs");
    assert_eq!((shown.place.as_str(), shown.state.as_str(), shown.etag.as_str()), ("4 Mill Lane", "SCHEDULED", "1"));
    assert_eq!(office.meeting(office.colleague, &meeting).await.expect_err("the other side's").code(), Code::NotFound);
    assert!(office.of_case(office.colleague, &id).await.is_empty());
    assert_eq!(office.of_case(office.facilitator, &id).await.len(), 1);
    assert_eq!(office.meeting(office.reader, &meeting).await.expect("follows").place, "");
    let later = office.schedule(office.colleague, &id, 8, &[&harmer]).await.expect("scheduled");
    for (user, days) in [(office.lead, 7), (office.facilitator, 7), (office.colleague, 8)] {
        let request = ListCasesRequest { tab: CaseTab::Open.into(), ..ListCasesRequest::default() };
        let listed = office.list(user, request).await.expect("cases").cases.remove(0);
        assert_eq!((office.get(user, &id).await.expect("case").next_meeting_at, listed.next_meeting_at), (office.in_days(days), office.in_days(days)));
    }
    let over = CancelMeetingRequest { request_id: office.key(), meeting_id: later, etag: "1".into(), reason: "STAFF".into() };
    office.meetings().cancel_meeting(office.service.as_user(office.colleague, over)).await.expect("cancelled");
    assert_eq!(office.get(office.colleague, &id).await.expect("case").next_meeting_at, None, "the other side's is not theirs");

    let close = CloseCaseRequest {
        request_id: office.key(),
        case_id: id.clone(),
        etag: office.etag(&id).await,
        reason: "HARMED_WITHDREW".into(),
        note: String::new(),
    };
    let refused = office.cases().close_case(office.service.as_user(office.facilitator, close)).await.expect_err("a meeting is ahead");
    assert_eq!((refused.code(), reason(refused)), (Code::FailedPrecondition, "MEETINGS_OPEN".into()));

    let moved = RescheduleMeetingRequest {
        request_id: office.key(),
        meeting_id: meeting.clone(),
        etag: "1".into(),
        starts_at: office.in_days(9),
        minutes: 90,
        place: "The library".into(),
        reason: "HARMED_REQUEST".into(),
    };
    let etag = office.meetings().reschedule_meeting(office.service.as_user(office.facilitator, moved.clone())).await.expect("moved").into_inner().etag;
    assert_eq!(etag, "2");
    let stale = RescheduleMeetingRequest { request_id: office.key(), ..moved };
    assert_eq!(office.meetings().reschedule_meeting(office.service.as_user(office.facilitator, stale)).await.expect_err("stale").code(), Code::Aborted);
    let cancel = CancelMeetingRequest { request_id: office.key(), meeting_id: meeting.clone(), etag, reason: "STAFF".into() };
    office.meetings().cancel_meeting(office.service.as_user(office.facilitator, cancel)).await.expect("cancelled");
    assert_eq!(office.get(office.lead, &id).await.expect("case").next_meeting_at, None);
    let outbox = office.outbox().await;
    assert_eq!(outbox.iter().filter(|t| *t == "events.v1.MeetingScheduled").count(), 3);
    assert_eq!(outbox.iter().filter(|t| *t == "events.v1.MeetingCancelled").count(), 2);
}

#[tokio::test]
async fn how_it_went_is_recorded_once_it_began() {
    let office = Office::open().await;
    let id = office.rj().await;
    let harmed = office.participant(&id, "HARMED_PERSON", "Ana").await;
    let meeting = office.schedule(office.coordinator, &id, 1, &[&harmed]).await.expect("scheduled");
    let record = |result: &str| RecordAttendanceRequest {
        request_id: office.key(),
        meeting_id: meeting.clone(),
        etag: "1".into(),
        result: result.into(),
        result_reason: String::new(),
        attendees: vec![Attendee { participant_id: harmed.clone(), attendance: "CAME".into(), ..Attendee::default() }],
    };
    let early = office.meetings().record_attendance(office.service.as_user(office.coordinator, record("HELD"))).await.expect_err("not begun");
    assert_eq!(reason(early), "MEETING_AHEAD");
    office.service.clock.advance(TimeDelta::days(1));
    let why = office.meetings().record_attendance(office.service.as_user(office.coordinator, record("POSTPONED"))).await.expect_err("no reason");
    assert_eq!(fields(why), ["result_reason"]);
    office.meetings().record_attendance(office.service.as_user(office.coordinator, record("HELD"))).await.expect("recorded");
    let shown = office.meeting(office.coordinator, &meeting).await.expect("meeting");
    assert_eq!((shown.state.as_str(), shown.attendees[0].attendance.as_str()), ("HELD", "CAME"));
}
