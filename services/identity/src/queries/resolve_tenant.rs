//! A tenant by the word in its address.

use platform::{Ctx, Error, Result};
use proto::identity::v1::{ResolveTenantRequest, ResolveTenantResponse};

use crate::{domain::tenant, state::State, store::tenants};

/// Finds it; the call comes before any tenant is known.
///
/// # Errors
/// `NotFound`.
pub async fn resolve_tenant(state: &State, ctx: &Ctx, req: ResolveTenantRequest) -> Result<ResolveTenantResponse> {
    if !tenant::slug_is_valid(&req.slug) {
        return Err(Error::not_found());
    }
    let mut tx = state.begin(ctx).await?;
    let found = tenants::id_of(&mut tx, &req.slug).await?;
    tx.commit().await?;
    let id = found.ok_or_else(Error::not_found)?;
    let mut tx = state.begin(&state.own(id, ctx.request_id())).await?;
    let row = tenants::get(&mut tx).await?;
    tx.commit().await?;
    Ok(ResolveTenantResponse { tenant_id: id.to_string(), slug: row.slug, name: row.name, colour: row.colour, demonstration: row.demonstration })
}
