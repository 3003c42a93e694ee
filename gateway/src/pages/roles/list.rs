//! The roles with who holds them, and what may be done with roles.

use proto::identity::v1::{ListRoleSummariesRequest, RoleSummary, role_service_client::RoleServiceClient};
use serde::Serialize;

use crate::{
    error_page::{ErrorPage, OrErrorPage},
    page::{PageResult, StaffPage},
    rpc, text,
    view::{Cell, Colour, Column, Link, PageTemplate, Table, Tag},
};

/// The page.
#[derive(Serialize)]
pub struct RolesPage {
    table: Table,
    add: Option<Link>,
    links: Vec<Link>,
}

impl PageTemplate for RolesPage {
    const TEMPLATE: &'static str = "pages/roles/list.html";

    fn samples() -> Vec<Self> {
        let role = |name: &str, built_in: &str, holders| RoleSummary { id: "1".into(), name: name.into(), built_in: built_in.into(), holders, coming: 1, systems: holders, description: "For students".into(), ..RoleSummary::default() };
        let link = || Link::new("Add a role", "/t/example/roles/add");
        vec![
            Self { table: table(&[role("Facilitator", "facilitator", 3), role("Student", "", 0)], |id| format!("/t/example/roles/{id}")), add: Some(link()), links: vec![link()] },
            Self { table: table(&[], |_| String::new()), add: None, links: Vec::new() },
        ]
    }
}

fn table(roles: &[RoleSummary], href: impl Fn(&str) -> String) -> Table {
    let rows = roles
        .iter()
        .map(|r| {
            let mut first = Cell::link(r.name.as_str(), href(&r.id));
            if !r.description.is_empty() {
                first = first.note(r.description.as_str());
            }
            let kind = if r.built_in.is_empty() { Tag::new("Your own", Colour::Purple) } else { Tag::new("Built in", Colour::Blue) };
            vec![first, Cell::tag(kind), Cell::new(held_by(r))]
        })
        .collect();
    Table { caption: "Roles".into(), columns: ["Role", "Kind", "Held by"].map(Column::new).into(), rows }
}

/// "3 people, 1 more from a later day, 1 partner system".
fn held_by(role: &RoleSummary) -> String {
    let mut words = Vec::new();
    if role.holders > 0 {
        words.push(text::plural(role.holders.into(), "person", "people"));
    }
    if role.coming > 0 {
        words.push(format!("{} from a later day", text::plural(role.coming.into(), "person", "people")));
    }
    if role.systems > 0 {
        words.push(text::plural(role.systems.into(), "partner system", "partner systems"));
    }
    if words.is_empty() { "Nobody".to_owned() } else { words.join(", ") }
}

/// The roles there are.
///
/// # Errors
/// The error page.
pub async fn summaries(page: &StaffPage) -> Result<Vec<RoleSummary>, ErrorPage> {
    Ok(rpc!(page, "identity", RoleServiceClient::list_role_summaries, ListRoleSummariesRequest {}).await.or_page(page)?.roles)
}

/// Shows the roles.
pub async fn get(page: StaffPage) -> PageResult {
    let roles = summaries(&page).await?;
    let add = page.may("role.manage").then(|| Link::new("Add a role", page.href("/roles/add")));
    let links = vec![Link::new("Compare two roles", page.href("/roles/compare")), Link::new("Roles that end soon", page.href("/roles/ending"))];
    page.render(&page.frame("Roles").back("Back to organisation", page.href("/organisation")), &RolesPage { table: table(&roles, |id| page.href(&format!("/roles/{id}"))), add, links })
}
