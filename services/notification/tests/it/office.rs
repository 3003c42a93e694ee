//! A notification service with a safety gate whose answers the test decides.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{Router, body::Body, extract::State, response::Response};
use chrono::{DateTime, Utc};
use figment::{Figment, providers::Serialized};
use futures::stream;
use http_body_util::Full;
use notification::{NotificationService, events::Messages};
use platform::{
    app::Mode,
    events::{Consumer, Received},
    grpc::PeerChannel,
    ids,
    jobs::{JobCtx, Wake},
    lifecycle::Shutdown,
};
use prost::{Message, Name};
use prost_types::Timestamp;
use proto::{
    events::v1::{CaseAllocated, CaseOpened},
    identity::v1::ResolveStaffForSendingResponse,
    notification::v1::{self as wire, ListMessagesRequest, message_service_client::MessageServiceClient},
    people::v1::ResolveForSendingResponse,
};
use serde_json::{Value, json};
use tempfile::TempDir;
use testkit::{TestService, World};
use tokio::net::TcpListener;
use tonic::{service::Routes, transport::Server};
use uuid::Uuid;

/// Method of the gate → its answer; a method without one is not there.
type Answers = Arc<Mutex<HashMap<&'static str, Option<Vec<u8>>>>>;

pub const ENROLMENT: &str = "/accord.identity.v1.UserService/ResolveEnrolmentForSending";
pub const STAFF: &str = "/accord.identity.v1.UserService/ResolveStaffForSending";
pub const PARTICIPANT: &str = "/accord.people.v1.PeopleService/ResolveForSending";
/// Without an answer of the test's it says that every case is visible.
pub const VISIBLE_CASES: &str = "/accord.case.v1.CaseAccessService/VisibleCases";
pub const REFERRER: &str = "/accord.referral.v1.ReferralService/ResolveReferrerForSending";

pub struct Office {
    pub service: TestService,
    pub sink: TempDir,
    pub lead: Uuid,
    pub coordinator: Uuid,
    pub other_coordinator: Uuid,
    pub facilitator: Uuid,
    answers: Answers,
}

impl Office {
    pub async fn open() -> Self {
        Self::open_with(json!({})).await
    }

    /// With more configuration of the service.
    pub async fn open_with(more: Value) -> Self {
        let sink = tempfile::tempdir().expect("a folder");
        let gate = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let address = gate.local_addr().expect("its address").to_string();
        let figment = Figment::new()
            .merge(Serialized::default("notification.settings", json!({ "sink_dir": sink.path(), "web_url": "https://accord.example.org" })))
            .merge(Serialized::default("notification.settings", more))
            .merge(Serialized::default("peers", json!({ "identity": address, "case": address, "referral": address })));
        let mut people = [Uuid::nil(); 4];
        let service = TestService::start::<NotificationService>(Mode::SERVE, figment, |world: &mut World| {
            people = [
                world.user("partnership_lead", world.partnership),
                world.user("agency_coordinator", world.agency),
                world.user("agency_coordinator", world.other_agency),
                world.user("facilitator", world.team),
            ];
        })
        .await;
        let answers = Answers::default();
        let routes = Routes::from(Router::new().fallback(answer).with_state(answers.clone()));
        // One certificate for each of the three that are asked.
        let names = ["identity", "case", "referral"].map(|name| service.ca.identity(name).server());
        let incoming = stream::unfold((gate, names), |(gate, names)| async move {
            let (tcp, _) = gate.accept().await.ok()?;
            let start = tokio_rustls::LazyConfigAcceptor::new(Default::default(), tcp).await.ok()?;
            let name = start.client_hello().server_name().map(str::to_owned).unwrap_or_default();
            let at = ["identity", "case", "referral"].iter().position(|n| name.starts_with(n)).unwrap_or(0);
            Some((start.into_stream(names[at].clone()).await, (gate, names)))
        });
        tokio::spawn(Server::builder().add_routes(routes).serve_with_incoming(Box::pin(incoming)));
        let [lead, coordinator, other_coordinator, facilitator] = people;
        let office = Self { service, sink, lead, coordinator, other_coordinator, facilitator, answers };
        let staff = ResolveStaffForSendingResponse { allowed: true, email: "ada@work.example.com".into(), tenant_slug: "northmere".into(), ..Default::default() };
        office.gate(STAFF, &staff);
        office.gate(PARTICIPANT, &ResolveForSendingResponse { allowed: true, address: "07700900123".into(), ..Default::default() });
        office
    }

    pub fn gate(&self, method: &'static str, answer: &impl Message) {
        self.answers.lock().expect("answers").insert(method, Some(answer.encode_to_vec()));
    }

    /// The method answers that its service is away.
    pub fn away(&self, method: &'static str) {
        self.answers.lock().expect("answers").insert(method, None);
    }

    pub fn gate_away(&self, method: &str) {
        self.answers.lock().expect("answers").remove(method);
    }

    pub fn id(&self) -> Uuid {
        ids::new_id(self.service.clock.now())
    }

    pub fn now(&self) -> DateTime<Utc> {
        self.service.clock.now()
    }

    /// Tells an event twice; the second delivery has no effect.
    pub async fn tell<E: Message + Name>(&self, subject: Uuid, version: i64, event: &E) {
        let db = self.service.running.db.clone();
        let (tenant, id, occurred_at) = (self.service.world.tenant, self.id(), self.now());
        let received = Received {
            id, type_name: E::full_name(), source: "case".into(), tenant, subject, version, occurred_at, body: event.encode_to_vec().into(), trace: None,
        };
        let jobs = JobCtx::new("notification", db.clone(), self.service.clock.clone(), Shutdown::new(Duration::ZERO, Duration::ZERO));
        let consumer = Messages { db, wake: Wake::default() };
        for _ in 0..2 {
            consumer.handle(&jobs.ctx_for(tenant, id), &received).await.expect("an effect");
        }
    }

    pub async fn send(&self) {
        assert!(self.service.running.run_job("notification.send").await.expect("a run"));
    }

    /// A case of the agency.
    pub async fn case(&self) -> Uuid {
        let case = self.id();
        let opened = CaseOpened { case_id: case.to_string(), owner_node_id: self.service.world.team.to_string(), ..Default::default() };
        self.tell(case, 1, &opened).await;
        case
    }

    /// Allocates the case to the facilitator; answers the allocation.
    pub async fn allocate(&self, case: Uuid) -> Uuid {
        self.allocate_to(case, self.facilitator, "BOTH").await
    }

    /// Allocates the case to a user for a side; answers the allocation.
    pub async fn allocate_to(&self, case: Uuid, user: Uuid, side: &str) -> Uuid {
        let allocation = self.id();
        let event = CaseAllocated {
            case_id: case.to_string(), allocation_id: allocation.to_string(), user_id: user.to_string(), side: side.into(),
            case_reference: "RJ-7K4M-2QX9-C".into(), until: None,
        };
        self.tell(case, 2, &event).await;
        allocation
    }

    pub fn client(&self) -> MessageServiceClient<PeerChannel> {
        MessageServiceClient::new(self.service.channel())
    }

    pub async fn messages(&self, user: Uuid) -> Vec<wire::Message> {
        let request = self.service.as_user(user, ListMessagesRequest::default());
        self.client().list_messages(request).await.expect("a list").into_inner().messages
    }

    /// `template channel state reason`, oldest first.
    pub async fn states(&self) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        for m in self.messages(self.lead).await.into_iter().rev() {
            lines.push(format!("{} {} {} {}", m.template, m.channel, m.state, m.reason).trim_end().to_owned());
        }
        lines.sort();
        lines
    }

    /// Files of the sink, `mail` or `texts`.
    pub fn files(&self, kind: &str) -> Vec<String> {
        let folder = self.sink.path().join(self.service.world.tenant.to_string()).join(kind);
        let Ok(files) = std::fs::read_dir(folder) else { return Vec::new() };
        files.map(|f| std::fs::read_to_string(f.expect("a file").path()).expect("a text")).collect()
    }
}

async fn answer(State(answers): State<Answers>, request: axum::extract::Request) -> Response {
    let found = answers.lock().expect("answers").get(request.uri().path()).cloned();
    let found = match found {
        // The ids that are asked about stand in the same field as those of the answer.
        None if request.uri().path() == VISIBLE_CASES => {
            let asked = http_body_util::BodyExt::collect(request.into_body()).await.expect("a body").to_bytes();
            Some(asked.slice(5..).to_vec())
        }
        found => found.flatten(),
    };
    let (status, frame) = match found {
        Some(body) => ("0", [&[0][..], &(body.len() as u32).to_be_bytes(), &body].concat()),
        None => ("14", Vec::new()),
    };
    let trailers = http::HeaderMap::from_iter([(http::HeaderName::from_static("grpc-status"), http::HeaderValue::from_static(status))]);
    let body = http_body_util::BodyExt::with_trailers(Full::new(axum::body::Bytes::from(frame)), std::future::ready(Some(Ok(trailers))));
    Response::builder().header("content-type", "application/grpc").body(Body::new(body)).expect("an answer")
}

pub fn stamp(at: DateTime<Utc>) -> Option<Timestamp> {
    Some(Timestamp { seconds: at.timestamp(), nanos: 0 })
}
