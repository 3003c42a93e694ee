//! Moving a case to another stage, and putting it on hold.

use axum::extract::Path;
use proto::case::v1::{MoveStageRequest, SetHoldRequest, case_service_client::CaseServiceClient};

use super::{bar::{self, Opened}, form_page::{Field, FormPage, case_refused, etag, key}};
use crate::{
    forms::{FormState, ProtectedForm},
    page::{PageResult, StaffPage},
    rpc, text,
    view::{Choice, SummaryRow},
};

fn show(page: &StaffPage, case: &Opened, form: FormState) -> PageResult {
    let now = SummaryRow::new("Stage now", "").tagged(super::words::stage_tag(&case.case));
    let choices: Vec<Choice> = case.case.allowed_stages.iter().map(|s| Choice::new(s, text::humanise(s))).collect();
    let view = FormPage::new(Some(case), form, case.href("/stage"), case.href("")).facts(vec![now]);
    let view = if choices.is_empty() {
        view.warning("The case cannot move by hand now. The overview says what each stage waits for.")
    } else {
        view.intro("Everybody who works this case sees the new stage.")
    };
    view.fields(vec![
        Field::radios("stage", "Which stage is next?", choices),
        Field::area("reason", "Reason", 1_000).hint("Needed when the case goes back to an earlier stage"),
    ])
    .submit("Change stage")
    .show(page, Some(case), "Change stage")
}

/// The question.
///
/// # Errors
/// The service's as a page.
pub async fn get(page: StaffPage, Path((_, id)): Path<(String, String)>) -> PageResult {
    page.require("case.update")?;
    let case = bar::load(&page, &id).await?;
    let form = page.form().with_etag(&case.case.etag);
    show(&page, &case, form)
}

/// Moves the case.
///
/// # Errors
/// The service's as a page.
pub async fn post(page: StaffPage, Path((_, id)): Path<(String, String)>, ProtectedForm { data, .. }: ProtectedForm) -> PageResult {
    let case = bar::load(&page, &id).await?;
    let mut form = FormState::sent(data);
    let stage = form.required("stage", "Select the stage");
    form.at_most("reason", 1_000, "Reason");
    if form.is_valid() {
        let request = MoveStageRequest { request_id: key(&page, &form), case_id: id, etag: etag(&form), stage, reason: form.get("reason").to_owned() };
        match rpc!(page, "case", CaseServiceClient::move_stage, request).await {
            Ok(_) => return page.done(&case.path(""), "Stage changed"),
            Err(status) => form = case_refused(&page, &case, form, status, &[]).await?.0,
        }
    }
    show(&page, &case, form)
}

fn show_hold(page: &StaffPage, case: &Opened, form: FormState) -> PageResult {
    let view = FormPage::new(Some(case), form, case.href("/hold"), case.href(""));
    if case.case.on_hold {
        let why = crate::view::Shown::field("hold_reason", &case.case.masked_paths, &case.case.hold_reason);
        let facts = vec![SummaryRow::new("Why it is on hold", why), SummaryRow::new("Review", bar::iso(&case.case.hold_review_on))];
        return view.facts(facts).submit("Take off hold").show(page, Some(case), "Take this case off hold");
    }
    view.intro("While a case is on hold its stage cannot change.")
        .fields(vec![Field::area("reason", "Why is the case on hold?", 1_000), Field::date("review_on", "When will you look at it again?")])
        .submit("Put on hold")
        .show(page, Some(case), "Put this case on hold")
}

/// The question about a hold.
///
/// # Errors
/// The service's as a page.
pub async fn get_hold(page: StaffPage, Path((_, id)): Path<(String, String)>) -> PageResult {
    page.require("case.update")?;
    let case = bar::load(&page, &id).await?;
    let form = page.form().with_etag(&case.case.etag);
    show_hold(&page, &case, form)
}

/// Puts the case on hold, or takes it off.
///
/// # Errors
/// The service's as a page.
pub async fn post_hold(page: StaffPage, Path((_, id)): Path<(String, String)>, ProtectedForm { data, .. }: ProtectedForm) -> PageResult {
    let case = bar::load(&page, &id).await?;
    let mut form = FormState::sent(data);
    let on_hold = !case.case.on_hold;
    let mut review_on = None;
    if on_hold {
        form.required("reason", "Enter why the case is on hold");
        form.at_most("reason", 1_000, "Reason");
        review_on = form.required_date("review_on", "Review date", "Enter when you will look at it again");
    }
    if form.is_valid() {
        let request = SetHoldRequest {
            request_id: key(&page, &form),
            case_id: id,
            etag: etag(&form),
            on_hold,
            reason: form.get("reason").to_owned(),
            review_on: review_on.map(|d| d.to_string()).unwrap_or_default(),
        };
        match rpc!(page, "case", CaseServiceClient::set_hold, request).await {
            Ok(_) => return page.done(&case.path(""), if on_hold { "The case is on hold" } else { "The case is no longer on hold" }),
            Err(status) => form = case_refused(&page, &case, form, status, &[("review_on", "review_on")]).await?.0,
        }
    }
    show_hold(&page, &case, form)
}
