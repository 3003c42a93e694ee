//! The roles with what they may do, in words.

use proto::identity::v1::{ListRolesRequest, organisation_service_client::OrganisationServiceClient};
use serde::Serialize;

use super::role_words;
use crate::{
    error_page::OrErrorPage,
    page::{PageResult, StaffPage},
    rpc,
    view::{Cell, Column, PageTemplate, Table},
};

/// One role.
#[derive(Serialize)]
struct RoleBlock {
    name: String,
    built_in: bool,
    grants: Table,
}

/// The page.
#[derive(Serialize)]
pub struct RolesPage {
    roles: Vec<RoleBlock>,
}

impl PageTemplate for RolesPage {
    const TEMPLATE: &'static str = "pages/staff/roles.html";

    fn samples() -> Vec<Self> {
        let roles = access::roles::built_in();
        vec![Self { roles: roles.iter().map(|r| block(&r.name, !r.built_in.is_empty(), &r.grants)).collect() }, Self { roles: vec![block("Own role", false, &[])] }, Self { roles: Vec::new() }]
    }
}

fn block(name: &str, built_in: bool, grants: &[proto::authz::v1::Grant]) -> RoleBlock {
    let rows = grants
        .iter()
        .map(|g| {
            vec![
                Cell::new(role_words::resource(g.resource)),
                Cell::new(role_words::actions(g)),
                Cell::new(role_words::scope(g.scope)),
                Cell::new(role_words::classes(g.read_classes)),
                Cell::new(role_words::classes(g.write_classes)),
            ]
        })
        .collect();
    let columns = ["What", "May", "Where", "Sees", "Changes"].map(Column::new).into();
    RoleBlock { name: name.to_owned(), built_in, grants: Table { caption: format!("What the role {name} may do"), columns, rows } }
}

/// Shows the roles.
pub async fn get(page: StaffPage) -> PageResult {
    let roles = rpc!(page, "identity", OrganisationServiceClient::list_roles, ListRolesRequest {}).await.or_page(&page)?.roles;
    let roles = roles.iter().map(|r| block(&r.name, !r.built_in.is_empty(), &r.grants)).collect();
    page.render(&page.frame("Roles").back("Back to organisation", page.href("/organisation")).wide(), &RolesPage { roles })
}
