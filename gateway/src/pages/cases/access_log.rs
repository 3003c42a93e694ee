//! Who sees the case and why, what locks and opens it by hand, and for those who may list audit events: who has seen or
//! changed it.

use std::{collections::BTreeMap, sync::LazyLock};

use axum::extract::{Path, Query};
use proto::{
    AuditOperation, ResourceType,
    audit::v1::{AuditEvent, ListEventsRequest, audit_service_client::AuditServiceClient},
    case::v1::{CaseAccess, CaseConflict, CaseLock, CaseReader, CaseShare, GetCaseAccessRequest, GlassUse, case_access_service_client::CaseAccessServiceClient},
};
use serde::{Deserialize, Serialize};

use super::bar::{self, CaseBar};
use crate::{
    error_page::OrErrorPage,
    page::{PageResult, StaffPage},
    pages::{access::{class_list, outcome, way}, names::{self, Names}},
    rpc, text,
    view::{Cell, Column, Link, PageTemplate, Paging, Shown, SummaryRow, Table},
};

/// Events on one page.
const PAGE: i32 = 50;

/// The page's context.
#[derive(Serialize)]
pub struct AccessPage {
    bar: CaseBar,
    rows: Vec<SummaryRow>,
    readers: Table,
    more_readers: bool,
    lock: Vec<SummaryRow>,
    shares: Table,
    conflicts: Table,
    glass: Table,
    acts: Vec<Link>,
    events: Option<Table>,
    paging: Option<Paging>,
    trail: String,
}

impl PageTemplate for AccessPage {
    const TEMPLATE: &'static str = "pages/cases/access.html";

    fn samples() -> Vec<Self> {
        let event = AuditEvent { actor: "public".into(), method: "/accord.case.v1.CaseService/GetCase".into(), operation: AuditOperation::Consultation as i32, outcome: "ok".into(), ..Default::default() };
        let full = CaseAccess {
            readers: vec![CaseReader { ways: vec!["EVERYTHING".into(), "BREAK_GLASS".into()], ..Default::default() }],
            more_readers: true,
            lock: Some(CaseLock { reason: "A colleague is concerned.".into(), ..Default::default() }),
            shares: vec![CaseShare { agreement_name: "Joint work".into(), in_force: true, ..Default::default() }, CaseShare::default()],
            conflicts: vec![CaseConflict { about: "PERSON".into(), ..Default::default() }],
            glass: vec![GlassUse { reason: "Risk of harm.".into(), ..Default::default() }],
            allowed_actions: ["LOCK", "UNLOCK", "SHARE", "DECLARE_FOR_OTHERS", "RESTRICT"].map(str::to_owned).into(),
            masked_paths: vec!["lock.reason".into()],
            ..Default::default()
        };
        let page = |events: Option<&[AuditEvent]>| Self {
            bar: bar::sample(),
            rows: vec![SummaryRow::new("Organisation", "Example charity")],
            trail: "/t/example/audit/records/case/1".into(),
            readers: readers(if events.is_some() { &full } else { &EMPTY }, &Names::default()),
            more_readers: events.is_some(),
            lock: lock(if events.is_some() { &full } else { &EMPTY }, &Names::default()),
            shares: shares(if events.is_some() { &full } else { &EMPTY }, &BTreeMap::new(), "/t/example/cases/1/access"),
            conflicts: conflicts(if events.is_some() { &full } else { &EMPTY }, &Names::default(), "/t/example"),
            glass: glass(if events.is_some() { &full } else { &EMPTY }, &Names::default()),
            acts: acts(if events.is_some() { &full } else { &EMPTY }, "/t/example/cases/1/access"),
            events: events.map(|e| table(e, &Names::default())),
            paging: events.map(|_| Paging { summary: "Showing 1 entry".into(), first: None, previous: None, next: Some("/t/example/cases/1/access?page=x".into()) }),
        };
        vec![page(Some(&[event])), page(Some(&[])), page(None)]
    }
}

static EMPTY: LazyLock<CaseAccess> = LazyLock::new(CaseAccess::default);

fn table_of(caption: &str, columns: &[&str], rows: Vec<Vec<Cell>>) -> Table {
    Table { caption: caption.to_owned(), columns: columns.iter().map(|c| Column::new(*c)).collect(), rows }
}

fn readers(access: &CaseAccess, names: &Names) -> Table {
    let row = |reader: &CaseReader| {
        let ways: Vec<&str> = reader.ways.iter().map(|code| way(code)).collect();
        vec![Cell::new(names.of(&reader.user_id)), Cell::new(ways.join(". ")), Cell::new(class_list(&reader.classes))]
    };
    let mut rows: Vec<Vec<Cell>> = access.readers.iter().map(row).collect();
    rows.sort_by(|a, b| a[0].value.text.cmp(&b[0].value.text));
    table_of("Who can see this case", &["Name", "Why", "What they can read"], rows)
}

fn lock(access: &CaseAccess, names: &Names) -> Vec<SummaryRow> {
    let Some(lock) = &access.lock else { return Vec::new() };
    let mut people: Vec<String> = lock.member_user_ids.iter().map(|id| names.of(id)).collect();
    people.sort();
    vec![
        SummaryRow::new("People who see it", people.join("\n")),
        SummaryRow::new("Locked", Shown::text(format!("{} by {}", bar::at(lock.at.as_ref()), names.of(&lock.by)))),
        SummaryRow::new("Why", Shown::field("lock.reason", &access.masked_paths, &lock.reason)),
    ]
}

fn shares(access: &CaseAccess, nodes: &BTreeMap<String, String>, base: &str) -> Table {
    let may = access.allowed_actions.iter().any(|a| a == "SHARE");
    let row = |share: &CaseShare| {
        let ends = if share.in_force { "Ends" } else { "Ended" };
        let mut row = vec![
            Cell::new(Shown::maybe(nodes.get(&share.node_id).cloned())).note(format!("Agreement: {}", share.agreement_name)),
            Cell::new(class_list(&share.classes)),
            Cell::new(bar::on(share.from.as_ref())).note(format!("{ends} {}", bar::at(share.ends_at.as_ref()))),
        ];
        if may {
            row.push(if share.in_force { Cell::link("End share", format!("{base}/shares/{}/end", share.id)) } else { Cell::new("") });
        }
        row
    };
    let mut columns = vec!["With", "What they can read at most", "Since"];
    if may {
        columns.push("Act");
    }
    table_of("Shared with partners", &columns, access.shares.iter().map(row).collect())
}

fn conflicts(access: &CaseAccess, names: &Names, tenant: &str) -> Table {
    let row = |conflict: &CaseConflict| {
        let about = if conflict.about == "PERSON" { "With somebody in the case" } else { "With the case" };
        vec![
            Cell::new(names.of(&conflict.user_id)).note(about),
            Cell::new(Shown::field("conflicts.reason", &access.masked_paths, &conflict.reason)),
            Cell::new(bar::on(conflict.at.as_ref())).note(format!("Declared by {}", names.of(&conflict.by))),
            Cell::link("End conflict", format!("{tenant}/conflicts/{}/end", conflict.id)),
        ]
    };
    table_of("Conflicts of interest", &["Who", "Why", "Since", "Act"], access.conflicts.iter().map(row).collect())
}

fn glass(access: &CaseAccess, names: &Names) -> Table {
    let row = |used: &GlassUse| {
        let mut state = Cell::tag(outcome(&used.outcome));
        if !used.reviewed_by.is_empty() {
            state = state.note(format!("{}, {}. {}", names.of(&used.reviewed_by), bar::on(used.reviewed_at.as_ref()), used.review_note).trim().to_owned());
        }
        vec![
            Cell::new(names.of(&used.user_id)),
            Cell::new(bar::at(used.at.as_ref())).note(format!("Until {}", bar::at(used.ends_at.as_ref()))),
            Cell::new(Shown::field("glass.reason", &access.masked_paths, &used.reason)),
            state,
        ]
    };
    table_of("Emergency access", &["Who", "When", "Why", "Review"], access.glass.iter().map(row).collect())
}

fn acts(access: &CaseAccess, base: &str) -> Vec<Link> {
    let may = |action: &str| access.allowed_actions.iter().any(|a| a == action);
    let locked = access.lock.is_some();
    let offers = [
        (may("LOCK"), if locked { "Change who sees it" } else { "Lock to named people" }, "/lock"),
        (may("UNLOCK"), "Take lock off", "/unlock"),
        (may("SHARE"), "Share with a partner", "/share"),
        (true, "Declare a conflict of interest", "/conflict"),
        (may("RESTRICT"), "Restrict processing", "/restrict"),
    ];
    offers.into_iter().filter(|(offered, _, _)| *offered).map(|(_, words, path)| Link::new(words, format!("{base}{path}"))).collect()
}

/// Everybody whose name the page shows.
fn named(access: &CaseAccess) -> Vec<String> {
    let mut ids: Vec<String> = access.readers.iter().map(|r| r.user_id.clone()).collect();
    ids.extend(access.lock.iter().flat_map(|l| l.member_user_ids.iter().cloned().chain([l.by.clone()])));
    ids.extend(access.conflicts.iter().flat_map(|c| [c.user_id.clone(), c.by.clone()]));
    ids.extend(access.glass.iter().flat_map(|g| [g.user_id.clone(), g.reviewed_by.clone()]));
    ids
}

/// What the address asks for.
#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    #[serde(default)]
    page: String,
}

fn operation(code: i32) -> &'static str {
    match AuditOperation::try_from(code) {
        Ok(AuditOperation::Collection) => "Added to it",
        Ok(AuditOperation::Alteration) => "Changed it",
        Ok(AuditOperation::Consultation) => "Looked at it",
        Ok(AuditOperation::Disclosure) => "Gave something of it to somebody",
        Ok(AuditOperation::Combination) => "Linked it",
        Ok(AuditOperation::Erasure) => "Erased something of it",
        Ok(AuditOperation::Administration) => "Administered it",
        _ => "Used it",
    }
}

/// "GetCase" becomes "Get case".
fn act(method: &str) -> String {
    let name = method.rsplit('/').next().unwrap_or(method);
    let mut words = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.push(letter);
    }
    text::humanise(&words)
}

fn table(events: &[AuditEvent], names: &Names) -> Table {
    let rows = events.iter().map(|e| {
        let outcome = if e.outcome == "ok" { Cell::new("Allowed") } else { Cell::new("Refused").note(text::humanise(&e.outcome)) };
        vec![Cell::new(Shown::text(bar::at(e.at.as_ref()))), Cell::new(names.of(&e.actor)), Cell::new(operation(e.operation)).note(act(&e.method)), outcome]
    });
    Table { caption: "Who has seen or changed this case".into(), columns: ["When", "Who", "What", "Result"].map(Column::new).into(), rows: rows.collect() }
}

/// Shows who has access and who used it.
///
/// # Errors
/// The services' as a page.
pub async fn get(page: StaffPage, Path((_, id)): Path<(String, String)>, Query(asked): Query<Asked>) -> PageResult {
    let case = bar::load(&page, &id).await?;
    let answer = if page.may("audit_event.list") {
        let request = ListEventsRequest { page_size: PAGE, page_token: asked.page.clone(), record_type: ResourceType::Case as i32, record_id: case.case.id.clone(), ..Default::default() };
        Some(rpc!(page, "case", AuditServiceClient::list_events, request).await.or_page(&page)?)
    } else {
        None
    };
    let access = rpc!(page, "case", CaseAccessServiceClient::get_case_access, GetCaseAccessRequest { case_id: id }).await.or_page(&page)?.access.unwrap_or_default();
    let actors = answer.iter().flat_map(|a| &a.events).map(|e| e.actor.clone());
    let ids = actors.chain(case.case.allocations.iter().map(|a| a.user_id.clone())).chain(named(&access)).collect();
    let (names, owners) = tokio::join!(Names::load(&page, ids), names::nodes(&page));
    let base = case.href("/access");
    let mut rows = vec![SummaryRow::new("Organisation", Shown::maybe(owners.get(&case.case.owner_node_id).cloned()))];
    if crate::pages::roles::why::may_ask(&page) {
        let asked = page.href(&format!("/access/why?record=cases/{}", case.case.id));
        rows[0] = rows[0].clone().action(Link::new("Why can somebody see this case?", asked));
    }
    rows.extend(
        case.case.allocations.iter().filter(|a| a.to.is_none()).map(|a| SummaryRow::new(names.of(&a.user_id), format!("Allocated: {}", text::label("allocation_side", &a.side).to_lowercase()))),
    );
    let view = AccessPage {
        bar: case.bar("/access"),
        rows,
        trail: page.href(&format!("/audit/records/case/{}", case.case.id)),
        readers: readers(&access, &names),
        more_readers: access.more_readers,
        lock: lock(&access, &names),
        shares: shares(&access, &owners, &base),
        conflicts: conflicts(&access, &names, &page.href("")),
        glass: glass(&access, &names),
        acts: acts(&access, &base),
        paging: answer.as_ref().map(|a| Paging {
            summary: format!("Showing {}", text::plural(i64::try_from(a.events.len()).unwrap_or(0), "entry", "entries")),
            first: (!asked.page.is_empty()).then(|| base.clone()),
            previous: None,
            next: (!a.next_page_token.is_empty()).then(|| format!("{base}?{}", url::form_urlencoded::Serializer::new(String::new()).append_pair("page", &a.next_page_token).finish())),
        }),
        events: answer.as_ref().map(|a| table(&a.events, &names)),
    };
    page.render(&case.frame(&page, "Access"), &view)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_read_as_words() {
        assert_eq!(act("/accord.case.v1.CaseService/GetCase"), "Get case");
        assert_eq!(act(""), "");
    }
}
