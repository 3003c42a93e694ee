//! Outcomes of a case: what was done and what came of it.

use axum::extract::Path;
use proto::case::v1::{Meeting, Outcome, RecordOutcomeRequest, case_service_client::CaseServiceClient};
use serde::Serialize;

use super::{
    bar::{self, CaseBar, Opened},
    form_page::{Field, FormPage, case_refused, etag, key},
    meetings, words,
};
use crate::{
    error_page::ErrorPage,
    forms::{FormState, ProtectedForm},
    page::{PageResult, StaffPage},
    pages::names::Names,
    rpc, text,
    view::{Choice, Link, PageTemplate, SummaryRow},
};

/// One outcome as a card.
#[derive(Clone, Serialize)]
struct Card {
    title: String,
    rows: Vec<SummaryRow>,
}

/// The page's context.
#[derive(Serialize)]
pub struct OutcomesPage {
    bar: CaseBar,
    add: Option<Link>,
    hidden: bool,
    cards: Vec<Card>,
}

impl PageTemplate for OutcomesPage {
    const TEMPLATE: &'static str = "pages/cases/outcomes.html";

    fn samples() -> Vec<Self> {
        let outcome = Outcome { intervention: "CONFERENCE".into(), held_on: "2027-05-04".into(), result: "HELD".into(), outcomes: vec!["APOLOGY_GIVEN".into()], summary: "Both spoke.".into(), ..Default::default() };
        let page = |cards: Vec<Card>, hidden: bool, add: Option<Link>| Self { bar: bar::sample(), add, hidden, cards };
        vec![
            page(vec![card(&outcome, &Names::default())], false, Some(Link::new("Record outcome", "/t/example/cases/1/outcomes/new"))),
            page(Vec::new(), false, None),
            page(Vec::new(), true, None),
        ]
    }
}

fn card(o: &Outcome, names: &Names) -> Card {
    let outcomes: Vec<String> = o.outcomes.iter().map(|c| text::label("outcome", c)).collect();
    Card {
        title: text::label("intervention", &o.intervention),
        rows: vec![
            SummaryRow::new("Held on", bar::iso(&o.held_on)),
            SummaryRow::new("How it went", text::label("session_result", &o.result)),
            SummaryRow::new("What came of it", outcomes.join("\n")),
            SummaryRow::new("Summary", o.summary.clone()),
            SummaryRow::new("Recorded", format!("{} {}", names.of(&o.recorded_by), bar::at(o.recorded_at.as_ref())).trim().to_owned()),
        ],
    }
}

/// Shows the outcomes.
///
/// # Errors
/// The services' as a page.
pub async fn get(page: StaffPage, Path((_, id)): Path<(String, String)>) -> PageResult {
    let case = bar::load(&page, &id).await?;
    let names = Names::load(&page, case.case.outcomes.iter().map(|o| o.recorded_by.clone()).collect()).await;
    let view = OutcomesPage {
        bar: case.bar("/outcomes"),
        add: case.may("UPDATE").then(|| Link::new("Record outcome", case.href("/outcomes/new"))),
        hidden: bar::is_masked("outcomes", &case.case.masked_paths),
        cards: case.case.outcomes.iter().map(|o| card(o, &names)).collect(),
    };
    page.render(&case.frame(&page, "Outcomes"), &view)
}

async fn held(page: &StaffPage, case: &Opened) -> Result<Vec<Meeting>, ErrorPage> {
    Ok(meetings::list(page, &case.case.id).await?.into_iter().filter(|m| m.state != "CANCELLED").collect())
}

fn show(page: &StaffPage, case: &Opened, held: &[Meeting], form: FormState) -> PageResult {
    let about = held.iter().map(|m| Choice::new(&m.id, format!("{}, {}", words::meeting_kind(&m.kind), bar::at(m.starts_at.as_ref())))).collect();
    FormPage::new(Some(case), form, case.href("/outcomes/new"), case.href("/outcomes"))
        .intro("A direct or indirect intervention that was held moves a planned case on to the next stage by itself.")
        .fields(vec![
            Field::select("intervention", "What was done?", Choice::from_codes("intervention")),
            Field::date("held_on", "When?"),
            Field::radios("result", "How did it go?", Choice::from_codes("session_result")),
            Field::checkboxes("outcomes", "What came of it?", Choice::from_codes("outcome")).hint("Only for what was held"),
            Field::area("summary", "Summary (optional)", 10_000),
            Field::select("meeting_id", "Which meeting was it? (optional)", about),
        ])
        .submit("Record outcome")
        .show(page, Some(case), "Record outcome")
}

/// The form.
///
/// # Errors
/// The service's as a page.
pub async fn get_new(page: StaffPage, Path((_, id)): Path<(String, String)>) -> PageResult {
    page.require("case.update")?;
    let case = bar::load(&page, &id).await?;
    let held = held(&page, &case).await?;
    let form = page.form().with_etag(&case.case.etag).with_date("held_on", Some(text::local_date(page.app.clock.now())));
    show(&page, &case, &held, form)
}

/// Records.
///
/// # Errors
/// The service's as a page.
pub async fn post_new(page: StaffPage, Path((_, id)): Path<(String, String)>, ProtectedForm { data, .. }: ProtectedForm) -> PageResult {
    let case = bar::load(&page, &id).await?;
    let held = held(&page, &case).await?;
    let mut form = FormState::sent(data);
    let intervention = form.required("intervention", "Select what was done");
    let held_on = form.required_date("held_on", "Date", "Enter the date").map(|d| d.to_string()).unwrap_or_default();
    let result = form.required("result", "Select how it went");
    form.at_most("summary", 10_000, "Summary");
    if form.is_valid() {
        let request = RecordOutcomeRequest {
            request_id: key(&page, &form),
            case_id: id,
            etag: etag(&form),
            intervention,
            held_on,
            result,
            outcomes: form.data().all("outcomes").to_vec(),
            summary: form.get("summary").to_owned(),
            meeting_id: form.get("meeting_id").to_owned(),
        };
        match rpc!(page, "case", CaseServiceClient::record_outcome, request).await {
            Ok(_) => return page.done(&case.path("/outcomes"), "Outcome recorded"),
            Err(status) => form = case_refused(&page, &case, form, status, &[("held_on", "held_on"), ("outcomes", "outcomes")]).await?.0,
        }
    }
    show(&page, &case, &held, form)
}
