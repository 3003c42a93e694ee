//! Adding an agency or team.

use platform::{Ctx, Error, Kind, Result};
use proto::{
    Action, ResourceType,
    identity::v1::{CreateNodeRequest, CreateNodeResponse},
};

use super::{
    announce::announce,
    manage::{node, permissions},
};
use crate::{
    domain::tree,
    state::State,
    store::{epochs, nodes::{self, NodeRow}},
    wire,
};

/// Adds it below a node that the caller manages.
///
/// # Errors
/// `InvalidArgument`, `PermissionDenied`, `AlreadyExists` on `name`.
pub async fn create_node(state: &State, ctx: &Ctx, req: CreateNodeRequest) -> Result<CreateNodeResponse> {
    let mut tx = state.begin(ctx).await?;
    if let Some(answer) = tx.replay(&req.request_id, &req).await? {
        return Ok(answer);
    }
    epochs::lock(&mut tx).await?;
    let parent = nodes::get(&mut tx, node(permissions(ctx)?, "parent_id", &req.parent_id)?).await?;
    ctx.decide(Action::Manage, parent.id, &wire::node_facts(parent.id))?;
    let kind = req.kind();
    let mut wrong = Error::invalid();
    let name = wire::text(&mut wrong, "name", &req.name, 100, "Enter a name.");
    if !tree::may_stand(parent.kind(), kind) {
        wrong = wrong.field("kind", "An agency stands below the partnership, a team below the partnership, an agency or a team.");
    } else if !tree::agency_kind_fits(kind, &req.agency_kind) {
        wrong = wrong.field("agency_kind", "Choose what kind of agency it is; a team has none.");
    }
    wrong.into_result()?;
    let id = ctx.new_id();
    if nodes::name_is_taken(&mut tx, Some(parent.id), &name, id).await? {
        return Err(name_taken());
    }
    let row = NodeRow { id, parent_id: Some(parent.id), name, kind: wire::small(kind as i32), agency_kind: req.agency_kind };
    nodes::insert(&mut tx, &row).await?;
    let snapshot = epochs::advance(&mut tx).await?;
    tx.changed(ResourceType::Node, id);
    let answer = tx.commit_with(CreateNodeResponse { node_id: id.to_string(), acknowledged_everywhere: false }).await?;
    Ok(CreateNodeResponse { acknowledged_everywhere: announce(state, ctx.request_id(), &snapshot).await, ..answer })
}

/// The refusal of a second node of the same name below one parent.
pub fn name_taken() -> Error {
    Error::new(Kind::AlreadyExists, "NAME_TAKEN", "There is an agency or team of this name already.")
        .field("name", "There is an agency or team of this name already. Enter another name.")
}
