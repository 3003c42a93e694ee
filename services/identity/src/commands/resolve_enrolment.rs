//! The link of an open enrolment, for the mail that takes it to the account's own address and to nobody else.

use platform::{Ctx, Result};
use proto::{
    Action, ResourceType,
    identity::v1::{ResolveEnrolmentForSendingRequest, ResolveEnrolmentForSendingResponse},
};

use crate::{
    domain::user::State as UserState,
    state::State,
    store::{enrolments, tenants, users},
};

/// Makes the link's secret, which is nowhere else, and answers it with the address. A mail that is sent again holds a new
/// secret and the older one ends; once the page was opened there is no other.
///
/// Refusals: `LINK_OVER` (used, replaced, opened, expired or unknown), `DISABLED`.
///
/// # Errors
/// `InvalidArgument` on `enrolment_id`.
pub async fn resolve_enrolment(state: &State, ctx: &Ctx, req: ResolveEnrolmentForSendingRequest) -> Result<ResolveEnrolmentForSendingResponse> {
    let id = platform::ids::parse_id("enrolment_id", &req.enrolment_id)?;
    let refused = |reason: &str| ResolveEnrolmentForSendingResponse { allowed: false, reason: reason.to_owned(), ..ResolveEnrolmentForSendingResponse::default() };
    let mut tx = state.begin(ctx).await?;
    let Some(link) = enrolments::unopened(&mut tx, id).await? else { return Ok(refused("LINK_OVER")) };
    let user = users::get(&mut tx, link.user_id).await?;
    ctx.decide(Action::Update, user.id, &user.facts())?;
    if user.state() == UserState::Disabled {
        return Ok(refused("DISABLED"));
    }
    let enrolment_secret = enrolments::make_secret(&mut tx, link.id).await?;
    let (email, tenant) = (user.email(&mut tx).await?, tenants::get(&mut tx).await?);
    tx.changed(ResourceType::User, user.id);
    tx.commit().await?;
    Ok(ResolveEnrolmentForSendingResponse { allowed: true, reason: String::new(), email, tenant_slug: tenant.slug, enrolment_secret })
}
