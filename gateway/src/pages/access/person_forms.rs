//! Forms about the access to one person: a conflict of interest, a restriction.

use axum::extract::Path;
use proto::{
    case::v1::{DeclareConflictRequest, SetRestrictionRequest, case_access_service_client::CaseAccessServiceClient},
    people::v1::{GetPersonRequest, people_service_client::PeopleServiceClient},
};

use crate::{
    error_page::{ErrorPage, OrErrorPage},
    forms::{FormState, ProtectedForm},
    page::{PageResult, StaffPage},
    pages::cases::form_page::{Field, FormPage, key, refused},
    rpc,
    view::SummaryRow,
};

type Ids = Path<(String, String)>;

/// The person's reference; looking it up also says whether the reader sees them.
async fn reference(page: &StaffPage, id: &str) -> Result<String, ErrorPage> {
    let answer = rpc!(page, "case", PeopleServiceClient::get_person, GetPersonRequest { person_id: id.to_owned() }).await.or_page(page)?;
    Ok(answer.person.unwrap_or_default().reference)
}

fn show_conflict(page: &StaffPage, id: &str, reference: String, form: FormState) -> PageResult {
    FormPage::new(None, form, page.href(&format!("/people/{id}/conflict")), page.href(&format!("/people/{id}")))
        .intro("You will see neither this person nor any case that they are concerned in, and you are allocated to none of them. Tell your coordinator where a colleague has the conflict.")
        .facts(vec![SummaryRow::new("Person", reference)])
        .fields(vec![Field::area("reason", "What is the conflict?", 2_000)])
        .submit("Declare conflict of interest")
        .grave()
        .show(page, None, "Declare a conflict of interest")
}

/// The question about a conflict of interest of one's own.
///
/// # Errors
/// The services' as a page.
pub async fn get_conflict(page: StaffPage, Path((_, id)): Ids) -> PageResult {
    let (reference, form) = (reference(&page, &id).await?, page.form());
    show_conflict(&page, &id, reference, form)
}

/// Declares it.
///
/// # Errors
/// The services' as a page.
pub async fn post_conflict(page: StaffPage, Path((_, id)): Ids, ProtectedForm { data, .. }: ProtectedForm) -> PageResult {
    let mut form = FormState::sent(data);
    let reason = form.required("reason", "Enter what the conflict is");
    form.at_most("reason", 2_000, "Reason");
    if form.is_valid() {
        let request = DeclareConflictRequest { request_id: key(&page, &form), user_id: String::new(), case_id: String::new(), person_id: id.clone(), reason };
        match rpc!(page, "case", CaseAccessServiceClient::declare_conflict, request).await {
            Ok(_) => return page.done("/people", "Conflict of interest declared. You cannot see the person any more"),
            Err(status) => drop(refused(&page, &mut form, status, &[])?),
        }
    }
    let reference = reference(&page, &id).await?;
    show_conflict(&page, &id, reference, form)
}

fn show_restrict(page: &StaffPage, id: &str, reference: String, form: FormState) -> PageResult {
    FormPage::new(None, form, page.href(&format!("/people/{id}/restrict")), page.href(&format!("/people/{id}")))
        .warning("What is known of this person is kept, and nobody can see or use it until you lift the restriction. Messages to them are not sent.")
        .facts(vec![SummaryRow::new("Person", reference)])
        .fields(vec![Field::area("reason", "Why is processing restricted?", 2_000).hint("For example, accuracy is contested (UK GDPR, article 18)")])
        .submit("Restrict person")
        .grave()
        .show(page, None, "Restrict processing")
}

/// The question about a restriction.
///
/// # Errors
/// The services' as a page.
pub async fn get_restrict(page: StaffPage, Path((_, id)): Ids) -> PageResult {
    page.require("case.restrict")?;
    let (reference, form) = (reference(&page, &id).await?, page.form());
    show_restrict(&page, &id, reference, form)
}

/// Restricts.
///
/// # Errors
/// The services' as a page.
pub async fn post_restrict(page: StaffPage, Path((_, id)): Ids, ProtectedForm { data, .. }: ProtectedForm) -> PageResult {
    let mut form = FormState::sent(data);
    let reason = form.required("reason", "Enter why processing is restricted");
    form.at_most("reason", 2_000, "Reason");
    if form.is_valid() {
        let request = SetRestrictionRequest { request_id: key(&page, &form), case_id: String::new(), person_id: id.clone(), reason };
        match rpc!(page, "case", CaseAccessServiceClient::set_restriction, request).await {
            Ok(_) => return page.done("/restrictions", "Processing restricted"),
            Err(status) => drop(refused(&page, &mut form, status, &[])?),
        }
    }
    let reference = reference(&page, &id).await?;
    show_restrict(&page, &id, reference, form)
}
