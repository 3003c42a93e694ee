//! Roles that end soon by their date, so that nobody is locked out by surprise and no cover lasts unseen.

use chrono::{DateTime, TimeDelta, Utc};
use proto::identity::v1::{AssignmentState, ListAssignmentsRequest, Node, RoleAssignment, role_service_client::RoleServiceClient};
use serde::Serialize;

use super::role::last_day;
use crate::{
    error_page::OrErrorPage,
    page::{PageResult, StaffPage},
    pages::{names::Names, staff::common::{node_name, nodes}},
    rpc, text,
    view::{Cell, Colour, Column, PageTemplate, Table, Tag},
};

/// How far the list looks ahead.
const AHEAD: TimeDelta = TimeDelta::days(60);

/// The page.
#[derive(Serialize)]
pub struct EndingPage {
    table: Table,
    more: bool,
}

impl PageTemplate for EndingPage {
    const TEMPLATE: &'static str = "pages/roles/ending.html";

    fn samples() -> Vec<Self> {
        let held = |days: i64| RoleAssignment { user_id: "1".into(), role_name: "Facilitator".into(), valid_to: Some(text::timestamp(DateTime::UNIX_EPOCH + TimeDelta::days(days))), ..RoleAssignment::default() };
        let table = |held: &[RoleAssignment]| table(held, &Names::default(), &[], DateTime::UNIX_EPOCH, |id| format!("/t/example/users/{id}"));
        vec![Self { table: table(&[held(3), held(30)]), more: true }, Self { table: table(&[]), more: false }]
    }
}

fn table(held: &[RoleAssignment], names: &Names, nodes: &[Node], now: DateTime<Utc>, href: impl Fn(&str) -> String) -> Table {
    let rows = held
        .iter()
        .map(|h| {
            let soon = text::instant(h.valid_to.as_ref()).is_some_and(|end| end - now < TimeDelta::days(14));
            let tag = if soon { Tag::new("Within 14 days", Colour::Orange) } else { Tag::new("Within 60 days", Colour::Yellow) };
            vec![Cell::link(names.of(&h.user_id), href(&h.user_id)), Cell::new(h.role_name.as_str()), Cell::new(node_name(nodes, &h.node_id)), Cell::new(last_day(h.valid_to.as_ref())), Cell::tag(tag)]
        })
        .collect();
    Table { caption: "Roles that end soon".into(), columns: ["Who", "Role", "Where", "Last day", "How soon"].map(Column::new).into(), rows }
}

/// Shows the list, what ends first on top.
pub async fn get(page: StaffPage) -> PageResult {
    let now = page.app.clock.now();
    let request = ListAssignmentsRequest { page_size: 200, states: vec![AssignmentState::Current.into()], ends_before: Some(text::timestamp(now + AHEAD)), ..ListAssignmentsRequest::default() };
    let answer = rpc!(page, "identity", RoleServiceClient::list_assignments, request).await.or_page(&page)?;
    let mut held = answer.assignments;
    held.sort_by_key(|h| h.valid_to.map(|to| to.seconds));
    let nodes = nodes(&page).await?;
    let names = Names::load(&page, held.iter().map(|h| h.user_id.clone()).collect()).await;
    let context = EndingPage { table: table(&held, &names, &nodes, now, |id| page.href(&format!("/users/{id}"))), more: !answer.next_page_token.is_empty() };
    page.render(&page.frame("Roles that end soon").back("Back to roles", page.href("/roles")), &context)
}
