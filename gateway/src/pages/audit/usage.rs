//! Use of the system by agency and role in one month (I10).

use std::collections::BTreeMap;

use axum::extract::Query;
use chrono::{Datelike, Months, NaiveDate};
use proto::{
    audit::v1::{ListUsageRequest, Usage, audit_service_client::AuditServiceClient},
    authz::v1::NodeKind,
    identity::v1::{ListUsersRequest, Node, User, user_service_client::UserServiceClient},
};
use serde::{Deserialize, Serialize};
use tonic::Status;

use super::{trail::SERVICES, usage_rules::{Group, SMALLEST_GROUP, Use, groups}};
use crate::{
    error_page::OrErrorPage,
    forms::{FormData, FormState},
    page::{PageResult, StaffPage},
    pages::staff::common,
    rpc, text,
    view::{Cell, Choice, Column, PageTemplate, Table},
};

/// Months that can be chosen.
const MONTHS: u32 = 12;
/// Users of one call.
const PAGE: i32 = 200;
/// Calls for users at the most.
const PAGES: usize = 50;
/// What stands in place of figures that are not shown.
const HIDDEN: &str = "[c]";

/// The page's context.
#[derive(Serialize)]
pub struct UsagePage {
    form: FormState,
    months: Vec<Choice>,
    smallest: usize,
    table: Table,
}

impl PageTemplate for UsagePage {
    const TEMPLATE: &'static str = "pages/audit/usage.html";

    fn samples() -> Vec<Self> {
        let group = |sum| Group { agency: "Example agency".into(), role: "Facilitator".into(), sum };
        let page = |groups: &[Group]| Self {
            form: FormState::sent(FormData::parse(b"month=2027-05")),
            months: vec![Choice::new("2027-05", "May 2027")],
            smallest: SMALLEST_GROUP,
            table: table(groups, "May 2027"),
        };
        vec![page(&[group(Some((7, Use { looks: 1_234, changes: 56, refusals: 7 }))), group(None)]), page(&[])]
    }
}

fn table(groups: &[Group], month: &str) -> Table {
    let rows = groups.iter().map(|group| {
        let mut row = vec![Cell::new(group.agency.as_str()), Cell::new(group.role.as_str())];
        match &group.sum {
            Some((people, used)) => {
                let people = i64::try_from(*people).unwrap_or(i64::MAX);
                row.extend([people, used.looks, used.changes, used.refusals].map(|n| Cell::new(text::number(n))));
            }
            None => row.extend([HIDDEN; 4].map(Cell::new)),
        }
        row
    });
    let words = ["Agency", "Role"].map(Column::new).into_iter();
    let figures = ["People", "Looks", "Changes", "Refusals"].map(Column::numeric);
    Table { caption: format!("Use of the system in {month}"), columns: words.chain(figures).collect(), rows: rows.collect() }
}

/// What the address asks for.
#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    #[serde(default)]
    month: String,
}

/// The name of the agency that a user's node belongs to.
fn agency(nodes: &[Node], node_id: &str) -> String {
    let mut at = nodes.iter().find(|n| n.id == node_id);
    for _ in 0..16 {
        match at {
            Some(node) if node.kind == NodeKind::Team as i32 => at = nodes.iter().find(|n| n.id == node.parent_id),
            _ => break,
        }
    }
    at.map_or_else(|| "No agency".to_owned(), |node| node.name.clone())
}

/// Each person who did something, once for each role; a partner's system has no role.
fn people(rows: &[Usage], users: &[User], nodes: &[Node]) -> Vec<(String, String, Use)> {
    let mut sums: BTreeMap<&str, Use> = BTreeMap::new();
    for row in rows {
        if let Some(id) = row.actor.strip_prefix("user:") {
            let sum = sums.entry(id).or_default();
            sum.looks += row.looks;
            sum.changes += row.changes;
            sum.refusals += row.refusals;
        }
    }
    let by_id: BTreeMap<&str, &User> = users.iter().map(|u| (u.id.as_str(), u)).collect();
    let mut people = Vec::new();
    for (id, used) in sums {
        let Some(user) = by_id.get(id) else {
            people.push(("No agency".to_owned(), "No role".to_owned(), used));
            continue;
        };
        let agency = agency(nodes, &user.node_id);
        let mut roles: Vec<&str> = user.roles.iter().map(|r| r.role_name.as_str()).collect();
        roles.sort_unstable();
        roles.dedup();
        if roles.is_empty() {
            roles.push("No role");
        }
        people.extend(roles.into_iter().map(|role| (agency.clone(), role.to_owned(), used)));
    }
    people
}

async fn users(page: &StaffPage) -> Result<Vec<User>, Status> {
    let (mut all, mut page_token) = (Vec::new(), String::new());
    for _ in 0..PAGES {
        let request = ListUsersRequest { include_disabled: true, page_size: PAGE, page_token, ..Default::default() };
        let answer = rpc!(page, "identity", UserServiceClient::list_users, request).await?;
        all.extend(answer.users);
        page_token = answer.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    Ok(all)
}

/// The months that can be chosen, newest first, as their first days.
fn months(today: NaiveDate) -> Vec<NaiveDate> {
    let first = today.with_day(1).unwrap_or(today);
    (0..MONTHS).filter_map(|n| first.checked_sub_months(Months::new(n))).collect()
}

/// Shows the figures of a month; a group of few people is hidden.
///
/// # Errors
/// The services' as a page.
pub async fn get(page: StaffPage, Query(asked): Query<Asked>) -> PageResult {
    page.require("audit_event.list")?;
    let all = months(text::local_date(page.app.clock.now()));
    let code = |day: &NaiveDate| day.format("%Y-%m").to_string();
    let words = |day: &NaiveDate| day.format("%B %Y").to_string();
    let chosen = all.iter().find(|day| code(day) == asked.month).or(all.first()).copied().unwrap_or_default();
    let end = chosen.checked_add_months(Months::new(1)).unwrap_or(chosen);
    let begin_of = |day: NaiveDate| text::from_local(day, 0, 0).map(text::timestamp);
    let request = ListUsageRequest { from: begin_of(chosen), to: begin_of(end) };
    let calls = SERVICES.map(|service| {
        let page = &page;
        async move { page.rpc(service, request, |channel, request| async move { AuditServiceClient::new(channel).list_usage(request).await }).await }
    });
    let answers = futures::future::try_join_all(calls).await.map_err(|status: Status| status).or_page(&page)?;
    let rows: Vec<Usage> = answers.into_iter().flat_map(|answer| answer.rows).collect();
    let (users, nodes) = (users(&page).await.or_page(&page)?, common::nodes(&page).await?);
    let view = UsagePage {
        form: FormState::sent(FormData::parse(format!("month={}", code(&chosen)).as_bytes())),
        months: all.iter().map(|day| Choice::new(code(day), words(day))).collect(),
        smallest: SMALLEST_GROUP,
        table: table(&groups(&people(&rows, &users, &nodes), SMALLEST_GROUP), &words(&chosen)),
    };
    page.render(&page.frame("Use of the system").back("Back to audit", page.href("/audit")).wide(), &view)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_counts_once_in_each_role_with_what_they_did_in_all_services() {
        let node = |id: &str, parent: &str, name: &str, kind: NodeKind| Node { id: id.into(), parent_id: parent.into(), name: name.into(), kind: kind.into(), ..Node::default() };
        let nodes = [node("1", "", "Partnership", NodeKind::Partnership), node("2", "1", "Bridgeway", NodeKind::Agency), node("3", "2", "East", NodeKind::Team)];
        let role = |name: &str| proto::identity::v1::RoleHeld { role_name: name.into(), ..Default::default() };
        let users = [User { id: "a".into(), node_id: "3".into(), roles: vec![role("Facilitator"), role("Lead"), role("Lead")], ..User::default() }];
        let row = |actor: &str| Usage { actor: actor.into(), looks: 2, changes: 1, ..Usage::default() };
        let found = people(&[row("user:a"), row("user:a"), row("account:x"), row("user:gone")], &users, &nodes);
        let used = Use { looks: 4, changes: 2, refusals: 0 };
        assert_eq!(found[0], ("Bridgeway".to_owned(), "Facilitator".to_owned(), used));
        assert_eq!(found[1], ("Bridgeway".to_owned(), "Lead".to_owned(), used));
        assert_eq!(found[2].1, "No role");
        assert_eq!(found.len(), 3);
    }

    #[test]
    fn the_last_months_can_be_chosen() {
        let found = months("2027-03-31".parse().unwrap());
        assert_eq!((found.len(), found[0].to_string(), found[1].to_string()), (12, "2027-03-01".into(), "2027-02-01".into()));
    }
}
