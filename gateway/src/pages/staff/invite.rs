//! Inviting a user: the account is made without password, and its link goes to its own address by mail.

use proto::identity::v1::{InviteUserRequest, RoleChoice, user_service_client::UserServiceClient};
use serde::Serialize;

use super::{
    common::{node_choices, nodes, refused, request_id, role_choices, roles},
    user_acts::SentPage,
};
use crate::{
    forms::{FormData, FormState, ProtectedForm},
    page::{PageResult, StaffPage},
    rpc,
    view::{Choice, PageTemplate},
};

/// The form.
#[derive(Serialize)]
pub struct InvitePage {
    form: FormState,
    nodes: Vec<Choice>,
    roles: Vec<Choice>,
}

impl PageTemplate for InvitePage {
    const TEMPLATE: &'static str = "pages/staff/invite.html";

    fn samples() -> Vec<Self> {
        let page = |form, roles: Vec<Choice>| Self { form, nodes: vec![Choice::new("1", "Example agency")], roles };
        let mut wrong = FormState::sent(FormData::parse(b"name=&email=x&role=2"));
        wrong.required("name", "Enter the person's full name");
        vec![page(FormState::default(), vec![Choice::new("2", "Facilitator")]), page(wrong, vec![Choice::new("2", "Facilitator")]), page(FormState::default(), Vec::new())]
    }
}

async fn show(page: &StaffPage, form: FormState) -> PageResult {
    let context = InvitePage { form, nodes: node_choices(&nodes(page).await?), roles: role_choices(&roles(page).await?) };
    page.render(&page.frame("Invite a user").back("Back to users", page.href("/users")), &context)
}

/// Shows the form.
pub async fn get(page: StaffPage) -> PageResult {
    page.require("user.create")?;
    let form = page.form().with("node", page.session.node_id.as_str());
    show(&page, form).await
}

/// Makes the account; its link goes by mail.
pub async fn post(page: StaffPage, ProtectedForm { data, .. }: ProtectedForm) -> PageResult {
    let mut form = FormState::sent(data);
    let name = form.required("name", "Enter the person's full name");
    let email = form.required("email", "Enter the person's work email address");
    let node_id = form.required("node", "Select an agency or team");
    let roles: Vec<RoleChoice> = form.data().all("role").iter().map(|id| RoleChoice { role_id: id.clone(), node_id: String::new() }).collect();
    if !form.is_valid() {
        return show(&page, form).await;
    }
    let fields: Vec<(String, &str)> = (0..roles.len()).map(|n| (format!("roles.{n}.role_id"), "role")).collect();
    let mut fields: Vec<(&str, &str)> = fields.iter().map(|(path, name)| (path.as_str(), *name)).collect();
    fields.push(("node_id", "node"));
    let request = InviteUserRequest { request_id: request_id(&form), name, email, node_id, roles };
    match rpc!(page, "identity", UserServiceClient::invite_user, request).await {
        Ok(answer) => {
            let context = SentPage::new("User invited", page.href(&format!("/users/{}", answer.user_id)), answer.acknowledged_everywhere);
            page.render(&page.frame("User invited"), &context)
        }
        Err(status) => {
            refused(&page, &mut form, status, &fields)?;
            show(&page, form).await
        }
    }
}
