//! Changing a user's name or node.

use platform::{Ctx, Error, Result};
use proto::{
    Action, FieldClass, ResourceType,
    identity::v1::{UpdateUserRequest, UpdateUserResponse},
};

use super::manage::{node, permissions};
use crate::{state::State, store::users, wire};

/// Changes what is given; an empty name or node stays as it is. Another node needs the right to manage accounts at both.
///
/// # Errors
/// `NotFound`, `PermissionDenied`, `InvalidArgument`, `Conflict` on an old etag.
pub async fn update_user(state: &State, ctx: &Ctx, req: UpdateUserRequest) -> Result<UpdateUserResponse> {
    let mut tx = state.begin(ctx).await?;
    if let Some(answer) = tx.replay(&req.request_id, &req).await? {
        return Ok(answer);
    }
    let user = users::get(&mut tx, platform::ids::parse_id("user_id", &req.user_id)?).await?;
    let decision = ctx.decide(Action::Update, user.id, &user.facts())?;
    if req.etag != user.version.to_string() {
        return Err(Error::stale_etag());
    }
    let mut wrong = Error::invalid();
    let name = if req.name.trim().is_empty() { None } else { Some(wire::text(&mut wrong, "name", &req.name, 100, "Enter a name.")) };
    wrong.into_result()?;
    if name.is_some() && !decision.write.contains(FieldClass::Identity) {
        return Err(Error::denied());
    }
    let mut at = user.node_id;
    if !req.node_id.is_empty() {
        at = node(permissions(ctx)?, "node_id", &req.node_id)?;
        let both = ctx.may(Action::Manage, &user.facts()) && ctx.may(Action::Manage, &users::facts(user.id, at));
        if at != user.node_id && !both {
            return Err(Error::denied());
        }
    }
    let version = users::update(&mut tx, &user, name.as_deref(), at).await?;
    tx.changed(ResourceType::User, user.id);
    tx.commit_with(UpdateUserResponse { etag: version.to_string() }).await
}
