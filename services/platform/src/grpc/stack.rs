//! The layers that every call passes, in their order, in one place.

use std::{collections::HashMap, panic::AssertUnwindSafe, sync::Arc, time::{Duration, Instant}};

use access::policy::{MethodPolicy, PolicyTable};
use bytes::Bytes;
use futures::FutureExt;
use http::{HeaderMap, Request, Response};
use tokio::{sync::{OwnedSemaphorePermit, Semaphore}, time::timeout_at};
use tonic::{Code, Status, body::Body, service::Routes};
use tower::Service;
use tracing::{Instrument, Span, field};
use uuid::Uuid;

use super::{deadline, gate, hold::{Hold, status_code}, intake::Intake, snapshots::SnapshotSource, trail::{DENIED, Look, Trail}};
use crate::{
    Ctx, Error, Result,
    auth::authenticate::{Caller, REQUEST_ID, authenticate},
    clock::Clock,
    config::LimitsSection,
    context::CtxParts,
    error::Kind,
    telemetry::{self, RpcMetrics},
    tls::PeerIdentity,
    tokens::TokenVerifier,
};

/// The layers of one service's server.
pub(super) struct Stack {
    pub name: &'static str,
    pub routes: Routes,
    pub methods: HashMap<String, Arc<MethodPolicy>>,
    pub limits: LimitsSection,
    pub verifier: TokenVerifier,
    pub clock: Clock,
    pub snapshots: SnapshotSource,
    pub trail: Arc<dyn Trail>,
    pub metrics: RpcMetrics,
    pub slots: Arc<Semaphore>,
}

/// Policies by path, shared with the contexts of requests.
pub(super) fn methods(table: &PolicyTable) -> HashMap<String, Arc<MethodPolicy>> {
    table.iter().map(|policy| (policy.path.clone(), Arc::new(policy.clone()))).collect()
}

/// The answer to a caller whose time is over.
pub(super) fn too_late() -> Error {
    Error::new(Kind::DeadlineExceeded, "DEADLINE_EXCEEDED", "This took too long. Try again.")
}

impl Stack {
    /// Answers one call.
    pub async fn handle<B>(self: Arc<Self>, request: Request<B>, peer: Arc<PeerIdentity>) -> Response<Body>
    where
        B: http_body::Body<Data = Bytes> + Send + Unpin + 'static,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        // 1. trace: a span that continues the caller's trace, and the metrics. Only known methods get a name.
        let policy = self.methods.get(request.uri().path()).cloned();
        let method: Arc<str> = policy.as_ref().map_or_else(|| Arc::from("unknown"), |p| Arc::from(p.path.as_str()));
        let request_id = request_id(request.headers()).unwrap_or_else(|| crate::ids::new_id(self.clock.now()));
        let span = tracing::info_span!("rpc", otel.name = &*method, otel.kind = "server", accord.service = self.name, %request_id, code = field::Empty);
        telemetry::continue_from_headers(&span, request.headers());
        let mut finish = Finish::start(self.metrics.clone(), method, span.clone());
        let answer = async {
            // 2. catch-panic: a panic of a handler is one failed request, not a dead process.
            let guarded = AssertUnwindSafe(self.admitted(request, &peer, policy, request_id, &mut finish));
            guarded.catch_unwind().await.unwrap_or_else(|_| Err(Error::fault("a handler panicked").into()))
        };
        match answer.instrument(span).await {
            Ok((response, Some(hold))) => response.map(|body| hold.wrap(body, finish)),
            Ok((response, None)) => {
                finish.code(status_code(response.headers()));
                response
            }
            Err(status) => {
                finish.code(status.code());
                status.into_http()
            }
        }
    }

    async fn admitted<B>(&self, request: Request<B>, peer: &PeerIdentity, policy: Option<Arc<MethodPolicy>>, request_id: Uuid, finish: &mut Finish) -> Result<(Response<Body>, Option<Hold>), Status>
    where
        B: http_body::Body<Data = Bytes> + Send + Unpin + 'static,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        // 3. load shed and 4. concurrency limit: one more than fits is refused at once, never queued.
        let Ok(slot) = self.slots.clone().try_acquire_owned() else {
            return Err(Error::new(Kind::ResourceExhausted, "OVERLOADED", "The service is busy. Try again.").retry_after(Duration::from_secs(1)).into());
        };
        finish.slot = Some(slot);
        // 5. message size: a message that is too long is refused by its prefix.
        let limit = self.limits.message_bytes;
        let request = request.map(|body| Body::new(Intake::new(body, limit)));
        // 6. deadline: DEADLINE_EXCEEDED a little before the caller gives up; the body is under it too (`hold`).
        let time = deadline::of_request(request.headers(), Duration::from_millis(self.limits.deadline_ms))?;
        let deadline = Instant::now() + time;
        timeout_at(deadline.into(), self.authorised(request, peer, policy, request_id, deadline)).await.unwrap_or_else(|_| Err(too_late().into()))
    }

    async fn authorised(&self, mut request: Request<Body>, peer: &PeerIdentity, policy: Option<Arc<MethodPolicy>>, request_id: Uuid, deadline: Instant) -> Result<(Response<Body>, Option<Hold>), Status> {
        // 7. authn: the peer's certificate and the token, or the certificate and the cause.
        let caller = authenticate(request.headers(), peer, &self.verifier, self.name).inspect_err(|error| tracing::warn!(?error, "nobody is known to be calling"))?;
        // 8. policy gate: no policy, no method; not for this caller, no call.
        let policy = policy.ok_or_else(|| Status::unimplemented(""))?;
        let ctx = match self.admit(&caller, &policy, request_id, deadline).await {
            Ok(ctx) => ctx,
            Err(error) => {
                self.tell_refusal(&caller, &policy, request_id, &error).await;
                return Err(error.into());
            }
        };
        request.extensions_mut().insert(ctx.clone());
        let response = match self.routes.clone().call(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        };
        // 9. audit hold and 10. mask: both on the answer's body; an answer without one is a refusal of the handler.
        let hold = Hold::new(ctx, policy, self.trail.clone(), deadline);
        if response.headers().contains_key("grpc-status") {
            let code = status_code(response.headers());
            hold.tell_refusal(code).await;
            if code == Code::Ok {
                return Err(Error::fault("an answer that ended before its body").into());
            }
            // A refusal has no body; whatever stood there was never masked.
            return Ok((response.map(|_| Body::empty()), None));
        }
        Ok((response, Some(hold)))
    }

    async fn admit(&self, caller: &Caller, policy: &Arc<MethodPolicy>, request_id: Uuid, deadline: Instant) -> Result<Ctx> {
        let snapshot = match (&caller.claims, caller.principal.subject()) {
            (Some(claims), Some(_)) => Some(self.snapshots.get(claims.tenant, claims.epoch).await?),
            _ => None,
        };
        let permit = gate::admit(policy, &caller.principal, snapshot.as_deref(), self.clock.now().timestamp())?;
        Ok(Ctx::new(CtxParts {
            principal: caller.principal.clone(),
            clock: self.clock.clone(),
            deadline,
            request_id,
            method: Some(policy.clone()),
            snapshot,
            permit,
            token: caller.token.clone(),
            proved_at: caller.claims.as_ref().and_then(|c| chrono::DateTime::from_timestamp(c.auth_at?, 0)),
        }))
    }

    /// Records a refusal at the gate; the caller gets the refusal whether that succeeds or not.
    async fn tell_refusal(&self, caller: &Caller, policy: &MethodPolicy, request_id: Uuid, error: &Error) {
        if error.kind() != Kind::PermissionDenied {
            return;
        }
        let mut look = Look::new(&caller.principal, self.clock.now(), request_id, policy, DENIED);
        look.reason = Some(error.reason().to_owned());
        if let Err(error) = self.trail.keep(vec![look]).await {
            tracing::error!(?error, "a refusal is not in the audit trail");
        }
    }
}

fn request_id(headers: &HeaderMap) -> Option<Uuid> {
    Uuid::try_parse(headers.get(REQUEST_ID)?.to_str().ok()?).ok()
}

/// Counts a call when it is over, and gives its slot back then: at the last frame, or when the caller goes away.
pub(super) struct Finish {
    metrics: RpcMetrics,
    method: Arc<str>,
    started: Instant,
    code: Code,
    span: Span,
    slot: Option<OwnedSemaphorePermit>,
}

impl Finish {
    pub fn start(metrics: RpcMetrics, method: Arc<str>, span: Span) -> Self {
        metrics.started();
        Self { metrics, method, started: Instant::now(), code: Code::Cancelled, span, slot: None }
    }

    /// Sets the code that the caller gets.
    pub fn code(&mut self, code: Code) {
        self.code = code;
    }
}

impl Drop for Finish {
    fn drop(&mut self) {
        self.span.record("code", field::debug(self.code));
        self.metrics.finished(&self.method, self.code, self.started.elapsed());
    }
}
