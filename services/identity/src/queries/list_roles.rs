//! The tenant's roles with their grants.

use access::class::ClassSet;
use platform::{Ctx, Result};
use proto::{
    Action, ResourceType,
    identity::v1::{ListRolesResponse, Role},
};
use uuid::Uuid;

use crate::{
    commands::manage::permissions,
    state::State,
    store::{epochs, roles},
    wire,
};

/// Every role.
///
/// # Errors
/// `PermissionDenied`.
pub async fn list_roles(state: &State, ctx: &Ctx) -> Result<ListRolesResponse> {
    ctx.scope(ResourceType::Role, Action::List, ClassSet::NONE)?;
    let permissions = permissions(ctx)?;
    let nodes = wire::all_nodes(permissions);
    let mut tx = state.begin(ctx).await?;
    let (rows, snapshot) = (roles::all(&mut tx).await?, epochs::snapshot(&mut tx).await?);
    tx.commit().await?;
    let seen = |id: &str| Uuid::parse_str(id).is_ok_and(|id| ctx.see(id, &wire::role_facts_for_readers(permissions, &nodes)).is_some());
    let roles = rows
        .into_iter()
        .filter(|r| seen(&r.id))
        .map(|r| {
            let grants = snapshot.roles.iter().find(|s| s.id == r.id).map(|s| s.grants.clone()).unwrap_or_default();
            Role { id: r.id, masked_paths: Vec::new(), name: r.name, built_in: r.built_in, grants }
        })
        .collect();
    Ok(ListRolesResponse { roles })
}
