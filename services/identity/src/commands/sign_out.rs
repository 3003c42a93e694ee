//! Ending one session, or all of a user.

use platform::{Ctx, Error, Result};
use proto::{
    ResourceType,
    identity::v1::{SignOutEverywhereRequest, SignOutEverywhereResponse, SignOutRequest, SignOutResponse},
};

use super::announce::announce;
use crate::{
    secret,
    state::{State, same_tenant},
    store::{epochs, sessions},
};

/// Ends one session; succeeds also where it had ended.
///
/// # Errors
/// The database's.
pub async fn sign_out(state: &State, ctx: &Ctx, req: SignOutRequest) -> Result<SignOutResponse> {
    same_tenant(ctx, &req.tenant_id)?;
    let hash = secret::hash(&req.session_secret);
    let mut tx = state.begin(ctx).await?;
    if let Some(user) = sessions::end(&mut tx, &hash).await? {
        ctx.on_behalf_of(format!("user:{user}"));
        tx.changed(ResourceType::User, user);
    }
    tx.commit().await?;
    // An entry that could not be deleted is good at its epoch only, so the epoch moves.
    if state.sessions.forget(ctx.tenant(), &hash).await.is_err() {
        let mut tx = state.begin(ctx).await?;
        epochs::lock(&mut tx).await?;
        let snapshot = epochs::advance(&mut tx).await?;
        tx.commit().await?;
        announce(state, ctx.request_id(), &snapshot).await;
    }
    Ok(SignOutResponse {})
}

/// Ends every session of the session's user. The epoch moves, so that no token of theirs outlives this by its minute.
///
/// # Errors
/// `Unauthenticated` where the session is not known.
pub async fn sign_out_everywhere(state: &State, ctx: &Ctx, req: SignOutEverywhereRequest) -> Result<SignOutEverywhereResponse> {
    same_tenant(ctx, &req.tenant_id)?;
    let hash = secret::hash(&req.session_secret);
    let mut tx = state.begin(ctx).await?;
    let user = sessions::user_of(&mut tx, &hash).await?.ok_or_else(Error::unauthenticated)?;
    epochs::lock(&mut tx).await?;
    let ended = sessions::end_all(&mut tx, user).await?;
    let snapshot = epochs::advance(&mut tx).await?;
    ctx.on_behalf_of(format!("user:{user}"));
    tx.changed(ResourceType::User, user);
    tx.commit().await?;
    announce(state, ctx.request_id(), &snapshot).await;
    Ok(SignOutEverywhereResponse { ended: u32::try_from(ended).unwrap_or(u32::MAX) })
}
