//! Life and death of a process: soft stop, drain, hard deadline (security.md 5.5).
//!
//! A stop has three moments. At *started* readiness fails, so that the load balancer looks elsewhere. After the
//! notice, at *draining*, nothing new is accepted: listeners close, consumers stop fetching. At the *deadline*
//! what is still running is aborted, because a peer that says nothing can keep a connection open for ever.

use std::{future::Future, path::PathBuf, sync::Arc, time::{Duration, SystemTime}};

use tokio::{signal::unix::{SignalKind, signal}, task::JoinHandle};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::config::LimitsSection;

/// How often files are looked at for a change.
const WATCH_EVERY: Duration = Duration::from_secs(1);

/// The stop of one process; clones share it.
#[derive(Clone, Debug)]
pub struct Shutdown(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    started: CancellationToken,
    draining: CancellationToken,
    deadline: CancellationToken,
    tasks: TaskTracker,
    notice: Duration,
    drain: Duration,
}

impl Shutdown {
    /// `notice` is the time between the failing readiness and the end of accepting, `drain` the time that work in
    /// progress then has.
    pub fn new(notice: Duration, drain: Duration) -> Self {
        Self(Arc::new(Inner {
            started: CancellationToken::new(),
            draining: CancellationToken::new(),
            deadline: CancellationToken::new(),
            tasks: TaskTracker::new(),
            notice,
            drain,
        }))
    }

    /// By the configuration: a fifth of `shutdown_seconds` is notice, the rest is for draining.
    pub fn of(limits: &LimitsSection) -> Self {
        let whole = Duration::from_secs(limits.shutdown_seconds);
        Self::new(whole / 5, whole - whole / 5)
    }

    /// Asks for the stop. May be called more than once.
    pub fn start(&self) {
        self.0.started.cancel();
    }

    /// Whether the stop was asked for: readiness must fail.
    pub fn is_started(&self) -> bool {
        self.0.started.is_cancelled()
    }

    /// Waits until the stop is asked for.
    pub async fn started(&self) {
        self.0.started.cancelled().await;
    }

    /// Whether nothing new may be accepted any more.
    pub fn is_draining(&self) -> bool {
        self.0.draining.is_cancelled()
    }

    /// Waits until nothing new may be accepted: listeners close, consumers stop fetching and finish what they hold.
    pub async fn draining(&self) {
        self.0.draining.cancelled().await;
    }

    /// Waits until time is over: whoever is still running ends at once.
    pub async fn deadline(&self) {
        self.0.deadline.cancelled().await;
    }

    /// A token that is cancelled at the deadline, to hand to others.
    pub fn deadline_token(&self) -> CancellationToken {
        self.0.deadline.clone()
    }

    /// Runs a task that the stop waits for; at the deadline it is dropped.
    pub fn spawn<F>(&self, task: F) -> JoinHandle<()>
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let deadline = self.0.deadline.clone();
        self.0.tasks.spawn(async move {
            tokio::select! {
                () = task => {}
                () = deadline.cancelled() => {}
            }
        })
    }

    /// Starts the stop at SIGTERM or SIGINT.
    ///
    /// # Errors
    /// Where the process cannot listen for signals.
    pub fn listen_for_signals(&self) -> std::io::Result<()> {
        let (mut term, mut int) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
        let shutdown = self.clone();
        tokio::spawn(async move {
            tokio::select! {
                _ = term.recv() => {}
                _ = int.recv() => {}
            }
            tracing::info!("stop asked for");
            shutdown.start();
        });
        Ok(())
    }

    /// Waits for the start of the stop and leads through it. Answers whether every task ended before the deadline.
    pub async fn complete(&self) -> bool {
        self.started().await;
        tokio::time::sleep(self.0.notice).await;
        self.0.draining.cancel();
        self.0.tasks.close();
        let in_time = tokio::time::timeout(self.0.drain, self.0.tasks.wait()).await.is_ok();
        self.0.deadline.cancel();
        if !in_time {
            tracing::warn!("work was still running at the end of the drain and is aborted");
            self.0.tasks.wait().await;
        }
        in_time
    }

    /// Calls `changed` whenever one of the files is another than before, until the stop drains. Kubernetes swaps a
    /// link to renew a secret, so the link's target is looked at.
    pub fn watch_files(&self, files: Vec<PathBuf>, changed: impl Fn() + Send + 'static) {
        let shutdown = self.clone();
        let mut known = stamps(&files);
        self.spawn(async move {
            let mut tick = tokio::time::interval(WATCH_EVERY);
            loop {
                tokio::select! {
                    _ = tick.tick() => {}
                    () = shutdown.draining() => return,
                }
                let now = stamps(&files);
                if now != known {
                    known = now;
                    changed();
                }
            }
        });
    }
}

/// What tells one version of each file from the next; `None` for a file that cannot be seen.
fn stamps(files: &[PathBuf]) -> Vec<Option<(SystemTime, u64)>> {
    files.iter().map(|file| std::fs::metadata(file).ok().and_then(|m| Some((m.modified().ok()?, m.len())))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn work_that_ends_is_waited_for() {
        let shutdown = Shutdown::new(Duration::ZERO, Duration::from_secs(60));
        let mine = shutdown.clone();
        shutdown.spawn(async move { mine.draining().await });
        assert!(!shutdown.is_started());
        shutdown.start();
        assert!(shutdown.complete().await);
        assert!(shutdown.is_draining());
    }

    #[tokio::test]
    async fn work_that_hangs_is_aborted_at_the_deadline() {
        let shutdown = Shutdown::new(Duration::ZERO, Duration::from_millis(5));
        let task = shutdown.spawn(std::future::pending());
        shutdown.start();
        assert!(!shutdown.complete().await);
        assert!(task.await.is_ok());
    }

    #[test]
    fn the_configured_time_is_shared_out() {
        let shutdown = Shutdown::of(&LimitsSection { shutdown_seconds: 25, ..LimitsSection::default() });
        assert_eq!((shutdown.0.notice, shutdown.0.drain), (Duration::from_secs(5), Duration::from_secs(20)));
    }
}
