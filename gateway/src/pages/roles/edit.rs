//! Adding a role, as a copy or from nothing, and changing one.

use axum::extract::{Path, RawQuery};
use proto::identity::v1::{CreateRoleRequest, RoleDetail, UpdateRoleRequest, role_service_client::RoleServiceClient};
use serde::Serialize;

use super::{
    grants::{self, Chapter},
    role::load,
    sentences,
};
use crate::{
    forms::{FormData, FormState, ProtectedForm},
    page::{PageResult, StaffPage},
    pages::staff::common::{in_force, refused, request_id},
    rpc,
    view::PageTemplate,
};

/// The page.
#[derive(Serialize)]
pub struct EditRolePage {
    form: FormState,
    chapters: Vec<Chapter>,
    /// What is saved now, after somebody else changed it.
    saved: Vec<String>,
    action: String,
    cancel: String,
    button: &'static str,
    /// Others hold it, so that a change changes what they may do at once.
    warns: bool,
}

impl PageTemplate for EditRolePage {
    const TEMPLATE: &'static str = "pages/roles/edit.html";

    fn samples() -> Vec<Self> {
        let page = |form: FormState, saved| Self { chapters: grants::chapters(&form), form, saved, action: "/t/example/roles/add".into(), cancel: "/t/example/roles".into(), button: "Add role", warns: true };
        let filled = grants::fill(FormState::default().with("name", "Student").with_etag("2"), &access::roles::built_in()[3].grants);
        let mut wrong = FormState::sent(FormData::parse(b"name=&g7-2-sees=2"));
        wrong.required("name", "Enter a name for the role");
        wrong.fail("g7-2-may", "Choose what may be done");
        vec![page(FormState::default(), Vec::new()), page(filled, Vec::new()), page(wrong, vec!["Can list all reports.".into()])]
    }
}

enum What<'a> {
    New,
    Change(&'a str),
}

fn show(page: &StaffPage, what: &What<'_>, form: FormState, saved: Vec<String>) -> PageResult {
    let (title, action, cancel, button) = match what {
        What::New => ("Add a role", "/roles/add".to_owned(), "/roles".to_owned(), "Add role"),
        What::Change(id) => ("Change a role", format!("/roles/{id}/edit"), format!("/roles/{id}"), "Save role"),
    };
    let context = EditRolePage { chapters: grants::chapters(&form), form, saved, action: page.href(&action), cancel: page.href(&cancel), button, warns: matches!(what, What::Change(_)) };
    page.render(&page.frame(title).back("Back", page.href(&cancel)), &context)
}

fn fill(form: FormState, role: &RoleDetail) -> FormState {
    grants::fill(form.with("description", role.description.clone()), &role.grants)
}

/// Shows the form for a new role, filled in where it is a copy.
pub async fn get_add(page: StaffPage, RawQuery(query): RawQuery) -> PageResult {
    page.require("role.manage")?;
    let query = FormData::parse(query.unwrap_or_default().as_bytes());
    let form = match query.get("from") {
        "" => page.form(),
        from => {
            let role = load(&page, from).await?;
            fill(page.form().with("name", format!("Copy of {}", role.name)), &role)
        }
    };
    show(&page, &What::New, form, Vec::new())
}

/// What the form says: its name and description are required here, everything else the service checks.
fn check(form: &mut FormState) -> (String, String, Vec<proto::authz::v1::Grant>) {
    let name = form.required("name", "Enter a name for the role");
    form.at_most("name", 100, "Name");
    form.at_most("description", 200, "Description");
    let grants = grants::read(form);
    if grants.is_empty() {
        form.fail("", "Choose at least one thing that the role may do");
    }
    (name, form.get("description").to_owned(), grants)
}

fn take(page: &StaffPage, form: &mut FormState, status: tonic::Status, sent: &[proto::authz::v1::Grant]) -> Result<bool, crate::error_page::ErrorPage> {
    let paths = grants::paths(sent);
    let fields: Vec<(&str, &str)> = paths.iter().map(|(path, field)| (path.as_str(), field.as_str())).collect();
    refused(page, form, status, &fields)
}

/// Adds the role.
pub async fn post_add(page: StaffPage, ProtectedForm { data, .. }: ProtectedForm) -> PageResult {
    let mut form = FormState::sent(data);
    let (name, description, grants) = check(&mut form);
    if !form.is_valid() {
        return show(&page, &What::New, form, Vec::new());
    }
    let request = CreateRoleRequest { request_id: request_id(&form), name, description, grants: grants.clone() };
    match rpc!(page, "identity", RoleServiceClient::create_role, request).await {
        Ok(answer) => {
            let (kind, text) = in_force(answer.acknowledged_everywhere, "Role added");
            page.flashed(&format!("/roles/{}", answer.role_id), kind, &text)
        }
        Err(status) => {
            take(&page, &mut form, status, &grants)?;
            show(&page, &What::New, form, Vec::new())
        }
    }
}

/// Shows the role as it is.
pub async fn get(page: StaffPage, Path((_, id)): Path<(String, String)>) -> PageResult {
    page.require("role.manage")?;
    let role = load(&page, &id).await?;
    let form = fill(page.form().with("name", role.name.clone()), &role).with_etag(role.etag);
    show(&page, &What::Change(&id), form, Vec::new())
}

/// Saves the role.
pub async fn post(page: StaffPage, Path((_, id)): Path<(String, String)>, ProtectedForm { data, .. }: ProtectedForm) -> PageResult {
    let mut form = FormState::sent(data);
    let (name, description, grants) = check(&mut form);
    if !form.is_valid() {
        return show(&page, &What::Change(&id), form, Vec::new());
    }
    let etag = form.data().etag().unwrap_or_default().to_owned();
    let request = UpdateRoleRequest { request_id: request_id(&form), role_id: id.clone(), etag, name, description, grants: grants.clone() };
    match rpc!(page, "identity", RoleServiceClient::update_role, request).await {
        Ok(answer) => {
            let (kind, text) = in_force(answer.acknowledged_everywhere, "Role saved");
            page.flashed(&format!("/roles/{id}"), kind, &text)
        }
        Err(status) => {
            let mut saved = Vec::new();
            if take(&page, &mut form, status, &grants)? {
                let role = load(&page, &id).await?;
                saved = sentences::by_resource(&role.grants).into_iter().flat_map(|(_, said)| said).collect();
                saved.insert(0, format!("Name: {}", role.name));
                form = form.with_etag(role.etag);
            }
            show(&page, &What::Change(&id), form, saved)
        }
    }
}
