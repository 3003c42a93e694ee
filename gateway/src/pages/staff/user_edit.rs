//! Changing a user's name or place, and giving a role.

use axum::extract::Path;
use proto::identity::v1::{AssignRoleRequest, UpdateUserRequest, user_service_client::UserServiceClient};
use serde::Serialize;

use super::{
    common::{in_force, node_choices, node_name, nodes, refused, request_id, role_choices, roles},
    user::load,
};
use crate::{
    forms::{FormData, FormState, ProtectedForm},
    page::{PageResult, StaffPage},
    rpc, text,
    view::{Choice, PageTemplate, Shown, SummaryRow},
};

/// The form for name and place.
#[derive(Serialize)]
pub struct EditUserPage {
    form: FormState,
    nodes: Vec<Choice>,
    /// What is saved now, after somebody else changed it.
    saved: Vec<SummaryRow>,
    href: String,
}

/// The form for a new role.
#[derive(Serialize)]
pub struct AddRolePage {
    form: FormState,
    nodes: Vec<Choice>,
    roles: Vec<Choice>,
    href: String,
}

fn sample_form() -> FormState {
    let mut form = FormState::sent(FormData::parse(b"name=&node=1"));
    form.required("name", "Enter the person's full name");
    form
}

impl PageTemplate for EditUserPage {
    const TEMPLATE: &'static str = "pages/staff/user_edit.html";

    fn samples() -> Vec<Self> {
        let page = |form, saved| Self { form, nodes: vec![Choice::new("1", "Example agency")], saved, href: "/t/example/users/1".into() };
        vec![page(FormState::default().with_etag("1"), Vec::new()), page(sample_form(), vec![SummaryRow::new("Name", "Alex Example")])]
    }
}

impl PageTemplate for AddRolePage {
    const TEMPLATE: &'static str = "pages/staff/role_add.html";

    fn samples() -> Vec<Self> {
        let page = |form| Self { form, nodes: vec![Choice::new("1", "Example agency")], roles: vec![Choice::new("2", "Facilitator")], href: "/t/example/users/1".into() };
        let mut wrong = FormState::sent(FormData::parse(b"role="));
        wrong.required("role", "Select a role");
        vec![page(FormState::default()), page(wrong)]
    }
}

async fn show(page: &StaffPage, id: &str, form: FormState, saved: Vec<SummaryRow>) -> PageResult {
    let href = page.href(&format!("/users/{id}"));
    let context = EditUserPage { form, nodes: node_choices(&nodes(page).await?), saved, href: href.clone() };
    page.render(&page.frame("Change a user's details").back("Back to the user", href), &context)
}

/// Shows name and place.
pub async fn get(page: StaffPage, Path((_, id)): Path<(String, String)>) -> PageResult {
    page.require("user.update")?;
    let user = load(&page, &id).await?;
    let form = page.form().with("name", user.name).with("node", user.node_id).with_etag(user.etag);
    show(&page, &id, form, Vec::new()).await
}

/// Saves name and place.
pub async fn post(page: StaffPage, Path((_, id)): Path<(String, String)>, ProtectedForm { data, .. }: ProtectedForm) -> PageResult {
    let mut form = FormState::sent(data);
    let name = form.required("name", "Enter the person's full name");
    let node_id = form.required("node", "Select an agency or team");
    if !form.is_valid() {
        return show(&page, &id, form, Vec::new()).await;
    }
    let request = UpdateUserRequest { request_id: request_id(&form), user_id: id.clone(), etag: form.data().etag().unwrap_or_default().to_owned(), name, node_id };
    match rpc!(page, "identity", UserServiceClient::update_user, request).await {
        Ok(_) => page.done(&format!("/users/{id}"), "Details saved"),
        Err(status) => {
            let mut saved = Vec::new();
            if refused(&page, &mut form, status, &[("node_id", "node")])? {
                let user = load(&page, &id).await?;
                saved = vec![
                    SummaryRow::new("Name", Shown::field("name", &user.masked_paths, &user.name)),
                    SummaryRow::new("Agency or team", node_name(&nodes(&page).await?, &user.node_id)),
                ];
                form = form.with_etag(user.etag);
            }
            show(&page, &id, form, saved).await
        }
    }
}

async fn show_role(page: &StaffPage, id: &str, form: FormState) -> PageResult {
    let href = page.href(&format!("/users/{id}"));
    let context = AddRolePage { form, nodes: node_choices(&nodes(page).await?), roles: role_choices(&roles(page).await?), href: href.clone() };
    page.render(&page.frame("Add a role").back("Back to the user", href), &context)
}

/// Shows the roles there are.
pub async fn get_role(page: StaffPage, Path((_, id)): Path<(String, String)>) -> PageResult {
    page.require("role.manage")?;
    let user = load(&page, &id).await?;
    let form = page.form().with("node", user.node_id);
    show_role(&page, &id, form).await
}

/// Gives the role.
pub async fn post_role(page: StaffPage, Path((_, id)): Path<(String, String)>, ProtectedForm { data, .. }: ProtectedForm) -> PageResult {
    let mut form = FormState::sent(data);
    let role_id = form.required("role", "Select a role");
    let node_id = form.required("node", "Select where the role applies");
    let from = form.date("from", "The first day");
    let until = form.date("until", "The last day");
    if let (Some(from), Some(until)) = (from, until)
        && until < from
    {
        form.fail("until", "The last day must not be before the first day");
    }
    if !form.is_valid() {
        return show_role(&page, &id, form).await;
    }
    // The role holds to the end of its last day.
    let valid_to = until.and_then(|day| day.succ_opt()).and_then(|day| text::from_local(day, 0, 0)).map(text::timestamp);
    let valid_from = from.and_then(|day| text::from_local(day, 0, 0)).map(text::timestamp);
    let request = AssignRoleRequest { request_id: request_id(&form), user_id: id.clone(), role_id, node_id, valid_to, valid_from };
    match rpc!(page, "identity", UserServiceClient::assign_role, request).await {
        Ok(answer) => {
            let (kind, text) = in_force(answer.acknowledged_everywhere, "Role added");
            page.flashed(&format!("/users/{id}"), kind, &text)
        }
        Err(status) => {
            refused(&page, &mut form, status, &[("role_id", "role"), ("node_id", "node"), ("valid_from", "from"), ("valid_to", "until")])?;
            show_role(&page, &id, form).await
        }
    }
}
