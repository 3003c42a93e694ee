//! The tenant's roles with the number of those who hold them.

use access::class::ClassSet;
use platform::{Ctx, Result};
use proto::{
    Action, ResourceType,
    identity::v1::{ListRoleSummariesResponse, RoleSummary},
};

use crate::{commands::manage::permissions, state::State, store::own_roles, wire};

/// Every role. Holders are counted where the caller may look.
///
/// # Errors
/// `PermissionDenied`.
pub async fn list_role_summaries(state: &State, ctx: &Ctx) -> Result<ListRoleSummariesResponse> {
    let scope = ctx.scope(ResourceType::Role, Action::List, ClassSet::NONE)?;
    let snapshot = permissions(ctx)?;
    let nodes = wire::all_nodes(snapshot);
    let mut tx = state.begin(ctx).await?;
    let rows = own_roles::summaries(&mut tx, &scope).await?;
    tx.commit().await?;
    let count = |n: i64| u32::try_from(n).unwrap_or(u32::MAX);
    let roles = rows
        .into_iter()
        .filter(|r| ctx.see(r.id, &wire::role_facts_for_readers(snapshot, &nodes)).is_some())
        .map(|r| RoleSummary {
            id: r.id.to_string(),
            masked_paths: Vec::new(),
            name: r.name,
            description: r.description,
            built_in: r.built_in,
            holders: count(r.holders),
            coming: count(r.coming),
            systems: count(r.systems),
        })
        .collect();
    Ok(ListRoleSummariesResponse { roles })
}
