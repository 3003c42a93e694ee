//! The list of referrals with its tabs.

use axum::extract::Query;
use proto::{
    identity::v1::Node,
    referral::v1::{CountReferralsRequest, ListReferralsRequest, Referral, ReferralState, StateCount, referral_service_client::ReferralServiceClient},
};
use serde::{Deserialize, Serialize};

use super::{directory, words};
use crate::{
    error_page::OrErrorPage,
    forms::FormState,
    page::{PageResult, StaffPage},
    rpc, text,
    view::{Cell, Choice, Column, Link, PageTemplate, Paging, Section, Selected, Table},
};

const SIZE: i32 = 25;

/// Filters, all codes and ids.
#[derive(Debug, Default, Deserialize)]
pub struct Filters {
    #[serde(default)]
    tab: String,
    #[serde(default)]
    source: String,
    #[serde(default)]
    agency: String,
    #[serde(default)]
    page: String,
}

/// One tab: its word in the address, its heading, its states.
struct Tab {
    word: &'static str,
    text: &'static str,
    states: &'static [ReferralState],
    empty: &'static str,
}

const TABS: [Tab; 4] = [
    Tab { word: "new", text: "New", states: &[ReferralState::Submitted], empty: "No new referrals are waiting. Referrals appear here as soon as they are sent." },
    Tab { word: "triage", text: "In triage", states: &[ReferralState::Triage], empty: "No referrals are in triage. Open a new referral and start triage to see it here." },
    Tab {
        word: "waiting",
        text: "Waiting for information",
        states: &[ReferralState::ReturnedForInformation],
        empty: "No referral waits for information from whoever sent it.",
    },
    Tab {
        word: "decided",
        text: "Decided",
        states: &[
            ReferralState::Accepted,
            ReferralState::Rejected,
            ReferralState::Duplicate,
            ReferralState::TransferredOut,
            ReferralState::Lapsed,
            ReferralState::Withdrawn,
        ],
        empty: "No referral was decided yet.",
    },
];

/// The page.
#[derive(Clone, Debug, Serialize)]
pub struct ListPage {
    action: String,
    tab: String,
    tabs: Vec<Section>,
    heading: String,
    table: Table,
    empty: String,
    empty_link: Option<Link>,
    selected: Vec<Selected>,
    sources: Vec<Choice>,
    agencies: Vec<Choice>,
    paging: Paging,
    new_href: Option<String>,
    mine_href: Option<String>,
    form: FormState,
}

impl PageTemplate for ListPage {
    const TEMPLATE: &'static str = "pages/referrals/list.html";

    fn samples() -> Vec<Self> {
        let at = prost_types::Timestamp { seconds: 1_809_437_400, nanos: 0 };
        let now = chrono::DateTime::from_timestamp(1_809_600_000, 0).unwrap_or_default();
        let row = Referral { id: "1".into(), reference: "RF-7K3M-2Q9D-4".into(), state: ReferralState::Submitted.into(), state_since: Some(at), ..Default::default() };
        let masked = Referral { masked_paths: vec!["input.parties.given_name".into(), "input.harm_type".into()], ..row.clone() };
        let base = "/t/example/referrals";
        let sample = |rows: &[Referral], filters: &Filters| build(base, filters, &TABS[0], rows, "next", &[], &[], now, true);
        let filters = Filters { source: "SELF".into(), agency: "1".into(), page: "x".into(), ..Filters::default() };
        vec![sample(&[row, masked], &filters), sample(&[], &Filters::default()), sample(&[], &filters)]
    }
}

fn query(tab: &str, source: &str, agency: &str, page: &str) -> String {
    let mut out = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in [("tab", tab), ("source", source), ("agency", agency), ("page", page)] {
        if !value.is_empty() {
            out.append_pair(name, value);
        }
    }
    format!("?{}", out.finish())
}

/// The table of referrals; also of the page of one's own.
pub fn table(base: &str, rows: &[Referral], now: chrono::DateTime<chrono::Utc>, to_status: bool) -> Table {
    let today = text::local_date(now);
    Table {
        caption: "Referrals".into(),
        columns: ["Reference", "Waiting since", "People", "Kind of harm", "Source", "Initiated by", "State"].map(Column::new).into(),
        rows: rows
            .iter()
            .map(|r| {
                let input = r.input.clone().unwrap_or_default();
                let since = text::instant(r.state_since.as_ref()).map(text::local_date);
                let href = if to_status { format!("{base}/{}/status", r.id) } else { format!("{base}/{}", r.id) };
                vec![
                    Cell::link(r.reference.as_str(), href),
                    Cell::new(since.map(text::date).unwrap_or_default()).note(since.map(|day| text::relative_day(day, today)).unwrap_or_default()),
                    Cell::new(words::people(r)),
                    Cell::new(words::harm(r)),
                    Cell::new(words::label("referral_source", &input.source)),
                    Cell::new(words::label("referral_initiated_by", &input.initiated_by)),
                    Cell::tag(words::tag(r.state())),
                ]
            })
            .collect(),
    }
}

/// The count of a tab: of one that has very many no more than that is known.
fn tab(base: &str, tab: &Tab, current: bool, counts: &[StateCount]) -> Section {
    let found: Vec<u32> = counts.iter().filter(|c| tab.states.contains(&c.state())).map(|c| c.count).collect();
    let href = format!("{base}{}", query(tab.word, "", "", ""));
    if found.iter().any(|n| *n > 1_000) {
        return Section::new(format!("{} (more than 1,000)", tab.text), href, current);
    }
    Section::new(tab.text, href, current).counted(found.iter().sum())
}

#[expect(clippy::too_many_arguments, reason = "the parts of one page, from three calls")]
fn build(
    base: &str,
    filters: &Filters,
    open: &Tab,
    rows: &[Referral],
    next: &str,
    counts: &[StateCount],
    nodes: &[Node],
    now: chrono::DateTime<chrono::Utc>,
    creates: bool,
) -> ListPage {
    let address = |source: &str, agency: &str, page: &str| format!("{base}{}", query(open.word, source, agency, page));
    let mut selected = Vec::new();
    if !filters.source.is_empty() {
        let item = Link::new(words::label("referral_source", &filters.source), address("", &filters.agency, ""));
        selected.push(Selected { heading: "Source".into(), items: vec![item] });
    }
    if !filters.agency.is_empty() {
        let name = directory::node_name(nodes, &filters.agency);
        let item = Link::new(if name.is_empty() { "Chosen agency".to_owned() } else { name }, address(&filters.source, "", ""));
        selected.push(Selected { heading: "Agency".into(), items: vec![item] });
    }
    let filtered = !selected.is_empty();
    let shown = text::plural(i64::try_from(rows.len()).unwrap_or(0), "referral", "referrals");
    ListPage {
        action: base.to_owned(),
        tab: open.word.to_owned(),
        tabs: TABS.iter().map(|t| tab(base, t, t.word == open.word, counts)).collect(),
        heading: open.text.to_owned(),
        table: table(base, rows, now, false),
        empty: if filtered { "No referrals match these filters.".into() } else { open.empty.to_owned() },
        empty_link: filtered.then(|| Link::new("Clear filters", address("", "", ""))),
        selected,
        sources: Choice::from_codes("referral_source"),
        agencies: directory::agencies(nodes),
        paging: Paging {
            summary: format!("Showing {shown}"),
            first: (!filters.page.is_empty()).then(|| address(&filters.source, &filters.agency, "")),
            previous: None,
            next: (!next.is_empty()).then(|| address(&filters.source, &filters.agency, next)),
        },
        new_href: creates.then(|| format!("{base}/new")),
        mine_href: creates.then(|| format!("{base}/mine")),
        form: FormState::default().with("source", filters.source.clone()).with("agency", filters.agency.clone()),
    }
}

/// Referrals of one tab, what waits longest first.
pub async fn get(page: StaffPage, Query(filters): Query<Filters>) -> PageResult {
    if !page.may("referral.list") && page.may("referral.create") {
        return page.redirect("/referrals/new");
    }
    let open = TABS.iter().find(|t| t.word == filters.tab).unwrap_or(&TABS[0]);
    let request = ListReferralsRequest {
        page_size: SIZE,
        page_token: filters.page.clone(),
        states: open.states.iter().map(|s| (*s).into()).collect(),
        owner_node_id: filters.agency.clone(),
        source: filters.source.clone(),
        mine: false,
    };
    let (found, counts, nodes) = futures::join!(
        rpc!(page, "referral", ReferralServiceClient::list_referrals, request),
        rpc!(page, "referral", ReferralServiceClient::count_referrals, CountReferralsRequest {}),
        directory::nodes(&page),
    );
    let (found, counts) = (found.or_page(&page)?, counts.or_page(&page)?.counts);
    let list = build(
        &page.href("/referrals"),
        &filters,
        open,
        &found.referrals,
        &found.next_page_token,
        &counts,
        &nodes,
        page.app.clock.now(),
        page.may("referral.create"),
    );
    page.render(&page.frame("Referrals").wide(), &list)
}
