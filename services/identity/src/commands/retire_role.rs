//! Taking a role of the tenant's own out of use.

use platform::{Ctx, Error, Result};
use proto::{
    ResourceType,
    identity::v1::{RetireRoleRequest, RetireRoleResponse},
};

use super::{announce::announce, update_role::to_change};
use crate::{
    state::State,
    store::{epochs, own_roles},
};

/// Retires it. Nobody loses a right by this: whoever holds it must have it ended first.
///
/// # Errors
/// `NotFound`, `PermissionDenied`, `Conflict` on an old etag, `FailedPrecondition` (`BUILT_IN_ROLE`, `OWN_ROLE`,
/// `ROLE_IN_USE`).
pub async fn retire_role(state: &State, ctx: &Ctx, req: RetireRoleRequest) -> Result<RetireRoleResponse> {
    let mut tx = state.begin(ctx).await?;
    if let Some(answer) = tx.replay(&req.request_id, &req).await? {
        return Ok(answer);
    }
    epochs::lock(&mut tx).await?;
    let (row, holders) = to_change(&mut tx, &req.role_id, &req.etag).await?;
    if !holders.users.is_empty() || holders.systems > 0 {
        return Err(Error::precondition("ROLE_IN_USE", "Somebody holds this role, or will hold it. End that first."));
    }
    own_roles::retire(&mut tx, row.id, ctx.subject().ok()).await?;
    let snapshot = epochs::advance(&mut tx).await?;
    tx.changed(ResourceType::Role, row.id);
    tx.commit_with(RetireRoleResponse { acknowledged_everywhere: false }).await?;
    Ok(RetireRoleResponse { acknowledged_everywhere: announce(state, ctx.request_id(), &snapshot).await })
}
