//! Parts of the wizard that accepts a referral: who each party is, and which cases could be joined.

use futures::future::join_all;
use proto::{
    case::v1::{Case, CaseTab, ListCasesRequest, case_service_client::CaseServiceClient},
    referral::v1::{PartyInput, Referral},
};
use serde::Serialize;

use super::{detail, similar::Match, words};
use crate::{
    page::StaffPage,
    rpc, text,
    view::{Cell, Choice, Column, Shown, Table},
};

/// The answer "a new person", and "a new case".
pub const NEW: &str = "new";
/// People set beside the referral; all who were found are among the answers.
const COMPARED: usize = 3;

/// One party beside the people who may be the same.
#[derive(Clone, Debug, Serialize)]
pub struct PartySide {
    /// Name of the field: `person-0`, `person-1` and so on.
    pub field: String,
    /// "Harmed: Ada Okafor".
    pub title: String,
    /// The referral beside the likeliest people of the register.
    pub compared: Table,
    /// Somebody was found.
    pub any_found: bool,
    /// The answers.
    pub choices: Vec<Choice>,
}

/// Name of the field of a party.
pub fn field(n: usize) -> String {
    format!("person-{n}")
}

fn words_of(shown: &Shown) -> String {
    if shown.state == "restricted" { "restricted".into() } else { shown.text.clone() }
}

/// "Harmed: Ada Okafor", as the reader may see it.
pub fn title(party: &PartyInput, masked: &[String]) -> String {
    let name = Shown::field("input.parties.given_name", masked, format!("{} {}", party.given_name, party.family_name).trim().to_owned());
    let name = if name.state == "empty" { "no name was given".to_owned() } else { words_of(&name) };
    format!("{}: {name}", detail::role(&party.role))
}

/// The parties with what was found for each.
pub fn sides(referral: &Referral, matches: &[Vec<Match>]) -> Vec<PartySide> {
    let parties = referral.input.clone().unwrap_or_default().parties;
    parties
        .iter()
        .enumerate()
        .map(|(n, party)| {
            let found = matches.get(n).map_or(&[][..], Vec::as_slice);
            let mut choices: Vec<Choice> = found
                .iter()
                .map(|m| {
                    let name = words_of(&m.name());
                    let hint = [words_of(&m.born()), words_of(&m.postcode())].into_iter().filter(|t| !t.is_empty()).collect::<Vec<_>>().join(", ");
                    let choice = Choice::new(m.person.id.as_str(), format!("{name} ({}): {}", m.person.reference, m.likelihood().text.to_lowercase()));
                    if hint.is_empty() { choice } else { choice.hint(hint) }
                })
                .collect();
            let new = Choice::new(NEW, "A new person");
            choices.push(if choices.is_empty() { new } else { new.after_or() });
            PartySide { field: field(n), title: title(party, &referral.masked_paths), compared: compare(party, &referral.masked_paths, found), any_found: !found.is_empty(), choices }
        })
        .collect()
}

/// The referral's words and the likeliest people of the register, detail by detail.
fn compare(party: &PartyInput, masked: &[String], found: &[Match]) -> Table {
    let found = &found[..found.len().min(COMPARED)];
    let told = |field: &str, text: String| Shown::field(&format!("input.parties.{field}"), masked, text);
    let contacts = |m: &Match, kinds: &[&str]| {
        let values: Vec<&str> = m.person.contact_points.iter().filter(|c| kinds.contains(&c.kind.as_str())).map(|c| c.value.as_str()).collect();
        Shown::field("contact_points", &m.person.masked_paths, values.join("\n"))
    };
    let row = |detail: &str, told: Shown, held: &dyn Fn(&Match) -> Cell| {
        let mut cells = vec![Cell::new(detail), Cell::new(told)];
        cells.extend(found.iter().map(held));
        cells
    };
    Table {
        caption: "The referral beside the register".into(),
        columns: ["Detail", "In the referral"].into_iter().map(Column::new).chain(found.iter().map(|m| Column::new(format!("Person {}", m.person.reference)))).collect(),
        rows: vec![
            row("Name", told("given_name", format!("{} {}", party.given_name, party.family_name).trim().to_owned()), &|m| Cell::new(m.name())),
            row("Date of birth", told("date_of_birth", words::day(&party.date_of_birth)), &|m| Cell::new(m.born())),
            row("Postcode", told("postcode", party.postcode.clone()), &|m| Cell::new(m.postcode())),
            row("Phone", told("phone", party.phone.clone()), &|m| Cell::new(contacts(m, &["MOBILE", "LANDLINE"]))),
            row("Email", told("email", party.email.clone()), &|m| Cell::new(contacts(m, &["EMAIL"]))),
            row("Cases that you can see", Shown::text("This referral"), &|m| Cell::new(text::plural(i64::try_from(m.person.case_ids.len()).unwrap_or(0), "case", "cases"))),
            row("How likely", Shown::text(""), &|m| Cell::tag(m.likelihood())),
        ],
    }
}

/// A case as an answer.
pub fn case_choice(case: &Case) -> Choice {
    let people: Vec<String> = case
        .participants
        .iter()
        .map(|p| Shown::field("name", &p.masked_paths, p.name.as_str()))
        .map(|name| words_of(&name))
        .filter(|n| !n.is_empty())
        .collect();
    let hint = format!("{}, {}. {}", words::case_kind(&case.kind), text::humanise(&case.stage).to_lowercase(), people.join(", "));
    Choice::new(case.id.as_str(), case.reference.as_str()).hint(hint.trim_end_matches(". ").to_owned())
}

/// Open cases of these people, each once.
pub async fn open_cases(page: &StaffPage, people: &[String]) -> Vec<Case> {
    let found = join_all(people.iter().map(|person| async {
        let request = ListCasesRequest { tab: CaseTab::Open.into(), person_id: person.clone(), page_size: 10, ..Default::default() };
        rpc!(page, "case", CaseServiceClient::list_cases, request).await.map(|found| found.cases).unwrap_or_default()
    }))
    .await;
    let mut cases: Vec<Case> = Vec::new();
    for case in found.into_iter().flatten() {
        if !cases.iter().any(|c| c.id == case.id) {
            cases.push(case);
        }
    }
    cases
}

/// The open case of a reference, where the caller sees one.
pub async fn case_by_reference(page: &StaffPage, reference: &str) -> Option<Case> {
    let request = ListCasesRequest { tab: CaseTab::Open.into(), reference: reference.to_owned(), page_size: 2, ..Default::default() };
    let mut found = rpc!(page, "case", CaseServiceClient::list_cases, request).await.ok()?.cases;
    if found.len() == 1 { found.pop() } else { found.into_iter().find(|c| c.reference.eq_ignore_ascii_case(reference)) }
}
