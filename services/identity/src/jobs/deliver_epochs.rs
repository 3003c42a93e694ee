//! Tells services of epochs again that they have not confirmed.

use std::{sync::Arc, time::Duration};

use futures::future::BoxFuture;
use platform::{Result, jobs::{Job, JobCtx}};

use crate::{commands::announce::tell, state::State, store::epochs};

/// Tenants worked in one run.
const MOST: i64 = 100;

/// Runs every five seconds; a tenant is tried again until every service has confirmed.
pub struct DeliverEpochs(pub Arc<State>);

impl Job for DeliverEpochs {
    fn name(&self) -> &'static str {
        "identity.deliver_epochs"
    }

    fn every(&self) -> Duration {
        Duration::from_secs(5)
    }

    fn run<'a>(&'a self, jobs: &'a JobCtx) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            for (tenant, cause) in jobs.db().due("identity.due_epochs", jobs.clock().now(), MOST).await? {
                if jobs.stopping() {
                    break;
                }
                let ctx = jobs.ctx_for(tenant, cause);
                let mut tx = self.0.begin(&ctx).await?;
                let (behind, snapshot) = (epochs::behind(&mut tx).await?, epochs::snapshot(&mut tx).await?);
                tx.commit().await?;
                tell(&self.0, &ctx, &snapshot, behind).await?;
            }
            Ok(())
        })
    }
}
