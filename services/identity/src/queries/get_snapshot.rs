//! The tenant's permissions, for the other services.

use platform::{Ctx, Result};
use proto::identity::v1::{GetSnapshotRequest, GetSnapshotResponse};

use crate::{
    state::{State, same_tenant},
    store::epochs,
};

/// Answers the snapshot at the newest epoch.
///
/// # Errors
/// `NotFound`.
pub async fn get_snapshot(state: &State, ctx: &Ctx, req: GetSnapshotRequest) -> Result<GetSnapshotResponse> {
    same_tenant(ctx, &req.tenant_id)?;
    let mut tx = state.begin(ctx).await?;
    let snapshot = epochs::snapshot(&mut tx).await?;
    tx.commit().await?;
    Ok(GetSnapshotResponse { snapshot: Some(snapshot) })
}
