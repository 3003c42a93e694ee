//! Group commit of looks: what arrives while one insert is under way goes into the next, so that a quiet service
//! answers after one insert and a busy one, which waits a moment for more, writes hundreds of events with each.

use std::{sync::{Arc, atomic::{AtomicU64, Ordering}}, time::Duration};

use sqlx::PgPool;
use tokio::sync::{mpsc, oneshot};

use super::{Look, insert};
use crate::{Error, Result};

/// Events of one insert at the most; it takes less than 5 ms.
const BATCH: usize = 512;
/// Time to gather for the next insert while many ask: an insert for each few of them would cost more than it takes.
const GATHER: Duration = Duration::from_millis(2);
/// Requests that may wait; more are told that the service is busy.
const WAITING: usize = 4096;

/// The process's writer of looks. Cloning is cheap.
#[derive(Clone)]
pub struct AuditWriter {
    queue: Option<mpsc::Sender<Waiting>>,
    failures: Arc<AtomicU64>,
}

struct Waiting {
    looks: Vec<Look>,
    done: oneshot::Sender<bool>,
}

impl AuditWriter {
    /// Starts the writing task, which ends with the last handle.
    pub(crate) fn start(pool: PgPool) -> Self {
        let (queue, waiting) = mpsc::channel(WAITING);
        let failures = Arc::<AtomicU64>::default();
        tokio::spawn(write(pool, waiting, Arc::clone(&failures)));
        Self { queue: Some(queue), failures }
    }

    /// A writer that writes nothing.
    pub(crate) fn off() -> Self {
        Self { queue: None, failures: Arc::default() }
    }

    /// Events that could not be recorded since the start.
    pub(crate) fn failures(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.failures)
    }

    /// Records one event; resolves when it is committed.
    ///
    /// # Errors
    /// `Unavailable` where it cannot be: then the answer must not be given.
    pub async fn record(&self, look: Look) -> Result<()> {
        self.record_all(vec![look]).await
    }

    /// Records several events; resolves when all are committed.
    ///
    /// # Errors
    /// As [`AuditWriter::record`].
    pub async fn record_all(&self, looks: Vec<Look>) -> Result<()> {
        let Some(queue) = &self.queue else { return Ok(()) };
        if looks.is_empty() {
            return Ok(());
        }
        let (done, committed) = oneshot::channel();
        queue.send(Waiting { looks, done }).await.map_err(|_| Error::unavailable("the audit writer ended"))?;
        match committed.await {
            Ok(true) => Ok(()),
            _ => Err(Error::unavailable("the look could not be recorded")),
        }
    }
}

async fn write(pool: PgPool, mut waiting: mpsc::Receiver<Waiting>, failures: Arc<AtomicU64>) {
    let mut batch = Vec::new();
    let mut busy = false;
    while waiting.recv_many(&mut batch, BATCH).await > 0 {
        if busy && batch.len() < BATCH {
            tokio::time::sleep(GATHER).await;
            // What is there now; none where the last handle went meanwhile.
            while batch.len() < BATCH && let Ok(more) = waiting.try_recv() {
                batch.push(more);
            }
        }
        busy = batch.len() > 1;
        let mut looks = Vec::with_capacity(batch.len());
        let mut told = Vec::with_capacity(batch.len());
        for Waiting { looks: more, done } in batch.drain(..) {
            looks.extend(more);
            told.push(done);
        }
        let result = store(&pool, &looks).await;
        if let Err(error) = &result {
            failures.fetch_add(looks.len() as u64, Ordering::Relaxed);
            tracing::error!(%error, events = looks.len(), "looks could not be recorded");
        }
        for done in told {
            // A caller that went away needs no answer.
            let _gone = done.send(result.is_ok());
        }
    }
}

async fn store(pool: &PgPool, looks: &[Look]) -> Result<(), sqlx::Error> {
    let mut connection = pool.acquire().await?;
    insert(&mut connection, looks).await
}
