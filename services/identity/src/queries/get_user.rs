//! One user with roles.

use access::decide::Decision;
use platform::{Ctx, Result, Tx};
use proto::{
    Action, FieldClass,
    identity::v1::{GetUserRequest, GetUserResponse, RoleHeld, User},
};

use crate::{
    domain::help::may_confirm,
    state::State,
    store::{help, roles::{self, HeldRow}, users::{self, UserRow}},
    wire::timestamp,
};

/// Answers the user.
///
/// # Errors
/// `NotFound`, `PermissionDenied`.
pub async fn get_user(state: &State, ctx: &Ctx, req: GetUserRequest) -> Result<GetUserResponse> {
    let mut tx = state.begin(ctx).await?;
    let row = users::get(&mut tx, platform::ids::parse_id("user_id", &req.user_id)?).await?;
    let decision = ctx.decide(Action::Read, row.id, &row.facts())?;
    let held = roles::held_by(&mut tx, &[row.id]).await?;
    let mut user = show(&mut tx, &row, &decision, &held).await?;
    if let (Some(helper), Some(snapshot)) = (help::asked_by(&mut tx, row.id).await?, ctx.snapshot()) {
        user.enrolment_to_confirm = may_confirm(snapshot, ctx.subject()?, helper, row.id, ctx.now().timestamp());
    }
    tx.commit().await?;
    Ok(GetUserResponse { user: Some(user) })
}

/// The message of a row; classes that the reader may not see are not even decrypted.
///
/// # Errors
/// Those of the keys.
pub async fn show(tx: &mut Tx, row: &UserRow, decision: &Decision, held: &[HeldRow]) -> Result<User> {
    let may = |class| decision.read.contains(class);
    let name = if may(FieldClass::Identity) { row.name(tx).await? } else { String::new() };
    let email = if may(FieldClass::Contact) { row.email(tx).await? } else { String::new() };
    let roles = held
        .iter()
        .filter(|h| h.user_id == row.id)
        .map(|h| RoleHeld {
            assignment_id: h.id.to_string(),
            role_id: h.role_id.to_string(),
            role_name: h.role_name.clone(),
            node_id: h.node_id.to_string(),
            valid_from: Some(timestamp(h.valid_from)),
            valid_to: h.valid_to.map(timestamp),
        })
        .collect();
    Ok(User {
        id: row.id.to_string(),
        masked_paths: Vec::new(),
        name,
        email,
        node_id: row.node_id.to_string(),
        state: row.state().number().into(),
        roles,
        last_signed_in_at: row.last_signed_in_at.map(timestamp),
        created_at: Some(timestamp(row.created_at)),
        etag: row.version.to_string(),
        enrolment_to_confirm: false,
    })
}
