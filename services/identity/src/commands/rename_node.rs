//! Renaming an agency or team.

use platform::{Ctx, Error, Result};
use proto::{
    Action, ResourceType,
    identity::v1::{RenameNodeRequest, RenameNodeResponse},
};

use super::{announce::announce, create_node::name_taken};
use crate::{
    state::State,
    store::{epochs, nodes},
    wire,
};

/// Gives it another name.
///
/// # Errors
/// `NotFound`, `InvalidArgument`, `PermissionDenied`, `AlreadyExists` on `name`.
pub async fn rename_node(state: &State, ctx: &Ctx, req: RenameNodeRequest) -> Result<RenameNodeResponse> {
    let mut tx = state.begin(ctx).await?;
    if let Some(answer) = tx.replay(&req.request_id, &req).await? {
        return Ok(answer);
    }
    epochs::lock(&mut tx).await?;
    let node = nodes::get(&mut tx, platform::ids::parse_id("node_id", &req.node_id)?).await?;
    ctx.decide(Action::Manage, node.id, &wire::node_facts(node.id))?;
    let mut wrong = Error::invalid();
    let name = wire::text(&mut wrong, "name", &req.name, 100, "Enter a name.");
    wrong.into_result()?;
    if nodes::name_is_taken(&mut tx, node.parent_id, &name, node.id).await? {
        return Err(name_taken());
    }
    nodes::rename(&mut tx, node.id, &name).await?;
    let snapshot = epochs::advance(&mut tx).await?;
    tx.changed(ResourceType::Node, node.id);
    tx.commit_with(RenameNodeResponse { acknowledged_everywhere: false }).await?;
    Ok(RenameNodeResponse { acknowledged_everywhere: announce(state, ctx.request_id(), &snapshot).await })
}
