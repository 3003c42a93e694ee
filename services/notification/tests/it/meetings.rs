//! Reminders of meetings.

use chrono::{DateTime, TimeDelta, Utc};
use proto::{
    events::v1::{MeetingCancelled, MeetingScheduled, Reminder},
    people::v1::ResolveForSendingResponse,
};
use uuid::Uuid;

use crate::office::{Office, PARTICIPANT, stamp};

struct Meeting {
    office: Office,
    case: Uuid,
    id: Uuid,
    participant: Uuid,
}

impl Meeting {
    async fn new() -> Self {
        let office = Office::open().await;
        let (case, id, participant) = (office.case().await, office.id(), office.id());
        Self { office, case, id, participant }
    }

    async fn at(&self, version: i64, starts_at: DateTime<Utc>) {
        let reminders = vec![Reminder { participant_id: self.participant.to_string(), channel: "SMS".into(), side: "HARMED".into() }];
        let event = MeetingScheduled { meeting_id: self.id.to_string(), case_id: self.case.to_string(), starts_at: stamp(starts_at), reminders };
        self.office.tell(self.id, version, &event).await;
    }

    async fn cancel(&self, version: i64) {
        self.office.tell(self.id, version, &MeetingCancelled { meeting_id: self.id.to_string(), case_id: self.case.to_string() }).await;
    }

    fn pass(&self, hours: i64) {
        self.office.service.clock.advance(TimeDelta::hours(hours));
    }
}

#[tokio::test]
async fn a_text_goes_a_day_before_with_date_and_time_and_no_more() {
    let m = Meeting::new().await;
    m.at(1, m.office.now() + TimeDelta::hours(48)).await;
    m.office.send().await;
    assert_eq!(m.office.states().await, ["meeting_reminder SMS QUEUED"]);
    m.pass(24);
    m.office.send().await;
    let texts = m.office.files("texts");
    assert_eq!(texts.len(), 1);
    assert!(texts[0].starts_with("To: 07700900123\n\nReminder: your appointment is on "), "{}", texts[0]);
}

#[tokio::test]
async fn a_cancelled_meeting_is_not_reminded_of() {
    let m = Meeting::new().await;
    m.at(1, m.office.now() + TimeDelta::hours(48)).await;
    m.cancel(2).await;
    m.pass(24);
    m.office.send().await;
    assert_eq!(m.office.states().await, ["meeting_reminder SMS CANCELLED MEETING_CHANGED"]);
    assert!(m.office.files("texts").is_empty());
}

#[tokio::test]
async fn an_older_event_that_comes_late_changes_nothing() {
    let m = Meeting::new().await;
    m.cancel(2).await;
    m.at(1, m.office.now() + TimeDelta::hours(1)).await;
    assert!(m.office.states().await.is_empty());
}

#[tokio::test]
async fn who_was_reminded_is_told_of_a_change_and_of_the_new_time() {
    let m = Meeting::new().await;
    m.at(1, m.office.now() + TimeDelta::hours(10)).await;
    m.office.send().await;
    m.at(2, m.office.now() + TimeDelta::hours(72)).await;
    m.office.send().await;
    assert_eq!(m.office.states().await, ["meeting_cancelled SMS SENT", "meeting_reminder SMS QUEUED", "meeting_reminder SMS SENT"]);
    m.pass(48);
    m.office.send().await;
    m.cancel(3).await;
    m.office.send().await;
    let states = m.office.states().await;
    assert_eq!(states, ["meeting_cancelled SMS SENT", "meeting_cancelled SMS SENT", "meeting_reminder SMS SENT", "meeting_reminder SMS SENT"]);
    assert_eq!(m.office.files("texts").len(), 4);
}

#[tokio::test]
async fn outside_safe_hours_it_waits_for_them() {
    let m = Meeting::new().await;
    let later = m.office.now() + TimeDelta::hours(3);
    let closed = ResolveForSendingResponse { reason: "OUTSIDE_SAFE_HOURS".into(), not_before: stamp(later), ..Default::default() };
    m.office.gate(PARTICIPANT, &closed);
    m.at(1, m.office.now() + TimeDelta::hours(10)).await;
    m.office.send().await;
    assert_eq!(m.office.states().await, ["meeting_reminder SMS WAITING OUTSIDE_SAFE_HOURS"]);
    m.office.gate(PARTICIPANT, &ResolveForSendingResponse { allowed: true, address: "07700900123".into(), ..Default::default() });
    m.pass(3);
    m.office.send().await;
    assert_eq!(m.office.states().await, ["meeting_reminder SMS SENT"]);
}
