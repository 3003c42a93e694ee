//! Home: what waits for the reader and since when, by what their roles let them do.
//!
//! Each part is one call; a part that a service cannot give now is left out, and the page says so.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use proto::{
    case::v1::{
        Case, CaseTab, CountCasesRequest, CountCasesResponse, ListBreakGlassRequest, ListCasesRequest, ListMeetingsRequest, ListedGlass, Meeting,
        case_access_service_client::CaseAccessServiceClient, case_service_client::CaseServiceClient, meeting_service_client::MeetingServiceClient,
    },
    referral::v1::{ListReferralsRequest, Referral, ReferralState, referral_service_client::ReferralServiceClient},
};
use serde::Serialize;
use tonic::{Code, Status};

use crate::{
    error_page::{self, ErrorPage},
    page::{PageResult, StaffPage},
    rpc, text,
    view::{Attention, Cell, Colour, Column, Link, Metric, PageTemplate, Shown, Table, Tag},
};

/// Meetings and cases that one part shows at most.
const SHOWN: i32 = 10;
/// Referrals looked through for the one that waits longest.
const LOOKED_THROUGH: i32 = 100;
/// How far back a meeting without a result is asked for.
const LOOK_BACK: TimeDelta = TimeDelta::days(365);

/// The page.
#[derive(Serialize)]
pub struct HomePage {
    may_search: bool,
    works_cases: bool,
    incomplete: bool,
    metrics: Vec<Metric>,
    attention: Vec<Attention>,
    has_meetings: bool,
    week: Table,
    outcomes: Vec<Attention>,
    mine: Vec<Attention>,
    administers: bool,
    access: Vec<Link>,
}

impl PageTemplate for HomePage {
    const TEMPLATE: &'static str = "pages/staff/home.html";

    fn samples() -> Vec<Self> {
        let item = |text: &str| Attention { link: Link::new(text, "/t/example/cases/1"), note: Some("Since 4 May 2027 (3 days ago)".into()), tag: Some(Tag::new("Preparation", Colour::Blue)) };
        let empty = Self {
            may_search: false,
            works_cases: false,
            incomplete: false,
            metrics: Vec::new(),
            attention: Vec::new(),
            has_meetings: false,
            week: week_table(Vec::new()),
            outcomes: Vec::new(),
            mine: Vec::new(),
            administers: true,
            access: Vec::new(),
        };
        let quiet = Self { may_search: true, works_cases: true, has_meetings: true, administers: false, access: vec![], metrics: vec![], week: week_table(Vec::new()), attention: vec![], outcomes: vec![], mine: vec![], incomplete: true };
        let full = Self {
            may_search: true,
            works_cases: true,
            incomplete: false,
            metrics: vec![Metric { label: "my open cases".into(), value: "12".into(), href: Some("/t/example/cases?tab=mine".into()) }],
            attention: vec![item("New referrals (3)")],
            has_meetings: true,
            week: week_table(vec![vec![Cell::link("Tuesday 4 May 2027, 2:30pm", "/t/example/cases/1"), Cell::new("RJ-2027-00012"), Cell::new("Preparation"), Cell::new(Shown::restricted())]]),
            outcomes: vec![item("RJ-2027-00012")],
            mine: vec![item("RJ-2027-00012")],
            administers: false,
            access: vec![Link::new("Sharing agreements", "/t/example/agreements")],
        };
        vec![empty, quiet, full]
    }
}

fn week_table(rows: Vec<Vec<Cell>>) -> Table {
    Table { caption: "Your meetings in the next 7 days".into(), columns: ["When", "Case", "Meeting", "Place"].map(Column::new).into(), rows }
}

/// What the services said.
#[derive(Default)]
struct Work {
    counts: Option<CountCasesResponse>,
    coming: Vec<Meeting>,
    past: Vec<Meeting>,
    submitted: Vec<Referral>,
    more_submitted: bool,
    in_triage: Vec<Referral>,
    returned_to_me: Vec<Referral>,
    unallocated: Vec<Case>,
    mine: Vec<Case>,
    glass: Vec<ListedGlass>,
    more_glass: bool,
    incomplete: bool,
}

/// Takes one answer: none where the part is not the reader's, nothing and a note where the service cannot answer now.
fn part<T>(page: &StaffPage, answer: Result<T, Status>, incomplete: &mut bool) -> Result<Option<T>, ErrorPage> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(status) => match status.code() {
            Code::Unauthenticated => Err(error_page::of(page, status)),
            Code::PermissionDenied | Code::NotFound => Ok(None),
            _ => {
                *incomplete = true;
                Ok(None)
            }
        },
    }
}

async fn ask(page: &StaffPage) -> Result<Work, ErrorPage> {
    let now = page.app.clock.now();
    let cases = async |tab: CaseTab| {
        let request = ListCasesRequest { tab: tab as i32, order: "STAGE_SINCE".into(), page_size: SHOWN, ..ListCasesRequest::default() };
        rpc!(page, "case", CaseServiceClient::list_cases, request).await
    };
    let meetings = async |from: DateTime<Utc>, to: DateTime<Utc>| {
        let request = ListMeetingsRequest { mine: true, from: Some(text::timestamp(from)), to: Some(text::timestamp(to)), state: "SCHEDULED".into(), page_size: SHOWN * 2, ..ListMeetingsRequest::default() };
        rpc!(page, "case", MeetingServiceClient::list_meetings, request).await
    };
    let referrals = async |state: ReferralState, mine: bool| {
        let request = ListReferralsRequest { states: vec![state as i32], mine, page_size: LOOKED_THROUGH, ..ListReferralsRequest::default() };
        rpc!(page, "referral", ReferralServiceClient::list_referrals, request).await
    };
    /// Asks only where the permission is there.
    async fn when<T>(may: bool, call: impl Future<Output = Result<T, Status>>) -> Option<Result<T, Status>> {
        if may { Some(call.await) } else { None }
    }
    let (lists, allocates, triages) = (page.may("case.list"), page.may("case.allocate"), page.may("referral.triage"));
    let (meets, refers) = (page.may("meeting.list"), page.may("referral.create"));
    let reviews = ListBreakGlassRequest { open: true, page_size: LOOKED_THROUGH, page_token: String::new() };
    let (counts, coming, past, submitted, triage, returned, unallocated, mine, glass) = tokio::join!(
        when(lists, rpc!(page, "case", CaseServiceClient::count_cases, CountCasesRequest {})),
        when(meets, meetings(now, now + TimeDelta::days(7))),
        when(meets, meetings(now - LOOK_BACK, now)),
        when(triages, referrals(ReferralState::Submitted, false)),
        when(triages, referrals(ReferralState::Triage, false)),
        when(refers, referrals(ReferralState::ReturnedForInformation, true)),
        when(allocates, cases(CaseTab::Unallocated)),
        when(lists, cases(CaseTab::Mine)),
        when(page.may("case.review"), rpc!(page, "case", CaseAccessServiceClient::list_break_glass, reviews)),
    );
    let mut work = Work::default();
    let mut incomplete = false;
    macro_rules! taken {
        ($answer:ident) => {
            match $answer {
                Some(answer) => part(page, answer, &mut incomplete)?,
                None => None,
            }
        };
    }
    work.counts = taken!(counts);
    work.coming = taken!(coming).map(|a| a.meetings).unwrap_or_default();
    work.past = taken!(past).map(|a| a.meetings).unwrap_or_default();
    if let Some(answer) = taken!(submitted) {
        work.more_submitted = !answer.next_page_token.is_empty();
        work.submitted = answer.referrals;
    }
    work.in_triage = taken!(triage).map(|a| a.referrals).unwrap_or_default();
    work.returned_to_me = taken!(returned).map(|a| a.referrals).unwrap_or_default();
    work.unallocated = taken!(unallocated).map(|a| a.cases).unwrap_or_default();
    work.mine = taken!(mine).map(|a| a.cases).unwrap_or_default();
    if let Some(answer) = taken!(glass) {
        work.more_glass = !answer.next_page_token.is_empty();
        work.glass = answer.uses.into_iter().filter(|used| used.may_review).collect();
    }
    work.incomplete = incomplete;
    Ok(work)
}

/// "Since 4 May 2027 (3 days ago)"; "The oldest has waited since …" for several.
fn since(at: Option<DateTime<Utc>>, today: NaiveDate, several: bool) -> Option<String> {
    let day = text::local_date(at?);
    let start = if several { "The oldest has waited since" } else { "Since" };
    Some(format!("{start} {} ({})", text::date(day), text::relative_day(day, today)))
}

fn oldest<'a, T: 'a>(items: impl IntoIterator<Item = &'a T>, at: impl Fn(&T) -> Option<&prost_types::Timestamp>) -> Option<DateTime<Utc>> {
    items.into_iter().filter_map(|item| text::instant(at(item))).min()
}

/// A count that the service gives exactly up to 1,000.
fn count(n: u32) -> String {
    if n > 1_000 { "more than 1,000".to_owned() } else { text::number(i64::from(n)) }
}

fn attention(page: &StaffPage, work: &Work, today: NaiveDate) -> Vec<Attention> {
    let mut out = Vec::new();
    let mut add = |text: String, path: &str, at: Option<DateTime<Utc>>, late_after: i64| {
        let late = at.is_some_and(|at| (today - text::local_date(at)).num_days() > late_after);
        out.push(Attention { link: Link::new(text, page.href(path)), note: since(at, today, true), tag: late.then(|| Tag::new("Waiting long", Colour::Orange)) });
    };
    if !work.glass.is_empty() {
        let more = if work.more_glass { "+" } else { "" };
        add(format!("Emergency access to review ({}{more})", work.glass.len()), "/break-glass", oldest(&work.glass, |used| used.at.as_ref()), 1);
    }
    if !work.submitted.is_empty() {
        let more = if work.more_submitted { "+" } else { "" };
        add(format!("New referrals ({}{more})", work.submitted.len()), "/referrals?tab=new", oldest(&work.submitted, |r| r.submitted_at.as_ref()), 2);
    }
    if !work.in_triage.is_empty() {
        add(format!("Referrals in triage ({})", work.in_triage.len()), "/referrals?tab=triage", oldest(&work.in_triage, |r| r.state_since.as_ref()), 5);
    }
    if !work.unallocated.is_empty() {
        let n = work.counts.as_ref().map_or_else(|| work.unallocated.len().to_string(), |c| count(c.unallocated));
        add(format!("Cases to allocate ({n})"), "/cases?tab=unallocated", oldest(&work.unallocated, |c| c.stage_since.as_ref()), 5);
    }
    for referral in &work.returned_to_me {
        out.push(Attention {
            link: Link::new(format!("Give more information on {}", referral.reference), page.href(&format!("/referrals/{}/status", referral.id))),
            note: since(text::instant(referral.state_since.as_ref()), today, false),
            tag: Some(Tag::new("More information needed", Colour::Yellow)),
        });
    }
    out
}

/// Pages about who may see cases.
fn access(page: &StaffPage) -> Vec<Link> {
    let offers = [
        (page.may("case.manage"), "Sharing agreements", "/agreements"),
        (page.may("case.manage"), "Conflicts of interest", "/conflicts"),
        (page.may("case.review"), "Emergency access", "/break-glass"),
        (page.may("case.restrict"), "Restrictions of processing", "/restrictions"),
        (page.may("tenant.manage"), "Locked cases", "/locked-cases"),
    ];
    offers.into_iter().filter(|(may, _, _)| *may).map(|(_, words, path)| Link::new(words, page.href(path))).collect()
}

fn meeting_name(kind: &str) -> String {
    text::label("intervention", kind)
}

fn meeting_row(page: &StaffPage, meeting: &Meeting) -> Vec<Cell> {
    let at = text::instant(meeting.starts_at.as_ref());
    let when = at.map_or_else(|| "No date".to_owned(), |at| format!("{}, {}", text::day_date(text::local_date(at)), text::time(at)));
    vec![
        Cell::link(when, page.href(&format!("/cases/{}/meetings", meeting.case_id))),
        Cell::new(meeting.case_reference.as_str()),
        Cell::new(meeting_name(&meeting.kind)).note(text::humanise(&meeting.mode)),
        Cell::new(Shown::field("place", &meeting.masked_paths, &meeting.place)),
    ]
}

/// Shows what waits.
pub async fn get(page: StaffPage) -> PageResult {
    let work = ask(&page).await?;
    let today = text::local_date(page.app.clock.now());
    let mut metrics = Vec::new();
    if let Some(counts) = &work.counts {
        let mut metric = |label: &str, n: u32, tab: &str| metrics.push(Metric { label: label.to_owned(), value: count(n), href: Some(page.href(&format!("/cases?tab={tab}"))) });
        metric("my open cases", counts.mine, "mine");
        if page.may("case.allocate") {
            metric("open cases", counts.open, "open");
            metric("not allocated", counts.unallocated, "unallocated");
        }
    }
    let context = HomePage {
        may_search: page.may("person.search"),
        works_cases: page.may("case.list"),
        incomplete: work.incomplete,
        metrics,
        attention: attention(&page, &work, today),
        has_meetings: page.may("meeting.list"),
        week: week_table(work.coming.iter().map(|m| meeting_row(&page, m)).collect()),
        outcomes: work
            .past
            .iter()
            .map(|m| {
                let at = text::instant(m.starts_at.as_ref());
                Attention {
                    link: Link::new(format!("{} of {}", meeting_name(&m.kind), m.case_reference), page.href(&format!("/cases/{}/meetings", m.case_id))),
                    note: at.map(|at| format!("Was on {}", text::date_time(at))),
                    tag: Some(Tag::new("Result missing", Colour::Yellow)),
                }
            })
            .collect(),
        mine: work
            .mine
            .iter()
            .map(|c| Attention {
                link: Link::new(c.reference.as_str(), page.href(&format!("/cases/{}", c.id))),
                note: since(text::instant(c.stage_since.as_ref()), today, false).map(|s| format!("In this stage {}", s.replacen("Since", "since", 1))),
                tag: Some(if c.on_hold { Tag::new("On hold", Colour::Grey) } else { Tag::new(text::humanise(&c.stage), Colour::Blue) }),
            })
            .collect(),
        administers: page.may("user.create"),
        access: access(&page),
    };
    page.render(&page.frame("Home"), &context)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_is_told_from_the_oldest() {
        let at = |day: u32| Some(text::timestamp(text::from_local(NaiveDate::from_ymd_opt(2027, 5, day).unwrap(), 9, 0).unwrap()));
        let referrals = [Referral { submitted_at: at(4), ..Referral::default() }, Referral { submitted_at: at(2), ..Referral::default() }];
        let today = NaiveDate::from_ymd_opt(2027, 5, 5).unwrap();
        let oldest = oldest(&referrals, |r| r.submitted_at.as_ref());
        assert_eq!(since(oldest, today, true).as_deref(), Some("The oldest has waited since 2 May 2027 (3 days ago)"));
        assert_eq!(since(None, today, true), None);
        assert_eq!((count(1_000), count(1_001)), ("1,000".to_owned(), "more than 1,000".to_owned()));
    }
}
