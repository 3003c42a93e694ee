//! What every command about somebody else's account asks first.

use access::snapshot::{Role, Snapshot};
use platform::{Ctx, Error, Kind, Result, Tx};
use proto::Action;
use uuid::Uuid;

use crate::{
    domain::giving,
    store::{roles, users::{self, UserRow}},
};

/// The tenant's permissions that the caller was let in with.
///
/// # Errors
/// `PermissionDenied` for callers without roles.
pub fn permissions(ctx: &Ctx) -> Result<&Snapshot> {
    ctx.snapshot().map(|s| &**s).ok_or_else(Error::denied)
}

/// A role of the tenant by the id in a request.
///
/// # Errors
/// `InvalidArgument` that names the field.
pub fn role<'s>(snapshot: &'s Snapshot, field: &str, id: &str) -> Result<&'s Role> {
    let id = platform::ids::parse_id(field, id)?;
    snapshot.roles().iter().find(|r| r.id == id).ok_or_else(|| Error::invalid().field(field, "Choose one of the roles."))
}

/// A node of the tenant by the id in a request.
///
/// # Errors
/// `InvalidArgument` that names the field.
pub fn node(snapshot: &Snapshot, field: &str, id: &str) -> Result<Uuid> {
    let id = platform::ids::parse_id(field, id)?;
    snapshot.node(id).map(|n| n.id).ok_or_else(|| Error::invalid().field(field, "Choose one of the agencies or teams."))
}

/// Whether the caller may give the role at the node.
///
/// # Errors
/// `PermissionDenied` (`ROLE_WIDER_THAN_OWN`).
pub fn may_give(ctx: &Ctx, role: &Role, node: Uuid) -> Result<()> {
    let given = giving::may_give(permissions(ctx)?, ctx.subject()?, ctx.now().timestamp(), role, node);
    if given { Ok(()) } else { Err(wider()) }
}

/// Whether the caller may let a partner's system act with the role at the node.
///
/// # Errors
/// `PermissionDenied` (`ROLE_WIDER_THAN_OWN`).
pub fn may_give_to_system(ctx: &Ctx, role: &Role, node: Uuid) -> Result<()> {
    let given = giving::may_give_to_system(permissions(ctx)?, ctx.subject()?, ctx.now().timestamp(), role, node);
    if given { Ok(()) } else { Err(wider()) }
}

/// The refusal of a role that allows more than the caller could give.
pub fn wider() -> Error {
    Error::new(Kind::PermissionDenied, "ROLE_WIDER_THAN_OWN", "You cannot manage a role that allows more than your own roles do.")
}

/// Loads an account that the caller means to manage: visible, manageable, not their own, and without a role that they
/// could not give (who could send such a person a new link, or disable them, would have more than they were given).
///
/// # Errors
/// `NotFound`, `PermissionDenied`, `FailedPrecondition` (`OWN_ACCOUNT`).
pub async fn account(tx: &mut Tx, user_id: &str, action: Action) -> Result<UserRow> {
    let ctx = tx.ctx().clone();
    let user = users::get(tx, platform::ids::parse_id("user_id", user_id)?).await?;
    ctx.decide(action, user.id, &user.facts())?;
    if ctx.subject()? == user.id {
        return Err(Error::precondition("OWN_ACCOUNT", "You cannot do this to your own account. Ask another administrator."));
    }
    let snapshot = permissions(&ctx)?;
    for held in roles::held_by(tx, &[user.id]).await? {
        let role = snapshot.roles().iter().find(|r| r.id == held.role_id).ok_or_else(wider)?;
        may_give(&ctx, role, held.node_id)?;
    }
    Ok(user)
}

/// The refusal to take the last administrator away.
pub fn last_administrator() -> Error {
    Error::precondition("LAST_ADMINISTRATOR", "This is the last administrator. Give somebody else the role first.")
}
