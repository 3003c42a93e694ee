//! Work by the clock: what is due is found for all tenants by ids, then each is worked in its own tenant.

pub mod expire_drafts;
pub mod lapse_referrals;

use futures::future::BoxFuture;
use platform::{Ctx, Db, Result, jobs::JobCtx};
use uuid::Uuid;

/// Records of one run.
const BATCH: i64 = 500;

/// What is done with one record that is due.
type Work = for<'a> fn(&'a Db, &'a Ctx, Uuid) -> BoxFuture<'a, Result<bool>>;

/// Works what is due. One record that fails keeps no other from its turn; it is tried again next time.
async fn work_due(jobs: &JobCtx, function: &'static str, work: Work) -> Result<()> {
    let due = jobs.db().due(function, jobs.clock().now(), BATCH).await?;
    let full = i64::try_from(due.len()).unwrap_or(i64::MAX) >= BATCH;
    let (mut done, mut failed) = (0_u64, None);
    for (tenant, id) in due {
        if jobs.stopping() {
            return Ok(());
        }
        let ctx = jobs.ctx_for(tenant, id);
        match work(jobs.db(), &ctx, id).await {
            Ok(worked) => done += u64::from(worked),
            Err(error) => {
                tracing::warn!(%tenant, %id, ?error, function, "a record that is due could not be worked");
                failed = Some(error);
            }
        }
    }
    if full && done > 0 {
        jobs.wake();
    }
    failed.map_or(Ok(()), Err)
}
