//! Finding a person. What is typed travels in the body and never in an address.

use proto::people::v1::{Person, SearchPeopleRequest, people_service_client::PeopleServiceClient};
use serde::Serialize;

use super::person::{birth_date, full_name};
use crate::{
    forms::{FormData, FormState, ProtectedForm},
    page::{PageResult, StaffPage},
    pages::staff::common::refused,
    rpc, text,
    view::{Link, PageTemplate, Shown},
};

/// Cases that a row names at most.
const CASES_SHOWN: usize = 5;

/// One person found.
#[derive(Serialize)]
struct Found {
    name: Shown,
    href: String,
    known_as: String,
    born: Shown,
    reference: String,
    cases: Vec<Link>,
    more_cases: usize,
}

/// The page.
#[derive(Serialize)]
pub struct SearchPage {
    form: FormState,
    searched: bool,
    found: Vec<Found>,
    summary: String,
    too_many: bool,
    /// More than one box was used.
    detailed: bool,
}

impl PageTemplate for SearchPage {
    const TEMPLATE: &'static str = "pages/people/search.html";

    fn samples() -> Vec<Self> {
        let page = |form, searched, found: Vec<Found>, too_many, detailed| Self { form, searched, summary: summary(found.len()), found, too_many, detailed };
        let found = |name, cases| Found { name, href: "/t/example/people/1".into(), known_as: String::new(), born: Shown::restricted(), reference: "PN-1".into(), cases, more_cases: 0 };
        let some = vec![
            Found { known_as: "Sam".into(), more_cases: 2, ..found(Shown::text("Sara Ahmed"), vec![Link::new("RJ-2027-00012", "/t/example/cases/1")]) },
            found(Shown::restricted(), Vec::new()),
        ];
        let mut wrong = FormState::sent(FormData::parse(b"text="));
        request(&mut wrong);
        vec![
            page(FormState::default(), false, Vec::new(), false, false),
            page(FormState::sent(FormData::parse(b"text=ahmed")), true, some, true, false),
            page(FormState::sent(FormData::parse(b"family_name=ahmed")), true, Vec::new(), false, true),
            page(wrong, false, Vec::new(), false, true),
        ]
    }
}

fn summary(found: usize) -> String {
    match found {
        0 => "No people found".to_owned(),
        n => format!("{} found", text::plural(i64::try_from(n).unwrap_or(0), "person", "people")),
    }
}

fn request(form: &mut FormState) -> SearchPeopleRequest {
    let born = form.date("date_of_birth", "Date of birth").map(|day| day.to_string()).unwrap_or_default();
    let get = |name: &str| form.get(name).to_owned();
    let request = SearchPeopleRequest { text: get("text"), given_name: get("given_name"), family_name: get("family_name"), date_of_birth: born, postcode: get("postcode") };
    if form.is_valid() && request == SearchPeopleRequest::default() {
        form.fail("text", "Enter a name, date of birth, postcode, phone number or reference");
    }
    request
}

fn is_detailed(form: &FormState) -> bool {
    ["given_name", "family_name", "date_of_birth-day", "date_of_birth-month", "date_of_birth-year", "postcode"].iter().any(|name| !form.get(name).is_empty())
}

fn show(page: &StaffPage, form: FormState, answer: Option<(Vec<Found>, bool)>) -> PageResult {
    let searched = answer.is_some();
    let (found, too_many) = answer.unwrap_or_default();
    let detailed = is_detailed(&form);
    let context = SearchPage { form, searched, summary: summary(found.len()), found, too_many, detailed };
    page.render(&page.frame("Find a person"), &context)
}

/// The empty form.
pub async fn get(page: StaffPage) -> PageResult {
    page.require("person.search")?;
    show(&page, FormState::default(), None)
}

/// Searches.
pub async fn post(page: StaffPage, ProtectedForm { data, .. }: ProtectedForm) -> PageResult {
    let mut form = FormState::sent(data);
    let request = request(&mut form);
    if !form.is_valid() {
        return show(&page, form, None);
    }
    match rpc!(page, "case", PeopleServiceClient::search_people, request).await {
        Ok(answer) => {
            let found = answer.people.into_iter().map(|person| row(&page, person)).collect();
            show(&page, form, Some((found, answer.too_many)))
        }
        Err(status) => {
            refused(&page, &mut form, status, &[])?;
            show(&page, form, None)
        }
    }
}

fn row(page: &StaffPage, person: Person) -> Found {
    let named = person.case_ids.iter().zip(&person.case_references).take(CASES_SHOWN);
    let cases: Vec<Link> = named.map(|(id, reference)| Link::new(reference.as_str(), page.href(&format!("/cases/{id}")))).collect();
    Found {
        name: full_name(&person),
        href: page.href(&format!("/people/{}", person.id)),
        known_as: person.known_as.clone(),
        born: birth_date(&person),
        more_cases: person.case_ids.len().saturating_sub(cases.len()),
        cases,
        reference: person.reference,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn something_must_be_searched_for() {
        let mut empty = FormState::sent(FormData::parse(b"text=+&postcode="));
        request(&mut empty);
        assert_eq!(empty.errors()[0].field, "text");
        let mut born = FormState::sent(FormData::parse(b"date_of_birth-day=4&date_of_birth-month=5&date_of_birth-year=1990"));
        assert_eq!(request(&mut born).date_of_birth, "1990-05-04");
        assert!(born.is_valid() && is_detailed(&born));
    }
}
