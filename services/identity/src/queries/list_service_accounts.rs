//! Partner systems.

use access::class::ClassSet;
use platform::{Ctx, Result};
use proto::{
    Action, ResourceType,
    identity::v1::{ListServiceAccountsResponse, ServiceAccount},
};

use crate::{state::State, store::service_accounts, wire::timestamp};

/// The newest 500 that the caller may see.
///
/// # Errors
/// `PermissionDenied`.
pub async fn list_service_accounts(state: &State, ctx: &Ctx) -> Result<ListServiceAccountsResponse> {
    ctx.scope(ResourceType::ServiceAccount, Action::List, ClassSet::NONE)?;
    let mut tx = state.begin(ctx).await?;
    let rows = service_accounts::all(&mut tx).await?;
    tx.commit().await?;
    let accounts = rows
        .into_iter()
        .filter(|a| ctx.see(a.id, &a.facts()).is_some())
        .map(|a| ServiceAccount {
            id: a.id.to_string(),
            masked_paths: Vec::new(),
            name: a.name,
            node_id: a.node_id.to_string(),
            role_id: a.role_id.to_string(),
            certificate_fingerprint: hex::encode(a.fingerprint),
            expires_at: Some(timestamp(a.expires_at)),
            last_used_at: a.last_used_at.map(timestamp),
            revoked: a.revoked_at.is_some(),
        })
        .collect();
    Ok(ListServiceAccountsResponse { accounts })
}
