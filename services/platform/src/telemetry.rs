//! Logs, traces and metrics of one process.
//!
//! One subscriber and one tracer provider serve every service of the process; each line of metrics carries
//! `accord.service`. Nothing personal goes in: methods, codes and ids only.

use std::{sync::{Arc, OnceLock}, time::Duration};

use http::HeaderMap;
use opentelemetry::{
    Context, KeyValue,
    metrics::{Counter, Histogram, Meter, MeterProvider, UpDownCounter},
    propagation::{Extractor, Injector, TextMapPropagator},
    trace::{TraceContextExt, TracerProvider},
};
use opentelemetry_otlp::WithExportConfig;
use opentelemetry_sdk::{Resource, metrics::SdkMeterProvider, propagation::TraceContextPropagator, trace::SdkTracerProvider};
use tonic::Code;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::{EnvFilter, Layer, filter::{LevelFilter, Targets}, layer::SubscriberExt, util::SubscriberInitExt};

/// Crates whose spans make up a trace.
const TRACED: [&str; 8] = ["platform", "identity", "referral", "case", "notification", "reporting", "gateway", "accord"];

use crate::{Error, Result, config::TelemetrySection};

/// Attribute that tells the services of one process apart.
pub const SERVICE: &str = "accord.service";
/// Upper bounds of the duration histograms, in seconds.
const SECONDS: [f64; 12] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];

/// The process's telemetry; clones share it.
#[derive(Clone)]
pub struct Telemetry(Arc<Inner>);

struct Inner {
    registry: prometheus::Registry,
    meters: SdkMeterProvider,
    traces: Option<SdkTracerProvider>,
}

impl Telemetry {
    /// Starts logs, traces and metrics. A second call in the same process answers what the first one started.
    ///
    /// # Errors
    /// `Internal` where the filter or the OTLP address cannot be read.
    pub fn init(section: &TelemetrySection) -> Result<Self> {
        static STARTED: OnceLock<Telemetry> = OnceLock::new();
        if let Some(started) = STARTED.get() {
            return Ok(started.clone());
        }
        let telemetry = Self::build(section)?;
        let tracer = telemetry.0.traces.as_ref().map(|t| t.tracer("accord"));
        let lines = match section.log_format.as_str() {
            "json" => tracing_subscriber::fmt::layer().json().flatten_event(true).with_writer(std::io::stderr).boxed(),
            _ => tracing_subscriber::fmt::layer().with_writer(std::io::stderr).boxed(),
        };
        // Whoever uses the broker tells what went wrong in words of their own; its library also calls an ordered end an error.
        let log = if section.log.contains("lapin") { section.log.clone() } else { format!("{},lapin=off", section.log) };
        let filter = EnvFilter::try_new(&log).map_err(|e| Error::fault(format!("telemetry.log: {e}")))?;
        // The log's filter is for the log: a trace with holes in it tells nothing.
        let spans = tracer.map(|t| tracing_opentelemetry::layer().with_tracer(t).with_filter(Targets::new().with_targets(TRACED.map(|name| (name, LevelFilter::INFO)))));
        let subscriber = tracing_subscriber::registry().with(lines.with_filter(filter)).with(spans);
        let telemetry = STARTED.get_or_init(|| telemetry).clone();
        if subscriber.try_init().is_err() {
            tracing::debug!("another subscriber was installed before; it stays");
        }
        Ok(telemetry)
    }

    fn build(section: &TelemetrySection) -> Result<Self> {
        let fault = |e: &dyn std::fmt::Display| Error::fault(format!("telemetry: {e}"));
        let resource = Resource::builder().with_service_name("accord").build();
        let registry = prometheus::Registry::new();
        let exporter = opentelemetry_prometheus::exporter().with_registry(registry.clone()).scope_info_enabled(false).build().map_err(|e| fault(&e))?;
        let meters = SdkMeterProvider::builder().with_reader(exporter).with_resource(resource.clone()).build();
        let traces = if section.otlp_endpoint.is_empty() {
            None
        } else {
            let exporter = opentelemetry_otlp::SpanExporter::builder().with_tonic().with_endpoint(&section.otlp_endpoint).build().map_err(|e| fault(&e))?;
            Some(SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource).build())
        };
        Ok(Self(Arc::new(Inner { registry, meters, traces })))
    }

    /// The meter that a service makes its instruments with; add [`SERVICE`] to each measurement.
    pub fn meter(&self) -> Meter {
        self.0.meters.meter("accord")
    }

    /// All metrics in Prometheus' text format.
    pub fn metrics_text(&self) -> String {
        prometheus::TextEncoder::new().encode_to_string(&self.0.registry.gather()).unwrap_or_default()
    }

    /// Sends what is still held back. Call it as the last thing of the process.
    pub fn flush(&self) {
        if let Some(traces) = &self.0.traces
            && let Err(error) = traces.shutdown_with_timeout(Duration::from_secs(2))
        {
            tracing::warn!(%error, "some traces were not sent");
        }
    }
}

/// Rate, errors and duration of every RPC of one service.
#[derive(Clone)]
pub struct RpcMetrics {
    service: &'static str,
    handled: Counter<u64>,
    seconds: Histogram<f64>,
    active: UpDownCounter<i64>,
}

impl RpcMetrics {
    /// The instruments `rpc.server.handled`, `rpc.server.duration` and `rpc.server.active`.
    pub fn new(telemetry: &Telemetry, service: &'static str) -> Self {
        let meter = telemetry.meter();
        Self {
            service,
            handled: meter.u64_counter("rpc.server.handled").with_description("Calls that were answered, by method and code").build(),
            seconds: meter.f64_histogram("rpc.server.duration").with_unit("s").with_boundaries(SECONDS.to_vec()).with_description("Seconds from the head of a call to its last frame").build(),
            active: meter.i64_up_down_counter("rpc.server.active").with_description("Calls in work").build(),
        }
    }

    /// A call began.
    pub fn started(&self) {
        self.active.add(1, &[KeyValue::new(SERVICE, self.service)]);
    }

    /// A call ended. `method` must come from the policy table, so that callers cannot make new rows.
    pub fn finished(&self, method: &str, code: Code, took: Duration) {
        let service = KeyValue::new(SERVICE, self.service);
        self.active.add(-1, std::slice::from_ref(&service));
        let method = KeyValue::new("method", method.to_owned());
        self.handled.add(1, &[service.clone(), method.clone(), KeyValue::new("code", format!("{code:?}"))]);
        self.seconds.record(took.as_secs_f64(), &[service, method]);
    }
}

struct HeaderWriter<'a>(&'a mut HeaderMap);

impl Injector for HeaderWriter<'_> {
    fn set(&mut self, key: &str, value: String) {
        if let (Ok(name), Ok(value)) = (http::HeaderName::try_from(key), http::HeaderValue::try_from(value)) {
            self.0.insert(name, value);
        }
    }
}

struct HeaderReader<'a>(&'a HeaderMap);

impl Extractor for HeaderReader<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key)?.to_str().ok()
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(http::HeaderName::as_str).collect()
    }
}

/// One `traceparent` text, as outbox rows and AMQP headers hold it.
#[derive(Default)]
struct Parent(Option<String>);

impl Injector for Parent {
    fn set(&mut self, key: &str, value: String) {
        if key == "traceparent" {
            self.0 = Some(value);
        }
    }
}

impl Extractor for Parent {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.as_deref().filter(|_| key == "traceparent")
    }

    fn keys(&self) -> Vec<&str> {
        vec!["traceparent"]
    }
}

/// Writes the current span's trace context into outgoing headers.
pub fn inject(headers: &mut HeaderMap) {
    TraceContextPropagator::new().inject_context(&Span::current().context(), &mut HeaderWriter(headers));
}

/// Makes a span the child of the trace that incoming headers name.
pub fn continue_from_headers(span: &Span, headers: &HeaderMap) {
    adopt(span, TraceContextPropagator::new().extract(&HeaderReader(headers)));
}

/// The current span's trace context as `traceparent`; `None` where nothing is traced.
pub fn traceparent() -> Option<String> {
    let mut parent = Parent::default();
    TraceContextPropagator::new().inject_context(&Span::current().context(), &mut parent);
    parent.0
}

/// Makes a span the child of the trace that a `traceparent` names.
pub fn continue_from(span: &Span, traceparent: Option<&str>) {
    if let Some(text) = traceparent {
        adopt(span, TraceContextPropagator::new().extract(&Parent(Some(text.to_owned()))));
    }
}

/// Links a span to the trace that a `traceparent` names: work that another request caused but does not wait for.
pub fn link_to(span: &Span, traceparent: Option<&str>) {
    if let Some(text) = traceparent {
        let context = TraceContextPropagator::new().extract(&Parent(Some(text.to_owned())));
        let linked = context.span().span_context().clone();
        if linked.is_valid() {
            span.add_link(linked);
        }
    }
}

fn adopt(span: &Span, context: Context) {
    if context.span().span_context().is_valid()
        && let Err(error) = span.set_parent(context)
    {
        tracing::trace!(%error, "the trace of the caller is not continued");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_counted_by_method_and_code() {
        let telemetry = Telemetry::build(&TelemetrySection::default()).unwrap();
        let metrics = RpcMetrics::new(&telemetry, "case");
        metrics.started();
        metrics.finished("/accord.case.v1.CaseService/GetCase", Code::NotFound, Duration::from_millis(7));
        let text = telemetry.metrics_text();
        for expected in ["rpc_server_handled_total", "code=\"NotFound\"", "accord_service=\"case\"", "rpc_server_duration_seconds_bucket"] {
            assert!(text.contains(expected), "{expected} is missing in\n{text}");
        }
    }

    #[test]
    fn a_broken_traceparent_is_ignored() {
        let span = tracing::info_span!("test");
        continue_from(&span, Some("not-a-trace"));
        link_to(&span, Some("00-0-0-0"));
        continue_from(&span, None);
    }
}
