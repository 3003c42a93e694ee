//! Scheduling a meeting (question → check with the exact text of the reminder → done), moving and cancelling it.

use axum::extract::Path;
use chrono::{DateTime, Utc};
use proto::case::v1::{
    Attendee, CancelMeetingRequest, Participant, RescheduleMeetingRequest, ScheduleMeetingRequest, meeting_service_client::MeetingServiceClient,
};

use super::{
    bar::{self, Opened},
    form_page::{Field, FormPage, clashed, etag, key, refused},
    meetings::Known,
    messages, participants, when, words,
};
use crate::{
    forms::{FormState, ProtectedForm},
    page::{PageResult, StaffPage},
    rpc, text,
    view::{Choice, Shown, SummaryRow},
};

/// Shortest meeting, in minutes.
const SHORTEST: i32 = 5;
/// Longest meeting, in minutes.
const LONGEST: i32 = 1_440;

fn person_field(participant: &Participant) -> String {
    format!("person-{}", participant.id)
}

fn show(page: &StaffPage, case: &Opened, people: &[Participant], form: FormState) -> PageResult {
    let mut fields = vec![
        Field::select("kind", "What is the meeting for?", words::meeting_kinds()),
        Field::date("date", "Date"),
        Field::time("time", "Time"),
        Field::text("minutes", "How many minutes?").width("5"),
        Field::radios("mode", "How do you meet?", words::choices(&words::MODES)),
        Field::text("place", "Place (optional)").hint("A place that is safe for everybody. Reminders do not name it."),
    ];
    fields.extend(people.iter().map(|p| {
        let choices = vec![Choice::new("attend", "Takes part"), Choice::new("text", "Remind by text"), Choice::new("email", "Remind by email")];
        let hint = if p.has_safe_contact { "A reminder goes out 24 hours before, if it is safe and agreed then" } else { "No safe contact is known, so no reminder can be sent" };
        Field::checkboxes(&person_field(p), participants::called(p), choices).hint(hint)
    }));
    let view = FormPage::new(Some(case), form, case.href("/meetings/new"), case.href("/meetings"));
    let view = if people.is_empty() { view.warning("Add the people concerned to the case before you schedule a meeting.") } else { view.warning(participants::BEFORE_CONTACT_WORDS) };
    view.consents(participants::consent_table(people)).fields(fields).submit("Continue").show(page, Some(case), "Schedule meeting")
}

/// What was asked for, where it is complete.
struct Wanted {
    starts_at: DateTime<Utc>,
    minutes: i32,
    attendees: Vec<Attendee>,
}

fn minutes(form: &mut FormState) -> i32 {
    match form.get("minutes").parse() {
        Ok(minutes) if (SHORTEST..=LONGEST).contains(&minutes) => minutes,
        _ => {
            form.fail("minutes", format!("Enter how many minutes, from {SHORTEST} to {LONGEST}"));
            0
        }
    }
}

fn read(form: &mut FormState, people: &[Participant]) -> Option<Wanted> {
    let kinds = words::meeting_kinds();
    form.one_of("kind", kinds.iter().map(|k| k.value.as_str()), "Select what the meeting is for");
    let starts_at = when::required(form, "date", "time");
    let minutes = minutes(form);
    form.one_of("mode", words::MODES.map(|(code, _)| code), "Select how you meet");
    form.at_most("place", 200, "Place");
    let mut attendees = Vec::new();
    for person in people {
        let ticked = |what: &str| form.data().has(&person_field(person), what);
        let (text, email) = (ticked("text"), ticked("email"));
        if ticked("attend") || text || email {
            attendees.push(Attendee { participant_id: person.id.clone(), remind_by_text: text, remind_by_email: email, attendance: "UNKNOWN".into() });
        }
    }
    if attendees.is_empty() {
        let first = people.first().map(person_field).unwrap_or_default();
        form.fail(&first, "Select who takes part");
    }
    let starts_at = starts_at?;
    form.is_valid().then_some(Wanted { starts_at, minutes, attendees })
}

async fn check(page: &StaffPage, case: &Opened, people: &[Participant], wanted: &Wanted, form: FormState) -> PageResult {
    let mut facts = vec![
        SummaryRow::new("What for", words::meeting_kind(form.get("kind"))),
        SummaryRow::new("When", text::date_time(wanted.starts_at)),
        SummaryRow::new("How long", format!("{} minutes", wanted.minutes)),
        SummaryRow::new("How", words::word(&words::MODES, form.get("mode"))),
        SummaryRow::new("Where", form.get("place").to_owned()),
    ];
    let called = |id: &str| people.iter().find(|p| p.id == id).map(participants::called).unwrap_or_default();
    facts.extend(wanted.attendees.iter().map(|a| {
        let how = match (a.remind_by_text, a.remind_by_email) {
            (true, true) => "Reminded by text and email",
            (true, false) => "Reminded by text",
            (false, true) => "Reminded by email",
            (false, false) => "Not reminded",
        };
        SummaryRow::new(called(&a.participant_id), how)
    }));
    let by_text = wanted.attendees.iter().any(|a| a.remind_by_text);
    let preview = if by_text { messages::reminder(page, wanted.starts_at).await } else { None };
    let people_fields: Vec<String> = people.iter().map(person_field).collect();
    let mut carried = vec!["kind", "date-day", "date-month", "date-year", "time", "minutes", "mode", "place"];
    carried.extend(people_fields.iter().map(String::as_str));
    FormPage::new(Some(case), form, case.href("/meetings/new"), case.href("/meetings"))
        .intro("Before a reminder goes out we ask once more whether it is safe and agreed. If it is not, we do not send it and the meeting's page says why.")
        .facts(facts)
        .preview(preview)
        .check(&carried)
        .submit("Schedule meeting")
        .show(page, Some(case), "Check before you schedule this meeting")
}

/// The question.
///
/// # Errors
/// The service's as a page.
pub async fn get(page: StaffPage, Path((_, id)): Path<(String, String)>) -> PageResult {
    page.require("case.update")?;
    let (case, people) = tokio::join!(bar::load(&page, &id), participants::list(&page, &id));
    let (case, people) = (case?, people?);
    let form = page.form().with("minutes", "60").with("mode", "IN_PERSON");
    show(&page, &case, &people, form)
}

/// Checks, then schedules.
///
/// # Errors
/// The service's as a page.
pub async fn post(page: StaffPage, Path((_, id)): Path<(String, String)>, ProtectedForm { data, .. }: ProtectedForm) -> PageResult {
    let (case, people) = tokio::join!(bar::load(&page, &id), participants::list(&page, &id));
    let (case, people) = (case?, people?);
    let mut form = FormState::sent(data);
    if form.get("step") == "change" {
        return show(&page, &case, &people, form);
    }
    let Some(wanted) = read(&mut form, &people) else { return show(&page, &case, &people, form) };
    if form.get("step") != "confirm" {
        return check(&page, &case, &people, &wanted, form).await;
    }
    let request = ScheduleMeetingRequest {
        request_id: key(&page, &form),
        case_id: id,
        kind: form.get("kind").to_owned(),
        starts_at: Some(text::timestamp(wanted.starts_at)),
        minutes: wanted.minutes,
        place: form.get("place").to_owned(),
        mode: form.get("mode").to_owned(),
        attendees: wanted.attendees,
    };
    match rpc!(page, "case", MeetingServiceClient::schedule_meeting, request).await {
        Ok(made) => page.done(&case.path(&format!("/meetings/{}", made.meeting_id)), "Meeting scheduled"),
        Err(error) => {
            if refused(&page, &mut form, error, &[("starts_at", "date"), ("attendees", "")])? {
                form = clashed(form, "");
            }
            show(&page, &case, &people, form)
        }
    }
}

fn facts(known: &Known) -> Vec<SummaryRow> {
    let m = &known.meeting;
    vec![
        SummaryRow::new("What for", words::meeting_kind(&m.kind)),
        SummaryRow::new("When", bar::at(m.starts_at.as_ref())),
        SummaryRow::new("Where", Shown::field("place", &m.masked_paths, &m.place)),
    ]
}

fn show_move(page: &StaffPage, known: &Known, form: FormState) -> PageResult {
    FormPage::new(Some(&known.case), form, known.href("/reschedule"), known.href(""))
        .intro("Reminders move with the meeting.")
        .facts(facts(known))
        .fields(vec![
            Field::date("date", "New date"),
            Field::time("time", "New time"),
            Field::text("minutes", "How many minutes?").width("5"),
            Field::text("place", "Place (optional)"),
            Field::radios("reason", "Why is the meeting moved?", words::meeting_reasons()),
        ])
        .submit("Move meeting")
        .show(page, Some(&known.case), "Move meeting")
}

/// The form for moving a meeting.
///
/// # Errors
/// The service's as a page.
pub async fn get_move(page: StaffPage, Path((_, id, meeting)): Path<(String, String, String)>) -> PageResult {
    page.require("meeting.update")?;
    let known = Known::load(&page, &id, &meeting).await?;
    let m = &known.meeting;
    let form = page.form().with_etag(&m.etag).with("minutes", m.minutes.to_string()).with("place", &m.place);
    let form = match text::instant(m.starts_at.as_ref()) {
        Some(at) => when::filled(form, "date", "time", at),
        None => form,
    };
    show_move(&page, &known, form)
}

/// Moves a meeting.
///
/// # Errors
/// The service's as a page.
pub async fn post_move(page: StaffPage, Path((_, id, meeting)): Path<(String, String, String)>, ProtectedForm { data, .. }: ProtectedForm) -> PageResult {
    let known = Known::load(&page, &id, &meeting).await?;
    let mut form = FormState::sent(data);
    let starts_at = when::required(&mut form, "date", "time");
    let minutes = minutes(&mut form);
    form.at_most("place", 200, "Place");
    let reasons = words::meeting_reasons();
    let reason = form.one_of("reason", reasons.iter().map(|r| r.value.as_str()), "Select why the meeting is moved");
    if form.is_valid() {
        let place = form.get("place").to_owned();
        let request = RescheduleMeetingRequest { request_id: key(&page, &form), meeting_id: meeting, etag: etag(&form), starts_at: starts_at.map(text::timestamp), minutes, place, reason };
        match rpc!(page, "case", MeetingServiceClient::reschedule_meeting, request).await {
            Ok(_) => return page.done(&known.path(), "Meeting moved"),
            Err(error) => {
                if refused(&page, &mut form, error, &[("starts_at", "date")])? {
                    form = clashed(form, &known.meeting.etag);
                }
            }
        }
    }
    show_move(&page, &known, form)
}

fn show_cancel(page: &StaffPage, known: &Known, form: FormState) -> PageResult {
    FormPage::new(Some(&known.case), form, known.href("/cancel"), known.href(""))
        .intro("Reminders that have not gone out are not sent. Tell everybody who takes part yourself.")
        .facts(facts(known))
        .fields(vec![Field::radios("reason", "Why is the meeting cancelled?", words::meeting_reasons())])
        .submit("Cancel meeting")
        .grave()
        .show(page, Some(&known.case), "Cancel meeting")
}

/// The question about cancelling.
///
/// # Errors
/// The service's as a page.
pub async fn get_cancel(page: StaffPage, Path((_, id, meeting)): Path<(String, String, String)>) -> PageResult {
    page.require("meeting.update")?;
    let known = Known::load(&page, &id, &meeting).await?;
    let form = page.form().with_etag(&known.meeting.etag);
    show_cancel(&page, &known, form)
}

/// Cancels a meeting.
///
/// # Errors
/// The service's as a page.
pub async fn post_cancel(page: StaffPage, Path((_, id, meeting)): Path<(String, String, String)>, ProtectedForm { data, .. }: ProtectedForm) -> PageResult {
    let known = Known::load(&page, &id, &meeting).await?;
    let mut form = FormState::sent(data);
    let reasons = words::meeting_reasons();
    let reason = form.one_of("reason", reasons.iter().map(|r| r.value.as_str()), "Select why the meeting is cancelled");
    if form.is_valid() {
        let request = CancelMeetingRequest { request_id: key(&page, &form), meeting_id: meeting, etag: etag(&form), reason };
        match rpc!(page, "case", MeetingServiceClient::cancel_meeting, request).await {
            Ok(_) => return page.done(&known.path(), "Meeting cancelled"),
            Err(error) => {
                if refused(&page, &mut form, error, &[])? {
                    form = clashed(form, &known.meeting.etag);
                }
            }
        }
    }
    show_cancel(&page, &known, form)
}
