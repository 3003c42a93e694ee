//! One user: details, roles, state, and what may be done with the account.

use axum::extract::Path;
use proto::identity::v1::{AssignmentState, GetUserRequest, ListAssignmentsRequest, RoleAssignment, User, UserState, role_service_client::RoleServiceClient, user_service_client::UserServiceClient};
use serde::Serialize;

use super::common::{day, day_and_time, node_name, nodes, state_tag};
use crate::{
    pages::roles::{role::{last_day, period}, why},
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

/// A role held once, or given and taken away before it began.
#[derive(Serialize)]
struct Past {
    role: String,
    place: String,
    period: String,
}

/// The page.
#[derive(Serialize)]
pub struct UserPage {
    rows: Vec<SummaryRow>,
    roles: Vec<Held>,
    past: Vec<Past>,
    add_role: Option<Link>,
    acts: Vec<Link>,
}

impl PageTemplate for UserPage {
    const TEMPLATE: &'static str = "pages/staff/user.html";

    fn samples() -> Vec<Self> {
        let rows = || vec![SummaryRow::new("Name", "Alex Example").change("/t/example/users/1/edit"), SummaryRow::new("Email address", Shown::restricted()), SummaryRow::new("State", "").tagged(state_tag(2))];
        let held = |end: Option<&str>| Held { role: "Facilitator".into(), place: "Example agency".into(), until: "No end set".into(), end_href: end.map(str::to_owned) };
        vec![
            Self { rows: rows(), roles: vec![held(Some("/t/example/users/1/roles/2/end")), held(None)], past: vec![Past { role: "Read-only".into(), place: "Example agency".into(), period: "4 May 2026 to 6 June 2026".into() }], add_role: Some(Link::new("Add a role", "/t/example/users/1/roles/add")), acts: vec![Link::new("Disable this account", "/t/example/users/1/disable")] },
            Self { rows: rows(), roles: Vec::new(), past: Vec::new(), add_role: None, acts: Vec::new() },
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

/// Roles that the user holds, held or will hold, the newest first.
async fn assignments(page: &StaffPage, id: &str) -> Result<Vec<RoleAssignment>, ErrorPage> {
    let request = ListAssignmentsRequest { page_size: 200, user_id: id.to_owned(), ..ListAssignmentsRequest::default() };
    let mut held = rpc!(page, "identity", RoleServiceClient::list_assignments, request).await.or_page(page)?.assignments;
    held.reverse();
    Ok(held)
}

/// "4 May 2026 to 6 June 2026", or that it was taken away before it began.
fn over(held: &RoleAssignment) -> String {
    let end = held.ended_at.filter(|ended| held.valid_to.is_none_or(|to| ended.seconds < to.seconds));
    match (end, held.valid_from) {
        (Some(ended), Some(from)) if ended.seconds <= from.seconds => format!("Taken away on {}, before it began", day(Some(&ended))),
        (Some(ended), _) => format!("{} to {}, when it was taken away", day(held.valid_from.as_ref()), day(Some(&ended))),
        (None, _) => format!("{} to {}", day(held.valid_from.as_ref()), last_day(held.valid_to.as_ref())),
    }
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
    let end = |assignment: &str| manages_roles.then(|| href(&format!("/roles/{assignment}/end")));
    let listed = if page.may("role.list") { assignments(&page, &user.id).await? } else { Vec::new() };
    let (mut roles, mut past) = (Vec::new(), Vec::new());
    for held in &listed {
        let (role, place) = (held.role_name.clone(), node_name(&nodes, &held.node_id));
        if held.state() == AssignmentState::Ended {
            past.push(Past { role, place, period: over(held) });
        } else {
            roles.push(Held { role, place, until: period(held), end_href: end(&held.assignment_id) });
        }
    }
    // Roles at places whose assignments the reader may not list are shown without their history.
    roles.extend(user.roles.iter().filter(|r| listed.iter().all(|l| l.assignment_id != r.assignment_id)).map(|r| Held {
        role: r.role_name.clone(),
        place: node_name(&nodes, &r.node_id),
        until: if r.valid_to.is_none() { "No end set".to_owned() } else { format!("Until {}", last_day(r.valid_to.as_ref())) },
        end_href: None,
    }));
    let disabled = user.state == UserState::Disabled as i32;
    let mut acts = Vec::new();
    if page.may("audit_event.list") {
        acts.push(Link::new("What this user has done", page.href(&format!("/audit/users/{}", user.id))));
    }
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
    if why::may_ask(&page) {
        acts.push(Link::new("Why can they see a record?", page.href(&format!("/access/why?user={}", user.id))));
    }
    let add_role = (manages_roles && !disabled).then(|| Link::new("Add a role", href("/roles/add")));
    page.render(&page.frame("User account").back("Back to users", page.href("/users")), &UserPage { rows, roles, past, add_role, acts })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_that_is_over_says_how_it_ended() {
        // From 1 January 2020 on, in winter.
        let at = |day: i64| Some(prost_types::Timestamp { seconds: (18_262 + day) * 86_400, nanos: 0 });
        let held = RoleAssignment { valid_from: at(1), valid_to: at(10), ..RoleAssignment::default() };
        assert_eq!(over(&held), "2 January 2020 to 10 January 2020");
        assert_eq!(over(&RoleAssignment { ended_at: at(10), ..held.clone() }), over(&held), "given again after its end");
        assert!(over(&RoleAssignment { ended_at: at(5), ..held.clone() }).contains("taken away"));
        assert!(over(&RoleAssignment { ended_at: at(0), ..held }).contains("before it began"));
    }
}
