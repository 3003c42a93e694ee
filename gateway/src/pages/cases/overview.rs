//! The overview of a case, and the page that waits until a new case is open.

use axum::extract::{Path, Query};
use axum::response::IntoResponse;
use http::{HeaderValue, header};
use proto::case::v1::Case;
use serde::{Deserialize, Serialize};
use tonic::Code;

use super::{bar::{self, CaseBar, Opened}, words};
use crate::{
    error_page::of,
    page::{PageResult, StaffPage},
    pages::names::{self, Names},
    text,
    view::{Cell, Column, Link, PageTemplate, Shown, SummaryRow, Table},
};

/// How often the waiting page looks again by itself.
const LOOKS: u32 = 30;

#[derive(Serialize, Clone)]
struct Words {
    text: String,
}

#[derive(Serialize, Clone)]
struct Status {
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tag: Option<StatusTag>,
}

#[derive(Serialize, Clone)]
struct StatusTag {
    text: &'static str,
    classes: &'static str,
}

/// One stage in the task list.
#[derive(Serialize, Clone)]
struct Stage {
    title: Words,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<Words>,
    #[serde(skip_serializing_if = "Option::is_none")]
    href: Option<String>,
    status: Status,
}

/// The page's context.
#[derive(Serialize)]
pub struct OverviewPage {
    bar: CaseBar,
    next: Option<String>,
    hold: Option<Shown>,
    stages: Vec<Stage>,
    allocations: Table,
    allocate: Option<Link>,
    details: Vec<SummaryRow>,
}

impl PageTemplate for OverviewPage {
    const TEMPLATE: &'static str = "pages/cases/overview.html";

    fn samples() -> Vec<Self> {
        let case = Case { stage: "OPEN".into(), kind: "RESTORATIVE_JUSTICE".into(), ..Default::default() };
        let full = Self {
            bar: bar::sample(),
            next: Some("Preparation meeting, 4 May 2027 at 2pm".into()),
            hold: Some("Waiting for the trial".into()),
            stages: stages(&case, "/t/example/cases/1"),
            allocations: Table {
                caption: "Who works this case".into(),
                columns: vec![Column::new("Name"), Column::new("Side")],
                rows: vec![vec![Cell::link("Alex Example", "/t/example/cases/1/allocations/2/end").note("Lead"), Cell::new("Both sides")]],
            },
            allocate: Some(Link::new("Allocate", "/t/example/cases/1/allocate")),
            details: vec![SummaryRow::new("Harm", "Burglary"), SummaryRow::new("Risks", Shown::restricted())],
        };
        let bare = Self {
            bar: bar::bare_sample(),
            next: None,
            hold: None,
            stages: Vec::new(),
            allocations: Table { caption: "Who works this case".into(), columns: vec![Column::new("Name")], rows: Vec::new() },
            allocate: None,
            details: Vec::new(),
        };
        vec![full, bare]
    }
}

/// The page's context while a case is being opened.
#[derive(Serialize)]
pub struct OpeningPage {
    again: String,
    late: bool,
}

impl PageTemplate for OpeningPage {
    const TEMPLATE: &'static str = "pages/cases/opening.html";

    fn samples() -> Vec<Self> {
        [false, true].map(|late| Self { again: "/t/example/cases/1?opening=2".into(), late }).into()
    }
}

/// Why a stage that the case has not reached cannot begin yet.
fn blocked(case: &Case, stage: &str, before: Option<&str>) -> String {
    let open = case.allocations.iter().any(|a| a.to.is_none());
    match stage {
        _ if case.on_hold => "The case is on hold.".into(),
        "ALLOCATED" if !open => "Nobody is allocated yet.".into(),
        "INTERVENTION_DELIVERED" => "Needs the record of an intervention that was held.".into(),
        "CLOSED" => "Close the case with a reason when the work is done.".into(),
        _ => before.map_or_else(String::new, |b| format!("Comes after {}.", text::humanise(b).to_lowercase())),
    }
}

fn plain(text: &'static str) -> Status {
    Status { text: Some(text), tag: None }
}

fn tagged(text: &'static str, classes: &'static str) -> Status {
    Status { text: None, tag: Some(StatusTag { text, classes }) }
}

/// The stages in the order of the work: done, going on, possible now, blocked and why.
fn stages(case: &Case, base: &str) -> Vec<Stage> {
    let usual = words::stages(&case.kind);
    let mut shown: Vec<&str> = usual.to_vec();
    if case.stage == "REOPENED" {
        // The work begins again: what was done before stands in the timeline.
        shown[0] = "REOPENED";
    } else if !shown.contains(&case.stage.as_str()) {
        // A side stage stands after the last stage that the case has been in.
        let after = usual.iter().rposition(|s| case.stages.iter().any(|e| e.stage == *s)).map_or(0, |at| at + 1);
        shown.insert(after, &case.stage);
    }
    let now = shown.iter().position(|s| *s == case.stage).unwrap_or(0);
    let item = |(at, stage): (usize, &&str)| {
        let entry = case.stages.iter().rev().find(|e| e.stage == *stage);
        let title = Words { text: text::humanise(stage) };
        let allowed = case.allowed_stages.iter().any(|s| s == stage);
        if at == now {
            let since = bar::on(case.stage_since.as_ref());
            let hint = (!since.is_empty()).then(|| Words { text: format!("Since {since}") });
            let status = if case.stage == "CLOSED" { plain("Completed") } else if case.on_hold { tagged("On hold", "govuk-tag--yellow") } else { tagged("In progress", "govuk-tag--teal") };
            return Stage { title, hint, href: None, status };
        }
        if allowed {
            return Stage { title, hint: None, href: Some(format!("{base}/stage")), status: tagged("Can start", "govuk-tag--purple") };
        }
        if at < now {
            return match entry {
                Some(entry) => {
                    let done = bar::on(entry.to.as_ref());
                    Stage { title, hint: (!done.is_empty()).then(|| Words { text: format!("Completed {done}") }), href: None, status: plain("Completed") }
                }
                None => Stage { title, hint: None, href: None, status: plain("Not needed") },
            };
        }
        let why = blocked(case, stage, at.checked_sub(1).and_then(|b| shown.get(b).copied()));
        Stage { title, hint: (!why.is_empty()).then_some(Words { text: why }), href: None, status: plain("Cannot start yet") }
    };
    shown.iter().enumerate().map(item).collect()
}

fn allocations(case: &Opened, names: &Names) -> Table {
    let may = case.may("ALLOCATE");
    let mut columns = vec![Column::new("Name"), Column::new("Side"), Column::new("From"), Column::new("To")];
    if may {
        columns.push(Column::new("Act"));
    }
    let mut sorted: Vec<_> = case.case.allocations.iter().collect();
    sorted.sort_by_key(|a| a.to.is_some());
    let rows = sorted.into_iter().map(|a| {
        let mut name = Cell::new(names.of(&a.user_id));
        if a.lead {
            name = name.note("Lead");
        }
        let ended = match (a.to.as_ref(), a.end_reason.as_str()) {
            (None, _) => Cell::new("Now"),
            (to, "") => Cell::new(bar::on(to)),
            (to, reason) => Cell::new(bar::on(to)).note(text::humanise(reason)),
        };
        let mut row = vec![name, Cell::new(text::label("allocation_side", &a.side)), Cell::new(bar::on(a.from.as_ref())), ended];
        if may {
            row.push(if a.to.is_none() { Cell::link("End allocation", case.href(&format!("/allocations/{}/end", a.id))) } else { Cell::new("") });
        }
        row
    });
    Table { caption: "Who works this case".into(), columns, rows: rows.collect() }
}

/// Facts of the case as the reader may see them.
pub fn details(case: &Case, owner: Option<&String>) -> Vec<SummaryRow> {
    let field = |path: &str, text: String| Shown::field(path, &case.masked_paths, text);
    let labels = |list: &str, codes: &[String]| codes.iter().map(|c| text::label(list, c)).collect::<Vec<_>>().join(", ");
    let labelled = |list: &str, code: &str| if code.is_empty() { String::new() } else { text::label(list, code) };
    let mut rows = vec![
        SummaryRow::new("Kind of case", text::humanise(&case.kind)),
        SummaryRow::new("Organisation", Shown::maybe(owner.cloned())),
        SummaryRow::new("Opened", bar::on(case.opened_at.as_ref())),
        SummaryRow::new("Referred by", labelled("referral_source", &case.referral_source)),
        SummaryRow::new("Type of harm", field("harm_type", labelled("harm_type", &case.harm_type))),
        SummaryRow::new("Date of the harm", field("harm_date", bar::iso(&case.harm_date))),
        SummaryRow::new("What happened", field("what_happened", case.what_happened.clone())),
        SummaryRow::new("Place", field("harm_place", case.harm_place.clone())),
        SummaryRow::new("Crime reference", field("crime_reference", case.crime_reference.clone())),
        SummaryRow::new("Criminal justice stage", field("justice_stage", labelled("criminal_justice_stage", &case.justice_stage))),
        SummaryRow::new("Flags", field("crime_flags", labels("crime_flag", &case.crime_flags))),
        SummaryRow::new("Hate strands", field("hate_strands", labels("hate_strand", &case.hate_strands))),
        SummaryRow::new("Risks", field("risks", case.risks.clone())),
    ];
    if case.closed_at.is_some() {
        rows.push(SummaryRow::new("Closed", bar::on(case.closed_at.as_ref())));
        rows.push(SummaryRow::new("Why it was closed", labelled("close_reason", &case.close_reason)));
    }
    rows
}

/// What the address asks for.
#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    opening: Option<u32>,
}

/// Shows the overview; a case that a referral has just opened may not be there yet.
///
/// # Errors
/// The service's as a page.
pub async fn get(page: StaffPage, Path((_, id)): Path<(String, String)>, Query(asked): Query<Asked>) -> PageResult {
    let case = match bar::fetch(&page, &id).await {
        Ok(case) => Opened::new(&page, case),
        Err(status) if status.code() == Code::NotFound && let Some(looked) = asked.opening => return opening(&page, &id, looked),
        Err(status) => return Err(of(&page, status)),
    };
    let ids = case.case.allocations.iter().map(|a| a.user_id.clone()).collect();
    let (names, owners) = tokio::join!(Names::load(&page, ids), names::nodes(&page));
    let view = OverviewPage {
        bar: case.bar(""),
        next: text::instant(case.case.next_meeting_at.as_ref()).map(|at| format!("{} at {}", text::day_date(text::local_date(at)), text::time(at))),
        hold: case.case.on_hold.then(|| {
            let why = Shown::field("hold_reason", &case.case.masked_paths, &case.case.hold_reason);
            match (why.state, case.case.hold_review_on.as_str()) {
                ("restricted", _) | (_, "") => why,
                (_, review) => Shown::text(format!("{} Review on {}.", why.text, bar::iso(review)).trim().to_owned()),
            }
        }),
        stages: stages(&case.case, &case.href("")),
        allocations: allocations(&case, &names),
        allocate: case.may("ALLOCATE").then(|| Link::new("Allocate this case", case.href("/allocate"))),
        details: details(&case.case, owners.get(&case.case.owner_node_id)),
    };
    let title = format!("Case {}", case.case.reference);
    page.render(&page.frame(&title).back("Back to cases", page.href("/cases")), &view)
}

/// The waiting page. It asks the browser to look again by a header and not by an element, so that who reads slowly with
/// assistive technology finds no refreshing element in the page, and always has the link.
fn opening(page: &StaffPage, id: &str, looked: u32) -> PageResult {
    let again = page.href(&format!("/cases/{id}?opening={}", looked.saturating_add(1).min(LOOKS + 1)));
    let late = looked > LOOKS;
    let view = OpeningPage { again: again.clone(), late };
    let mut response = page.render(&page.frame("The case is opening"), &view)?.into_response();
    if !late && let Ok(value) = HeaderValue::from_str(&format!("1; url={again}")) {
        response.headers_mut().insert(header::REFRESH, value);
    }
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proto::case::v1::{Allocation, StageEntry};

    #[test]
    fn a_blocked_stage_says_why() {
        let mut case = Case { kind: "RESTORATIVE_JUSTICE".into(), stage: "OPEN".into(), ..Default::default() };
        let hint = |case: &Case, at: usize| stages(case, "/t/x/cases/1")[at].hint.as_ref().map(|h| h.text.clone());
        assert_eq!(hint(&case, 1).as_deref(), Some("Nobody is allocated yet."));
        assert_eq!(hint(&case, 2).as_deref(), Some("Comes after allocated."));
        case.stage = "INTERVENTION_PLANNED".into();
        case.allocations = vec![Allocation::default()];
        assert_eq!(hint(&case, 6).as_deref(), Some("Needs the record of an intervention that was held."));
        case.on_hold = true;
        assert_eq!(hint(&case, 6).as_deref(), Some("The case is on hold."));
    }

    #[test]
    fn side_stages_and_skipped_ones_are_shown_as_they_are() {
        let case = Case {
            kind: "VICTIM_CARE".into(),
            stage: "DORMANT".into(),
            stages: ["RECEIVED", "ONGOING"].map(|s| StageEntry { stage: s.into(), ..Default::default() }).into(),
            allowed_stages: vec!["REVIEW".into()],
            ..Default::default()
        };
        let shown = stages(&case, "/t/x/cases/1");
        let words: Vec<&str> = shown.iter().map(|s| s.title.text.as_str()).collect();
        assert_eq!(&words[5..9], ["Support plan", "Ongoing", "Dormant", "Review"]);
        assert_eq!(shown[5].status.text, Some("Not needed"));
        assert_eq!(shown[6].status.text, Some("Completed"));
        assert!(shown[8].href.is_some());
    }
}
