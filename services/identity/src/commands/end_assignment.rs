//! Taking a role away.

use platform::{Ctx, Error, Result};
use proto::{
    Action, ResourceType,
    identity::v1::{EndAssignmentRequest, EndAssignmentResponse},
};

use super::{
    announce::announce,
    assign_role::not_own,
    manage::{last_administrator, may_give, permissions},
};
use crate::{
    domain::administrators::{Goes, one_remains},
    state::State,
    store::{epochs, roles, users},
    wire,
};

/// Ends a role now. It must be one that the caller could give, and never the last administrator's.
///
/// # Errors
/// `NotFound`, `PermissionDenied`, `FailedPrecondition` (`OWN_ROLES`, `LAST_ADMINISTRATOR`).
pub async fn end_assignment(state: &State, ctx: &Ctx, req: EndAssignmentRequest) -> Result<EndAssignmentResponse> {
    let mut tx = state.begin(ctx).await?;
    if let Some(answer) = tx.replay(&req.request_id, &req).await? {
        return Ok(answer);
    }
    epochs::lock(&mut tx).await?;
    let user = users::get(&mut tx, platform::ids::parse_id("user_id", &req.user_id)?).await?;
    ctx.decide(Action::Read, user.id, &user.facts())?;
    not_own(ctx, user.id)?;
    let assignment = platform::ids::parse_id("assignment_id", &req.assignment_id)?;
    let held = roles::held_by(&mut tx, &[user.id]).await?.into_iter().find(|h| h.id == assignment).ok_or_else(Error::not_found)?;
    ctx.decide(Action::Manage, held.role_id, &wire::role_facts(held.node_id))?;
    let role = permissions(ctx)?.roles().iter().find(|r| r.id == held.role_id).ok_or_else(Error::not_found)?;
    may_give(ctx, role, held.node_id)?;
    ctx.require_step_up()?;
    if !one_remains(&roles::administrators(&mut tx).await?, Goes::Assignment(assignment)) {
        return Err(last_administrator());
    }
    roles::end(&mut tx, assignment).await?;
    let snapshot = epochs::advance(&mut tx).await?;
    tx.changed(ResourceType::User, user.id);
    tx.commit_with(EndAssignmentResponse { acknowledged_everywhere: false }).await?;
    Ok(EndAssignmentResponse { acknowledged_everywhere: announce(state, ctx.request_id(), &snapshot).await })
}
