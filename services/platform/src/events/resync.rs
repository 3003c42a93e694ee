//! Rebuild of reporting: each owner streams its current facts through outbox and queue again.

use std::time::Duration;

use futures::future::BoxFuture;
use uuid::Uuid;

use super::consumer::workload_ctx;
use crate::{Clock, Ctx, Db, Result, ids};

/// Time one tenant's facts may take.
const TENANT: Duration = Duration::from_secs(3_600);

/// What a service that owns facts implements.
pub trait Resync: Send + Sync + 'static {
    /// Publishes the current fact of every subject of the context's tenant, in pages of one transaction each, with
    /// `Tx::publish_fact`; answers how many. The fact's version makes a second run harmless.
    fn resync<'a>(&'a self, ctx: &'a Ctx) -> BoxFuture<'a, Result<u64>>;
}

/// Runs it for every tenant that the service knows; answers how many facts were put into the outbox.
///
/// # Errors
/// The first tenant's that failed; the command may be given again.
pub async fn run(service: &'static str, db: &Db, clock: &Clock, resync: &dyn Resync) -> Result<u64> {
    let cause = ids::new_id(clock.now());
    let mut total = 0;
    for tenant in tenants(db).await? {
        let ctx = workload_ctx(service, clock, tenant, cause, TENANT);
        total += resync.resync(&ctx).await?;
    }
    Ok(total)
}

/// Every tenant that the service has permissions of: one exists in a service when identity told it its first epoch.
pub(crate) async fn tenants(db: &Db) -> Result<Vec<Uuid>> {
    Ok(sqlx::query_scalar!("SELECT tenant_id FROM platform.authz_epoch ORDER BY tenant_id").fetch_all(db.platform()).await?)
}
