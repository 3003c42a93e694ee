//! The reader's own account.

use proto::identity::v1::{GetAccountResponse, GetUserRequest, OwnPasskey, OwnSession, user_service_client::UserServiceClient};
use serde::Serialize;

use super::{common::{day, day_and_time, node_name, nodes}, own};
use crate::{
    error_page::OrErrorPage,
    forms::FormState,
    page::{PageResult, StaffPage},
    rpc,
    view::{Cell, Choice, Column, Link, PageTemplate, Shown, SummaryRow, Table},
};

/// Details, roles, factors, sessions, mail.
#[derive(Serialize)]
pub struct AccountPage {
    rows: Vec<SummaryRow>,
    roles: Table,
    factors: Vec<SummaryRow>,
    passkeys: Vec<SummaryRow>,
    sessions: Vec<Session>,
    notices: FormState,
    choices: Vec<Choice>,
    /// Pages of users whose new link awaits the reader's word.
    to_confirm: Vec<String>,
}

/// A live session.
#[derive(Serialize)]
struct Session {
    agent: String,
    used: String,
    began: String,
    current: bool,
    action: String,
}

impl PageTemplate for AccountPage {
    const TEMPLATE: &'static str = "pages/staff/account.html";

    fn samples() -> Vec<Self> {
        let full = |rows| Self { rows: vec![SummaryRow::new("Name", "Alex Example"), SummaryRow::new("Email address", Shown::restricted())], roles: role_table(rows), ..Self::of_own("/t/example", &GetAccountResponse { sessions: vec![OwnSession { current: true, ..OwnSession::default() }, OwnSession { agent: "Firefox on Windows".into(), ..OwnSession::default() }], passkeys: vec![OwnPasskey { name: "Phone".into(), ..OwnPasskey::default() }], case_mail: true, users_to_confirm: vec!["1".into()], recovery_codes_left: 2, ..GetAccountResponse::default() }) };
        vec![full(vec![vec![Cell::new("Facilitator"), Cell::new("Example agency"), Cell::new("")]]), full(Vec::new())]
    }
}

impl AccountPage {
    fn of_own(base: &str, own: &GetAccountResponse) -> Self {
        let href = |path: &str| format!("{base}/account{path}");
        let used = |at: Option<&prost_types::Timestamp>| at.map_or_else(|| "Not used yet".to_owned(), |at| format!("Last used {}", day_and_time(Some(at))));
        let codes = match own.recovery_codes_left {
            0 => "None left".to_owned(),
            left => format!("{left} left"),
        };
        let factors = vec![
            SummaryRow::new("Password", format!("Changed {}", day(own.password_changed_at.as_ref()))).action(Link::new("Change", href("/password")).hidden("your password")),
            SummaryRow::new("Authenticator app", format!("Changed {}", day(own.authenticator_changed_at.as_ref()))).action(Link::new("Change", href("/authenticator")).hidden("your authenticator app")),
            SummaryRow::new("Recovery codes", codes).action(Link::new("Make new codes", href("/recovery-codes"))),
        ];
        let passkeys = own
            .passkeys
            .iter()
            .map(|p| SummaryRow::new(p.name.as_str(), used(p.last_used_at.as_ref())).action(Link::new("Remove", href(&format!("/passkeys/{}/remove", p.passkey_id))).hidden(p.name.as_str())))
            .collect();
        let sessions = own
            .sessions
            .iter()
            .map(|s| Session {
                agent: if s.agent.is_empty() { "A browser that we do not know".to_owned() } else { s.agent.clone() },
                used: day_and_time(s.last_used_at.as_ref()),
                began: day_and_time(s.began_at.as_ref()),
                current: s.current,
                action: href(&format!("/sessions/{}/end", s.session_id)),
            })
            .collect();
        let wanted = if own.case_mail { vec!["cases".to_owned()] } else { Vec::new() };
        let choices = vec![Choice::new("cases", "Cases that are allocated to me, or are no longer")];
        Self { rows: Vec::new(), roles: role_table(Vec::new()), factors, passkeys, sessions, to_confirm: own.users_to_confirm.iter().map(|id| format!("{base}/users/{id}")).collect(), notices: FormState::default().with_all("notices", wanted), choices }
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
    page.render(&page.frame("Your account"), &AccountPage { rows, roles: role_table(roles), ..AccountPage::of_own(&page.href(""), &own::own(&page).await?) })
}
