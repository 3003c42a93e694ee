//! Handing one or all of a colleague's cases to another: question → check, which names every case → result for each.

use std::collections::BTreeMap;

use axum::extract::Path;
use proto::case::v1::{CaseTab, HandOverCasesRequest, HandOverResult, ListCasesRequest, case_service_client::CaseServiceClient};
use serde::Serialize;

use super::{bar::{self, Opened}, form_page::{Field, FormPage, key, refused}, words};
use crate::{
    error_page::{ErrorPage, OrErrorPage},
    forms::{FormState, ProtectedForm},
    page::{PageResult, StaffPage},
    pages::names::{self, Names},
    rpc, text,
    view::{Cell, Choice, Colour, Column, Link, PageTemplate, SummaryRow, Table, Tag},
};

/// Most cases that one hand-over lists.
const MOST: usize = 500;
/// Cases asked for at once.
const PAGE: i32 = 200;

/// The result of a hand-over.
#[derive(Serialize)]
pub struct HandedOverPage {
    summary: String,
    table: Table,
    back: Link,
}

impl PageTemplate for HandedOverPage {
    const TEMPLATE: &'static str = "pages/cases/handed_over.html";

    fn samples() -> Vec<Self> {
        let known = BTreeMap::from([("1".to_owned(), "RJ-2027-00012".to_owned())]);
        let results = [
            HandOverResult { case_id: "1".into(), handed_over: true, reason: String::new() },
            HandOverResult { case_id: "2".into(), handed_over: false, reason: "NOT_ALLOWED".into() },
        ];
        let page = |results: &[HandOverResult]| {
            let (summary, table) = result_of(results, &known, "/t/example/cases");
            Self { summary, table, back: Link::new("Back to cases", "/t/example/cases") }
        };
        vec![page(&results), page(&[])]
    }
}

fn result_of(results: &[HandOverResult], references: &BTreeMap<String, String>, base: &str) -> (String, Table) {
    let done = results.iter().filter(|r| r.handed_over).count();
    let summary = format!("{} of {} handed over", done, text::plural(i64::try_from(results.len()).unwrap_or(0), "case", "cases"));
    let rows = results.iter().map(|result| {
        let reference = references.get(&result.case_id).cloned().unwrap_or_else(|| "Case".to_owned());
        let state = if result.handed_over { Cell::tag(Tag::new("Handed over", Colour::Green)) } else { Cell::tag(Tag::new("Not handed over", Colour::Red)).note(why_not(&result.reason)) };
        vec![Cell::link(reference, format!("{base}/{}", result.case_id)), state]
    });
    (summary, Table { caption: "Result for each case".into(), columns: vec![Column::new("Case"), Column::new("Result")], rows: rows.collect() })
}

fn why_not(reason: &str) -> String {
    match reason {
        "NOT_ALLOCATED" => "The case is not allocated to this colleague.".into(),
        "CASE_CLOSED" => "The case is closed.".into(),
        "NOT_ALLOWED" | "NOT_FOUND" => "You may not allocate this case.".into(),
        "ALREADY_ALLOCATED" => "The colleague who takes it works this case already.".into(),
        "CANNOT_WORK_CASE" => "The colleague who takes it cannot work this case. Choose somebody else.".into(),
        "NOT_IN_LOCK" => "The case is locked to named people. Add the colleague to the lock first.".into(),
        "" => String::new(),
        other => text::humanise(other),
    }
}

struct Ask {
    case: Option<Opened>,
    from: Vec<Choice>,
    to: Vec<Choice>,
}

impl Ask {
    async fn load(page: &StaffPage, case_id: Option<&str>) -> Result<Self, ErrorPage> {
        let to = names::colleagues(page, "facilitator").await.or_page(page)?;
        let Some(case_id) = case_id else { return Ok(Self { case: None, from: to.clone(), to }) };
        let case = bar::load(page, case_id).await?;
        let users: Vec<String> = case.case.allocations.iter().filter(|a| a.to.is_none()).map(|a| a.user_id.clone()).collect();
        let names = Names::load(page, users.clone()).await;
        let from = users.into_iter().map(|id| Choice::new(id.clone(), names.of(&id))).collect();
        Ok(Self { case: Some(case), from, to })
    }

    fn addresses(&self, page: &StaffPage) -> (String, String) {
        match &self.case {
            Some(case) => (case.href("/hand-over"), case.href("")),
            None => (page.href("/cases/hand-over"), page.href("/cases")),
        }
    }

    fn view(&self, page: &StaffPage, form: FormState) -> FormPage {
        let (action, cancel) = self.addresses(page);
        FormPage::new(self.case.as_ref(), form, action, cancel)
    }

    fn show(&self, page: &StaffPage, form: FormState) -> PageResult {
        let mut fields = vec![Field::select("from_user_id", "Whose cases?", self.from.clone()), Field::select("to_user_id", "Who takes them?", self.to.clone())];
        if self.case.is_some() {
            fields.push(Field::radios("what", "What do you want to hand over?", vec![Choice::new("one", "Only this case"), Choice::new("all", "All their open cases that you may allocate")]));
        }
        fields.push(Field::radios("reason", "Why?", words::choices(&words::HAND_OVER_REASONS)));
        self.view(page, form)
            .intro("Each case keeps its sides: who worked with one side is replaced on that side.")
            .fields(fields)
            .submit("Continue")
            .show(page, self.case.as_ref(), "Hand over cases")
    }
}

/// Open cases of a colleague that the caller may see: reference by id.
async fn cases_of(page: &StaffPage, user_id: &str) -> Result<BTreeMap<String, String>, ErrorPage> {
    let mut cases = BTreeMap::new();
    let mut page_token = String::new();
    loop {
        let request = ListCasesRequest { page_size: PAGE, page_token, tab: CaseTab::Open as i32, allocated_to_user_id: user_id.to_owned(), ..Default::default() };
        let answer = rpc!(page, "case", CaseServiceClient::list_cases, request).await.or_page(page)?;
        cases.extend(answer.cases.into_iter().map(|c| (c.id, c.reference)));
        page_token = answer.next_page_token;
        if page_token.is_empty() || cases.len() >= MOST {
            return Ok(cases);
        }
    }
}

/// The question about all of a colleague's cases.
///
/// # Errors
/// The services' as a page.
pub async fn get_all(page: StaffPage) -> PageResult {
    page.require("case.allocate")?;
    let ask = Ask::load(&page, None).await?;
    let form = page.form();
    ask.show(&page, form)
}

/// The question about one case, or all of the colleague who works it.
///
/// # Errors
/// The services' as a page.
pub async fn get_one(page: StaffPage, Path((_, id)): Path<(String, String)>) -> PageResult {
    page.require("case.allocate")?;
    let ask = Ask::load(&page, Some(&id)).await?;
    let mut form = page.form().with("what", "one");
    if let [only] = ask.from.as_slice() {
        form = form.with("from_user_id", only.value.clone());
    }
    ask.show(&page, form)
}

/// Checks, then hands over.
///
/// # Errors
/// The services' as a page.
pub async fn post_all(page: StaffPage, ProtectedForm { data, .. }: ProtectedForm) -> PageResult {
    let ask = Ask::load(&page, None).await?;
    post(page, ask, FormState::sent(data)).await
}

/// The same from a case.
///
/// # Errors
/// The services' as a page.
pub async fn post_one(page: StaffPage, Path((_, id)): Path<(String, String)>, ProtectedForm { data, .. }: ProtectedForm) -> PageResult {
    let ask = Ask::load(&page, Some(&id)).await?;
    post(page, ask, FormState::sent(data)).await
}

async fn post(page: StaffPage, ask: Ask, mut form: FormState) -> PageResult {
    if form.get("step") == "change" {
        return ask.show(&page, form);
    }
    let from = form.one_of("from_user_id", ask.from.iter().map(|c| c.value.as_str()), "Select whose cases you want to hand over");
    let to = form.one_of("to_user_id", ask.to.iter().map(|c| c.value.as_str()), "Select who takes them");
    let reason = form.one_of("reason", words::HAND_OVER_REASONS.map(|(code, _)| code), "Select why");
    if !from.is_empty() && from == to {
        form.fail("to_user_id", "Select somebody else than the colleague who has the cases now");
    }
    let one = match &ask.case {
        Some(case) if form.one_of("what", ["one", "all"], "Select what you want to hand over") == "one" => Some((case.case.id.clone(), case.case.reference.clone())),
        _ => None,
    };
    if !form.is_valid() {
        return ask.show(&page, form);
    }
    let cases = match one.clone() {
        Some(one) => BTreeMap::from([one]),
        None => cases_of(&page, &from).await?,
    };
    if cases.is_empty() && form.get("step") != "confirm" {
        form.fail("from_user_id", "This colleague has no open case that you may allocate");
        return ask.show(&page, form);
    }
    if form.get("step") != "confirm" {
        let name = |choices: &[Choice], id: &str| choices.iter().find(|c| c.value == id).map(|c| c.text.clone()).unwrap_or_default();
        let facts = vec![
            SummaryRow::new("From", name(&ask.from, &from)),
            SummaryRow::new("To", name(&ask.to, &to)),
            SummaryRow::new("Reason", words::word(&words::HAND_OVER_REASONS, &reason)),
            SummaryRow::new(text::plural(i64::try_from(cases.len()).unwrap_or(0), "case", "cases"), cases.values().cloned().collect::<Vec<_>>().join(", ")),
        ];
        return ask
            .view(&page, form)
            .intro("The colleague who has the cases now no longer sees them. The one who takes them sees them at once and is told by email.")
            .facts(facts)
            .check(&["from_user_id", "to_user_id", "what", "reason"])
            .submit("Hand over")
            .show(&page, ask.case.as_ref(), "Check before you hand over");
    }
    let request = HandOverCasesRequest { request_id: key(&page, &form), from_user_id: from, to_user_id: to, case_ids: one.map(|(id, _)| id).into_iter().collect(), reason };
    match rpc!(page, "case", CaseServiceClient::hand_over_cases, request).await {
        Ok(answer) => {
            let (summary, table) = result_of(&answer.results, &cases, &page.href("/cases"));
            let view = HandedOverPage { summary, table, back: Link::new("Back to cases", page.href("/cases")) };
            page.render(&page.frame("Cases handed over"), &view)
        }
        Err(status) => {
            if refused(&page, &mut form, status, &[])? {
                form.fail("", "Somebody changed these cases while you were editing. Check them and try again");
            }
            ask.show(&page, form)
        }
    }
}
