//! Letting a disabled account in again.

use platform::{Ctx, Error, Result};
use proto::{
    Action, ResourceType,
    identity::v1::{EnableUserRequest, EnableUserResponse},
};

use super::{announce::announce, manage};
use crate::{
    domain::user::State as UserState,
    state::State,
    store::{epochs, users},
};

/// Enables the account: active where it has factors, else invited, which needs a new link.
///
/// # Errors
/// `NotFound`, `PermissionDenied`, `FailedPrecondition` (`NOT_DISABLED`).
pub async fn enable_user(state: &State, ctx: &Ctx, req: EnableUserRequest) -> Result<EnableUserResponse> {
    let mut tx = state.begin(ctx).await?;
    if let Some(answer) = tx.replay(&req.request_id, &req).await? {
        return Ok(answer);
    }
    epochs::lock(&mut tx).await?;
    let user = manage::account(&mut tx, &req.user_id, Action::Manage).await?;
    if user.state() != UserState::Disabled {
        return Err(Error::precondition("NOT_DISABLED", "This account is not disabled."));
    }
    let back = if users::has_factors(&mut tx, user.id).await? { UserState::Active } else { UserState::Invited };
    users::set_state(&mut tx, user.id, back).await?;
    let snapshot = epochs::advance(&mut tx).await?;
    tx.changed(ResourceType::User, user.id);
    tx.commit_with(EnableUserResponse { acknowledged_everywhere: false }).await?;
    Ok(EnableUserResponse { acknowledged_everywhere: announce(state, ctx.request_id(), &snapshot).await })
}
