//! A new account with roles. Its single-use link goes to its own address by mail: who invites never sees it.

use access::names;
use platform::{Ctx, Error, Kind, Result};
use proto::{
    Action, ResourceType,
    identity::v1::{InviteUserRequest, InviteUserResponse},
};

use super::{
    announce::announce,
    manage::{may_give, node, permissions, role},
};
use crate::{
    state::State,
    store::{enrolments, epochs, nodes, roles::{self, NewAssignment}, users::{self, NewUser}},
    wire,
};

/// Makes the account and asks for the mail with its link.
///
/// # Errors
/// `InvalidArgument`, `AlreadyExists` on `email`, `PermissionDenied`.
pub async fn invite_user(state: &State, ctx: &Ctx, req: InviteUserRequest) -> Result<InviteUserResponse> {
    let mut tx = state.begin(ctx).await?;
    if let Some(answer) = tx.replay(&req.request_id, &req).await? {
        return Ok(answer);
    }
    epochs::lock(&mut tx).await?;
    let snapshot = permissions(ctx)?;
    let mut wrong = Error::invalid();
    let name = wire::text(&mut wrong, "name", &req.name, 100, "Enter a name.");
    let email = wire::text(&mut wrong, "email", &req.email, 200, "Enter an email address.");
    if !email.is_empty() && names::email(&email).is_empty() {
        wrong = wrong.field("email", "Enter an email address in the correct format, like name@example.com.");
    }
    let at = match node(snapshot, "node_id", &req.node_id) {
        Ok(at) => Some(at),
        Err(e) => {
            wrong = wire::with_fields_of(wrong, &e);
            None
        }
    };
    let mut given = Vec::new();
    for (n, choice) in req.roles.iter().enumerate() {
        let place = if choice.node_id.is_empty() { &req.node_id } else { &choice.node_id };
        match (role(snapshot, &format!("roles.{n}.role_id"), &choice.role_id), node(snapshot, &format!("roles.{n}.node_id"), place)) {
            (Ok(role), Ok(node)) => given.push((role, node)),
            (role, node) => {
                for e in [role.err(), node.err()].iter().flatten() {
                    wrong = wire::with_fields_of(wrong, e);
                }
            }
        }
    }
    wrong.into_result()?;
    let at = at.ok_or_else(Error::invalid)?;

    let id = ctx.new_id();
    ctx.decide_create(id, &users::facts(id, at))?;
    for (role, node) in &given {
        if !ctx.may(Action::Manage, &wire::role_facts(*node)) {
            return Err(Error::denied());
        }
        may_give(ctx, role, *node)?;
    }
    // Who gives a role with an invitation changes roles.
    if !given.is_empty() {
        ctx.require_step_up()?;
    }
    nodes::get(&mut tx, at).await?;
    let token = users::email_token(&mut tx, &email).await?.ok_or_else(|| Error::fault("a valid address without a token"))?;
    if users::by_email_token(&mut tx, token).await?.is_some() {
        return Err(Error::new(Kind::AlreadyExists, "EMAIL_TAKEN", "Somebody has an account with this email address.")
            .field("email", "Somebody has an account with this email address. Find them in the list of users, or enter another address."));
    }
    let by = ctx.subject().ok();
    users::insert(&mut tx, NewUser { id, node: at, email_token: token, name: &name, email: &email, created_by: by }).await?;
    for (role, node) in &given {
        roles::assign(&mut tx, NewAssignment { id: ctx.new_id(), user: id, role: role.id, node: *node, valid_from: None, valid_to: None, given_by: by }).await?;
    }
    enrolments::send(&mut tx, id, by).await?;
    let snapshot = epochs::advance(&mut tx).await?;
    tx.changed(ResourceType::User, id);
    let stored = InviteUserResponse { user_id: id.to_string(), acknowledged_everywhere: false };
    let answer = tx.commit_with(stored).await?;
    let acknowledged_everywhere = announce(state, ctx.request_id(), &snapshot).await;
    Ok(InviteUserResponse { acknowledged_everywhere, ..answer })
}
