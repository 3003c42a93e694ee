//! One user: details, roles, state, and what may be done with the account.

use axum::extract::Path;
use proto::identity::v1::{GetUserRequest, User, UserState, user_service_client::UserServiceClient};
use serde::Serialize;

use super::common::{day, day_and_time, node_name, nodes, state_tag};
use crate::{
    error_page::{ErrorPage, OrErrorPage},
    page::{PageResult, StaffPage},
    rpc,
    view::{Link, PageTemplate, Shown, SummaryRow},
};

/// A role held.
#[derive(Serialize)]
struct Held {
    role: String,
    place: String,
    until: String,
    end_href: Option<String>,
}

/// The page.
#[derive(Serialize)]
pub struct UserPage {
    rows: Vec<SummaryRow>,
    roles: Vec<Held>,
    add_role: Option<Link>,
    acts: Vec<Link>,
}

impl PageTemplate for UserPage {
    const TEMPLATE: &'static str = "pages/staff/user.html";

    fn samples() -> Vec<Self> {
        let rows = || vec![SummaryRow::new("Name", "Alex Example").change("/t/example/users/1/edit"), SummaryRow::new("Email address", Shown::restricted()), SummaryRow::new("State", "").tagged(state_tag(2))];
        let held = |end: Option<&str>| Held { role: "Facilitator".into(), place: "Example agency".into(), until: "No end set".into(), end_href: end.map(str::to_owned) };
        vec![
            Self { rows: rows(), roles: vec![held(Some("/t/example/users/1/roles/2/end")), held(None)], add_role: Some(Link::new("Add a role", "/t/example/users/1/roles/add")), acts: vec![Link::new("Disable this account", "/t/example/users/1/disable")] },
            Self { rows: rows(), roles: Vec::new(), add_role: None, acts: Vec::new() },
        ]
    }
}

/// A user.
///
/// # Errors
/// The error page.
pub async fn load(page: &StaffPage, id: &str) -> Result<User, ErrorPage> {
    Ok(rpc!(page, "identity", UserServiceClient::get_user, GetUserRequest { user_id: id.to_owned() }).await.or_page(page)?.user.unwrap_or_default())
}

/// Shows the user.
pub async fn get(page: StaffPage, Path((_, id)): Path<(String, String)>) -> PageResult {
    let user = load(&page, &id).await?;
    let nodes = nodes(&page).await?;
    let own = user.id == page.session.user_id;
    let href = |path: &str| page.href(&format!("/users/{}{path}", user.id));
    let masked = &user.masked_paths;
    let mut rows = vec![
        SummaryRow::new("Name", Shown::field("name", masked, &user.name)),
        SummaryRow::new("Email address", Shown::field("email", masked, &user.email)),
        SummaryRow::new("Agency or team", node_name(&nodes, &user.node_id)),
        SummaryRow::new("State", "").tagged(state_tag(user.state)),
        SummaryRow::new("Last signed in", Shown::field("last_signed_in_at", masked, day_and_time(user.last_signed_in_at.as_ref()))),
        SummaryRow::new("Account made", day(user.created_at.as_ref())),
    ];
    if page.may("user.update") {
        for at in [0, 2] {
            rows[at] = rows[at].clone().change(href("/edit"));
        }
    }
    // Nobody changes their own roles.
    let manages_roles = page.may("role.manage") && !own;
    let roles = user
        .roles
        .iter()
        .map(|r| Held {
            role: r.role_name.clone(),
            place: node_name(&nodes, &r.node_id),
            until: if r.valid_to.is_none() { "No end set".to_owned() } else { day(r.valid_to.as_ref()) },
            end_href: manages_roles.then(|| href(&format!("/roles/{}/end", r.assignment_id))),
        })
        .collect();
    let disabled = user.state == UserState::Disabled as i32;
    let mut acts = Vec::new();
    if user.enrolment_to_confirm {
        acts.push(Link::new("Confirm the new enrolment link", href("/enrolment/confirm")));
    }
    if page.may("user.manage") && !own {
        if disabled {
            acts.push(Link::new("Enable this account", href("/enable")));
        } else {
            acts.push(Link::new("Send a new enrolment link", href("/enrolment")));
            acts.push(Link::new("Disable this account", href("/disable")));
        }
    }
    let add_role = (manages_roles && !disabled).then(|| Link::new("Add a role", href("/roles/add")));
    page.render(&page.frame("User account").back("Back to users", page.href("/users")), &UserPage { rows, roles, add_role, acts })
}
