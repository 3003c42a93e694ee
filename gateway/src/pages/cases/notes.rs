//! Notes of a case: cards with the day it happened and the day it was recorded; only ever added to.

use axum::extract::{Path, Query};
use chrono::{DateTime, Utc};
use proto::case::v1::{AddNoteRequest, CorrectNoteRequest, ListNotesRequest, Note, Participant, note_service_client::NoteServiceClient};
use serde::{Deserialize, Serialize};

use super::{
    bar::{self, CaseBar, Opened},
    form_page::{Field, FormPage, clashed, key, refused},
    participants, when, words,
};
use crate::{
    error_page::{ErrorPage, OrErrorPage},
    forms::{FormState, ProtectedForm},
    page::{PageResult, StaffPage},
    pages::names::Names,
    rpc, text,
    view::{Choice, Link, PageTemplate, Paging, Section, Shown, SummaryRow},
};

/// Notes on one page.
const PAGE: i32 = 20;
/// Longest note, in characters.
const LONGEST: u32 = 10_000;

/// One note.
#[derive(Clone, Serialize)]
struct Card {
    id: String,
    kind: String,
    happened: String,
    recorded: String,
    by: String,
    side: String,
    supervisors: bool,
    about: Option<String>,
    text: Shown,
    correction: Option<Shown>,
    superseded: bool,
    correct: Option<Link>,
}

/// The page's context.
#[derive(Serialize)]
pub struct NotesPage {
    bar: CaseBar,
    add: Option<Link>,
    sides: Vec<Section>,
    notes: Vec<Card>,
    paging: Paging,
}

impl PageTemplate for NotesPage {
    const TEMPLATE: &'static str = "pages/cases/notes.html";

    fn samples() -> Vec<Self> {
        let at = DateTime::<Utc>::from_timestamp(1_809_437_400, 0).map(text::timestamp);
        let note = Note {
            id: "1".into(), side: "HARMED".into(), readers: "SUPERVISORS".into(), kind: "CONTACT".into(), text: "Spoke with her sister.\nWill call again.".into(),
            happened_at: at, recorded_at: at, participant_id: "2".into(), corrects_note_id: "0".into(), correction_reason: "Wrong day".into(), ..Default::default()
        };
        let old = Note { id: "0".into(), corrected_by_note_id: "1".into(), participant_id: String::new(), corrects_note_id: String::new(), masked_paths: vec!["text".into()], ..note.clone() };
        let page = |notes: &[Note], add: Option<Link>| Self {
            bar: bar::sample(),
            sides: vec![Section::new("All sides", "/t/example/cases/1/notes", true)],
            notes: notes.iter().map(|n| card(n, &Names::default(), &[participants::sample()], add.as_ref().map(|_| "/t/example/cases/1/notes"))).collect(),
            paging: Paging { summary: "Showing 2 notes".into(), first: None, previous: None, next: add.as_ref().map(|_| "/t/example/cases/1/notes?page=x".into()) },
            add,
        };
        vec![page(&[note, old], Some(Link::new("Add note", "/t/example/cases/1/notes/add"))), page(&[], None)]
    }
}

/// What the address asks for.
#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    #[serde(default)]
    side: String,
    #[serde(default)]
    page: String,
}

fn card(note: &Note, names: &Names, people: &[Participant], base: Option<&str>) -> Card {
    let superseded = !note.corrected_by_note_id.is_empty();
    let seen = !bar::is_masked("text", &note.masked_paths);
    Card {
        id: note.id.clone(),
        kind: words::note_kind(&note.kind),
        happened: bar::at(note.happened_at.as_ref()),
        recorded: bar::at(note.recorded_at.as_ref()),
        by: names.of(&note.recorded_by),
        side: text::label("note_side", &note.side),
        supervisors: note.readers == "SUPERVISORS",
        about: people.iter().find(|p| p.id == note.participant_id).map(participants::called),
        text: Shown::field("text", &note.masked_paths, &note.text),
        correction: (!note.corrects_note_id.is_empty()).then(|| Shown::field("correction_reason", &note.masked_paths, &note.correction_reason)),
        superseded,
        correct: base.filter(|_| !superseded && seen).map(|b| Link::new("Correct", format!("{b}/{}/correct", note.id)).hidden(format!("the note of {}", bar::at(note.happened_at.as_ref())))),
    }
}

/// Shows the notes.
///
/// # Errors
/// The services' as a page.
pub async fn get(page: StaffPage, Path((_, id)): Path<(String, String)>, Query(asked): Query<Asked>) -> PageResult {
    let request = ListNotesRequest { case_id: id.clone(), page_size: PAGE, page_token: asked.page.clone(), side: asked.side.clone() };
    let (case, notes, people) = tokio::join!(bar::load(&page, &id), rpc!(page, "case", NoteServiceClient::list_notes, request), participants::list(&page, &id));
    let (case, notes, people) = (case?, notes.or_page(&page)?, people?);
    let names = Names::load(&page, notes.notes.iter().map(|n| n.recorded_by.clone()).collect()).await;
    let may = case.may("ADD_NOTE");
    let base = case.href("/notes");
    let address = |side: &str, token: &str| {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in [("side", side), ("page", token)].into_iter().filter(|(_, v)| !v.is_empty()) {
            query.append_pair(name, value);
        }
        match query.finish() {
            q if q.is_empty() => base.clone(),
            q => format!("{base}?{q}"),
        }
    };
    let mut sides = vec![Section::new("All sides", address("", ""), asked.side.is_empty())];
    sides.extend(["BOTH", "HARMED", "HARMER"].map(|side| Section::new(text::label("note_side", side), address(side, ""), asked.side == side)));
    let view = NotesPage {
        bar: case.bar("/notes"),
        add: may.then(|| Link::new("Add note", case.href("/notes/add"))),
        sides,
        notes: notes.notes.iter().map(|n| card(n, &names, &people, may.then_some(base.as_str()))).collect(),
        paging: Paging {
            summary: format!("Showing {}", text::plural(i64::try_from(notes.notes.len()).unwrap_or(0), "note", "notes")),
            first: (!asked.page.is_empty()).then(|| address(&asked.side, "")),
            previous: None,
            next: (!notes.next_page_token.is_empty()).then(|| address(&asked.side, &notes.next_page_token)),
        },
    };
    page.render(&case.frame(&page, "Notes"), &view)
}

async fn show(page: &StaffPage, case: &Opened, form: FormState) -> PageResult {
    let people = participants::list(page, &case.case.id).await?;
    let about = people.iter().map(|p| Choice::new(&p.id, participants::called(p))).collect();
    FormPage::new(Some(case), form, case.href("/notes/add"), case.href("/notes"))
        .intro("A note cannot be edited later, only corrected by a new version. Write what you saw and heard, and keep opinion apart from fact.")
        .fields(vec![
            Field::select("kind", "What is the note about?", words::note_kinds()),
            Field::area("text", "Note", LONGEST),
            Field::date("date", "When did it happen?"),
            Field::time("time", "Time"),
            Field::radios("side", "Whose work does it belong to?", Choice::from_codes("note_side")).hint("Somebody who works only with the other side does not see it"),
            Field::radios("readers", "Who may read it?", words::choices(&words::READERS)),
            Field::select("participant_id", "Who is it about? (optional)", about),
        ])
        .submit("Add note")
        .show(page, Some(case), "Add note")
}

/// The form for a note.
///
/// # Errors
/// The service's as a page.
pub async fn get_add(page: StaffPage, Path((_, id)): Path<(String, String)>) -> PageResult {
    page.require("case.update")?;
    let case = bar::load(&page, &id).await?;
    let mine = case.case.allocations.iter().find(|a| a.to.is_none() && a.user_id == page.session.user_id);
    let side = mine.map_or("BOTH", |a| a.side.as_str());
    let form = page.form().with("kind", "GENERAL").with("side", side).with("readers", "EVERYONE");
    let form = when::filled(form, "date", "time", page.app.clock.now());
    show(&page, &case, form).await
}

/// Adds a note.
///
/// # Errors
/// The service's as a page.
pub async fn post_add(page: StaffPage, Path((_, id)): Path<(String, String)>, ProtectedForm { data, .. }: ProtectedForm) -> PageResult {
    let case = bar::load(&page, &id).await?;
    let mut form = FormState::sent(data);
    let text = form.required("text", "Enter the note");
    form.at_most("text", LONGEST as usize, "Note");
    let happened_at = when::optional(&mut form, "date", "time", page.app.clock.now());
    let side = form.one_of("side", ["BOTH", "HARMED", "HARMER"], "Select whose work it belongs to");
    let readers = form.one_of("readers", words::READERS.map(|(code, _)| code), "Select who may read it");
    if form.is_valid() {
        let request = AddNoteRequest {
            request_id: key(&page, &form),
            case_id: id,
            side,
            readers,
            kind: form.get("kind").to_owned(),
            text,
            happened_at: happened_at.map(crate::text::timestamp),
            participant_id: form.get("participant_id").to_owned(),
        };
        match rpc!(page, "case", NoteServiceClient::add_note, request).await {
            Ok(_) => return page.done(&case.path("/notes"), "Note added"),
            Err(error) => {
                if refused(&page, &mut form, error, &[("happened_at", "date")])? {
                    form = clashed(form, "");
                }
            }
        }
    }
    show(&page, &case, form).await
}

/// Finds one note among those of the case. There is no call for a single one.
async fn find(page: &StaffPage, case_id: &str, note_id: &str) -> Result<Note, ErrorPage> {
    let mut page_token = String::new();
    loop {
        let request = ListNotesRequest { case_id: case_id.to_owned(), page_size: 200, page_token, side: String::new() };
        let answer = rpc!(page, "case", NoteServiceClient::list_notes, request).await.or_page(page)?;
        if let Some(note) = answer.notes.into_iter().find(|n| n.id == note_id) {
            return Ok(note);
        }
        page_token = answer.next_page_token;
        if page_token.is_empty() {
            return Err(bar::not_here(page));
        }
    }
}

fn show_correct(page: &StaffPage, case: &Opened, note: &Note, form: FormState) -> PageResult {
    let facts = vec![
        SummaryRow::new("Note now", Shown::field("text", &note.masked_paths, &note.text)),
        SummaryRow::new("Happened", bar::at(note.happened_at.as_ref())),
    ];
    FormPage::new(Some(case), form, case.href(&format!("/notes/{}/correct", note.id)), case.href("/notes"))
        .intro("The note that was recorded first stays readable, marked as corrected.")
        .facts(facts)
        .fields(vec![Field::area("text", "Corrected note", LONGEST), Field::area("reason", "Why is it corrected?", 1_000)])
        .submit("Save correction")
        .show(page, Some(case), "Correct note")
}

/// The form for a correction.
///
/// # Errors
/// The service's as a page.
pub async fn get_correct(page: StaffPage, Path((_, id, note_id)): Path<(String, String, String)>) -> PageResult {
    page.require("note.update")?;
    let (case, note) = tokio::join!(bar::load(&page, &id), find(&page, &id, &note_id));
    let (case, note) = (case?, note?);
    let form = page.form().with("text", &note.text);
    show_correct(&page, &case, &note, form)
}

/// Corrects.
///
/// # Errors
/// The service's as a page.
pub async fn post_correct(page: StaffPage, Path((_, id, note_id)): Path<(String, String, String)>, ProtectedForm { data, .. }: ProtectedForm) -> PageResult {
    let (case, note) = tokio::join!(bar::load(&page, &id), find(&page, &id, &note_id));
    let (case, note) = (case?, note?);
    let mut form = FormState::sent(data);
    let text = form.required("text", "Enter the corrected note");
    form.at_most("text", LONGEST as usize, "Note");
    let reason = form.required("reason", "Enter why it is corrected");
    if form.is_valid() {
        let request = CorrectNoteRequest { request_id: key(&page, &form), note_id, text, reason };
        match rpc!(page, "case", NoteServiceClient::correct_note, request).await {
            Ok(_) => return page.done(&case.path("/notes"), "Note corrected"),
            Err(error) => {
                if refused(&page, &mut form, error, &[])? {
                    form = clashed(form, "");
                }
            }
        }
    }
    show_correct(&page, &case, &note, form)
}
