//! Changing a role of the tenant's own.

use platform::{Ctx, Error, Result, Tx};
use proto::{
    Action, ResourceType,
    identity::v1::{UpdateRoleRequest, UpdateRoleResponse},
};

use super::{
    announce::announce,
    create_role::{check, name_is_free},
    manage::{permissions, wider},
};
use crate::{
    domain::own_role::{self, Present, Refusal},
    state::State,
    store::{epochs, own_roles::{self, Holders, RoleRow}},
    wire,
};

/// Replaces name, description and grants. Whoever holds it has the new grants as soon as the services know of the epoch.
///
/// # Errors
/// `NotFound`, `PermissionDenied`, `InvalidArgument`, `AlreadyExists` on `name`, `Conflict` on an old etag,
/// `FailedPrecondition` (`BUILT_IN_ROLE`, `OWN_ROLE`).
pub async fn update_role(state: &State, ctx: &Ctx, req: UpdateRoleRequest) -> Result<UpdateRoleResponse> {
    let mut tx = state.begin(ctx).await?;
    if let Some(answer) = tx.replay(&req.request_id, &req).await? {
        return Ok(answer);
    }
    epochs::lock(&mut tx).await?;
    let (row, holders) = to_change(&mut tx, &req.role_id, &req.etag).await?;
    let input = check(ctx, &req.name, &req.description, &req.grants, holders.systems > 0)?;
    name_is_free(&mut tx, &input.name, row.id).await?;
    let version = own_roles::replace(&mut tx, row.id, &input.name, &input.description, &req.grants, ctx.subject().ok()).await?;
    let snapshot = epochs::advance(&mut tx).await?;
    tx.changed(ResourceType::Role, row.id);
    let answer = tx.commit_with(UpdateRoleResponse { etag: version.to_string(), acknowledged_everywhere: false }).await?;
    Ok(UpdateRoleResponse { acknowledged_everywhere: announce(state, ctx.request_id(), &snapshot).await, ..answer })
}

/// Loads a role that the caller means to change, with those who hold it: one of the tenant's own, not held by the caller
/// and no wider than what they could give.
///
/// # Errors
/// `NotFound`, `PermissionDenied`, `Conflict` on an old etag, `FailedPrecondition` (`BUILT_IN_ROLE`, `OWN_ROLE`).
pub async fn to_change(tx: &mut Tx, role_id: &str, etag: &str) -> Result<(RoleRow, Holders)> {
    let ctx = tx.ctx().clone();
    let snapshot = permissions(&ctx)?;
    let row = own_roles::get(tx, platform::ids::parse_id("role_id", role_id)?).await?;
    ctx.decide(Action::Read, row.id, &wire::role_facts_for_readers(snapshot, &wire::all_nodes(snapshot)))?;
    if !ctx.may(Action::Manage, &wire::role_facts(snapshot.root())) {
        return Err(Error::denied());
    }
    ctx.require_step_up()?;
    let holders = own_roles::holders(tx, row.id).await?;
    let grants = own_roles::grants(tx, row.id).await?;
    let me = ctx.subject()?;
    let present = Present { built_in: &row.built_in, grants: &grants, held_by_editor: holders.users.contains(&me) };
    own_role::may_change(snapshot, me, ctx.now().timestamp(), &present).map_err(refused)?;
    if etag != row.version.to_string() {
        return Err(Error::stale_etag());
    }
    Ok((row, holders))
}

fn refused(refusal: Refusal) -> Error {
    match refusal {
        Refusal::BuiltIn => Error::precondition(refusal.code(), "Built-in roles stay as they are. Make a copy and change that."),
        Refusal::Own => Error::precondition(refusal.code(), "You cannot change a role that you hold. Ask another administrator."),
        Refusal::Wider => wider(),
    }
}
