//! The reader's own account.

use proto::identity::v1::{GetUserRequest, user_service_client::UserServiceClient};
use serde::Serialize;

use super::common::{day, day_and_time, node_name, nodes};
use crate::{
    error_page::OrErrorPage,
    page::{PageResult, StaffPage},
    rpc,
    view::{Cell, Column, PageTemplate, Shown, SummaryRow, Table},
};

/// Details, roles, and signing out everywhere.
#[derive(Serialize)]
pub struct AccountPage {
    rows: Vec<SummaryRow>,
    roles: Table,
}

impl PageTemplate for AccountPage {
    const TEMPLATE: &'static str = "pages/staff/account.html";

    fn samples() -> Vec<Self> {
        let full = |rows| Self { rows: vec![SummaryRow::new("Name", "Alex Example"), SummaryRow::new("Email address", Shown::restricted())], roles: role_table(rows) };
        vec![full(vec![vec![Cell::new("Facilitator"), Cell::new("Example agency"), Cell::new("")]]), full(Vec::new())]
    }
}

/// Roles held, with node and end.
fn role_table(rows: Vec<Vec<Cell>>) -> Table {
    Table { caption: "Your roles".into(), columns: ["Role", "Where", "Until"].map(Column::new).into(), rows }
}

/// Shows the account.
pub async fn get(page: StaffPage) -> PageResult {
    let user = rpc!(page, "identity", UserServiceClient::get_user, GetUserRequest { user_id: page.session.user_id.clone() }).await.or_page(&page)?.user.unwrap_or_default();
    let nodes = nodes(&page).await?;
    let masked = &user.masked_paths;
    let rows = vec![
        SummaryRow::new("Name", Shown::field("name", masked, &user.name)),
        SummaryRow::new("Email address", Shown::field("email", masked, &user.email)),
        SummaryRow::new("Agency or team", node_name(&nodes, &user.node_id)),
        SummaryRow::new("Account made", day(user.created_at.as_ref())),
        SummaryRow::new("Session ends if unused", day_and_time(page.session.idle_ends_at.as_ref())),
    ];
    let roles = user
        .roles
        .iter()
        .map(|r| vec![Cell::new(r.role_name.as_str()), Cell::new(node_name(&nodes, &r.node_id)), Cell::new(if r.valid_to.is_none() { "No end set".to_owned() } else { day(r.valid_to.as_ref()) })])
        .collect();
    page.render(&page.frame("Your account"), &AccountPage { rows, roles: role_table(roles) })
}
