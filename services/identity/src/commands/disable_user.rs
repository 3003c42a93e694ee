//! Ending an account.

use platform::{Ctx, Result};
use proto::{
    Action, ResourceType,
    identity::v1::{DisableUserRequest, DisableUserResponse},
};

use super::{announce::announce, manage};
use crate::{
    domain::{administrators::{Goes, one_remains}, user::State as UserState},
    state::State,
    store::{enrolments, epochs, roles, sessions, users},
};

/// Disables the account: its sessions and link end now, its tokens are refused from the answer on.
///
/// # Errors
/// `NotFound`, `PermissionDenied`, `FailedPrecondition` (`OWN_ACCOUNT`, `LAST_ADMINISTRATOR`).
pub async fn disable_user(state: &State, ctx: &Ctx, req: DisableUserRequest) -> Result<DisableUserResponse> {
    let mut tx = state.begin(ctx).await?;
    if let Some(answer) = tx.replay(&req.request_id, &req).await? {
        return Ok(answer);
    }
    epochs::lock(&mut tx).await?;
    let user = manage::account(&mut tx, &req.user_id, Action::Manage).await?;
    if !one_remains(&roles::administrators(&mut tx).await?, Goes::User(user.id)) {
        return Err(manage::last_administrator());
    }
    users::set_state(&mut tx, user.id, UserState::Disabled).await?;
    sessions::end_all(&mut tx, user.id).await?;
    enrolments::end_all(&mut tx, user.id).await?;
    let snapshot = epochs::advance(&mut tx).await?;
    tx.changed(ResourceType::User, user.id);
    tx.commit_with(DisableUserResponse { acknowledged_everywhere: false }).await?;
    Ok(DisableUserResponse { acknowledged_everywhere: announce(state, ctx.request_id(), &snapshot).await })
}
