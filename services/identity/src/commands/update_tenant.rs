//! Changing the tenant's name, colour and settings.

use platform::{Ctx, Error, Result};
use proto::{
    Action, ResourceType,
    identity::v1::{UpdateTenantSettingsRequest, UpdateTenantSettingsResponse},
};

use super::{announce::announce, manage::permissions};
use crate::{
    domain::tenant,
    state::State,
    store::{epochs, tenants},
    wire,
};

/// Changes what is given; empty texts and missing settings stay as they are.
///
/// # Errors
/// `InvalidArgument`, `PermissionDenied`, `Conflict` on an old etag.
pub async fn update_tenant(state: &State, ctx: &Ctx, req: UpdateTenantSettingsRequest) -> Result<UpdateTenantSettingsResponse> {
    let mut tx = state.begin(ctx).await?;
    if let Some(answer) = tx.replay(&req.request_id, &req).await? {
        return Ok(answer);
    }
    epochs::lock(&mut tx).await?;
    ctx.decide(Action::Manage, ctx.tenant(), &wire::tenant_facts(permissions(ctx)?.root()))?;
    let mut row = tenants::get(&mut tx).await?;
    if req.etag != row.version.to_string() {
        return Err(Error::stale_etag());
    }
    let mut wrong = Error::invalid();
    if !req.name.trim().is_empty() {
        row.name = wire::text(&mut wrong, "name", &req.name, 100, "Enter a name.");
    }
    if !req.colour.is_empty() {
        match tenant::colour(&req.colour) {
            Some(colour) => row.colour = colour,
            None => wrong = wrong.field("colour", "Enter a colour as # and six digits or letters from A to F."),
        }
    }
    if let Some(settings) = req.settings {
        if !tenant::suppression_is_valid(settings.suppression_threshold) {
            wrong = wrong.field("settings.suppression_threshold", "Enter a number from 3 to 100.");
        }
        if !tenant::idle_is_valid(settings.idle_minutes) {
            wrong = wrong.field("settings.idle_minutes", "Enter a number of minutes from 5 to 60.");
        }
        if !tenant::absolute_is_valid(req.absolute_hours) {
            wrong = wrong.field("absolute_hours", "Enter a number of hours from 1 to 12.");
        }
        row.absolute_hours = i32::try_from(req.absolute_hours).unwrap_or(0);
        row.suppression_threshold = i32::try_from(settings.suppression_threshold).unwrap_or(0);
        row.idle_minutes = i32::try_from(settings.idle_minutes).unwrap_or(0);
    }
    wrong.into_result()?;
    row.version += 1;
    tenants::update(&mut tx, &row).await?;
    let snapshot = epochs::advance(&mut tx).await?;
    tx.changed(ResourceType::Tenant, ctx.tenant());
    let answer = tx.commit_with(UpdateTenantSettingsResponse { etag: row.version.to_string(), acknowledged_everywhere: false }).await?;
    Ok(UpdateTenantSettingsResponse { acknowledged_everywhere: announce(state, ctx.request_id(), &snapshot).await, ..answer })
}
