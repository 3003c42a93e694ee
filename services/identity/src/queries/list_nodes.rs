//! The tree.

use access::class::ClassSet;
use platform::{Ctx, Result};
use proto::{
    Action, ResourceType,
    identity::v1::{ListNodesResponse, Node},
};

use crate::{state::State, store::nodes, wire};

/// Every node that the caller may see.
///
/// # Errors
/// `PermissionDenied`.
pub async fn list_nodes(state: &State, ctx: &Ctx) -> Result<ListNodesResponse> {
    ctx.scope(ResourceType::Node, Action::List, ClassSet::NONE)?;
    let mut tx = state.begin(ctx).await?;
    let rows = nodes::all(&mut tx).await?;
    tx.commit().await?;
    let nodes = rows
        .into_iter()
        .filter(|n| ctx.see(n.id, &wire::node_facts(n.id)).is_some())
        .map(|n| Node {
            id: n.id.to_string(),
            masked_paths: Vec::new(),
            parent_id: n.parent_id.map(|p| p.to_string()).unwrap_or_default(),
            kind: n.kind.into(),
            name: n.name,
            agency_kind: n.agency_kind,
        })
        .collect();
    Ok(ListNodesResponse { nodes })
}
