//! Ending a partner system's access.

use platform::{Ctx, Result};
use proto::{
    Action, ResourceType,
    identity::v1::{RevokeServiceAccountRequest, RevokeServiceAccountResponse},
};

use super::announce::announce;
use crate::{
    state::State,
    store::{epochs, service_accounts},
};

/// Revokes it; harmless where it was revoked.
///
/// # Errors
/// `NotFound`, `PermissionDenied`.
pub async fn revoke_service_account(state: &State, ctx: &Ctx, req: RevokeServiceAccountRequest) -> Result<RevokeServiceAccountResponse> {
    let mut tx = state.begin(ctx).await?;
    if let Some(answer) = tx.replay(&req.request_id, &req).await? {
        return Ok(answer);
    }
    epochs::lock(&mut tx).await?;
    let account = service_accounts::get(&mut tx, platform::ids::parse_id("account_id", &req.account_id)?).await?;
    ctx.decide(Action::Manage, account.id, &account.facts())?;
    ctx.require_step_up()?;
    if account.revoked_at.is_none() {
        service_accounts::revoke(&mut tx, account.id).await?;
    }
    let snapshot = epochs::advance(&mut tx).await?;
    tx.changed(ResourceType::ServiceAccount, account.id);
    tx.commit_with(RevokeServiceAccountResponse { acknowledged_everywhere: false }).await?;
    Ok(RevokeServiceAccountResponse { acknowledged_everywhere: announce(state, ctx.request_id(), &snapshot).await })
}
