//! One person: who they are, how to reach them safely, and their cases.

use axum::extract::Path;
use chrono::NaiveDate;
use proto::{
    case::v1::{Case, CaseTab, ListCasesRequest, case_service_client::CaseServiceClient},
    people::v1::{ContactPoint, Demographics, GetPersonRequest, Person, people_service_client::PeopleServiceClient},
};
use serde::Serialize;
use tonic::Status;

use crate::{
    error_page::OrErrorPage,
    page::{PageResult, StaffPage},
    pages::staff::common::day,
    rpc, text,
    view::{Cell, Colour, Column, Link, PageTemplate, Shown, SummaryRow, Table, Tag},
};

const CASES_SHOWN: i32 = 50;

/// The page.
#[derive(Serialize)]
pub struct PersonPage {
    /// "4 May 2027"; empty for a person who was not erased.
    erased_on: String,
    /// Where they can be erased, for who may.
    erase_href: Option<String>,
    identity: Vec<SummaryRow>,
    contacts_hidden: bool,
    contacts: Table,
    equality_hidden: bool,
    equality: Vec<SummaryRow>,
    sees_cases: bool,
    cases: Table,
    trail: Option<String>,
    acts: Vec<Link>,
}

impl PageTemplate for PersonPage {
    const TEMPLATE: &'static str = "pages/people/person.html";

    fn samples() -> Vec<Self> {
        let today = NaiveDate::from_ymd_opt(2027, 5, 4).unwrap_or_default();
        let full = Person {
            reference: "PN-1".into(),
            given_name: "Sara".into(),
            family_name: "Ahmed".into(),
            date_of_birth: "1990-05-04".into(),
            contact_points: vec![
                ContactPoint { kind: "MOBILE".into(), value: "07700 900123".into(), safety: "SAFE".into(), may_text: true, safe_from: "09:00".into(), safe_to: "17:00".into(), words: "Ask for Sam".into(), ..ContactPoint::default() },
                ContactPoint { kind: "EMAIL".into(), value: "sara@mail.example.org".into(), safety: "UNKNOWN".into(), ..ContactPoint::default() },
            ],
            demographics: Some(Demographics { ethnicity: "A2".into(), ..Demographics::default() }),
            ..Person::default()
        };
        let masked = Person { masked_paths: ["given_name", "family_name", "date_of_birth", "contact_points", "demographics", "needs"].map(str::to_owned).into(), ..Person::default() };
        let cases = vec![vec![Cell::link("RJ-2027-00012", "/t/example/cases/1"), Cell::new("Restorative justice"), Cell::tag(Tag::new("Preparation", Colour::Blue)), Cell::new("4 May 2027")]];
        let erased = Person { reference: "PN-1".into(), erased_at: Some(prost_types::Timestamp::default()), ..Person::default() };
        let mut officer = Self::new(&full, today, Some(cases));
        officer.trail = Some("/t/example/audit/records/person/1".into());
        officer.erase_href = Some("/t/example/people/1/erasure".into());
        officer.acts.push(Link::new("Declare a conflict of interest", "/t/example/people/1/conflict"));
        vec![officer, Self::new(&masked, today, None), Self::new(&Person::default(), today, Some(Vec::new())), Self::new(&erased, today, Some(Vec::new()))]
    }
}

/// Given and family name together.
pub fn full_name(person: &Person) -> Shown {
    if Shown::field("given_name", &person.masked_paths, "").state == "restricted" || Shown::field("family_name", &person.masked_paths, "").state == "restricted" {
        return Shown::restricted();
    }
    Shown::text(format!("{} {}", person.given_name, person.family_name).trim())
}

/// "4 May 1990".
pub fn birth_date(person: &Person) -> Shown {
    let words = person.date_of_birth.parse().map(text::date).unwrap_or_default();
    Shown::field("date_of_birth", &person.masked_paths, words)
}

fn safety_tag(code: &str) -> Tag {
    let colour = match code {
        "SAFE" => Colour::Green,
        "SAFE_WITH_LIMITS" => Colour::Yellow,
        "UNSAFE" => Colour::Red,
        _ => Colour::Orange,
    };
    Tag::new(if code.is_empty() { "Unknown".to_owned() } else { text::label("contact_safety", code) }, colour)
}

/// How a contact point may be used, in words.
fn use_of(contact: &ContactPoint) -> String {
    let mut words = Vec::new();
    let mut may = |allowed: bool, yes: &str, no: &str| words.push(if allowed { yes.to_owned() } else { no.to_owned() });
    match contact.kind.as_str() {
        "MOBILE" => {
            may(contact.may_text, "May text", "Do not text");
            may(contact.may_leave_voicemail, "may leave a voicemail", "do not leave a voicemail");
        }
        "LANDLINE" => may(contact.may_leave_voicemail, "May leave a voicemail", "Do not leave a voicemail"),
        _ => may(contact.may_write, "May write", "Do not write"),
    }
    if !contact.safe_from.is_empty() || !contact.safe_to.is_empty() {
        words.push(format!("from {} to {}", if contact.safe_from.is_empty() { "any time" } else { &contact.safe_from }, if contact.safe_to.is_empty() { "any time" } else { &contact.safe_to }));
    }
    words.join(", ")
}

fn contact_row(contact: &ContactPoint) -> Vec<Cell> {
    let checked = day(contact.verified_at.as_ref());
    let mut how = Cell::new(use_of(contact));
    if !contact.words.is_empty() {
        how = how.note(contact.words.as_str());
    }
    vec![
        Cell::new(contact.value.as_str()).note(text::label("contact_kind", &contact.kind)),
        Cell::tag(safety_tag(&contact.safety)),
        how,
        Cell::new(if checked.is_empty() { "Not checked with the person".to_owned() } else { checked }),
    ]
}

fn equality(demographics: &Demographics) -> Vec<SummaryRow> {
    let one = |key: &str, list: &str, code: &str| SummaryRow::new(key, if code.is_empty() { "Never asked".to_owned() } else { text::label(list, code) });
    let many = |key: &str, list: &str, codes: &[String]| SummaryRow::new(key, if codes.is_empty() { "Never asked".to_owned() } else { codes.iter().map(|c| text::label(list, c)).collect::<Vec<_>>().join("\n") });
    let d = demographics;
    vec![
        one("Ethnicity", "ethnicity", &d.ethnicity),
        one("Sex", "sex", &d.sex),
        one("Gender identity", "gender_identity", &d.gender_identity),
        one("Sexual orientation", "sexual_orientation", &d.sexual_orientation),
        one("Religion or belief", "religion", &d.religion),
        one("Relationship status", "relationship_status", &d.relationship_status),
        one("Disability", "disability", &d.disability),
        many("Impairments", "impairment", &d.impairments),
        many("Additional needs", "additional_need", &d.additional_needs),
        many("Vulnerabilities", "vulnerability", &d.vulnerabilities),
    ]
}

impl PersonPage {
    fn new(person: &Person, today: NaiveDate, cases: Option<Vec<Vec<Cell>>>) -> Self {
        let masked = &person.masked_paths;
        let born = birth_date(person);
        let age = person.date_of_birth.parse().ok().and_then(|born| text::age(born, today));
        let born = match age {
            Some(age) if born.state == "value" => Shown::text(format!("{} (aged {age})", born.text)),
            _ => born,
        };
        let hidden = |path: &str| Shown::field(path, masked, "").state == "restricted";
        let identity = vec![
            SummaryRow::new("Name", full_name(person)),
            SummaryRow::new("Known as", Shown::field("known_as", masked, &person.known_as)),
            SummaryRow::new("Other names", Shown::field("aliases", masked, person.aliases.join("\n"))),
            SummaryRow::new("Date of birth", born),
            SummaryRow::new("Postcode", Shown::field("postcode", masked, &person.postcode)),
            SummaryRow::new("Language", Shown::field("language", masked, &person.language)),
            SummaryRow::new("Interpreter", Shown::field("interpreter", masked, if person.interpreter { "Needed" } else { "Not needed" })),
            SummaryRow::new("Needs", Shown::field("needs", masked, &person.needs)),
        ];
        let columns = |names: [&str; 4]| names.map(Column::new).into();
        Self {
            erased_on: day(person.erased_at.as_ref()),
            erase_href: None,
            identity,
            contacts_hidden: hidden("contact_points"),
            contacts: Table { caption: "Ways to reach the person".into(), columns: columns(["Contact", "Safety", "How", "Checked"]), rows: person.contact_points.iter().map(contact_row).collect() },
            equality_hidden: hidden("demographics"),
            equality: person.demographics.as_ref().map(equality).unwrap_or_default(),
            sees_cases: cases.is_some(),
            trail: None,
            cases: Table { caption: "Cases of the person".into(), columns: columns(["Case", "Kind", "Stage", "Opened"]), rows: cases.unwrap_or_default() },
            acts: Vec::new(),
        }
    }
}

/// Cases of a person that the reader may see, open ones first.
///
/// # Errors
/// The case service's.
async fn cases_of(page: &StaffPage, person_id: &str, most: i32) -> Result<Vec<Case>, Status> {
    let list = async |tab: CaseTab| {
        let request = ListCasesRequest { tab: tab as i32, person_id: person_id.to_owned(), page_size: most, ..ListCasesRequest::default() };
        rpc!(page, "case", CaseServiceClient::list_cases, request).await
    };
    let (open, closed) = tokio::join!(list(CaseTab::Open), list(CaseTab::Closed));
    Ok(open?.cases.into_iter().chain(closed?.cases).take(usize::try_from(most).unwrap_or_default()).collect())
}

/// Shows the person.
pub async fn get(page: StaffPage, Path((_, id)): Path<(String, String)>) -> PageResult {
    let person = rpc!(page, "case", PeopleServiceClient::get_person, GetPersonRequest { person_id: id.clone() }).await.or_page(&page)?.person.unwrap_or_default();
    let cases = if page.may("case.list") {
        Some(
            cases_of(&page, &id, CASES_SHOWN)
                .await
                .or_page(&page)?
                .iter()
                .map(|c| {
                    let colour = if c.closed_at.is_some() { Colour::Grey } else { Colour::Blue };
                    vec![
                        Cell::link(c.reference.as_str(), page.href(&format!("/cases/{}", c.id))),
                        Cell::new(text::humanise(&c.kind)),
                        Cell::tag(Tag::new(text::humanise(&c.stage), colour)),
                        Cell::new(day(c.opened_at.as_ref())),
                    ]
                })
                .collect(),
        )
    } else {
        None
    };
    let today = text::local_date(page.app.clock.now());
    let title = format!("Person {}", person.reference);
    let mut context = PersonPage::new(&person, today, cases);
    context.trail = page.may("audit_event.list").then(|| page.href(&format!("/audit/records/person/{id}")));
    context.erase_href = page.may("person.manage").then(|| page.href(&format!("/people/{id}/erasure")));
    context.acts.push(Link::new("Declare a conflict of interest", page.href(&format!("/people/{id}/conflict"))));
    if page.may("case.restrict") {
        context.acts.push(Link::new("Restrict processing", page.href(&format!("/people/{id}/restrict"))));
    }
    page.render(&page.frame(title.trim()).back("Find another person", page.href("/people")), &context)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_masked_name_is_masked_whole() {
        let person = Person { given_name: "Sara".into(), masked_paths: vec!["family_name".into()], ..Person::default() };
        assert_eq!(full_name(&person), Shown::restricted());
    }

    #[test]
    fn what_is_not_allowed_is_said() {
        let contact = ContactPoint { kind: "MOBILE".into(), may_leave_voicemail: true, safe_from: "09:00".into(), safe_to: "17:00".into(), ..ContactPoint::default() };
        assert_eq!(use_of(&contact), "Do not text, may leave a voicemail, from 09:00 to 17:00");
        assert_eq!(safety_tag("").colour, Colour::Orange);
    }
}
