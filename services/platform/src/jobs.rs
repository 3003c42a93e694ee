//! Jobs: work by the clock, done by one process of a service at a time.

use std::{panic::AssertUnwindSafe, sync::{Arc, atomic::{AtomicBool, Ordering}}, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use futures::{FutureExt, future::BoxFuture};
use sqlx::{Connection, PgConnection};
use tokio::sync::{Mutex, Notify};
use tracing::Instrument;
use uuid::Uuid;

use crate::{Clock, Ctx, Db, Error, Result, events::{consumer::workload_ctx, resync}, lifecycle::Shutdown};

/// First half of the advisory lock's key; the second is the hash of the job's name.
const LOCK_CLASS: i32 = 0x4143_0002;
/// Time a context of a job is good for.
const STEP: Duration = Duration::from_secs(30);
/// Runs that found nothing to do are written down no more often than this.
const IDLE_RECORD: TimeDelta = TimeDelta::minutes(1);

/// Work that is due every so often.
///
/// At most one process runs a job at a time as long as it keeps its database connection; each step is a transaction of
/// its own that looks again whether its work is still to be done, so that a second runner does no harm.
pub trait Job: Send + Sync + 'static {
    /// Name, unique in the service.
    fn name(&self) -> &'static str;

    /// Time between the end of a run and the begin of the next.
    fn every(&self) -> Duration;

    /// What starts it before its time, where something can.
    fn wake(&self) -> Option<&Wake> {
        None
    }

    /// Does everything that is due. What a transaction needs is had from [`JobCtx::ctx_for`].
    fn run<'a>(&'a self, jobs: &'a JobCtx) -> BoxFuture<'a, Result<()>>;
}

/// Starts a job before its time: a consumer that stored work and the job that does it share one.
#[derive(Clone, Debug, Default)]
pub struct Wake(Arc<Notify>);

impl Wake {
    /// The job runs (again) as soon as it can; calls between two runs are one.
    pub fn wake(&self) {
        self.0.notify_one();
    }

    async fn woken(&self) {
        self.0.notified().await;
    }
}

/// What jobs run with.
#[derive(Clone)]
pub struct JobCtx {
    service: &'static str,
    db: Db,
    clock: Clock,
    again: Wake,
    /// A context was asked for since the run began: there was work.
    worked: Arc<AtomicBool>,
    stop: Shutdown,
}

impl JobCtx {
    /// For the runner and for tests that run a job by hand.
    pub fn new(service: &'static str, db: Db, clock: Clock, stop: Shutdown) -> Self {
        Self { service, db, clock, again: Wake::default(), worked: Arc::default(), stop }
    }

    /// The service's database.
    pub fn db(&self) -> &Db {
        &self.db
    }

    /// The time.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Whether the process ends: a long job stops between two steps.
    pub fn stopping(&self) -> bool {
        self.stop.is_draining()
    }

    /// A context for one step of 30 seconds in a tenant: a workload that may write. `cause` is the id of the record
    /// that is due, which the audit trail then names. A run that asks for one counts as a run that had work.
    pub fn ctx_for(&self, tenant: Uuid, cause: Uuid) -> Ctx {
        self.worked.store(true, Ordering::Relaxed);
        workload_ctx(self.service, &self.clock, tenant, cause, STEP)
    }

    /// Every tenant that the service knows.
    ///
    /// # Errors
    /// The database's.
    pub async fn tenants(&self) -> Result<Vec<Uuid>> {
        resync::tenants(&self.db).await
    }

    /// Asks for another run right after this one: there was more than one run's worth.
    pub fn wake(&self) {
        self.again.wake();
    }
}

/// Runs the jobs of one service until `stop` drains; a job in work is finished first.
pub async fn run(ctx: JobCtx, jobs: Vec<Arc<dyn Job>>) {
    let locks = Arc::new(Locks { db: ctx.db.clone(), connection: Mutex::new(None) });
    let loops = jobs.into_iter().map(|job| schedule(JobCtx { again: Wake::default(), worked: Arc::default(), ..ctx.clone() }, Arc::clone(&locks), job));
    futures::future::join_all(loops).await;
    locks.close().await;
}

/// Runs a job once, now, under its lock; answers `false` where another process is at it.
///
/// # Errors
/// The job's, or the database's.
pub async fn run_once(ctx: &JobCtx, job: &dyn Job) -> Result<bool> {
    let locks = Locks { db: ctx.db.clone(), connection: Mutex::new(None) };
    let ran = guarded(ctx, &locks, job, &mut None).await;
    locks.close().await;
    ran
}

async fn schedule(ctx: JobCtx, locks: Arc<Locks>, job: Arc<dyn Job>) {
    let mut written = None;
    while !ctx.stop.is_draining() {
        let span = tracing::info_span!("job", "accord.service" = ctx.service, job = job.name());
        if let Err(error) = guarded(&ctx, &locks, job.as_ref(), &mut written).instrument(span).await {
            tracing::error!("accord.service" = ctx.service, job = job.name(), ?error, "job failed");
        }
        let woken = async {
            match job.wake() {
                Some(wake) => wake.woken().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = ctx.stop.draining() => return,
            () = ctx.again.woken() => {}
            () = woken => {}
            () = tokio::time::sleep(job.every()) => {}
        }
    }
}

async fn guarded(ctx: &JobCtx, locks: &Locks, job: &dyn Job, written: &mut Option<DateTime<Utc>>) -> Result<bool> {
    if !locks.take(job.name()).await? {
        return Ok(false);
    }
    let result = recorded(ctx, job, written).await;
    locks.free(job.name()).await;
    result.map(|()| true)
}

/// Runs the job and writes the run down where it had work or failed, and at least once a minute: a job that looks often must
/// not write as often. `written` is when this process last wrote a run of the job.
async fn recorded(ctx: &JobCtx, job: &dyn Job, written: &mut Option<DateTime<Utc>>) -> Result<()> {
    let started = ctx.clock.now();
    ctx.worked.store(false, Ordering::Relaxed);
    // The words of a panic may quote a value, so they are not kept.
    let result = AssertUnwindSafe(async { job.run(ctx).await }).catch_unwind().await.unwrap_or_else(|_| Err(Error::fault("the job panicked")));
    if !is_worth_writing(result.is_err() || ctx.worked.load(Ordering::Relaxed), *written, started) {
        return result;
    }
    let recorded = sqlx::query!(
        "INSERT INTO platform.job_run (name, last_started, last_finished, last_error) VALUES ($1, $2, $3, $4)
         ON CONFLICT (name) DO UPDATE SET last_started = excluded.last_started, last_finished = excluded.last_finished, last_error = excluded.last_error",
        job.name(), started, ctx.clock.now(), result.as_ref().err().map(Error::reason)
    )
    .execute(ctx.db.platform())
    .await;
    *written = Some(started);
    // What went wrong in the run says more than that it could not be written down.
    result.and(recorded.map(drop).map_err(Error::from))
}

fn is_worth_writing(had_work_or_failed: bool, written: Option<DateTime<Utc>>, now: DateTime<Utc>) -> bool {
    had_work_or_failed || written.is_none_or(|at| now - at >= IDLE_RECORD)
}

/// The locks of all jobs of a process, on one connection of their own: they end with it and hold nothing of the pool.
struct Locks {
    db: Db,
    connection: Mutex<Option<PgConnection>>,
}

impl Locks {
    async fn take(&self, job: &str) -> Result<bool> {
        let mut slot = self.connection.lock().await;
        let mut connection = match slot.take() {
            Some(connection) => connection,
            None => PgConnection::connect_with(&self.db.platform().connect_options()).await?,
        };
        let taken = sqlx::query_scalar!("SELECT pg_try_advisory_lock($1, hashtext($2)) AS \"taken!\"", LOCK_CLASS, job).fetch_one(&mut connection).await?;
        // Put back only after success: a broken connection is replaced next time.
        *slot = Some(connection);
        Ok(taken)
    }

    async fn free(&self, job: &str) {
        let mut slot = self.connection.lock().await;
        let Some(mut connection) = slot.take() else { return };
        match sqlx::query_scalar!("SELECT pg_advisory_unlock($1, hashtext($2)) AS \"freed!\"", LOCK_CLASS, job).fetch_one(&mut connection).await {
            Ok(_) => *slot = Some(connection),
            Err(error) => tracing::warn!(job, %error, "the job's lock ends with its connection"),
        }
    }

    async fn close(&self) {
        if let Some(connection) = self.connection.lock().await.take()
            && let Err(error) = connection.close().await
        {
            tracing::debug!(%error, "the jobs' connection did not close cleanly");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn idle_runs_are_written_down_once_a_minute() {
        let at = |seconds| DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds);
        assert!(is_worth_writing(false, None, at(0)), "the first");
        assert!(!is_worth_writing(false, Some(at(0)), at(59)));
        assert!(is_worth_writing(false, Some(at(0)), at(60)));
        assert!(is_worth_writing(true, Some(at(0)), at(1)), "work and failures always");
    }
}
