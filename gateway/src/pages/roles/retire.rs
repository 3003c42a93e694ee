//! Taking a role out of use, asked first.

use axum::extract::Path;
use proto::identity::v1::{RetireRoleRequest, role_service_client::RoleServiceClient};

use super::role::load;
use crate::{
    forms::{FormState, ProtectedForm},
    page::{PageResult, StaffPage},
    pages::staff::{
        common::{in_force, refused, request_id},
        confirm::{Question, ask},
    },
    rpc,
};

fn question(id: &str) -> Question<'static> {
    Question { title: "Retire this role?", text: "Nobody can be given it any more. Nobody holds it, so nobody loses anything. Its name can be used again.", button: "Retire the role", action: format!("/roles/{id}/retire"), cancel: format!("/roles/{id}") }
}

/// Asks.
pub async fn get(page: StaffPage, Path((_, id)): Path<(String, String)>) -> PageResult {
    page.require("role.manage")?;
    let role = load(&page, &id).await?;
    ask(&page, page.form().with_etag(role.etag), &question(&id))
}

/// Retires the role.
pub async fn post(page: StaffPage, Path((_, id)): Path<(String, String)>, ProtectedForm { data, .. }: ProtectedForm) -> PageResult {
    let mut form = FormState::sent(data);
    let request = RetireRoleRequest { request_id: request_id(&form), role_id: id.clone(), etag: form.data().etag().unwrap_or_default().to_owned() };
    match rpc!(page, "identity", RoleServiceClient::retire_role, request).await {
        Ok(answer) => {
            let (kind, text) = in_force(answer.acknowledged_everywhere, "Role retired");
            page.flashed("/roles", kind, &text)
        }
        Err(status) => {
            if refused(&page, &mut form, status, &[])? {
                form = form.with_etag(load(&page, &id).await?.etag);
            }
            ask(&page, form, &question(&id))
        }
    }
}
