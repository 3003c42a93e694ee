//! The caller's tenant with its settings.

use platform::{Ctx, Result};
use proto::{
    Action,
    identity::v1::{GetTenantResponse, Tenant},
};

use crate::{commands::manage::permissions, state::State, store::tenants, wire};

/// Answers it.
///
/// # Errors
/// `PermissionDenied`.
pub async fn get_tenant(state: &State, ctx: &Ctx) -> Result<GetTenantResponse> {
    let mut tx = state.begin(ctx).await?;
    let row = tenants::get(&mut tx).await?;
    ctx.decide(Action::Read, ctx.tenant(), &wire::tenant_facts(permissions(ctx)?.root()))?;
    tx.commit().await?;
    let settings = Some(row.settings());
    let tenant = Tenant {
        id: ctx.tenant().to_string(),
        masked_paths: Vec::new(),
        slug: row.slug,
        name: row.name,
        colour: row.colour,
        kind: row.kind.into(),
        demonstration: row.demonstration,
        settings,
        etag: row.version.to_string(),
        absolute_hours: row.absolute_hours.unsigned_abs(),
    };
    Ok(GetTenantResponse { tenant: Some(tenant) })
}
