//! Adding somebody to a case: first look for a known person (by post, so that no name stands in an address), then add.

use axum::extract::Path;
use proto::{
    case::v1::{AddParticipantRequest, participant_service_client::ParticipantServiceClient},
    people::v1::{Person, SearchPeopleRequest, people_service_client::PeopleServiceClient},
};

use super::{bar::{self, Opened}, form_page::{Field, FormPage, key, refused}};
use crate::{
    error_page::OrErrorPage,
    forms::{FormState, ProtectedForm},
    page::{PageResult, StaffPage},
    rpc, text,
    view::{Choice, Shown, SummaryRow},
};

/// Fields that go along to the second step.
const CARRIED: [&str; 7] = ["role", "given_name", "family_name", "date_of_birth-day", "date_of_birth-month", "date_of_birth-year", "postcode"];

fn roles() -> Vec<Choice> {
    // Staff are allocated; they are no participants.
    Choice::from_codes("participant_role").into_iter().filter(|r| !matches!(r.value.as_str(), "FACILITATOR" | "CO_FACILITATOR" | "CASE_SUPERVISOR")).collect()
}

fn ask(page: &StaffPage, case: &Opened, form: FormState) -> PageResult {
    FormPage::new(Some(case), form, case.href("/participants/add"), case.href("/participants"))
        .intro("We look first whether we know this person already, so that nobody is recorded twice.")
        .fields(vec![
            Field::select("role", "Role in this case", roles()),
            Field::text("given_name", "First name"),
            Field::text("family_name", "Last name"),
            Field::date("date_of_birth", "Date of birth (optional)"),
            Field::text("postcode", "Postcode (optional)").width("10"),
        ])
        .submit("Continue")
        .show(page, Some(case), "Add participant")
}

fn known(person: &Person) -> Choice {
    let field = |path: &str, value: String| Shown::field(path, &person.masked_paths, value);
    let name = field("given_name", format!("{} {}", person.given_name, person.family_name).trim().to_owned());
    let born = field("date_of_birth", bar::iso(&person.date_of_birth));
    let place = field("postcode", person.postcode.clone());
    let mut hints = vec![person.reference.clone()];
    hints.extend([("born ", born), ("", place)].into_iter().filter(|(_, s)| s.state == "value").map(|(before, s)| format!("{before}{}", s.text)));
    let name = if name.state == "value" { name.text } else { "Name is restricted".into() };
    Choice::new(&person.id, name).hint(hints.join(", "))
}

fn choose(page: &StaffPage, case: &Opened, people: &[Person], too_many: bool, form: FormState) -> PageResult {
    let name = format!("{} {}", form.get("given_name"), form.get("family_name"));
    let facts = vec![SummaryRow::new("Role", text::label("participant_role", form.get("role"))), SummaryRow::new("Name", name.trim().to_owned())];
    let mut choices: Vec<Choice> = people.iter().map(known).collect();
    let new = Choice::new("new", "None of these: add a new person");
    choices.push(if people.is_empty() { Choice::new("new", "Add a new person") } else { new.after_or() });
    let view = FormPage::new(Some(case), form, case.href("/participants/add"), case.href("/participants"));
    let view = if people.is_empty() { view.intro("We know nobody like this whom you may see.") } else { view };
    let view = if too_many { view.intro("There are more people like this. Go back and add a date of birth or a postcode to narrow the search.") } else { view };
    view.facts(facts)
        .fields(vec![Field::radios("person_id", "Is it one of these people?", choices)])
        .check(&CARRIED)
        .submit("Add to the case")
        .show(page, Some(case), "Is this person known already?")
}

/// The question.
///
/// # Errors
/// The service's as a page.
pub async fn get(page: StaffPage, Path((_, id)): Path<(String, String)>) -> PageResult {
    page.require("case.update")?;
    let case = bar::load(&page, &id).await?;
    let form = page.form();
    ask(&page, &case, form)
}

/// Searches, then adds.
///
/// # Errors
/// The services' as a page.
pub async fn post(page: StaffPage, Path((_, id)): Path<(String, String)>, ProtectedForm { data, .. }: ProtectedForm) -> PageResult {
    let case = bar::load(&page, &id).await?;
    let mut form = FormState::sent(data);
    if form.get("step") == "change" {
        return ask(&page, &case, form);
    }
    let role = form.required("role", "Select the role in this case");
    let given_name = form.get("given_name").to_owned();
    let family_name = form.get("family_name").to_owned();
    if given_name.is_empty() && family_name.is_empty() {
        form.fail("given_name", "Enter a first name or a last name");
    }
    let born = form.date("date_of_birth", "Date of birth").map(|d| d.to_string()).unwrap_or_default();
    if !form.is_valid() {
        return ask(&page, &case, form);
    }
    let confirmed = form.get("step") == "confirm";
    if confirmed && !form.get("person_id").is_empty() {
        let is_new = form.get("person_id") == "new";
        let request = AddParticipantRequest {
            request_id: key(&page, &form),
            case_id: id.clone(),
            role,
            person_id: if is_new { String::new() } else { form.get("person_id").to_owned() },
            given_name: if is_new { given_name } else { String::new() },
            family_name: if is_new { family_name } else { String::new() },
            date_of_birth: if is_new { born } else { String::new() },
        };
        return match rpc!(page, "case", ParticipantServiceClient::add_participant, request).await {
            Ok(added) => page.done(&case.path(&format!("/participants/{}", added.participant_id)), "Participant added. Record how they can be contacted safely"),
            Err(status) => {
                if refused(&page, &mut form, status, &[("date_of_birth", "date_of_birth")])? {
                    form.fail("", "Somebody changed this case while you were editing. Send the form again");
                }
                ask(&page, &case, form)
            }
        };
    }
    let (people, too_many) = if page.may("person.search") {
        let search = SearchPeopleRequest { given_name, family_name, date_of_birth: born, postcode: form.get("postcode").to_owned(), ..Default::default() };
        let found = rpc!(page, "case", PeopleServiceClient::search_people, search).await.or_page(&page)?;
        (found.people, found.too_many)
    } else {
        (Vec::new(), false)
    };
    if confirmed {
        form.fail("person_id", "Select the person, or add a new one");
    } else if people.is_empty() {
        form = form.with("person_id", "new");
    }
    choose(&page, &case, &people, too_many, form)
}
