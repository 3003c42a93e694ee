//! Ending sessions of one's own. The epoch moves, so that no token of theirs outlives this by its minute.

use platform::{Ctx, Result, ids::parse_id};
use proto::{
    Action, ResourceType,
    identity::v1::{EndOtherSessionsRequest, EndOtherSessionsResponse, EndSessionRequest, EndSessionResponse},
};

use super::begin;
use crate::{commands::announce::announce, state::State, store::{epochs, sessions}};

/// Ends one session; harmless where it had ended, and where the id is none of theirs.
///
/// # Errors
/// `InvalidArgument` on `session_id`; `Unauthenticated`.
pub async fn end_session(state: &State, ctx: &Ctx, req: EndSessionRequest) -> Result<EndSessionResponse> {
    let id = parse_id("session_id", &req.session_id)?;
    let (mut tx, own) = begin(state, ctx, &req.tenant_id, &req.session_secret, Action::Update).await?;
    epochs::lock(&mut tx).await?;
    if sessions::end_of(&mut tx, own.user.id, id).await? {
        let snapshot = epochs::advance(&mut tx).await?;
        tx.changed(ResourceType::User, own.user.id);
        tx.commit().await?;
        announce(state, ctx.request_id(), &snapshot).await;
    }
    Ok(EndSessionResponse {})
}

/// Ends every session but the one that asks.
///
/// # Errors
/// `Unauthenticated`.
pub async fn end_other_sessions(state: &State, ctx: &Ctx, req: EndOtherSessionsRequest) -> Result<EndOtherSessionsResponse> {
    let (mut tx, own) = begin(state, ctx, &req.tenant_id, &req.session_secret, Action::Update).await?;
    epochs::lock(&mut tx).await?;
    let ended = sessions::end_others(&mut tx, own.user.id, own.session.id).await?;
    let snapshot = epochs::advance(&mut tx).await?;
    tx.changed(ResourceType::User, own.user.id);
    tx.commit().await?;
    announce(state, ctx.request_id(), &snapshot).await;
    Ok(EndOtherSessionsResponse { ended: u32::try_from(ended).unwrap_or(u32::MAX) })
}
