//! Making a role of the tenant's own.

use platform::{Ctx, Error, Kind, Result, Tx};
use proto::{
    Action, ResourceType,
    authz::v1::Grant,
    identity::v1::{CreateRoleRequest, CreateRoleResponse},
};
use uuid::Uuid;

use super::{
    announce::announce,
    manage::{permissions, wider},
};
use crate::{
    domain::own_role,
    state::State,
    store::{epochs, own_roles, roles},
    wire,
};

/// Adds it. Nobody holds it yet, so it gives nothing; what its maker could not give stays out all the same.
///
/// # Errors
/// `InvalidArgument`, `PermissionDenied`, `AlreadyExists` on `name`, `FailedPrecondition` (`TOO_MANY_ROLES`).
pub async fn create_role(state: &State, ctx: &Ctx, req: CreateRoleRequest) -> Result<CreateRoleResponse> {
    let mut tx = state.begin(ctx).await?;
    if let Some(answer) = tx.replay(&req.request_id, &req).await? {
        return Ok(answer);
    }
    epochs::lock(&mut tx).await?;
    let id = ctx.new_id();
    // Who manages roles below the root gives roles there, and makes none.
    if !ctx.may(Action::Manage, &wire::role_facts(permissions(ctx)?.root())) {
        return Err(Error::denied());
    }
    ctx.require_step_up()?;
    let input = check(ctx, &req.name, &req.description, &req.grants, false)?;
    if roles::all(&mut tx).await?.len() >= own_role::MOST_ROLES {
        return Err(Error::precondition("TOO_MANY_ROLES", "There are as many roles as a tenant can have. Retire one that nobody needs."));
    }
    name_is_free(&mut tx, &input.name, id).await?;
    own_roles::insert(&mut tx, id, &input.name, &input.description, req.grants, ctx.subject().ok()).await?;
    let snapshot = epochs::advance(&mut tx).await?;
    tx.changed(ResourceType::Role, id);
    let answer = tx.commit_with(CreateRoleResponse { role_id: id.to_string(), etag: "1".into(), acknowledged_everywhere: false }).await?;
    Ok(CreateRoleResponse { acknowledged_everywhere: announce(state, ctx.request_id(), &snapshot).await, ..answer })
}

/// What a role is called, tidied.
pub struct Input {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: String,
}

/// Checks what somebody says of a role: everything wrong at once, then what is beyond their own rights. `systems` says
/// that partner systems act with it.
///
/// # Errors
/// `InvalidArgument` that names the fields; `PermissionDenied` (`ROLE_WIDER_THAN_OWN`) that names the grants.
pub fn check(ctx: &Ctx, name: &str, description: &str, grants: &[Grant], systems: bool) -> Result<Input> {
    let mut wrong = Error::invalid();
    let name = wire::text(&mut wrong, "name", name, 100, "Enter a name for the role.");
    let description = match description.trim() {
        "" => String::new(),
        text => wire::text(&mut wrong, "description", text, 200, ""),
    };
    for fault in own_role::faults(grants) {
        wrong = wrong.field(fault.field, fault.message);
    }
    wrong.into_result()?;
    let beyond = own_role::beyond(permissions(ctx)?, ctx.subject()?, ctx.now().timestamp(), grants, systems);
    if beyond.is_empty() {
        return Ok(Input { name, description });
    }
    Err(beyond.into_iter().fold(wider(), |error, n| error.field(format!("grants.{n}"), own_role::BEYOND)))
}

/// Whether no other role in use has the name.
///
/// # Errors
/// `AlreadyExists` on `name`.
pub async fn name_is_free(tx: &mut Tx, name: &str, except: Uuid) -> Result<()> {
    if own_roles::name_is_taken(tx, name, except).await? {
        return Err(Error::new(Kind::AlreadyExists, "NAME_TAKEN", "There is a role of this name already.")
            .field("name", "There is a role of this name already. Enter another name."));
    }
    Ok(())
}
