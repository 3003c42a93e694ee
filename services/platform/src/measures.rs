//! What alerts look at beside the calls (`deploy/alerts`): waiting events, dead letters, failed audit writes and the end of
//! certificates. Every line carries [`SERVICE`].

use std::{sync::{Arc, atomic::{AtomicU64, Ordering}}, time::Duration};

use opentelemetry::{KeyValue, metrics::Gauge};

use crate::{
    Clock, Db, Result,
    audit::seal::sealer,
    events::{Broker, dead},
    lifecycle::Shutdown,
    telemetry::{SERVICE, Telemetry},
    tls::Identity,
};

/// How often a worker looks at its outbox and its dead letters.
const EVERY: Duration = Duration::from_secs(30);

/// What a worker measures by asking. Every process asks for itself: a value of one that lost a lock would stand for ever.
pub(crate) struct Backlog {
    service: &'static str,
    db: Db,
    broker: Broker,
    clock: Clock,
    stop: Shutdown,
    oldest: Gauge<f64>,
    dead: Gauge<u64>,
    unsealed: Gauge<f64>,
}

impl Backlog {
    /// The instruments `accord.outbox.oldest`, `accord.dead_letter.messages` and `accord.audit.seal_lag`.
    pub(crate) fn new(telemetry: &Telemetry, db: &Db, broker: &Broker, clock: &Clock, stop: &Shutdown) -> Self {
        let meter = telemetry.meter();
        Self {
            service: db.service(),
            db: db.clone(),
            broker: broker.clone(),
            clock: clock.clone(),
            stop: stop.clone(),
            oldest: meter.f64_gauge("accord.outbox.oldest").with_unit("s").with_description("Age of the oldest event that waits to be published").build(),
            dead: meter.u64_gauge("accord.dead_letter.messages").with_description("Messages that could not be worked, by queue").build(),
            unsealed: meter.f64_gauge("accord.audit.seal_lag").with_unit("s").with_description("Age of the oldest audit event that is in no sealed batch").build(),
        }
    }

    /// Runs until the stop drains.
    pub(crate) async fn run(self) {
        while !self.stop.is_draining() {
            tokio::select! {
                () = self.stop.draining() => return,
                () = self.look() => {}
            }
            tokio::select! {
                () = self.stop.draining() => return,
                () = tokio::time::sleep(EVERY) => {}
            }
        }
    }

    /// What cannot be asked keeps its value: readiness and the relay's own age tell of a server that is away.
    async fn look(&self) {
        for (of, result) in [("outbox", self.outbox().await), ("dead letters", self.dead_letters().await), ("the seal", self.unsealed().await)] {
            if let Err(error) = result {
                tracing::debug!("accord.service" = self.service, ?error, of, "not measured");
            }
        }
    }

    async fn outbox(&self) -> Result<()> {
        let oldest = sqlx::query_scalar!("SELECT min(occurred_at) FROM platform.outbox WHERE published_at IS NULL").fetch_one(self.db.platform()).await?;
        let age = oldest.map_or(0.0, |at| (self.clock.now() - at).as_seconds_f64().max(0.0));
        self.oldest.record(age, &[KeyValue::new(SERVICE, self.service)]);
        Ok(())
    }

    async fn unsealed(&self) -> Result<()> {
        let oldest = sealer::oldest_unsealed(self.db.platform()).await?;
        let age = oldest.map_or(0.0, |at| (self.clock.now() - at).as_seconds_f64().max(0.0));
        self.unsealed.record(age, &[KeyValue::new(SERVICE, self.service)]);
        Ok(())
    }

    async fn dead_letters(&self) -> Result<()> {
        for (queue, messages) in dead::counts_of(&self.broker, self.service).await? {
            self.dead.record(messages.into(), &[KeyValue::new(SERVICE, self.service), KeyValue::new("queue", queue)]);
        }
        Ok(())
    }
}

/// Shows `accord.audit.write_failures`, looks that could not be recorded.
pub(crate) fn show_audit(telemetry: &Telemetry, service: &'static str, failures: Arc<AtomicU64>) {
    let meter = telemetry.meter();
    let instrument = meter.u64_observable_counter("accord.audit.write_failures").with_description("Looks that could not be recorded");
    instrument.with_callback(move |o| o.observe(failures.load(Ordering::Relaxed), &[KeyValue::new(SERVICE, service)])).build();
}

/// Shows `accord.certificate.expiry_timestamp`, the end of the certificate that `service` shows to others.
pub fn show_certificate(telemetry: &Telemetry, service: &'static str, identity: &Identity) {
    let identity = identity.clone();
    let meter = telemetry.meter();
    let instrument = meter.i64_observable_gauge("accord.certificate.expiry_timestamp").with_unit("s").with_description("End of the service's certificate, in seconds of 1970");
    instrument.with_callback(move |o| o.observe(identity.expires(), &[KeyValue::new(SERVICE, service)])).build();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::TelemetrySection;

    #[test]
    fn failures_are_shown_for_each_service_from_the_first_scrape() {
        let telemetry = Telemetry::init(&TelemetrySection::default()).unwrap();
        let failures = Arc::new(AtomicU64::new(0));
        show_audit(&telemetry, "test-one", Arc::clone(&failures));
        show_audit(&telemetry, "test-two", Arc::default());
        failures.store(3, Ordering::Relaxed);
        let text = telemetry.metrics_text();
        for (service, expected) in [("test-one", "3"), ("test-two", "0")] {
            let line = text.lines().find(|l| l.starts_with("accord_audit_write_failures_total{") && l.contains(service));
            assert!(line.is_some_and(|l| l.ends_with(&format!(" {expected}"))), "{text}");
        }
    }
}
