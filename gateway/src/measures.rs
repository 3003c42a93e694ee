//! Rate, errors and duration of every route, for the alerts and dashboards of `deploy`.

use std::time::{Duration, Instant};

use axum::{
    extract::{MatchedPath, Request, State},
    middleware::Next,
    response::Response,
};
use http::{Method, StatusCode};
use opentelemetry::{
    KeyValue,
    metrics::{Counter, Histogram},
};
use platform::telemetry::{SERVICE, Telemetry};

/// Upper bounds of the histogram, in seconds.
const SECONDS: [f64; 12] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];
/// The route of an address that has none.
const NO_ROUTE: &str = "none";

/// The instruments `http.server.requests` and `http.server.duration`. Cheap to clone.
#[derive(Clone)]
pub struct RouteMetrics {
    requests: Counter<u64>,
    seconds: Histogram<f64>,
}

impl RouteMetrics {
    /// Makes them.
    #[must_use]
    pub fn new(telemetry: &Telemetry) -> Self {
        let meter = telemetry.meter();
        Self {
            requests: meter.u64_counter("http.server.requests").with_description("Requests that were answered, by route, method and status").build(),
            seconds: meter.f64_histogram("http.server.duration").with_unit("s").with_boundaries(SECONDS.to_vec()).with_description("Seconds from a request to the head of its answer").build(),
        }
    }

    /// Counts an answer. `route` is a template of the route map: an address itself names tenants and records, and anybody
    /// could make new rows with it.
    fn answered(&self, route: &str, method: &Method, status: StatusCode, took: Duration) {
        let method = match *method {
            Method::GET => "GET",
            Method::HEAD => "HEAD",
            Method::POST => "POST",
            _ => "OTHER",
        };
        let of = [KeyValue::new(SERVICE, "gateway"), KeyValue::new("route", route.to_owned()), KeyValue::new("method", method)];
        self.seconds.record(took.as_secs_f64(), &of);
        let [service, route, method] = of;
        self.requests.add(1, &[service, route, method, KeyValue::new("status", i64::from(status.as_u16()))]);
    }
}

/// Measures a request.
pub async fn measure(State(metrics): State<RouteMetrics>, request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let (route, method) = (request.extensions().get::<MatchedPath>().cloned(), request.method().clone());
    let response = next.run(request).await;
    metrics.answered(route.as_ref().map_or(NO_ROUTE, MatchedPath::as_str), &method, response.status(), begun.elapsed());
    response
}

#[cfg(test)]
mod tests {
    use axum::{Router, body::Body, middleware, routing::get};
    use platform::config::TelemetrySection;
    use tower::ServiceExt;

    use super::*;

    #[tokio::test]
    async fn requests_are_counted_by_route_and_never_by_address() {
        let telemetry = Telemetry::init(&TelemetrySection::default()).expect("telemetry");
        let inner = Router::new().route("/cases/{id}", get(|| async { "a case" }));
        let router: Router = Router::new().nest("/t/{slug}", inner).layer(middleware::from_fn_with_state(RouteMetrics::new(&telemetry), measure));
        for address in ["/t/secret/cases/17", "/t/secret/nowhere"] {
            router.clone().oneshot(Request::get(address).body(Body::empty()).expect("a request")).await.expect("an answer");
        }
        let text = telemetry.metrics_text();
        for (route, status) in [("/t/{slug}/cases/{id}", "200"), (NO_ROUTE, "404")] {
            let line = text.lines().find(|l| l.starts_with("http_server_requests_total{") && l.contains(&format!("route=\"{route}\"")));
            assert!(line.is_some_and(|l| l.contains(&format!("status=\"{status}\"")) && l.contains("method=\"GET\"") && l.ends_with(" 1")), "{text}");
        }
        assert!(text.contains("http_server_duration_seconds_bucket{") && !text.contains("secret"), "{text}");
    }
}
