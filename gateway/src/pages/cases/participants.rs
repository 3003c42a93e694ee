//! The people concerned in a case, as cards; who has agreed to what stands above them.

use axum::extract::Path;
use proto::case::v1::{ListParticipantsRequest, Participant, participant_service_client::ParticipantServiceClient};
use serde::Serialize;

use super::{bar::{self, CaseBar, Opened}, words};
use crate::{
    error_page::{ErrorPage, OrErrorPage},
    page::{PageResult, StaffPage},
    rpc, text,
    view::{Cell, Column, Link, PageTemplate, Shown, SummaryRow, Table},
};

/// Purposes that matter before the other side is contacted.
const BEFORE_CONTACT: [&str; 3] = ["CONTACT", "TAKE_PART", "SHARE_WITH_OTHER_PARTY"];
/// What stands above every contact with the other side.
pub const BEFORE_CONTACT_WORDS: &str = "Before you contact the other side, check who has agreed to what. Tell nobody anything that the other person has not agreed to share.";

/// One person as a card.
#[derive(Clone, Serialize)]
struct Card {
    title: Shown,
    rows: Vec<SummaryRow>,
    link: Link,
}

/// The page's context.
#[derive(Serialize)]
pub struct ParticipantsPage {
    bar: CaseBar,
    warning: String,
    consents: Option<Table>,
    cards: Vec<Card>,
    add: Option<Link>,
}

impl PageTemplate for ParticipantsPage {
    const TEMPLATE: &'static str = "pages/cases/participants.html";

    fn samples() -> Vec<Self> {
        let seen = sample();
        let hidden = Participant { masked_paths: vec!["name".into(), "date_of_birth".into(), "flags".into()], id: "3".into(), role: "HARMER".into(), ..Default::default() };
        let page = |people: &[Participant], add: Option<Link>| Self {
            bar: bar::sample(),
            warning: BEFORE_CONTACT_WORDS.into(),
            consents: consent_table(people),
            cards: people.iter().map(|p| card(p, "/t/example/cases/1/participants/2".into())).collect(),
            add,
        };
        vec![page(&[seen, hidden], Some(Link::new("Add participant", "/t/example/cases/1/participants/add"))), page(&[], None)]
    }
}

/// A participant for samples.
pub fn sample() -> Participant {
    Participant {
        id: "2".into(),
        case_id: "1".into(),
        person_id: "4".into(),
        role: "HARMED_PERSON".into(),
        status: "CONSENTED".into(),
        name: "S. Ahmed".into(),
        known_as: "Sam".into(),
        date_of_birth: "1990-05-04".into(),
        has_safe_contact: true,
        language: "Welsh".into(),
        consents: vec![proto::case::v1::Consent { purpose: "CONTACT".into(), state: "GIVEN".into(), how: "SPOKEN".into(), ..Default::default() }],
        flags: vec![proto::case::v1::Flag { id: "5".into(), code: "DO_NOT_TEXT".into(), text: "Shared telephone".into(), set_at: None }],
        allowed_statuses: vec!["PREPARING".into()],
        ..Default::default()
    }
}

/// Everybody concerned whom the caller may see.
///
/// # Errors
/// The service's as a page.
pub async fn list(page: &StaffPage, case_id: &str) -> Result<Vec<Participant>, ErrorPage> {
    let request = ListParticipantsRequest { case_id: case_id.to_owned() };
    Ok(rpc!(page, "case", ParticipantServiceClient::list_participants, request).await.or_page(page)?.participants)
}

/// The name of a participant, or their role where the name is hidden.
pub fn called(participant: &Participant) -> String {
    match name(participant) {
        shown if shown.state == "value" => shown.text,
        _ => text::label("participant_role", &participant.role),
    }
}

/// The name as the reader may see it.
pub fn name(participant: &Participant) -> Shown {
    Shown::field("name", &participant.masked_paths, &participant.name)
}

/// The state of a purpose that was recorded last; empty where it was never asked for.
pub fn consent_state<'a>(participant: &'a Participant, purpose: &str) -> &'a str {
    participant.consents.iter().find(|c| c.purpose == purpose).map_or("", |c| c.state.as_str())
}

/// Who of the people at the centre has agreed to what; none where there is nobody.
pub fn consent_table(people: &[Participant]) -> Option<Table> {
    let rows: Vec<Vec<Cell>> = people
        .iter()
        .filter(|p| words::is_party(&p.role))
        .map(|p| {
            let mut row = vec![Cell::new(called(p)).note(text::label("participant_role", &p.role))];
            row.extend(BEFORE_CONTACT.iter().map(|purpose| Cell::tag(words::consent_tag(consent_state(p, purpose)))));
            row
        })
        .collect();
    let mut columns = vec![Column::new("Person")];
    columns.extend(BEFORE_CONTACT.iter().map(|purpose| Column::new(text::label("consent_purpose", purpose))));
    (!rows.is_empty()).then(|| Table { caption: "Who has agreed to what".into(), columns, rows })
}

fn card(p: &Participant, href: String) -> Card {
    let flags: Vec<String> = p.flags.iter().map(|f| words::word(&words::FLAGS, &f.code)).collect();
    let field = |path: &str, value: String| Shown::field(path, &p.masked_paths, value);
    let rows = vec![
        SummaryRow::new("Role", text::label("participant_role", &p.role)),
        SummaryRow::new("Status", "").tagged(words::status_tag(&p.status)),
        SummaryRow::new("Known as", field("known_as", p.known_as.clone())),
        SummaryRow::new("Date of birth", field("date_of_birth", bar::iso(&p.date_of_birth))),
        SummaryRow::new("Safe contact", if p.has_safe_contact { "Yes, verified" } else { "No safe contact is known. Nothing is sent." }),
        SummaryRow::new("Warnings", field("flags", flags.join(", "))),
        SummaryRow::new("Language", field("language", p.language.clone())),
    ];
    let hidden = format!("{} in this case", text::label("participant_role", &p.role).to_lowercase());
    Card { title: name(p), rows, link: Link::new("Open", href).hidden(hidden) }
}

/// Shows the people.
///
/// # Errors
/// The service's as a page.
pub async fn get(page: StaffPage, Path((_, id)): Path<(String, String)>) -> PageResult {
    let (case, people) = tokio::join!(bar::load(&page, &id), list(&page, &id));
    let (case, people): (Opened, _) = (case?, people?);
    let view = ParticipantsPage {
        bar: case.bar("/participants"),
        warning: BEFORE_CONTACT_WORDS.into(),
        consents: consent_table(&people),
        cards: people.iter().map(|p| card(p, case.href(&format!("/participants/{}", p.id)))).collect(),
        add: case.may("ADD_PARTICIPANT").then(|| Link::new("Add participant", case.href("/participants/add"))),
    };
    page.render(&case.frame(&page, "Participants"), &view)
}
