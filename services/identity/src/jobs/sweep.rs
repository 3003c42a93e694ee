//! Removes what is over: ceremonies, challenges, devices, throttling windows, sessions and links.

use std::{sync::Arc, time::Duration};

use chrono::TimeDelta;
use futures::future::BoxFuture;
use platform::{Result, jobs::{Job, JobCtx}};

use crate::{
    state::State,
    store::{ceremonies, challenges, devices, enrolments, sessions, throttle},
};

/// How long ended sessions and links stay, for questions about who signed in.
const KEEP: TimeDelta = TimeDelta::days(7);

/// A browser that was not used for so long is not known any more.
const FORGET: TimeDelta = TimeDelta::days(400);

/// Runs every ten minutes over all tenants.
pub struct Sweep(pub Arc<State>);

impl Job for Sweep {
    fn name(&self) -> &'static str {
        "identity.sweep"
    }

    fn every(&self) -> Duration {
        Duration::from_secs(600)
    }

    fn run<'a>(&'a self, jobs: &'a JobCtx) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            for tenant in jobs.tenants().await? {
                if jobs.stopping() {
                    break;
                }
                let mut tx = self.0.begin(&jobs.ctx_for(tenant, tenant)).await?;
                let now = tx.now();
                challenges::sweep(&mut tx, now).await?;
                throttle::sweep(&mut tx, now).await?;
                sessions::sweep(&mut tx, now - KEEP).await?;
                enrolments::sweep(&mut tx, now - KEEP).await?;
                ceremonies::sweep(&mut tx, now).await?;
                devices::sweep(&mut tx, now - FORGET).await?;
                tx.commit().await?;
            }
            Ok(())
        })
    }
}
