//! The users of the tenant: a directory for everyone, the list to manage for administrators.

use axum::extract::RawQuery;
use proto::identity::v1::{ListUsersRequest, Node, User, user_service_client::UserServiceClient};
use serde::Serialize;

use super::common::{day, node_choices, node_name, nodes, state_tag};
use crate::{
    error_page::OrErrorPage,
    forms::{FormData, FormState},
    page::{PageResult, StaffPage},
    rpc, text,
    view::{Cell, Choice, Column, Link, PageTemplate, Paging, Selected, Shown, Table},
};

const PAGE_SIZE: i32 = 50;

/// The list.
#[derive(Serialize)]
pub struct UsersPage {
    form: FormState,
    agencies: Vec<Choice>,
    disabled: Vec<Choice>,
    selected: Vec<Selected>,
    table: Table,
    paging: Paging,
    may_invite: bool,
}

impl PageTemplate for UsersPage {
    const TEMPLATE: &'static str = "pages/staff/users.html";

    fn samples() -> Vec<Self> {
        let page = |rows: Vec<Vec<Cell>>, may_invite| Self {
            form: FormState::sent(FormData::parse(b"agency=1&disabled=yes")),
            agencies: vec![Choice::new("1", "Example agency")],
            disabled: disabled(),
            selected: vec![Selected { heading: "Agency or team".into(), items: vec![Link::new("Example agency", "/t/example/users")] }],
            paging: paging(rows.len(), Some("?page=a".into()), None),
            table: table(rows),
            may_invite,
        };
        let row = vec![Cell::link("Alex Example", "/t/example/users/1").note("alex@agency.example.org"), Cell::new("Example agency"), Cell::new("Facilitator"), Cell::tag(state_tag(2)), Cell::new(Shown::restricted())];
        vec![page(vec![row], true), page(Vec::new(), false)]
    }
}

fn disabled() -> Vec<Choice> {
    vec![Choice::new("yes", "Show disabled accounts")]
}

fn table(rows: Vec<Vec<Cell>>) -> Table {
    Table { caption: "Users".into(), columns: ["Name", "Agency or team", "Roles", "State", "Last signed in"].map(Column::new).into(), rows }
}

fn paging(shown: usize, next: Option<String>, first: Option<String>) -> Paging {
    Paging { summary: format!("Showing {}", text::plural(i64::try_from(shown).unwrap_or(0), "user", "users")), first, previous: None, next }
}

fn row(page: &StaffPage, nodes: &[Node], user: &User) -> Vec<Cell> {
    let masked = &user.masked_paths;
    let name = Shown::field("name", masked, &user.name);
    let mut first = Cell::link(name, page.href(&format!("/users/{}", user.id)));
    if !user.email.is_empty() {
        first = first.note(user.email.as_str());
    }
    let roles: Vec<&str> = user.roles.iter().map(|r| r.role_name.as_str()).collect();
    vec![
        first,
        Cell::new(node_name(nodes, &user.node_id)),
        Cell::new(roles.join(", ")),
        Cell::tag(state_tag(user.state)),
        Cell::new(Shown::field("last_signed_in_at", masked, day(user.last_signed_in_at.as_ref()))),
    ]
}

/// Shows the list; filters are codes in the address.
pub async fn get(page: StaffPage, RawQuery(query): RawQuery) -> PageResult {
    let query = FormData::parse(query.unwrap_or_default().as_bytes());
    let (agency, all, token) = (query.get("agency").to_owned(), query.has("disabled", "yes"), query.get("page").to_owned());
    let request = ListUsersRequest { page_size: PAGE_SIZE, page_token: token.clone(), node_id: agency.clone(), include_disabled: all, ..ListUsersRequest::default() };
    let answer = rpc!(page, "identity", UserServiceClient::list_users, request).await.or_page(&page)?;
    let nodes = nodes(&page).await?;
    let address = |agency: &str, all: bool, token: &str| {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in [("agency", agency), ("disabled", if all { "yes" } else { "" }), ("page", token)] {
            if !value.is_empty() {
                query.append_pair(name, value);
            }
        }
        format!("{}?{}", page.href("/users"), query.finish()).trim_end_matches('?').to_owned()
    };
    let mut selected = Vec::new();
    if !agency.is_empty() {
        selected.push(Selected { heading: "Agency or team".into(), items: vec![Link::new(node_name(&nodes, &agency), address("", all, ""))] });
    }
    if all {
        selected.push(Selected { heading: "Accounts".into(), items: vec![Link::new("Disabled too", address(&agency, false, ""))] });
    }
    let rows: Vec<_> = answer.users.iter().map(|u| row(&page, &nodes, u)).collect();
    let next = (!answer.next_page_token.is_empty()).then(|| address(&agency, all, &answer.next_page_token));
    let first = (!token.is_empty()).then(|| address(&agency, all, ""));
    let context = UsersPage {
        form: FormState::sent(query),
        agencies: node_choices(&nodes),
        disabled: disabled(),
        selected,
        paging: paging(rows.len(), next, first),
        table: table(rows),
        may_invite: page.may("user.create"),
    };
    page.render(&page.frame("Users").wide(), &context)
}
