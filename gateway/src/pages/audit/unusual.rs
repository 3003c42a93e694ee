//! Unusual access of the last 30 days: what the rules of every service found.

use chrono::TimeDelta;
use proto::audit::v1::{ListUnusualAccessRequest, UnusualAccess, audit_service_client::AuditServiceClient};
use serde::Serialize;
use tonic::Status;

use super::{trail::SERVICES, words};
use crate::{
    error_page::OrErrorPage,
    page::{PageResult, StaffPage},
    pages::names::Names,
    text,
    view::{Cell, Column, PageTemplate, Shown, Table},
};

/// Days that are looked through.
const DAYS: i64 = 30;
/// Lines of the page.
const SHOWN: usize = 200;

/// The page's context.
#[derive(Serialize)]
pub struct UnusualPage {
    table: Table,
    more: bool,
}

impl PageTemplate for UnusualPage {
    const TEMPLATE: &'static str = "pages/audit/unusual.html";

    fn samples() -> Vec<Self> {
        let found = |rule: &str| UnusualAccess { actor: "user:1".into(), rule: rule.into(), at: Some(Default::default()), count: 73 };
        let all = ["MANY_RECORDS", "NO_LINK", "OUT_OF_HOURS", "MANY_REFUSALS"].map(found).to_vec();
        vec![Self { table: table(&all, &Names::default(), "/t/example"), more: true }, Self { table: table(&[], &Names::default(), "/t/example"), more: false }]
    }
}

fn table(found: &[UnusualAccess], names: &Names, base: &str) -> Table {
    let rows = found.iter().map(|f| {
        let name = names.of(&f.actor);
        let who = match f.actor.strip_prefix("user:") {
            Some(id) => Cell::link(name, format!("{base}/audit/users/{id}")),
            None => Cell::new(name),
        };
        vec![Cell::new(Shown::maybe(text::instant(f.at.as_ref()).map(text::date_time))), who, Cell::new(words::unusual(&f.rule, f.count))]
    });
    Table { caption: "Unusual access".into(), columns: ["From", "Who", "What"].map(Column::new).into(), rows: rows.collect() }
}

/// Shows what the rules found.
///
/// # Errors
/// The services' as a page.
pub async fn get(page: StaffPage) -> PageResult {
    page.require("audit_event.list")?;
    let now = page.app.clock.now();
    let request = ListUnusualAccessRequest { from: Some(text::timestamp(now - TimeDelta::days(DAYS))), to: Some(text::timestamp(now)) };
    let calls = SERVICES.map(|service| {
        let page = &page;
        async move { page.rpc(service, request, |channel, request| async move { AuditServiceClient::new(channel).list_unusual_access(request).await }).await }
    });
    let answers = futures::future::try_join_all(calls).await.map_err(|status: Status| status).or_page(&page)?;
    let mut found: Vec<UnusualAccess> = answers.into_iter().flat_map(|answer| answer.found).collect();
    found.sort_by_key(|f| std::cmp::Reverse(f.at.map_or(0, |at| at.seconds)));
    let more = found.len() > SHOWN;
    found.truncate(SHOWN);
    let names = Names::load(&page, found.iter().map(|f| f.actor.clone()).collect()).await;
    let view = UnusualPage { table: table(&found, &names, &page.href("")), more };
    page.render(&page.frame("Unusual access").back("Back to audit", page.href("/audit")).wide(), &view)
}
