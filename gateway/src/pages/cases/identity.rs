//! Who a participant is: names, date of birth, language and needs, and their equality answers.

use axum::extract::Path;
use proto::people::v1::{Demographics, Person, SetDemographicsRequest, UpdateIdentityRequest, people_service_client::PeopleServiceClient};
use tonic::Status;

use super::{
    bar,
    form_page::{Field, FormPage, clashed, etag, key, refused},
    participant::{Known, demographic_rows},
    participant_forms::Ids,
    participants,
};
use crate::{
    error_page::{ErrorPage, of},
    forms::{FormState, ProtectedForm},
    page::{PageResult, StaffPage},
    rpc,
    view::{Choice, SummaryRow},
};

/// What the identity form writes. Who cannot see one of them would wipe it out by saving.
const IDENTITY: [&str; 8] = ["given_name", "family_name", "known_as", "aliases", "date_of_birth", "language", "interpreter", "needs"];

async fn load(page: &StaffPage, id: &str, participant: &str, written: &[&str]) -> Result<(Known, Person), ErrorPage> {
    let known = Known::load(page, id, participant).await?;
    let person = known.person(page).await?;
    if written.iter().any(|path| bar::is_masked(path, &person.masked_paths)) {
        return Err(of(page, Status::permission_denied("You do not have permission to do this.")));
    }
    Ok((known, person))
}

fn show(page: &StaffPage, known: &Known, person: &Person, form: FormState, clash: bool) -> PageResult {
    let view = FormPage::new(Some(&known.case), form, known.href("/identity"), known.href(""))
        .intro("Changes are seen in every case of this person.")
        .fields(vec![
            Field::text("given_name", "First name"),
            Field::text("family_name", "Last name"),
            Field::text("known_as", "Known as (optional)").hint("How they like to be called"),
            Field::area("aliases", "Other names (optional)", 1_000).hint("One on each line"),
            Field::date("date_of_birth", "Date of birth (optional)"),
            Field::text("language", "Language (optional)").width("20"),
            Field::tick("interpreter", "They need an interpreter"),
            Field::area("needs", "Needs (optional)", 4_000),
        ])
        .submit("Save changes");
    let saved = vec![
        SummaryRow::new("First name", person.given_name.clone()),
        SummaryRow::new("Last name", person.family_name.clone()),
        SummaryRow::new("Known as", person.known_as.clone()),
        SummaryRow::new("Other names", person.aliases.join("\n")),
        SummaryRow::new("Date of birth", bar::iso(&person.date_of_birth)),
        SummaryRow::new("Language", person.language.clone()),
        SummaryRow::new("Interpreter", if person.interpreter { "Yes" } else { "No" }),
        SummaryRow::new("Needs", person.needs.clone()),
    ];
    let view = if clash { view.saved(saved) } else { view };
    view.show(page, Some(&known.case), "Change identity and needs")
}

/// The form.
///
/// # Errors
/// The service's as a page.
pub async fn get(page: StaffPage, Path((_, id, participant)): Ids) -> PageResult {
    page.require("person.update")?;
    let (known, p) = load(&page, &id, &participant, &IDENTITY).await?;
    let form = page
        .form()
        .with_etag(&p.etag)
        .with("given_name", &p.given_name)
        .with("family_name", &p.family_name)
        .with("known_as", &p.known_as)
        .with("aliases", p.aliases.join("\n"))
        .with_date("date_of_birth", p.date_of_birth.parse().ok())
        .with("language", &p.language)
        .with("interpreter", if p.interpreter { "yes" } else { "" })
        .with("needs", &p.needs);
    show(&page, &known, &p, form, false)
}

/// Saves.
///
/// # Errors
/// The service's as a page.
pub async fn post(page: StaffPage, Path((_, id, participant)): Ids, ProtectedForm { data, .. }: ProtectedForm) -> PageResult {
    let (known, person) = load(&page, &id, &participant, &IDENTITY).await?;
    let mut form = FormState::sent(data);
    if form.get("given_name").is_empty() && form.get("family_name").is_empty() {
        form.fail("given_name", "Enter a first name or a last name");
    }
    let born = form.date("date_of_birth", "Date of birth").map(|d| d.to_string()).unwrap_or_default();
    form.at_most("needs", 4_000, "Needs");
    let mut clash = false;
    if form.is_valid() {
        let text = |name: &str| form.get(name).to_owned();
        let request = UpdateIdentityRequest {
            request_id: key(&page, &form),
            person_id: person.id.clone(),
            etag: etag(&form),
            given_name: text("given_name"),
            family_name: text("family_name"),
            known_as: text("known_as"),
            date_of_birth: born,
            language: text("language"),
            interpreter: form.get("interpreter") == "yes",
            needs: text("needs"),
            aliases: form.get("aliases").lines().map(str::trim).filter(|l| !l.is_empty()).map(str::to_owned).collect(),
        };
        match rpc!(page, "case", PeopleServiceClient::update_identity, request).await {
            Ok(_) => return page.done(&known.path(), "Identity changed"),
            Err(error) => {
                clash = refused(&page, &mut form, error, &[("date_of_birth", "date_of_birth")])?;
                if clash {
                    form = clashed(form, &person.etag);
                }
            }
        }
    }
    show(&page, &known, &person, form, clash)
}

fn show_demographics(page: &StaffPage, known: &Known, person: &Person, form: FormState, clash: bool) -> PageResult {
    let one = |name: &str, label: &str| Field::select(name, label, Choice::from_codes(name));
    let many = |name: &str, label: &str, list: &str| Field::checkboxes(name, label, Choice::from_codes(list));
    let view = FormPage::new(Some(&known.case), form, known.href("/demographics"), known.href(""))
        .intro("Ask the person; never guess. Every question may be left unanswered. Reports use the answers only without names.")
        .facts(vec![SummaryRow::new("Name", participants::name(&known.participant))])
        .fields(vec![
            one("ethnicity", "Ethnicity"),
            one("sex", "Sex"),
            one("gender_identity", "Gender identity"),
            one("sexual_orientation", "Sexual orientation"),
            one("religion", "Religion or belief"),
            one("relationship_status", "Relationship status"),
            one("disability", "Disability"),
            many("impairments", "Impairments", "impairment"),
            many("additional_needs", "Additional needs", "additional_need"),
            many("vulnerabilities", "Vulnerabilities", "vulnerability"),
        ])
        .submit("Save answers");
    let view = if clash { view.saved(demographic_rows(person)) } else { view };
    view.show(page, Some(&known.case), "Record equality answers")
}

/// The form for equality answers.
///
/// # Errors
/// The service's as a page.
pub async fn get_demographics(page: StaffPage, Path((_, id, participant)): Ids) -> PageResult {
    page.require("person.update")?;
    let (known, person) = load(&page, &id, &participant, &["demographics"]).await?;
    let d = person.demographics.clone().unwrap_or_default();
    let form = page
        .form()
        .with_etag(&person.etag)
        .with("ethnicity", d.ethnicity)
        .with("sex", d.sex)
        .with("gender_identity", d.gender_identity)
        .with("sexual_orientation", d.sexual_orientation)
        .with("religion", d.religion)
        .with("relationship_status", d.relationship_status)
        .with("disability", d.disability)
        .with_all("impairments", d.impairments)
        .with_all("additional_needs", d.additional_needs)
        .with_all("vulnerabilities", d.vulnerabilities);
    show_demographics(&page, &known, &person, form, false)
}

/// Saves equality answers.
///
/// # Errors
/// The service's as a page.
pub async fn post_demographics(page: StaffPage, Path((_, id, participant)): Ids, ProtectedForm { data, .. }: ProtectedForm) -> PageResult {
    let (known, person) = load(&page, &id, &participant, &["demographics"]).await?;
    let mut form = FormState::sent(data);
    let text = |name: &str| form.get(name).to_owned();
    let all = |name: &str| form.data().all(name).to_vec();
    let request = SetDemographicsRequest {
        request_id: key(&page, &form),
        person_id: person.id.clone(),
        etag: etag(&form),
        demographics: Some(Demographics {
            ethnicity: text("ethnicity"),
            sex: text("sex"),
            gender_identity: text("gender_identity"),
            sexual_orientation: text("sexual_orientation"),
            religion: text("religion"),
            relationship_status: text("relationship_status"),
            disability: text("disability"),
            impairments: all("impairments"),
            additional_needs: all("additional_needs"),
            vulnerabilities: all("vulnerabilities"),
            asked_at: Some(crate::text::timestamp(page.app.clock.now())),
        }),
    };
    match rpc!(page, "case", PeopleServiceClient::set_demographics, request).await {
        Ok(_) => page.done(&known.path(), "Equality answers recorded"),
        Err(error) => {
            let clash = refused(&page, &mut form, error, &[])?;
            if clash {
                form = clashed(form, &person.etag);
            }
            show_demographics(&page, &known, &person, form, clash)
        }
    }
}
