//! One trace through the gateway, a service, the broker and a consumer, as a collector receives it.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use integration_tests::{
    rpc::{Edge, Rpc},
    stack::Stack,
    story,
    wait::until,
};
use opentelemetry_proto::tonic::{
    collector::trace::v1::{
        ExportTraceServiceRequest, ExportTraceServiceResponse,
        trace_service_server::{TraceService, TraceServiceServer},
    },
    common::v1::any_value,
    trace::v1::Span,
};
use proto::referral::v1::{SubmitReferralRequest, SubmitReferralResponse};
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request, Response, Status};

/// A collector that keeps what it is sent.
#[derive(Clone, Default)]
struct Collector(Arc<Mutex<Vec<Span>>>);

#[tonic::async_trait]
impl TraceService for Collector {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        let spans = request
            .into_inner()
            .resource_spans
            .into_iter()
            .flat_map(|r| r.scope_spans)
            .flat_map(|s| s.spans);
        self.0
            .lock()
            .map_err(|_| Status::internal("a test panicked"))?
            .extend(spans);
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

/// A text attribute of a span.
fn attribute<'s>(span: &'s Span, key: &str) -> Option<&'s str> {
    let value = span
        .attributes
        .iter()
        .find(|a| a.key == key)?
        .value
        .as_ref()?
        .value
        .as_ref()?;
    if let any_value::Value::StringValue(text) = value {
        Some(text)
    } else {
        None
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_referral_is_one_trace_from_the_edge_to_the_consumer() {
    let collector = Collector::default();
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let endpoint = format!("http://{}", listener.local_addr().expect("its address"));
    let service =
        tonic::transport::Server::builder().add_service(TraceServiceServer::new(collector.clone()));
    let serving = tokio::spawn(service.serve_with_incoming(TcpListenerStream::new(listener)));
    let stack = tokio::task::block_in_place(|| {
        Stack::own(&[("ACCORD__TELEMETRY__OTLP_ENDPOINT", &endpoint)])
    });
    collector.0.lock().expect("no test panicked").clear();

    let rpc = Rpc::new(&stack);
    let tenant = stack.demo.partnership();
    let family = story::family_name(&rpc);
    let edge = Edge::new(&stack, &tenant.service_accounts[0]);
    let request = SubmitReferralRequest {
        request_id: rpc.new_id(),
        input: Some(story::professional_input(&family)),
        owner_node_id: String::new(),
    };
    let sent: SubmitReferralResponse = edge
        .ask("referral.v1.ReferralService/SubmitReferral", &request)
        .await
        .expect("the referral is taken");

    // Each process sends its spans in batches of its own, so a trace is looked at when all of it has come.
    until("one whole trace of the gateway, the referral service and a consumer of another service", async || {
        let mut traces: BTreeMap<Vec<u8>, Vec<Span>> = BTreeMap::new();
        for span in collector.0.lock().expect("no test panicked").iter() {
            traces.entry(span.trace_id.clone()).or_default().push(span.clone());
        }
        traces.into_values().find(|spans| {
            let of = |service: &str| spans.iter().any(|s| attribute(s, "accord.service") == Some(service));
            let consumed = spans.iter().any(|s| attribute(s, "consumer").is_some() && attribute(s, "accord.service") != Some("referral"));
            let roots: Vec<&Span> = spans.iter().filter(|s| !spans.iter().any(|other| other.span_id == s.parent_span_id)).collect();
            let begun_at_the_edge = matches!(roots.as_slice(), [root] if attribute(root, "accord.service") == Some("gateway"));
            of("referral") && consumed && begun_at_the_edge
        })
    })
    .await;
    // What goes to a collector names nobody.
    let told = format!("{:?}", collector.0.lock().expect("no test panicked"));
    for word in [family.as_str(), "Maren", "Rufus", "07700", "jewellery"] {
        assert!(!told.contains(word), "a span says {word}");
    }
    assert!(!sent.reference.is_empty());
    drop(stack);
    serving.abort();
}
