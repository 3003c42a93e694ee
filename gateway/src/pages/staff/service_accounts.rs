//! Partner systems: letting a certificate act, and ending that.

use axum::extract::Path;
use chrono::TimeDelta;
use proto::identity::v1::{CreateServiceAccountRequest, Role, RevokeServiceAccountRequest, organisation_service_client::OrganisationServiceClient};
use serde::Serialize;

use super::{
    common::{in_force, node_choices, nodes, refused, request_id, role_choices, roles},
    confirm::{Question, ask},
};
use crate::{
    forms::{FormData, FormState, ProtectedForm},
    page::{PageResult, StaffPage},
    rpc, text,
    view::{Choice, PageTemplate},
};

/// The form.
#[derive(Serialize)]
pub struct AddAccountPage {
    form: FormState,
    nodes: Vec<Choice>,
    roles: Vec<Choice>,
}

impl PageTemplate for AddAccountPage {
    const TEMPLATE: &'static str = "pages/staff/service_account_add.html";

    fn samples() -> Vec<Self> {
        let page = |form| Self { form, nodes: vec![Choice::new("1", "Example police")], roles: vec![Choice::new("2", "Referrer")] };
        let mut wrong = FormState::sent(FormData::parse(b"name=&fingerprint=x"));
        check(&mut wrong);
        vec![page(FormState::default()), page(wrong)]
    }
}

/// Colons and spaces, as tools print them, are taken out.
fn plain_fingerprint(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace() && *c != ':').collect::<String>().to_lowercase()
}

fn check(form: &mut FormState) -> CreateServiceAccountRequest {
    let name = form.required("name", "Enter the name of the partner's system");
    let node_id = form.required("node", "Select the agency that the system belongs to");
    let role_id = form.required("role", "Select a role");
    let fingerprint = plain_fingerprint(form.get("fingerprint"));
    if fingerprint.len() != 64 || !fingerprint.bytes().all(|b| b.is_ascii_hexdigit()) {
        form.fail("fingerprint", "Enter the SHA-256 fingerprint of the certificate: 64 digits and letters from A to F");
    }
    let last = form.required_date("expires", "The last day", "Enter the last day on which this access works");
    let expires_at = last.and_then(|day| day.succ_opt()).and_then(|day| text::from_local(day, 0, 0)).map(text::timestamp);
    CreateServiceAccountRequest { request_id: request_id(form), name, node_id, role_id, certificate_fingerprint: fingerprint, expires_at }
}

/// Roles that a system may hold: the referrer's and the tenant's own.
fn for_systems(roles: Vec<Role>) -> Vec<Role> {
    roles.into_iter().filter(|r| r.built_in.is_empty() || r.built_in == "referrer").collect()
}

async fn show(page: &StaffPage, form: FormState) -> PageResult {
    let context = AddAccountPage { form, nodes: node_choices(&nodes(page).await?), roles: role_choices(&for_systems(roles(page).await?)) };
    page.render(&page.frame("Add a partner's system").back("Back to organisation", page.href("/organisation")), &context)
}

/// Shows the form.
pub async fn get_add(page: StaffPage) -> PageResult {
    page.require("service_account.manage")?;
    let in_a_year = text::local_date(page.app.clock.now() + TimeDelta::days(365));
    show(&page, page.form().with_date("expires", Some(in_a_year))).await
}

/// Lets the certificate act.
pub async fn post_add(page: StaffPage, ProtectedForm { data, .. }: ProtectedForm) -> PageResult {
    let mut form = FormState::sent(data);
    let request = check(&mut form);
    if !form.is_valid() {
        return show(&page, form).await;
    }
    match rpc!(page, "identity", OrganisationServiceClient::create_service_account, request).await {
        Ok(answer) => {
            let (kind, text) = in_force(answer.acknowledged_everywhere, "Partner system added");
            page.flashed("/organisation", kind, &text)
        }
        Err(status) => {
            let fields = [("node_id", "node"), ("role_id", "role"), ("certificate_fingerprint", "fingerprint"), ("expires_at", "expires")];
            refused(&page, &mut form, status, &fields)?;
            show(&page, form).await
        }
    }
}

fn question(id: &str) -> Question<'static> {
    Question { title: "Revoke this system's access?", text: "The partner's system is refused at once. This cannot be undone: to let it in again, add it anew.", button: "Revoke access", action: format!("/organisation/service-accounts/{id}/revoke"), cancel: "/organisation".into() }
}

/// Asks before revoking.
pub async fn get_revoke(page: StaffPage, Path((_, id)): Path<(String, String)>) -> PageResult {
    page.require("service_account.manage")?;
    ask(&page, page.form(), &question(&id))
}

/// Ends the access.
pub async fn post_revoke(page: StaffPage, Path((_, id)): Path<(String, String)>, ProtectedForm { data, .. }: ProtectedForm) -> PageResult {
    let mut form = FormState::sent(data);
    let request = RevokeServiceAccountRequest { request_id: request_id(&form), account_id: id.clone() };
    match rpc!(page, "identity", OrganisationServiceClient::revoke_service_account, request).await {
        Ok(answer) => {
            let (kind, text) = in_force(answer.acknowledged_everywhere, "Access revoked");
            page.flashed("/organisation", kind, &text)
        }
        Err(status) => {
            refused(&page, &mut form, status, &[])?;
            ask(&page, form, &question(&id))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fingerprints_are_taken_as_tools_print_them() {
        assert_eq!(plain_fingerprint(" AB:cd 01 "), "abcd01");
    }
}
