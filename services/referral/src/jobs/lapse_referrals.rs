//! Referrals that were returned for information lapse after 20 working days (domain.md 2.4).

use std::time::Duration;

use futures::future::BoxFuture;
use platform::{
    Result,
    jobs::{Job, JobCtx},
};

use crate::commands::lapse::lapse;

/// Lapses what was not answered in time.
pub struct LapseReferrals;

impl Job for LapseReferrals {
    fn name(&self) -> &'static str {
        "referral.lapse_referrals"
    }

    fn every(&self) -> Duration {
        Duration::from_secs(3_600)
    }

    fn run<'a>(&'a self, jobs: &'a JobCtx) -> BoxFuture<'a, Result<()>> {
        Box::pin(super::work_due(jobs, "referral.due_lapses", |db, ctx, id| Box::pin(lapse(db, ctx, id))))
    }
}
