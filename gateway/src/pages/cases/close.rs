//! Closing a case (question → check → done), and reopening it.

use axum::extract::Path;
use proto::case::v1::{CloseCaseRequest, ReopenCaseRequest, case_service_client::CaseServiceClient};

use super::{bar::{self, Opened}, form_page::{Field, FormPage, case_refused, etag, key}};
use crate::{
    forms::{FormState, ProtectedForm},
    page::{PageResult, StaffPage},
    rpc, text,
    view::{Choice, SummaryRow},
};

fn show(page: &StaffPage, case: &Opened, form: FormState) -> PageResult {
    let reasons = case.case.allowed_close_reasons.iter().map(|r| Choice::new(r, text::label("close_reason", r))).collect();
    FormPage::new(Some(case), form, case.href("/close"), case.href(""))
        .intro("Only reasons that fit the stage of the case are offered.")
        .fields(vec![
            Field::radios("reason", "Why is the case closed?", reasons),
            Field::area("note", "Note", 2_000).hint("Needed when you choose another reason"),
        ])
        .submit("Continue")
        .show(page, Some(case), "Close case")
}

fn check(page: &StaffPage, case: &Opened, form: FormState) -> PageResult {
    let facts = vec![
        SummaryRow::new("Case", case.case.reference.clone()),
        SummaryRow::new("Reason", text::label("close_reason", form.get("reason"))),
        SummaryRow::new("Note", form.get("note").to_owned()),
    ];
    FormPage::new(Some(case), form, case.href("/close"), case.href(""))
        .intro("Allocations end and the people who work this case no longer see it. You can reopen the case with a reason.")
        .facts(facts)
        .check(&["reason", "note"])
        .submit("Close case")
        .grave()
        .show(page, Some(case), "Check before you close this case")
}

/// The question.
///
/// # Errors
/// The service's as a page.
pub async fn get(page: StaffPage, Path((_, id)): Path<(String, String)>) -> PageResult {
    page.require("case.close")?;
    let case = bar::load(&page, &id).await?;
    let form = page.form().with_etag(&case.case.etag);
    show(&page, &case, form)
}

/// Checks, then closes.
///
/// # Errors
/// The service's as a page.
pub async fn post(page: StaffPage, Path((_, id)): Path<(String, String)>, ProtectedForm { data, .. }: ProtectedForm) -> PageResult {
    let mut form = FormState::sent(data);
    // Asked before the case is loaded: who sends the form twice may not see the case after the first time.
    let refusal = if form.get("step") == "confirm" {
        let (reason, note) = (form.get("reason").to_owned(), form.get("note").to_owned());
        let request = CloseCaseRequest { request_id: key(&page, &form), case_id: id.clone(), etag: etag(&form), reason, note };
        match rpc!(page, "case", CaseServiceClient::close_case, request).await {
            Ok(_) => return page.done("/cases", "Case closed"),
            Err(status) => Some(status),
        }
    } else {
        None
    };
    let case = bar::load(&page, &id).await?;
    if let Some(status) = refusal {
        let (form, _) = case_refused(&page, &case, form, status, &[("reason", "reason")]).await?;
        return show(&page, &case, form);
    }
    if form.get("step") == "change" {
        return show(&page, &case, form);
    }
    let allowed: Vec<&str> = case.case.allowed_close_reasons.iter().map(String::as_str).collect();
    let reason = form.one_of("reason", allowed, "Select why the case is closed");
    form.at_most("note", 2_000, "Note");
    if reason == "OTHER" {
        form.required("note", "Enter why the case is closed");
    }
    if form.is_valid() {
        return check(&page, &case, form);
    }
    show(&page, &case, form)
}

fn show_reopen(page: &StaffPage, case: &Opened, form: FormState) -> PageResult {
    let facts = vec![
        SummaryRow::new("Closed", bar::on(case.case.closed_at.as_ref())),
        SummaryRow::new("Why it was closed", text::label("close_reason", &case.case.close_reason)),
    ];
    FormPage::new(Some(case), form, case.href("/reopen"), case.href(""))
        .facts(facts)
        .fields(vec![Field::area("reason", "Why is the case reopened?", 1_000)])
        .submit("Reopen case")
        .show(page, Some(case), "Reopen case")
}

/// The question about reopening.
///
/// # Errors
/// The service's as a page.
pub async fn get_reopen(page: StaffPage, Path((_, id)): Path<(String, String)>) -> PageResult {
    page.require("case.reopen")?;
    let case = bar::load(&page, &id).await?;
    let form = page.form().with_etag(&case.case.etag);
    show_reopen(&page, &case, form)
}

/// Reopens.
///
/// # Errors
/// The service's as a page.
pub async fn post_reopen(page: StaffPage, Path((_, id)): Path<(String, String)>, ProtectedForm { data, .. }: ProtectedForm) -> PageResult {
    let case = bar::load(&page, &id).await?;
    let mut form = FormState::sent(data);
    let reason = form.required("reason", "Enter why the case is reopened");
    form.at_most("reason", 1_000, "Reason");
    if form.is_valid() {
        let request = ReopenCaseRequest { request_id: key(&page, &form), case_id: id, etag: etag(&form), reason };
        match rpc!(page, "case", CaseServiceClient::reopen_case, request).await {
            Ok(_) => return page.done(&case.path(""), "Case reopened. Allocate it to somebody"),
            Err(status) => form = case_refused(&page, &case, form, status, &[]).await?.0,
        }
    }
    show_reopen(&page, &case, form)
}
