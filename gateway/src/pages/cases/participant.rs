//! One participant: who they are, what they agreed to, how they can be reached safely, what was tried.

use axum::extract::Path;
use proto::{
    case::v1::{GetParticipantRequest, Participant, participant_service_client::ParticipantServiceClient},
    people::v1::{ContactPoint, GetPersonRequest, Person, people_service_client::PeopleServiceClient},
};
use serde::Serialize;
use tonic::Code;

use super::{bar::{self, CaseBar, Opened}, participants, words};
use crate::{
    error_page::{ErrorPage, OrErrorPage, of},
    page::{PageResult, StaffPage},
    pages::names::Names,
    rpc, text,
    view::{Cell, Colour, Column, Link, PageTemplate, Shown, SummaryRow, Table, Tag},
};

/// A way to reach somebody, as a card.
#[derive(Clone, Serialize)]
struct Point {
    title: String,
    rows: Vec<SummaryRow>,
    actions: Vec<Link>,
}

/// The page's context.
#[derive(Serialize)]
pub struct ParticipantPage {
    bar: CaseBar,
    warning: Option<String>,
    parties: Option<Table>,
    acts: Vec<Link>,
    identity: Vec<SummaryRow>,
    consents: Table,
    points: Vec<Point>,
    points_hidden: bool,
    attempts: Table,
    attempts_hidden: bool,
    flags: Table,
    flags_hidden: bool,
    needs: Vec<SummaryRow>,
    demographics: Vec<SummaryRow>,
    demographics_hidden: bool,
}

impl PageTemplate for ParticipantPage {
    const TEMPLATE: &'static str = "pages/cases/participant.html";

    fn samples() -> Vec<Self> {
        let case = |participant: Participant, person: Option<Person>, may: bool| {
            let pages = Addresses { base: "/t/example/cases/1/participants/2".into(), people: "/t/example/people".into(), may };
            view(bar::sample(), &participant, person.as_ref(), &[participants::sample()], &Names::default(), &pages)
        };
        let person = Person {
            id: "4".into(),
            contact_points: vec![
                ContactPoint { id: "6".into(), kind: "MOBILE".into(), value: "07700 900123".into(), safety: "SAFE_WITH_LIMITS".into(), may_text: true, safe_from: "09:00".into(), words: "Say it is the library".into(), ..Default::default() },
                ContactPoint { id: "7".into(), kind: "EMAIL".into(), value: "sam@home.example.org".into(), safety: "UNKNOWN".into(), ..Default::default() },
            ],
            demographics: Some(proto::people::v1::Demographics { ethnicity: "W4".into(), impairments: vec!["HEARING".into()], ..Default::default() }),
            interpreter: true,
            ..Default::default()
        };
        let mut full = participants::sample();
        full.contact_attempts = vec![proto::case::v1::ContactAttempt { channel: "MOBILE".into(), result: "REACHED".into(), note: "Will call back".into(), ..Default::default() }];
        let masked = Participant {
            masked_paths: ["name", "date_of_birth", "contact_attempts", "flags", "needs"].map(str::to_owned).into(),
            role: "HARMER".into(),
            ..Default::default()
        };
        vec![case(full, Some(person), true), case(masked, None, false), case(Participant::default(), Some(Person::default()), true)]
    }
}

/// A participant with the case they belong to.
pub struct Known {
    /// The case.
    pub case: Opened,
    /// The participant.
    pub participant: Participant,
}

impl Known {
    /// Loads both.
    ///
    /// # Errors
    /// The service's as a page; not found where they do not belong together.
    pub async fn load(page: &StaffPage, case_id: &str, participant_id: &str) -> Result<Self, ErrorPage> {
        let request = GetParticipantRequest { participant_id: participant_id.to_owned() };
        let (case, participant) = tokio::join!(bar::load(page, case_id), rpc!(page, "case", ParticipantServiceClient::get_participant, request));
        let case = case?;
        match participant.or_page(page)?.participant {
            Some(participant) if participant.case_id == case.case.id => Ok(Self { case, participant }),
            _ => Err(bar::not_here(page)),
        }
    }

    /// The full address of something below the participant.
    pub fn href(&self, path: &str) -> String {
        self.case.href(&format!("/participants/{}{path}", self.participant.id))
    }

    /// The same for redirects.
    pub fn path(&self) -> String {
        self.case.path(&format!("/participants/{}", self.participant.id))
    }

    /// The person behind the participant.
    ///
    /// # Errors
    /// The service's as a page.
    pub async fn person(&self, page: &StaffPage) -> Result<Person, ErrorPage> {
        let request = GetPersonRequest { person_id: self.participant.person_id.clone() };
        rpc!(page, "case", PeopleServiceClient::get_person, request).await.or_page(page)?.person.ok_or_else(|| bar::not_here(page))
    }
}

struct Addresses {
    base: String,
    people: String,
    may: bool,
}

impl Addresses {
    fn to(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    fn link(&self, words: &str, path: &str) -> Option<Link> {
        self.may.then(|| Link::new(words, self.to(path)))
    }
}

fn yes_no(yes: bool) -> &'static str {
    if yes { "Yes" } else { "No" }
}

/// How a contact point's safety reads.
pub fn safety_tag(safety: &str) -> Tag {
    let colour = match safety {
        "SAFE" => Colour::Green,
        "SAFE_WITH_LIMITS" => Colour::Blue,
        "UNSAFE" => Colour::Red,
        _ => return Tag::new("Not known: nothing is sent", Colour::Yellow),
    };
    Tag::new(text::label("contact_safety", safety), colour)
}

/// What is known of a contact point's safety.
pub fn point_rows(point: &ContactPoint) -> Vec<SummaryRow> {
    let hours = match (point.safe_from.as_str(), point.safe_to.as_str()) {
        ("", "") => "Any time".to_owned(),
        (from, "") => format!("After {from}"),
        ("", to) => format!("Before {to}"),
        (from, to) => format!("{from} to {to}"),
    };
    let verified = match bar::on(point.verified_at.as_ref()) {
        day if day.is_empty() => "Not confirmed by the person".to_owned(),
        day => format!("Confirmed by the person on {day}"),
    };
    let mut rows = vec![SummaryRow::new("Safety", "").tagged(safety_tag(&point.safety)), SummaryRow::new("Verified", verified)];
    match point.kind.as_str() {
        "MOBILE" | "LANDLINE" => {
            rows.push(SummaryRow::new("May we text?", yes_no(point.may_text)));
            rows.push(SummaryRow::new("May we leave a voicemail?", yes_no(point.may_leave_voicemail)));
        }
        _ => rows.push(SummaryRow::new("May we write?", yes_no(point.may_write))),
    }
    rows.push(SummaryRow::new("Safe hours", hours));
    rows.push(SummaryRow::new("Words to use or avoid", point.words.clone()));
    rows.push(SummaryRow::new("Review", bar::iso(&point.review_on)));
    rows
}

fn point(p: &ContactPoint, pages: &Addresses) -> Point {
    let hidden = format!("({})", p.value);
    let act = |words: &str, what: &str| Link::new(words, pages.to(&format!("/contact-points/{}/{what}", p.id))).hidden(hidden.clone());
    Point {
        title: format!("{}: {}", text::label("contact_kind", &p.kind), p.value),
        rows: point_rows(p),
        actions: if pages.may { vec![act("Set safety", "safety"), act("Remove", "remove")] } else { Vec::new() },
    }
}

/// Equality answers in words.
pub fn demographic_rows(person: &Person) -> Vec<SummaryRow> {
    let d = person.demographics.clone().unwrap_or_default();
    let one = |list: &str, code: &str| if code.is_empty() { "Never asked".to_owned() } else { text::label(list, code) };
    let many = |list: &str, codes: &[String]| codes.iter().map(|c| text::label(list, c)).collect::<Vec<_>>().join(", ");
    vec![
        SummaryRow::new("Ethnicity", one("ethnicity", &d.ethnicity)),
        SummaryRow::new("Sex", one("sex", &d.sex)),
        SummaryRow::new("Gender identity", one("gender_identity", &d.gender_identity)),
        SummaryRow::new("Sexual orientation", one("sexual_orientation", &d.sexual_orientation)),
        SummaryRow::new("Religion or belief", one("religion", &d.religion)),
        SummaryRow::new("Relationship status", one("relationship_status", &d.relationship_status)),
        SummaryRow::new("Disability", one("disability", &d.disability)),
        SummaryRow::new("Impairments", many("impairment", &d.impairments)),
        SummaryRow::new("Additional needs", many("additional_need", &d.additional_needs)),
        SummaryRow::new("Vulnerabilities", many("vulnerability", &d.vulnerabilities)),
    ]
}

fn consents(p: &Participant, names: &Names, pages: &Addresses) -> Table {
    let list = access::codes::list("consent_purpose").map_or(&[][..], |l| l.values);
    let mut columns = vec![Column::new("Purpose"), Column::new("State"), Column::new("How and when"), Column::new("Recorded by")];
    if pages.may {
        columns.push(Column::new("Act"));
    }
    let rows = list.iter().map(|purpose| {
        let newest = p.consents.iter().find(|c| c.purpose == purpose.code);
        let mut state = Cell::tag(words::consent_tag(newest.map_or("", |c| &c.state)));
        if let Some(note) = newest.map(|c| c.note.clone()).filter(|n| !n.is_empty()) {
            state = state.note(note);
        }
        let how = newest.map(|c| {
            let how = if c.how.is_empty() { String::new() } else { text::label("consent_how", &c.how) };
            [how, bar::at(c.at.as_ref())].into_iter().filter(|t| !t.is_empty()).collect::<Vec<_>>().join(", ")
        });
        let mut row = vec![Cell::new(purpose.label), state, Cell::new(Shown::maybe(how)), Cell::new(Shown::maybe(newest.map(|c| names.of(&c.recorded_by))))];
        if pages.may {
            row.push(Cell::link("Record", pages.to(&format!("/consent?purpose={}", purpose.code))));
        }
        row
    });
    Table { caption: "Consent by purpose".into(), columns, rows: rows.collect() }
}

fn attempts(p: &Participant, names: &Names) -> Table {
    let rows = p.contact_attempts.iter().map(|a| {
        vec![
            Cell::new(Shown::text(bar::at(a.at.as_ref()))),
            Cell::new(text::label("contact_kind", &a.channel)),
            Cell::new(text::label("contact_result", &a.result)),
            Cell::new(a.note.clone()),
            Cell::new(names.of(&a.recorded_by)),
        ]
    });
    Table { caption: "Contact attempts".into(), columns: ["When", "How", "Result", "Note", "By"].map(Column::new).into(), rows: rows.collect() }
}

fn flags(p: &Participant, pages: &Addresses) -> Table {
    let rows = p.flags.iter().map(|f| {
        let mut row = vec![Cell::new(words::word(&words::FLAGS, &f.code)), Cell::new(f.text.clone()), Cell::new(Shown::text(bar::on(f.set_at.as_ref())))];
        if pages.may {
            row.push(Cell::link("Change or take away", pages.to(&format!("/flag?code={}", f.code))));
        }
        row
    });
    let mut columns: Vec<Column> = ["Warning", "Why", "Since"].map(Column::new).into();
    if pages.may {
        columns.push(Column::new("Act"));
    }
    Table { caption: "Warnings".into(), columns, rows: rows.collect() }
}

/// The person behind the participant, who may be concerned in other cases too.
fn person_row(person: Option<&Person>, pages: &Addresses) -> SummaryRow {
    let row = SummaryRow::new("Person reference", Shown::maybe(person.map(|p| p.reference.clone())));
    match person.filter(|p| !p.id.is_empty()) {
        Some(person) => row.action(Link::new("Open", format!("{}/{}", pages.people, person.id)).hidden("the person")),
        None => row,
    }
}

fn view(bar: CaseBar, p: &Participant, person: Option<&Person>, others: &[Participant], names: &Names, pages: &Addresses) -> ParticipantPage {
    let field = |path: &str, value: &str| Shown::field(path, &p.masked_paths, value);
    let hidden = |path: &str| bar::is_masked(path, &p.masked_paths);
    let person_hides = |path: &str| person.is_none_or(|p| bar::is_masked(path, &p.masked_paths));
    let acts = [
        ("Record contact attempt", "/contact-attempt"), ("Record consent", "/consent"), ("Change status", "/status"), ("Add contact details", "/contact-points/add"),
        ("Change identity and needs", "/identity"), ("Record equality answers", "/demographics"), ("Set a warning", "/flag"),
    ];
    let aliases = person.map(|p| Shown::field("aliases", &p.masked_paths, p.aliases.join(", ")));
    let interpreter = person.map_or_else(Shown::restricted, |p| Shown::field("interpreter", &p.masked_paths, yes_no(p.interpreter)));
    ParticipantPage {
        bar,
        warning: words::is_party(&p.role).then(|| participants::BEFORE_CONTACT_WORDS.to_owned()),
        parties: participants::consent_table(others),
        acts: acts.iter().filter_map(|(words, path)| pages.link(words, path)).collect(),
        identity: vec![
            SummaryRow::new("Name", participants::name(p)),
            SummaryRow::new("Known as", field("known_as", &p.known_as)),
            SummaryRow::new("Other names", aliases.unwrap_or_else(Shown::restricted)),
            SummaryRow::new("Date of birth", field("date_of_birth", &bar::iso(&p.date_of_birth))),
            person_row(person, pages),
            SummaryRow::new("Status", "").tagged(words::status_tag(&p.status)),
        ],
        consents: consents(p, names, pages),
        points: person.map(|p| p.contact_points.iter().map(|c| point(c, pages)).collect()).unwrap_or_default(),
        points_hidden: person_hides("contact_points"),
        attempts: attempts(p, names),
        attempts_hidden: hidden("contact_attempts"),
        flags: flags(p, pages),
        flags_hidden: hidden("flags"),
        needs: vec![SummaryRow::new("Language", field("language", &p.language)), SummaryRow::new("Interpreter", interpreter), SummaryRow::new("Needs", field("needs", &p.needs))],
        demographics: person.map(demographic_rows).unwrap_or_default(),
        demographics_hidden: person_hides("demographics"),
    }
}

/// Shows the participant.
///
/// # Errors
/// The services' as a page.
pub async fn get(page: StaffPage, Path((_, id, participant_id)): Path<(String, String, String)>) -> PageResult {
    let known = Known::load(&page, &id, &participant_id).await?;
    let p = &known.participant;
    let request = GetPersonRequest { person_id: p.person_id.clone() };
    let ids = p.consents.iter().map(|c| &c.recorded_by).chain(p.contact_attempts.iter().map(|a| &a.recorded_by)).cloned().collect();
    let (person, others, names) = tokio::join!(rpc!(page, "case", PeopleServiceClient::get_person, request), participants::list(&page, &id), Names::load(&page, ids));
    // Who sees the participant may not see the person behind: then contact details are restricted.
    let person = match person {
        Ok(answer) => answer.person,
        Err(status) if matches!(status.code(), Code::NotFound | Code::PermissionDenied) => None,
        Err(status) => return Err(of(&page, status)),
    };
    let pages = Addresses { base: known.href(""), people: page.href("/people"), may: known.case.may("UPDATE") };
    let title = text::label("participant_role", &p.role);
    let view = view(known.case.bar("/participants"), p, person.as_ref(), &others?, &names, &pages);
    page.render(&known.case.frame(&page, &title), &view)
}
