//! The list of cases with its tabs, filters and order.

use std::collections::BTreeMap;

use axum::extract::Query;
use chrono::{DateTime, Utc};
use proto::case::v1::{Case, CaseTab, CountCasesRequest, ListCasesRequest, case_service_client::CaseServiceClient};
use serde::{Deserialize, Serialize};

use super::{bar, words};
use crate::{
    error_page::OrErrorPage,
    forms::FormState,
    page::{PageResult, StaffPage},
    pages::names::{self, Names},
    rpc, text,
    view::{Cell, Choice, Column, Link, PageTemplate, Paging, Section, Selected, Shown, Sorted, Table},
};

/// Cases on one page.
const PAGE: i32 = 25;

/// What the address asks for; codes and ids only.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Asked {
    #[serde(default)]
    tab: String,
    #[serde(default)]
    stage: String,
    #[serde(default)]
    kind: String,
    #[serde(default)]
    owner: String,
    #[serde(default)]
    allocated: String,
    #[serde(default)]
    reference: String,
    #[serde(default)]
    order: String,
    #[serde(default)]
    page: String,
}

impl Asked {
    fn pairs(&self) -> Vec<(&'static str, &str)> {
        vec![
            ("tab", &self.tab), ("stage", &self.stage), ("kind", &self.kind), ("owner", &self.owner), ("allocated", &self.allocated),
            ("reference", &self.reference), ("order", &self.order), ("page", &self.page),
        ]
    }

    /// The address with one value changed; every change leads back to the first page.
    fn with(&self, base: &str, name: &str, value: &str) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        for (n, v) in self.pairs() {
            let v = if n == name { value } else if n == "page" { "" } else { v };
            if !v.is_empty() {
                query.append_pair(n, v);
            }
        }
        match query.finish() {
            query if query.is_empty() => base.to_owned(),
            query => format!("{base}?{query}"),
        }
    }

    fn is_filtered(&self) -> bool {
        [&self.stage, &self.kind, &self.owner, &self.allocated, &self.reference].iter().any(|v| !v.is_empty())
    }
}

/// The page's context.
#[derive(Clone, Serialize)]
pub struct CasesPage {
    tabs: Vec<Section>,
    action: String,
    clear: String,
    carried: Vec<(String, String)>,
    selected: Vec<Selected>,
    stages: Vec<Choice>,
    kinds: Vec<Choice>,
    owners: Vec<Choice>,
    people: Vec<Choice>,
    table: Table,
    empty: String,
    empty_link: Option<Link>,
    hand_over: Option<Link>,
    paging: Paging,
    form: FormState,
}

impl PageTemplate for CasesPage {
    const TEMPLATE: &'static str = "pages/cases/list.html";

    fn samples() -> Vec<Self> {
        let now = DateTime::<Utc>::from_timestamp(1_809_437_400, 0).unwrap_or_default();
        let stamp = |days: i64| Some(text::timestamp(now - chrono::TimeDelta::days(days)));
        let case = Case {
            id: "1".into(),
            reference: "RJ-2027-00012".into(),
            kind: "RESTORATIVE_JUSTICE".into(),
            stage: "PREPARATION".into(),
            stage_since: stamp(3),
            last_activity_at: stamp(1),
            next_meeting_at: stamp(-2),
            participants: vec![
                proto::case::v1::ParticipantName { id: "2".into(), role: "HARMED_PERSON".into(), name: "S. Ahmed".into(), ..Default::default() },
                proto::case::v1::ParticipantName { id: "3".into(), role: "HARMER".into(), masked_paths: vec!["name".into()], ..Default::default() },
            ],
            ..Default::default()
        };
        let table = |cases: &[Case]| table_of(cases, &Names::default(), &Asked::default(), "/t/example/cases", now);
        let full = Self {
            tabs: vec![Section::new("Mine", "/t/example/cases?tab=mine", true).counted(2), Section::new("Closed, over 1,000", "/t/example/cases?tab=closed", false)],
            action: "/t/example/cases".into(),
            clear: "/t/example/cases?tab=mine".into(),
            carried: vec![("tab".into(), "mine".into())],
            selected: vec![Selected { heading: "Stage".into(), items: vec![Link::new("Preparation", "/t/example/cases")] }],
            stages: words::all_stages().into_iter().map(|s| Choice::new(s, text::humanise(s))).collect(),
            kinds: vec![Choice::new("RESTORATIVE_JUSTICE", "Restorative justice")],
            owners: vec![Choice::new("4", "Example charity")],
            people: vec![Choice::new("5", "Alex Example")],
            table: table(&[case.clone(), Case { participants: Vec::new(), next_meeting_at: None, on_hold: true, ..case }]),
            empty: String::new(),
            empty_link: None,
            hand_over: Some(Link::new("Hand over cases", "/t/example/cases/hand-over")),
            paging: Paging { summary: "Showing 2 cases".into(), first: Some("/t/example/cases".into()), previous: None, next: Some("/t/example/cases?page=x".into()) },
            form: FormState::default().with("stage", "PREPARATION"),
        };
        let empty = Self {
            selected: Vec::new(),
            owners: Vec::new(),
            people: Vec::new(),
            table: table(&[]),
            empty: "No cases match these filters.".into(),
            empty_link: Some(Link::new("Clear filters", "/t/example/cases")),
            hand_over: None,
            form: FormState::default(),
            ..full.clone()
        };
        vec![full, empty]
    }
}

/// Names of a case for a list; who may not see them sees that they are restricted.
fn people_of(case: &Case) -> Shown {
    let names: Vec<Shown> = case.participants.iter().filter(|p| words::is_party(&p.role)).map(bar::name_of).collect();
    let seen: Vec<&str> = names.iter().filter(|n| n.state == "value").map(|n| n.text.as_str()).collect();
    match (seen.is_empty(), names.is_empty()) {
        (true, false) if names.iter().any(|n| n.state == "restricted") => Shown::restricted(),
        (true, _) => Shown::text("No people yet"),
        _ => Shown::text(seen.join(" and ")),
    }
}

fn table_of(cases: &[Case], names: &Names, asked: &Asked, base: &str, now: DateTime<Utc>) -> Table {
    let order = if asked.order.is_empty() { "LAST_ACTIVITY" } else { &asked.order };
    let sorted = |code: &str| (order == code).then_some(Sorted::Descending);
    let by = |code: &str| asked.with(base, "order", code);
    let rows = cases.iter().map(|case| {
        let href = format!("{base}/{}", case.id);
        let who: Vec<String> = case.allocations.iter().filter(|a| a.to.is_none()).map(|a| names.of(&a.user_id)).collect();
        let days = text::instant(case.stage_since.as_ref()).map(|since| (text::local_date(now) - text::local_date(since)).num_days().max(0).to_string());
        let seen = people_of(case);
        // The reference is the link where names are hidden, so that every row leads somewhere.
        let head = if seen.state == "value" { Cell::link(seen, href).note(case.reference.clone()) } else { Cell::link(case.reference.clone(), href).note("Names are restricted") };
        vec![
            head,
            Cell::tag(words::stage_tag(case)),
            Cell::new(Shown::text(bar::at(case.next_meeting_at.as_ref()))),
            Cell::new(Shown::text(who.join(", "))),
            Cell::new(Shown::text(bar::on(case.last_activity_at.as_ref()))),
            Cell::new(Shown::maybe(days)),
        ]
    });
    Table {
        caption: "Cases".into(),
        columns: vec![
            Column::new("People and reference"),
            Column::new("Stage"),
            Column::new("Next meeting"),
            Column::new("Allocated to"),
            Column::new("Last activity").sortable(by("LAST_ACTIVITY"), sorted("LAST_ACTIVITY")),
            Column::numeric("Days in stage").sortable(by("STAGE_SINCE"), sorted("STAGE_SINCE")),
        ],
        rows: rows.collect(),
    }
}

fn tab_of(code: &str) -> CaseTab {
    match code {
        "open" => CaseTab::Open,
        "unallocated" => CaseTab::Unallocated,
        "closed" => CaseTab::Closed,
        _ => CaseTab::Mine,
    }
}

fn counted(words: &str, href: String, current: bool, count: u32) -> Section {
    if count > 1_000 { Section::new(format!("{words}, over 1,000"), href, current) } else { Section::new(words, href, current).counted(count) }
}

fn selected(asked: &Asked, base: &str, people: &[Choice], owners: &BTreeMap<String, String>) -> Vec<Selected> {
    let person = || people.iter().find(|p| p.value == asked.allocated).map_or_else(|| "A colleague".to_owned(), |p| p.text.clone());
    let all = [
        ("Stage", "stage", &asked.stage, text::humanise(&asked.stage)),
        ("Kind of case", "kind", &asked.kind, text::humanise(&asked.kind)),
        ("Organisation", "owner", &asked.owner, owners.get(&asked.owner).cloned().unwrap_or_else(|| "An organisation".into())),
        ("Allocated to", "allocated", &asked.allocated, person()),
        ("Reference", "reference", &asked.reference, asked.reference.clone()),
    ];
    all.into_iter()
        .filter(|(_, _, value, _)| !value.is_empty())
        .map(|(heading, name, _, words)| Selected { heading: heading.into(), items: vec![Link::new(words, asked.with(base, name, ""))] })
        .collect()
}

fn empty_words(asked: &Asked, base: &str) -> (String, Option<Link>) {
    if asked.is_filtered() {
        let clear = Asked { tab: asked.tab.clone(), ..Asked::default() }.with(base, "", "");
        return ("No cases match these filters. Clear filters, or search by reference or full name.".into(), Some(Link::new("Clear filters", clear)));
    }
    let words = match tab_of(&asked.tab) {
        CaseTab::Mine => "You have no cases yet. Cases allocated to you will appear here.",
        CaseTab::Unallocated => "Every open case is allocated to somebody.",
        CaseTab::Closed => "No case has been closed yet.",
        _ => "There are no open cases. A case opens when a referral is accepted.",
    };
    (words.into(), None)
}

/// Shows the list.
///
/// # Errors
/// The service's as a page.
pub async fn get(page: StaffPage, Query(mut asked): Query<Asked>) -> PageResult {
    if asked.tab.is_empty() {
        // Who allocates works from all open cases, everybody else from their own.
        asked.tab = if page.may("case.allocate") { "open" } else { "mine" }.to_owned();
    }
    let base = page.href("/cases");
    let list = ListCasesRequest {
        page_size: PAGE,
        page_token: asked.page.clone(),
        tab: tab_of(&asked.tab) as i32,
        stage: asked.stage.clone(),
        kind: asked.kind.clone(),
        owner_node_id: asked.owner.clone(),
        allocated_to_user_id: asked.allocated.clone(),
        reference: asked.reference.trim().to_uppercase(),
        order: asked.order.clone(),
        person_id: String::new(),
    };
    let (list, counts, owners, people) = tokio::join!(
        rpc!(page, "case", CaseServiceClient::list_cases, list),
        rpc!(page, "case", CaseServiceClient::count_cases, CountCasesRequest {}),
        names::nodes(&page),
        async { if page.may("case.allocate") { names::colleagues(&page, "facilitator").await.unwrap_or_default() } else { Vec::new() } },
    );
    let (list, counts) = (list.or_page(&page)?, counts.or_page(&page)?);
    let ids = list.cases.iter().flat_map(|c| &c.allocations).map(|a| a.user_id.clone()).collect();
    let known = Names::load(&page, ids).await;

    let tab = |code: &str| Asked { tab: code.to_owned(), ..Asked::default() }.with(&base, "", "");
    let mut tabs = vec![
        counted("Mine", tab("mine"), asked.tab == "mine", counts.mine),
        counted("All open", tab("open"), asked.tab == "open", counts.open),
    ];
    if page.may("case.allocate") {
        tabs.push(counted("Unallocated", tab("unallocated"), asked.tab == "unallocated", counts.unallocated));
    }
    tabs.push(counted("Closed", tab("closed"), asked.tab == "closed", counts.closed));

    let (empty, empty_link) = empty_words(&asked, &base);
    let shown = i64::try_from(list.cases.len()).unwrap_or(0);
    let view = CasesPage {
        tabs,
        action: base.clone(),
        clear: tab(&asked.tab),
        carried: [("tab", &asked.tab), ("order", &asked.order)].into_iter().filter(|(_, v)| !v.is_empty()).map(|(n, v)| (n.to_owned(), v.clone())).collect(),
        selected: selected(&asked, &base, &people, &owners),
        stages: words::all_stages().into_iter().map(|s| Choice::new(s, text::humanise(s))).collect(),
        kinds: words::KINDS.iter().map(|k| Choice::new(*k, text::humanise(k))).collect(),
        owners: owners.iter().map(|(id, name)| Choice::new(id, name)).collect(),
        people,
        table: table_of(&list.cases, &known, &asked, &base, page.app.clock.now()),
        empty,
        empty_link,
        hand_over: page.may("case.allocate").then(|| Link::new("Hand over a colleague's cases", page.href("/cases/hand-over"))),
        paging: Paging {
            summary: format!("Showing {}", text::plural(shown, "case", "cases")),
            first: (!asked.page.is_empty()).then(|| asked.with(&base, "", "")),
            previous: None,
            next: (!list.next_page_token.is_empty()).then(|| asked.with(&base, "page", &list.next_page_token)),
        },
        form: asked.pairs().into_iter().fold(FormState::default(), |form, (name, value)| form.with(name, value)),
    };
    page.render(&page.frame("Cases").wide(), &view)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_change_keeps_the_filters_and_leads_to_the_first_page() {
        let asked = Asked { tab: "open".into(), stage: "PREPARATION".into(), page: "a b".into(), ..Asked::default() };
        assert_eq!(asked.with("/t/x/cases", "order", "OPENED"), "/t/x/cases?tab=open&stage=PREPARATION&order=OPENED");
        assert_eq!(asked.with("/t/x/cases", "page", "c=&"), "/t/x/cases?tab=open&stage=PREPARATION&page=c%3D%26");
        assert_eq!(asked.with("/t/x/cases", "stage", ""), "/t/x/cases?tab=open");
        assert_eq!(Asked::default().with("/t/x/cases", "", ""), "/t/x/cases");
    }
}
