//! The job that removes what nobody needs any more from the platform's own tables.

use std::time::Duration;

use chrono::TimeDelta;
use futures::future::BoxFuture;

use crate::{Result, jobs::{Job, JobCtx}};

/// Published outbox rows are kept for a lost broker (architecture 10).
const OUTBOX: TimeDelta = TimeDelta::days(7);
/// Inbox rows outlive every copy of their event, dead letters that wait for a person included.
const INBOX: TimeDelta = TimeDelta::days(90);
/// A browser or a partner repeats a command within hours.
const IDEMPOTENCY: TimeDelta = TimeDelta::days(7);
/// Rows of one statement, so that no lock is held for long.
const BATCH: i64 = 5_000;

/// Sweeps outbox, inbox and idempotency keys once an hour.
pub struct Sweep;

impl Job for Sweep {
    fn name(&self) -> &'static str {
        "platform.sweep"
    }

    fn every(&self) -> Duration {
        Duration::from_secs(3_600)
    }

    fn run<'a>(&'a self, jobs: &'a JobCtx) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let now = jobs.clock().now();
            let platform = jobs.db().platform();
            let mut swept = 0;
            while !jobs.stopping() {
                let outbox = sqlx::query!(
                    "DELETE FROM platform.outbox WHERE ctid = ANY(ARRAY(SELECT ctid FROM platform.outbox WHERE published_at < $1 LIMIT $2))",
                    now - OUTBOX, BATCH
                );
                let inbox = sqlx::query!(
                    "DELETE FROM platform.inbox WHERE ctid = ANY(ARRAY(SELECT ctid FROM platform.inbox WHERE received_at < $1 LIMIT $2))",
                    now - INBOX, BATCH
                );
                let idempotency = sqlx::query!(
                    "DELETE FROM platform.idempotency WHERE ctid = ANY(ARRAY(SELECT ctid FROM platform.idempotency WHERE created_at < $1 LIMIT $2))",
                    now - IDEMPOTENCY, BATCH
                );
                let rows = outbox.execute(platform).await?.rows_affected()
                    + inbox.execute(platform).await?.rows_affected()
                    + idempotency.execute(platform).await?.rows_affected();
                swept += rows;
                if rows == 0 {
                    break;
                }
            }
            tracing::debug!(rows = swept, "swept platform tables");
            Ok(())
        })
    }
}
