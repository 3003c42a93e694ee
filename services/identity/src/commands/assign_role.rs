//! Giving a role at a node.

use platform::{Ctx, Error, Kind, Result};
use proto::{
    Action, ResourceType,
    identity::v1::{AssignRoleRequest, AssignRoleResponse},
};

use super::{
    announce::announce,
    manage::{may_give, node, permissions, role},
};
use crate::{
    domain::{period, user::State as UserState},
    state::State,
    store::{epochs, roles::{self, NewAssignment}, users},
    wire,
};

/// Gives the role from now or from a later day on. Nobody changes their own roles or gives what they lack.
///
/// # Errors
/// `NotFound`, `InvalidArgument`, `PermissionDenied`, `AlreadyExists`, `FailedPrecondition` (`OWN_ROLES`, `DISABLED`).
pub async fn assign_role(state: &State, ctx: &Ctx, req: AssignRoleRequest) -> Result<AssignRoleResponse> {
    let mut tx = state.begin(ctx).await?;
    if let Some(answer) = tx.replay(&req.request_id, &req).await? {
        return Ok(answer);
    }
    epochs::lock(&mut tx).await?;
    let user = users::get(&mut tx, platform::ids::parse_id("user_id", &req.user_id)?).await?;
    ctx.decide(Action::Read, user.id, &user.facts())?;
    not_own(ctx, user.id)?;
    if user.state() == UserState::Disabled {
        return Err(Error::precondition("DISABLED", "This account is disabled. Enable it first."));
    }
    let snapshot = permissions(ctx)?;
    let (given, at) = (role(snapshot, "role_id", &req.role_id)?, node(snapshot, "node_id", &req.node_id)?);
    let (from, to) = (wire::instant("valid_from", req.valid_from)?, wire::instant("valid_to", req.valid_to)?);
    let (valid_from, valid_to) = period::asked(from, to, tx.now()).map_err(|(field, message)| Error::invalid().field(field, message))?;
    ctx.decide(Action::Manage, given.id, &wire::role_facts(at))?;
    may_give(ctx, given, at)?;
    ctx.require_step_up()?;
    let id = ctx.new_id();
    let new = NewAssignment { id, user: user.id, role: given.id, node: at, valid_from: Some(valid_from), valid_to, given_by: ctx.subject().ok() };
    if !roles::assign(&mut tx, new).await? {
        return Err(Error::new(Kind::AlreadyExists, "ROLE_HELD", "They hold this role there already, or will hold it. End that first, or choose another role or place."));
    }
    let snapshot = epochs::advance(&mut tx).await?;
    tx.changed(ResourceType::User, user.id);
    let answer = tx.commit_with(AssignRoleResponse { assignment_id: id.to_string(), acknowledged_everywhere: false }).await?;
    Ok(AssignRoleResponse { acknowledged_everywhere: announce(state, ctx.request_id(), &snapshot).await, ..answer })
}

/// Nobody changes their own roles.
///
/// # Errors
/// `FailedPrecondition` (`OWN_ROLES`).
pub fn not_own(ctx: &Ctx, user: uuid::Uuid) -> Result<()> {
    if ctx.subject()? == user {
        return Err(Error::precondition("OWN_ROLES", "You cannot change your own roles. Ask another administrator."));
    }
    Ok(())
}
