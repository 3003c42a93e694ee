//! One role with what the caller may do with it.

use platform::{Ctx, Result};
use proto::{
    Action,
    identity::v1::{GetRoleRequest, GetRoleResponse, RoleDetail},
};

use crate::{
    commands::manage::permissions,
    domain::own_role::{self, Present},
    state::State,
    store::own_roles,
    wire,
};

/// Answers the role.
///
/// # Errors
/// `NotFound`, `PermissionDenied`.
pub async fn get_role(state: &State, ctx: &Ctx, req: GetRoleRequest) -> Result<GetRoleResponse> {
    let snapshot = permissions(ctx)?;
    let mut tx = state.begin(ctx).await?;
    let row = own_roles::get(&mut tx, platform::ids::parse_id("role_id", &req.role_id)?).await?;
    ctx.decide(Action::Read, row.id, &wire::role_facts_for_readers(snapshot, &wire::all_nodes(snapshot)))?;
    let grants = own_roles::grants(&mut tx, row.id).await?;
    let holders = own_roles::holders(&mut tx, row.id).await?;
    tx.commit().await?;
    let (mut allowed_actions, mut edit_refusal) = (Vec::new(), String::new());
    if ctx.may(Action::Manage, &wire::role_facts(snapshot.root())) {
        let me = ctx.subject()?;
        let present = Present { built_in: &row.built_in, grants: &grants, held_by_editor: holders.users.contains(&me) };
        allowed_actions.push("COPY".to_owned());
        match own_role::may_change(snapshot, me, ctx.now().timestamp(), &present) {
            Err(refusal) => refusal.code().clone_into(&mut edit_refusal),
            Ok(()) => {
                allowed_actions.push("EDIT".to_owned());
                if holders.users.is_empty() && holders.systems == 0 {
                    allowed_actions.push("RETIRE".to_owned());
                }
            }
        }
    } else {
        "NOT_PERMITTED".clone_into(&mut edit_refusal);
    }
    let role = RoleDetail {
        id: row.id.to_string(),
        masked_paths: Vec::new(),
        name: row.name,
        description: row.description,
        built_in: row.built_in,
        grants,
        etag: row.version.to_string(),
        changed_at: Some(wire::timestamp(row.changed_at)),
        changed_by_id: row.changed_by.map(|id| id.to_string()).unwrap_or_default(),
        allowed_actions,
        edit_refusal,
    };
    Ok(GetRoleResponse { role: Some(role) })
}
