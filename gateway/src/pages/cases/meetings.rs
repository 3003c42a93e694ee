//! Meetings of a case, and one meeting with how it went.

use axum::extract::Path;
use chrono::{DateTime, Utc};
use proto::case::v1::{
    Attendee, GetMeetingRequest, ListMeetingsRequest, Meeting, Participant, RecordAttendanceRequest, meeting_service_client::MeetingServiceClient,
};
use serde::Serialize;

use super::{
    bar::{self, CaseBar, Opened},
    form_page::{clashed, etag, key, refused},
    messages, participants, words,
};
use crate::{
    error_page::{ErrorPage, OrErrorPage},
    forms::{FormState, ProtectedForm},
    page::{PageResult, StaffPage},
    pages::names::Names,
    rpc, text,
    view::{Cell, Choice, Column, Link, PageTemplate, Shown, SummaryRow, Table},
};

/// Meetings asked for at once; a case has few.
const PAGE: i32 = 200;

/// Context of the list.
#[derive(Serialize)]
pub struct MeetingsPage {
    bar: CaseBar,
    add: Option<Link>,
    meetings: Table,
    messages: Option<Table>,
}

impl PageTemplate for MeetingsPage {
    const TEMPLATE: &'static str = "pages/cases/meetings.html";

    fn samples() -> Vec<Self> {
        let (meeting, people) = (sample(), [participants::sample()]);
        let message = proto::notification::v1::Message { template: "meeting_reminder".into(), channel: "SMS".into(), state: "NOT_SENT".into(), reason: "CONTACT_UNKNOWN".into(), participant_id: "2".into(), ..Default::default() };
        vec![
            Self {
                bar: bar::sample(),
                add: Some(Link::new("Schedule meeting", "/t/example/cases/1/meetings/new")),
                meetings: table(&[meeting], &people, "/t/example/cases/1/meetings"),
                messages: Some(messages::table(&[message], &people, &Names::default())),
            },
            Self { bar: bar::bare_sample(), add: None, meetings: table(&[], &[], ""), messages: None },
            Self { bar: bar::sample(), add: None, meetings: table(&[], &[], ""), messages: Some(messages::table(&[], &[], &Names::default())) },
        ]
    }
}

fn sample() -> Meeting {
    let at = DateTime::<Utc>::from_timestamp(1_809_437_400, 0).map(text::timestamp);
    Meeting {
        id: "8".into(), case_id: "1".into(), etag: "1".into(), kind: "PREPARATION".into(), starts_at: at, minutes: 60, place: "Library, Room 2".into(), mode: "IN_PERSON".into(),
        state: "SCHEDULED".into(), attendees: vec![Attendee { participant_id: "2".into(), remind_by_text: true, remind_by_email: false, attendance: "UNKNOWN".into() }], ..Default::default()
    }
}

/// Every meeting of a case, the next one first.
///
/// # Errors
/// The service's as a page.
pub async fn list(page: &StaffPage, case_id: &str) -> Result<Vec<Meeting>, ErrorPage> {
    let request = ListMeetingsRequest { case_id: case_id.to_owned(), page_size: PAGE, ..Default::default() };
    Ok(rpc!(page, "case", MeetingServiceClient::list_meetings, request).await.or_page(page)?.meetings)
}

fn table(meetings: &[Meeting], people: &[Participant], base: &str) -> Table {
    let rows = meetings.iter().map(|m| {
        let who: Vec<String> = m.attendees.iter().filter_map(|a| people.iter().find(|p| p.id == a.participant_id)).map(participants::called).collect();
        vec![
            Cell::link(bar::at(m.starts_at.as_ref()), format!("{base}/{}", m.id)).note(words::meeting_kind(&m.kind)),
            Cell::tag(words::meeting_tag(&m.state)),
            Cell::new(Shown::field("place", &m.masked_paths, &m.place)).note(words::word(&words::MODES, &m.mode)),
            Cell::new(Shown::text(who.join(", "))),
        ]
    });
    Table { caption: "Meetings".into(), columns: ["When and what", "State", "Where", "Who"].map(Column::new).into(), rows: rows.collect() }
}

/// Shows the meetings, and the messages about the case.
///
/// # Errors
/// The services' as a page.
pub async fn get(page: StaffPage, Path((_, id)): Path<(String, String)>) -> PageResult {
    let (case, meetings, people, sent) = tokio::join!(bar::load(&page, &id), list(&page, &id), participants::list(&page, &id), messages::list(&page, &id, ""));
    let (case, meetings, people, sent) = (case?, meetings?, people?, sent?);
    let names = Names::load(&page, sent.iter().flatten().map(|m| m.user_id.clone()).collect()).await;
    let view = MeetingsPage {
        bar: case.bar("/meetings"),
        add: case.may("SCHEDULE").then(|| Link::new("Schedule meeting", case.href("/meetings/new"))),
        meetings: table(&meetings, &people, &case.href("/meetings")),
        messages: sent.map(|m| messages::table(&m, &people, &names)),
    };
    page.render(&case.frame(&page, "Meetings"), &view)
}

/// A question about one attendee.
#[derive(Clone, Serialize)]
struct Came {
    field: String,
    legend: String,
}

/// Context of one meeting.
#[derive(Serialize)]
pub struct MeetingPage {
    bar: CaseBar,
    rows: Vec<SummaryRow>,
    attendees: Table,
    links: Vec<Link>,
    record: Option<String>,
    came: Vec<Came>,
    answers: Vec<Choice>,
    results: Vec<Choice>,
    reasons: Vec<Choice>,
    messages: Option<Table>,
    form: FormState,
}

impl PageTemplate for MeetingPage {
    const TEMPLATE: &'static str = "pages/cases/meeting.html";

    fn samples() -> Vec<Self> {
        let people = [participants::sample()];
        let page = |meeting: &Meeting, may: bool, form: FormState| {
            let base = "/t/example/cases/1/meetings/8".to_owned();
            view(bar::sample(), meeting, &people, "Alex Example".into(), base, Allowed { change: may, record: may }, may.then(|| Link::new("Record outcome", "/t/example/cases/1/outcomes/new")), may.then(|| messages::table(&[], &people, &Names::default())), form)
        };
        let mut wrong = FormState::new(uuid::Uuid::nil());
        wrong.fail("result", "Select how the meeting went");
        let held = Meeting { state: "HELD".into(), result: "HELD".into(), cancel_reason: "OTHER".into(), masked_paths: vec!["place".into()], attendees: Vec::new(), ..sample() };
        vec![page(&sample(), true, FormState::new(uuid::Uuid::nil())), page(&sample(), true, wrong), page(&held, false, FormState::default())]
    }
}

#[derive(Clone, Copy)]
struct Allowed {
    change: bool,
    record: bool,
}

#[expect(clippy::too_many_arguments, reason = "the parts of one page, put together in one place")]
fn view(bar: CaseBar, m: &Meeting, people: &[Participant], by: String, base: String, allowed: Allowed, outcome: Option<Link>, messages: Option<Table>, form: FormState) -> MeetingPage {
    let called = |id: &str| people.iter().find(|p| p.id == id).map_or_else(|| "A participant".to_owned(), participants::called);
    let mut rows = vec![
        SummaryRow::new("What for", words::meeting_kind(&m.kind)),
        SummaryRow::new("State", "").tagged(words::meeting_tag(&m.state)),
        SummaryRow::new("When", bar::at(m.starts_at.as_ref())),
        SummaryRow::new("How long", format!("{} minutes", m.minutes)),
        SummaryRow::new("How", words::word(&words::MODES, &m.mode)),
        SummaryRow::new("Where", Shown::field("place", &m.masked_paths, &m.place)),
        SummaryRow::new("Scheduled by", by),
    ];
    if !m.result.is_empty() {
        rows.push(SummaryRow::new("How it went", text::label("session_result", &m.result)));
    }
    if !m.cancel_reason.is_empty() {
        rows.push(SummaryRow::new("Reason", words::meeting_reason(&m.cancel_reason)));
    }
    let attendees = m.attendees.iter().map(|a| {
        let reminders: Vec<&str> = [(a.remind_by_text, "text"), (a.remind_by_email, "email")].into_iter().filter(|(yes, _)| *yes).map(|(_, how)| how).collect();
        let came = match a.attendance.as_str() {
            "CAME" => "Came",
            "DID_NOT_COME" => "Did not come",
            _ => "Not recorded",
        };
        vec![Cell::new(called(&a.participant_id)), Cell::new(if reminders.is_empty() { "No reminder".to_owned() } else { format!("By {}", reminders.join(" and ")) }), Cell::new(came)]
    });
    let mut links: Vec<Link> = Vec::new();
    if allowed.change {
        links.extend([("Move meeting", "/reschedule"), ("Cancel meeting", "/cancel")].map(|(words, path)| Link::new(words, format!("{base}{path}"))));
    }
    links.extend(outcome);
    MeetingPage {
        bar,
        rows,
        attendees: Table { caption: "Who takes part".into(), columns: ["Name", "Reminder", "Attendance"].map(Column::new).into(), rows: attendees.collect() },
        links,
        record: allowed.record.then_some(base),
        came: m.attendees.iter().map(|a| Came { field: format!("came-{}", a.participant_id), legend: format!("Did {} come?", called(&a.participant_id)) }).collect(),
        answers: vec![Choice::new("CAME", "Yes"), Choice::new("DID_NOT_COME", "No"), Choice::new("UNKNOWN", "Not known")],
        results: Choice::from_codes("session_result"),
        reasons: words::meeting_reasons(),
        messages,
        form,
    }
}

/// A meeting with its case.
pub struct Known {
    /// The case.
    pub case: Opened,
    /// The meeting.
    pub meeting: Meeting,
}

impl Known {
    /// Loads both.
    ///
    /// # Errors
    /// The service's as a page; not found where they do not belong together.
    pub async fn load(page: &StaffPage, case_id: &str, meeting_id: &str) -> Result<Self, ErrorPage> {
        let request = GetMeetingRequest { meeting_id: meeting_id.to_owned() };
        let (case, meeting) = tokio::join!(bar::load(page, case_id), rpc!(page, "case", MeetingServiceClient::get_meeting, request));
        let case = case?;
        match meeting.or_page(page)?.meeting {
            Some(meeting) if meeting.case_id == case.case.id => Ok(Self { case, meeting }),
            _ => Err(bar::not_here(page)),
        }
    }

    /// The full address of something below the meeting.
    pub fn href(&self, path: &str) -> String {
        self.case.href(&format!("/meetings/{}{path}", self.meeting.id))
    }

    /// The same for redirects.
    pub fn path(&self) -> String {
        self.case.path(&format!("/meetings/{}", self.meeting.id))
    }

    async fn show(self, page: &StaffPage, form: FormState) -> PageResult {
        let m = &self.meeting;
        let (people, sent) = tokio::join!(participants::list(page, &self.case.case.id), messages::list(page, &self.case.case.id, &m.id));
        let (people, sent) = (people?, sent?);
        let ids = sent.iter().flatten().map(|m| m.user_id.clone()).chain([m.scheduled_by.clone()]).collect();
        let names = Names::load(page, ids).await;
        let open = self.case.may("SCHEDULE") && m.state == "SCHEDULED";
        let begun = text::instant(m.starts_at.as_ref()).is_some_and(|at| at <= page.app.clock.now());
        let sent = sent.map(|sent| messages::table(&sent, &people, &names));
        let allowed = Allowed { change: open, record: open && begun };
        let outcome = (m.state == "HELD" && self.case.may("UPDATE")).then(|| Link::new("Record outcome", self.case.href("/outcomes/new")));
        let view = view(self.case.bar("/meetings"), m, &people, names.of(&m.scheduled_by), self.href(""), allowed, outcome, sent, form);
        page.render(&self.case.frame(page, "Meeting"), &view)
    }
}

/// Shows a meeting.
///
/// # Errors
/// The services' as a page.
pub async fn get_one(page: StaffPage, Path((_, id, meeting)): Path<(String, String, String)>) -> PageResult {
    let known = Known::load(&page, &id, &meeting).await?;
    let form = page.form().with_etag(&known.meeting.etag);
    known.show(&page, form).await
}

/// Records how a meeting went and who came.
///
/// # Errors
/// The services' as a page.
pub async fn post_one(page: StaffPage, Path((_, id, meeting)): Path<(String, String, String)>, ProtectedForm { data, .. }: ProtectedForm) -> PageResult {
    let known = Known::load(&page, &id, &meeting).await?;
    let mut form = FormState::sent(data);
    let result = form.required("result", "Select how the meeting went");
    let mut attendees = Vec::new();
    for attendee in &known.meeting.attendees {
        let field = format!("came-{}", attendee.participant_id);
        let attendance = form.one_of(&field, ["CAME", "DID_NOT_COME", "UNKNOWN"], "Select whether they came");
        attendees.push(Attendee { attendance, ..attendee.clone() });
    }
    if form.is_valid() {
        let request = RecordAttendanceRequest {
            request_id: key(&page, &form),
            meeting_id: meeting,
            etag: etag(&form),
            result,
            result_reason: form.get("result_reason").to_owned(),
            attendees,
        };
        match rpc!(page, "case", MeetingServiceClient::record_attendance, request).await {
            Ok(_) => return page.done(&known.path(), "Attendance recorded. Now record the outcome"),
            Err(error) => {
                if refused(&page, &mut form, error, &[])? {
                    form = clashed(form, &known.meeting.etag);
                }
            }
        }
    }
    known.show(&page, form).await
}
