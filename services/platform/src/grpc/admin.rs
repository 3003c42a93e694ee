//! The plaintext port for probes and metrics: /livez, /readyz, /metrics. Nothing about anybody goes out here.

use std::{collections::BTreeMap, sync::{Arc, Mutex}};

use axum::{Router, extract::State, http::{StatusCode, header}, response::IntoResponse, routing::get};
use futures::future::{BoxFuture, join_all};
use opentelemetry::{KeyValue, metrics::Gauge};
use tokio::net::TcpListener;

use crate::{Result, lifecycle::Shutdown, telemetry::{SERVICE, Telemetry}};

/// One question of readiness: own database and schema version, keys, shred list. A dead broker is no reason to be unready.
pub type Check = Arc<dyn Fn() -> BoxFuture<'static, Result<()>> + Send + Sync>;

/// The questions of every service in the process; clones share them.
#[derive(Clone, Default)]
pub struct Checks(Arc<Mutex<Vec<(String, Check)>>>);

impl Checks {
    /// Adds a question; its name is shown where it fails.
    pub fn register(&self, name: impl Into<String>, check: Check) {
        if let Ok(mut checks) = self.0.lock() {
            checks.push((name.into(), check));
        }
    }

    /// Asks all at once; answers the names of those that failed.
    pub async fn failing(&self) -> Vec<String> {
        self.states().await.into_iter().filter(|(_, ready)| !ready).map(|(name, _)| name).collect()
    }

    /// Asks all at once; answers each name and whether it is ready.
    pub async fn states(&self) -> Vec<(String, bool)> {
        let checks = self.0.lock().map(|c| c.clone()).unwrap_or_default();
        let asked = checks.into_iter().map(|(name, check)| async move {
            let answer = check().await;
            if let Err(error) = &answer {
                tracing::warn!(?error, check = name, "not ready");
            }
            (name, answer.is_ok())
        });
        join_all(asked).await
    }
}

#[derive(Clone)]
struct Admin {
    telemetry: Telemetry,
    checks: Checks,
    shutdown: Shutdown,
    ready: Gauge<u64>,
}

/// Serves the port until the deadline of the stop, so that the last probes and scrapes are still answered.
///
/// # Errors
/// Those of the listener.
pub async fn serve(listener: TcpListener, telemetry: Telemetry, checks: Checks, shutdown: Shutdown) -> std::io::Result<()> {
    let deadline = shutdown.deadline_token();
    axum::serve(listener, router(telemetry, checks, shutdown)).with_graceful_shutdown(async move { deadline.cancelled().await }).await
}

fn router(telemetry: Telemetry, checks: Checks, shutdown: Shutdown) -> Router {
    let gauge = telemetry.meter().u64_gauge("accord.ready").with_description("1 where the service's database is there, its schema is new enough, its keys can be had and its shred list agrees").build();
    // Liveness is the event loop and nothing else: a restart does not heal a database.
    Router::new()
        .route("/livez", get(async || "ok\n"))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .with_state(Admin { telemetry, checks, shutdown, ready: gauge })
}

async fn ready(State(admin): State<Admin>) -> impl IntoResponse {
    if admin.shutdown.is_started() {
        return (StatusCode::SERVICE_UNAVAILABLE, "stopping\n".to_owned());
    }
    let failing = admin.checks.failing().await;
    if failing.is_empty() { (StatusCode::OK, "ok\n".to_owned()) } else { (StatusCode::SERVICE_UNAVAILABLE, format!("not ready: {}\n", failing.join(", "))) }
}

async fn metrics(State(admin): State<Admin>) -> impl IntoResponse {
    // Asked at each scrape: who probes readiness, and whether anybody does, differs between deployments.
    // A service is ready when all its questions are answered well.
    let mut services: BTreeMap<String, bool> = BTreeMap::new();
    for (name, ready) in admin.checks.states().await {
        *services.entry(name.split('.').next().unwrap_or_default().to_owned()).or_insert(true) &= ready;
    }
    for (service, ready) in services {
        admin.ready.record(ready.into(), &[KeyValue::new(SERVICE, service)]);
    }
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], admin.telemetry.metrics_text())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::Error;

    #[tokio::test]
    async fn what_fails_is_named() {
        let checks = Checks::default();
        assert!(checks.failing().await.is_empty());
        checks.register("case.database", Arc::new(|| Box::pin(async { Err(Error::unavailable("away")) })));
        checks.register("case.keys", Arc::new(|| Box::pin(async { Ok(()) })));
        checks.register("identity.database", Arc::new(|| Box::pin(async { Ok(()) })));
        assert_eq!(checks.failing().await, ["case.database"]);
        let telemetry = Telemetry::init(&crate::config::TelemetrySection::default()).unwrap();
        let ready = telemetry.meter().u64_gauge("accord.ready").build();
        let admin = Admin { telemetry: telemetry.clone(), checks, shutdown: Shutdown::new(Duration::ZERO, Duration::ZERO), ready };
        assert_eq!(metrics(State(admin)).await.into_response().status(), StatusCode::OK);
        let text = telemetry.metrics_text();
        for (service, expected) in [("case", "0"), ("identity", "1")] {
            let line = text.lines().find(|l| l.starts_with("accord_ready{") && l.contains(&format!("\"{service}\"")));
            assert!(line.is_some_and(|l| l.ends_with(&format!(" {expected}"))), "{text}");
        }
    }
}
