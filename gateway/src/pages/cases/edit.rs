//! Changing what is known of the harm: type, date, flags, stage of criminal justice, risks.

use axum::extract::Path;
use proto::case::v1::{UpdateCaseRequest, case_service_client::CaseServiceClient};
use tonic::Status;

use super::{bar::{self, Opened}, form_page::{Field, FormPage, case_refused, etag, key}, overview};
use crate::{
    error_page::{ErrorPage, of},
    forms::{FormState, ProtectedForm},
    page::{PageResult, StaffPage},
    rpc,
    view::Choice,
};

/// What the form writes. Who cannot see one of them would wipe it out by saving.
const WRITTEN: [&str; 6] = ["harm_type", "harm_date", "justice_stage", "crime_flags", "hate_strands", "risks"];

async fn load(page: &StaffPage, id: &str) -> Result<Opened, ErrorPage> {
    let case = bar::load(page, id).await?;
    if WRITTEN.iter().any(|path| bar::is_masked(path, &case.case.masked_paths)) {
        return Err(of(page, Status::permission_denied("You do not have permission to do this.")));
    }
    Ok(case)
}

fn show(page: &StaffPage, case: &Opened, form: FormState, clash: bool) -> PageResult {
    let view = FormPage::new(Some(case), form, case.href("/edit"), case.href("")).fields(vec![
        Field::select("harm_type", "Type of harm", Choice::from_codes("harm_type")),
        Field::date("harm_date", "Date of the harm (optional)"),
        Field::select("justice_stage", "Criminal justice stage (optional)", Choice::from_codes("criminal_justice_stage")),
        Field::checkboxes("crime_flags", "Flags", Choice::from_codes("crime_flag")),
        Field::checkboxes("hate_strands", "Hate strands", Choice::from_codes("hate_strand")),
        Field::area("risks", "Risks (optional)", 10_000).hint("What everybody who works this case has to know"),
        Field::tick("complex_or_sensitive", "This case is complex or sensitive"),
    ]);
    let view = if clash { view.saved(overview::details(&case.case, None)) } else { view };
    view.submit("Save changes").show(page, Some(case), "Change case details")
}

/// The form.
///
/// # Errors
/// The service's as a page.
pub async fn get(page: StaffPage, Path((_, id)): Path<(String, String)>) -> PageResult {
    page.require("case.update")?;
    let case = load(&page, &id).await?;
    let c = &case.case;
    let form = page
        .form()
        .with_etag(&c.etag)
        .with("harm_type", &c.harm_type)
        .with_date("harm_date", c.harm_date.parse().ok())
        .with("justice_stage", &c.justice_stage)
        .with_all("crime_flags", c.crime_flags.clone())
        .with_all("hate_strands", c.hate_strands.clone())
        .with("risks", &c.risks)
        .with("complex_or_sensitive", if c.complex_or_sensitive { "yes" } else { "" });
    show(&page, &case, form, false)
}

/// Saves.
///
/// # Errors
/// The service's as a page.
pub async fn post(page: StaffPage, Path((_, id)): Path<(String, String)>, ProtectedForm { data, .. }: ProtectedForm) -> PageResult {
    let case = load(&page, &id).await?;
    let mut form = FormState::sent(data);
    let harm_type = form.required("harm_type", "Select the type of harm");
    let harm_date = form.date("harm_date", "Date of the harm");
    form.at_most("risks", 10_000, "Risks");
    let mut clash = false;
    if form.is_valid() {
        let request = UpdateCaseRequest {
            request_id: key(&page, &form),
            case_id: id,
            etag: etag(&form),
            harm_type,
            harm_date: harm_date.map(|d| d.to_string()).unwrap_or_default(),
            justice_stage: form.get("justice_stage").to_owned(),
            crime_flags: form.data().all("crime_flags").to_vec(),
            hate_strands: form.data().all("hate_strands").to_vec(),
            risks: form.get("risks").to_owned(),
            complex_or_sensitive: form.get("complex_or_sensitive") == "yes",
        };
        match rpc!(page, "case", CaseServiceClient::update_case, request).await {
            Ok(_) => return page.done(&case.path(""), "Case details changed"),
            Err(status) => (form, clash) = case_refused(&page, &case, form, status, &[("harm_date", "harm_date")]).await?,
        }
    }
    show(&page, &case, form, clash)
}
