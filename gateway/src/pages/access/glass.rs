//! Emergency access (break-glass): using it, the list of uses, their reviews.

use axum::extract::{Path, Query};
use proto::case::v1::{
    BreakGlassRequest, ListBreakGlassRequest, ReviewBreakGlassRequest, case_access_service_client::CaseAccessServiceClient,
};
use tonic::Code;

use super::{lists::{Asked, ListPage, PAGE}, words};
use crate::{
    error_page::OrErrorPage,
    forms::{FormState, ProtectedForm},
    page::{PageResult, StaffPage},
    pages::{cases::{bar, form_page::{Field, FormPage, key, refused}}, names::Names},
    rpc,
    view::{Cell, Choice, Link, Section},
};

/// Uses that the reader may review.
///
/// # Errors
/// The services' as a page.
pub async fn list(page: StaffPage, Query(asked): Query<Asked>) -> PageResult {
    let open = asked.all.is_none();
    let request = ListBreakGlassRequest { open, page_size: PAGE, page_token: asked.page.clone() };
    let answer = rpc!(page, "case", CaseAccessServiceClient::list_break_glass, request).await.or_page(&page)?;
    let ids = answer.uses.iter().flat_map(|u| [u.user_id.clone(), u.reviewed_by.clone()]).collect();
    let names = Names::load(&page, ids).await;
    let rows = answer.uses.iter().map(|row| {
        let case = if row.case_id.is_empty() { Cell::new(row.case_reference.as_str()) } else { Cell::link(row.case_reference.as_str(), page.href(&format!("/cases/{}/access", row.case_id))) };
        let mut state = Cell::tag(words::outcome(&row.outcome));
        if !row.reviewed_by.is_empty() {
            state = state.note(format!("{}, {}", names.of(&row.reviewed_by), bar::on(row.reviewed_at.as_ref())));
        }
        let act = if row.may_review { Cell::link("Review", page.href(&format!("/break-glass/{}/review", row.id))) } else { Cell::new("") };
        vec![case, Cell::new(names.of(&row.user_id)), Cell::new(bar::at(row.at.as_ref())).note(format!("Until {}", bar::at(row.ends_at.as_ref()))), state, act]
    });
    let (base, all) = (page.href("/break-glass"), page.href("/break-glass?all=1"));
    let empty = if open { "No use of emergency access waits for a review." } else { "Nobody has used emergency access." };
    let mut view = ListPage::new("Uses of emergency access", &["Case", "Who", "When", "Review", "Act"], rows.collect(), empty)
        .intro("Somebody looked at a case beyond their own for one hour. Another person must say whether that was right.")
        .sections(vec![Section::new("To review", base.clone(), open), Section::new("All", all.clone(), !open)])
        .paged(if open { &base } else { &all }, &asked.page, &answer.next_page_token);
    if page.may("case.break_glass") {
        view = view.act(Link::new("Use emergency access", page.href("/break-glass/use")));
    }
    page.render(&page.frame("Emergency access"), &view)
}

fn show_use(page: &StaffPage, form: FormState) -> PageResult {
    FormPage::new(None, form, page.href("/break-glass/use"), page.href("/break-glass"))
        .warning("Use this only to keep somebody safe when nobody who works the case can be reached. Supervisors are told at once, everything you open is recorded, and somebody else reviews it.")
        .intro("You can look at the case for one hour. You cannot change anything.")
        .fields(vec![
            Field::text("reference", "Reference of the case").hint("For example, RJ-7K4M-2QX9-C").width("20"),
            Field::area("reason", "Why do you need to see this case now?", 2_000),
        ])
        .submit("Open the case")
        .grave()
        .show(page, None, "Use emergency access")
}

/// The form.
///
/// # Errors
/// The page for what is not permitted.
pub async fn get_use(page: StaffPage) -> PageResult {
    page.require("case.break_glass")?;
    let form = page.form();
    show_use(&page, form)
}

/// Opens the case.
///
/// # Errors
/// The services' as a page.
pub async fn post_use(page: StaffPage, ProtectedForm { data, .. }: ProtectedForm) -> PageResult {
    let mut form = FormState::sent(data);
    let case_reference = form.required("reference", "Enter the reference of the case");
    let reason = form.required("reason", "Enter why you need to see this case now");
    form.at_most("reason", 2_000, "Reason");
    if form.is_valid() {
        let request = BreakGlassRequest { request_id: key(&page, &form), case_reference, reason };
        match rpc!(page, "case", CaseAccessServiceClient::break_glass, request).await {
            Ok(answer) => return page.done(&format!("/cases/{}", answer.case_id), "The case is open to you for one hour. Supervisors are told"),
            Err(status) if status.code() == Code::NotFound => form.fail("reference", "There is no case with this reference that you can open"),
            Err(status) => drop(refused(&page, &mut form, status, &[("case_reference", "reference")])?),
        }
    }
    show_use(&page, form)
}

fn show_review(page: &StaffPage, id: &str, form: FormState) -> PageResult {
    let found = words::OUTCOMES.iter().map(|(code, text)| Choice::new(*code, *text)).collect();
    FormPage::new(None, form, page.href(&format!("/break-glass/{id}/review")), page.href("/break-glass"))
        .intro("Ask the colleague where the reason does not say enough. What you find stays with the case.")
        .fields(vec![Field::radios("outcome", "What do you find?", found), Field::area("note", "What was found, and what follows from it? (optional)", 2_000)])
        .submit("Close review")
        .show(page, None, "Review emergency access")
}

/// The question of a review.
///
/// # Errors
/// The page for what is not permitted.
pub async fn get_review(page: StaffPage, Path((_, id)): Path<(String, String)>) -> PageResult {
    page.require("case.review")?;
    show_review(&page, &id, page.form())
}

/// Closes the review.
///
/// # Errors
/// The services' as a page.
pub async fn post_review(page: StaffPage, Path((_, id)): Path<(String, String)>, ProtectedForm { data, .. }: ProtectedForm) -> PageResult {
    let mut form = FormState::sent(data);
    let outcome = form.one_of("outcome", words::OUTCOMES.iter().map(|(code, _)| *code), "Select what you find");
    form.at_most("note", 2_000, "Note");
    let note = form.get("note").to_owned();
    if outcome == "WRONG" && note.is_empty() {
        form.fail("note", "Enter what was wrong and what follows from it");
    }
    if form.is_valid() {
        let request = ReviewBreakGlassRequest { request_id: key(&page, &form), use_id: id.clone(), outcome, note };
        match rpc!(page, "case", CaseAccessServiceClient::review_break_glass, request).await {
            Ok(_) => return page.done("/break-glass", "Review closed"),
            Err(status) => drop(refused(&page, &mut form, status, &[])?),
        }
    }
    show_review(&page, &id, form)
}
