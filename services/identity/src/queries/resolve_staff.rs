//! The work address of an active user, for a message of kind "staff".

use platform::{Ctx, Result};
use proto::{
    Action,
    identity::v1::{ResolveStaffForSendingRequest, ResolveStaffForSendingResponse},
};

use crate::{
    domain::user::State as UserState,
    state::State,
    store::{tenants, users},
};

/// Answers the address, or why there is none: `UNKNOWN_USER`, `DISABLED` (also who has not enrolled yet), `NOT_WANTED`.
///
/// # Errors
/// `InvalidArgument` on `user_id`.
pub async fn resolve_staff(state: &State, ctx: &Ctx, req: ResolveStaffForSendingRequest) -> Result<ResolveStaffForSendingResponse> {
    let id = platform::ids::parse_id("user_id", &req.user_id)?;
    let refused = |reason: &str| ResolveStaffForSendingResponse { allowed: false, reason: reason.to_owned(), ..ResolveStaffForSendingResponse::default() };
    let mut tx = state.begin(ctx).await?;
    let Some(user) = users::find(&mut tx, id).await? else { return Ok(refused("UNKNOWN_USER")) };
    ctx.decide(Action::Read, user.id, &user.facts())?;
    if user.state() != UserState::Active {
        return Ok(refused("DISABLED"));
    }
    if !req.about_account && !users::wants_case_mail(&mut tx, user.id).await? {
        return Ok(refused("NOT_WANTED"));
    }
    let (email, tenant) = (user.email(&mut tx).await?, tenants::get(&mut tx).await?);
    tx.commit().await?;
    Ok(ResolveStaffForSendingResponse { allowed: true, reason: String::new(), email, tenant_slug: tenant.slug })
}
