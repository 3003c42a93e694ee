//! Allocating a case: question → check → done, and ending an allocation.

use axum::extract::Path;
use chrono::NaiveDate;
use proto::case::v1::{AllocateCaseRequest, EndAllocationRequest, case_service_client::CaseServiceClient};
use serde::Serialize;

use super::{bar::{self, Opened}, form_page::{Field, FormPage, case_refused, etag, key}, words};
use crate::{
    error_page::OrErrorPage,
    forms::{FormState, ProtectedForm},
    page::{PageResult, StaffPage},
    pages::names::{self, Names},
    rpc, text,
    view::{Choice, Link, PageTemplate, SummaryRow},
};

/// The page after allocation.
#[derive(Serialize)]
pub struct AllocatedPage {
    reference: String,
    rows: Vec<SummaryRow>,
    links: Vec<Link>,
}

impl PageTemplate for AllocatedPage {
    const TEMPLATE: &'static str = "pages/cases/allocated.html";

    fn samples() -> Vec<Self> {
        let page = |rows| Self { reference: "RJ-2027-00012".into(), rows, links: vec![Link::new("Go to the case", "/t/example/cases/1")] };
        vec![page(vec![SummaryRow::new("Alex Example", "Both sides")]), page(Vec::new())]
    }
}

fn show(page: &StaffPage, case: &Opened, people: Vec<Choice>, form: FormState) -> PageResult {
    let view = FormPage::new(Some(case), form, case.href("/allocate"), case.href(""));
    let view = if people.is_empty() { view.warning("There is no facilitator to allocate this case to. Ask an administrator to give somebody the role facilitator.") } else { view };
    view.fields(vec![
        Field::radios("user_id", "Who do you want to allocate this case to?", people),
        Field::radios("side", "Which side will they work with?", Choice::from_codes("allocation_side"))
            .hint("Somebody who works with one side does not see the other side's contact details or notes"),
        Field::tick("lead", "They lead this case"),
        Field::date("until", "Until when? (optional)").hint("For somebody who helps for a time, such as a co-facilitator. Leave empty where it lasts"),
    ])
    .submit("Continue")
    .show(page, Some(case), "Allocate case")
}

fn check(page: &StaffPage, case: &Opened, name: String, until: Option<NaiveDate>, form: FormState) -> PageResult {
    let facts = vec![
        SummaryRow::new("Case", case.case.reference.clone()),
        SummaryRow::new("Allocate to", name),
        SummaryRow::new("Side", text::label("allocation_side", form.get("side"))),
        SummaryRow::new("Leads the case", if form.get("lead") == "yes" { "Yes" } else { "No" }),
        SummaryRow::new("Until", until.map_or_else(|| "It is ended".to_owned(), text::date)),
    ];
    FormPage::new(Some(case), form, case.href("/allocate"), case.href(""))
        .intro("Make sure that you have read the case and that they know none of the people concerned. They see the case from now on and are told by email.")
        .facts(facts)
        .check(&["user_id", "side", "lead", "until-day", "until-month", "until-year"])
        .submit("Allocate case")
        .show(page, Some(case), "Check before you allocate this case")
}

/// The question.
///
/// # Errors
/// The services' as a page.
pub async fn get(page: StaffPage, Path((_, id)): Path<(String, String)>) -> PageResult {
    page.require("case.allocate")?;
    let case = bar::load(&page, &id).await?;
    let people = names::colleagues(&page, "facilitator").await.or_page(&page)?;
    let lead = if case.case.allocations.iter().any(|a| a.to.is_none() && a.lead) { "" } else { "yes" };
    let form = page.form().with_etag(&case.case.etag).with("side", "BOTH").with("lead", lead);
    show(&page, &case, people, form)
}

/// Checks, then allocates.
///
/// # Errors
/// The services' as a page.
pub async fn post(page: StaffPage, Path((_, id)): Path<(String, String)>, ProtectedForm { data, .. }: ProtectedForm) -> PageResult {
    let case = bar::load(&page, &id).await?;
    let people = names::colleagues(&page, "facilitator").await.or_page(&page)?;
    let mut form = FormState::sent(data);
    if form.get("step") == "change" {
        return show(&page, &case, people, form);
    }
    let user_id = form.one_of("user_id", people.iter().map(|p| p.value.as_str()), "Select who you want to allocate this case to");
    let side = form.one_of("side", ["BOTH", "HARMED", "HARMER"], "Select which side they will work with");
    let until = form.date("until", "Date until which it lasts");
    if form.is_valid() && form.get("step") != "confirm" {
        let name = people.iter().find(|p| p.value == user_id).map(|p| p.text.clone()).unwrap_or_default();
        return check(&page, &case, name, until, form);
    }
    if form.is_valid() {
        let lead = form.get("lead") == "yes";
        let request = AllocateCaseRequest { request_id: key(&page, &form), case_id: id, etag: etag(&form), user_id, side, lead, last_day: until.map(|day| day.to_string()).unwrap_or_default() };
        match rpc!(page, "case", CaseServiceClient::allocate_case, request).await {
            Ok(_) => return page.redirect(&case.path("/allocated")),
            Err(status) => form = case_refused(&page, &case, form, status, &[("last_day", "until")]).await?.0,
        }
    }
    show(&page, &case, people, form)
}

/// Done: who works the case now.
///
/// # Errors
/// The services' as a page.
pub async fn done(page: StaffPage, Path((_, id)): Path<(String, String)>) -> PageResult {
    let case = bar::load(&page, &id).await?;
    let current: Vec<_> = case.case.allocations.iter().filter(|a| a.to.is_none()).collect();
    let names = Names::load(&page, current.iter().map(|a| a.user_id.clone()).collect()).await;
    let view = AllocatedPage {
        reference: case.case.reference.clone(),
        rows: current.iter().map(|a| SummaryRow::new(names.of(&a.user_id), text::label("allocation_side", &a.side))).collect(),
        links: vec![Link::new("Go to the case", case.href("")), Link::new("Cases that nobody is allocated to", page.href("/cases?tab=unallocated"))],
    };
    page.render(&page.frame("Case allocated"), &view)
}

fn show_end(page: &StaffPage, case: &Opened, allocation: &str, name: String, form: FormState) -> PageResult {
    FormPage::new(Some(case), form, case.href(&format!("/allocations/{allocation}/end")), case.href(""))
        .intro("They no longer see this case. What they did stays in it.")
        .facts(vec![SummaryRow::new("Allocated to", name)])
        .fields(vec![Field::radios("reason", "Why does the allocation end?", words::choices(&words::END_REASONS))])
        .submit("End allocation")
        .grave()
        .show(page, Some(case), "End allocation")
}

async fn allocated_to(page: &StaffPage, case: &Opened, allocation: &str) -> Result<String, crate::error_page::ErrorPage> {
    let Some(found) = case.case.allocations.iter().find(|a| a.id == allocation && a.to.is_none()) else {
        return Err(bar::not_here(page));
    };
    Ok(Names::load(page, vec![found.user_id.clone()]).await.of(&found.user_id))
}

/// The question about ending an allocation.
///
/// # Errors
/// The services' as a page.
pub async fn get_end(page: StaffPage, Path((_, id, allocation)): Path<(String, String, String)>) -> PageResult {
    page.require("case.allocate")?;
    let case = bar::load(&page, &id).await?;
    let name = allocated_to(&page, &case, &allocation).await?;
    let form = page.form().with_etag(&case.case.etag);
    show_end(&page, &case, &allocation, name, form)
}

/// Ends an allocation.
///
/// # Errors
/// The services' as a page.
pub async fn post_end(page: StaffPage, Path((_, id, allocation)): Path<(String, String, String)>, ProtectedForm { data, .. }: ProtectedForm) -> PageResult {
    let case = bar::load(&page, &id).await?;
    let mut form = FormState::sent(data);
    let reason = form.one_of("reason", words::END_REASONS.map(|(code, _)| code), "Select why the allocation ends");
    if form.is_valid() {
        let request = EndAllocationRequest { request_id: key(&page, &form), case_id: id, etag: etag(&form), allocation_id: allocation.clone(), reason };
        match rpc!(page, "case", CaseServiceClient::end_allocation, request).await {
            Ok(_) => return page.done(&case.path(""), "Allocation ended"),
            Err(status) => form = case_refused(&page, &case, form, status, &[]).await?.0,
        }
    }
    let name = allocated_to(&page, &case, &allocation).await?;
    show_end(&page, &case, &allocation, name, form)
}
