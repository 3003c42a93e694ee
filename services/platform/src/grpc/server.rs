//! The listener of one service: an accept loop of our own, because certificates are renewed while it runs and
//! because a connection must not outlive its time.

use std::{sync::Arc, time::Duration};

use access::policy::PolicyTable;
use hyper::{body::Incoming, server::conn::http2, service::service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::{net::{TcpListener, TcpStream}, sync::Semaphore, time::timeout};
use tokio_rustls::{TlsAcceptor, server::TlsStream};
use tonic::service::Routes;

use super::{snapshots::SnapshotSource, stack::{Stack, methods}, trail::Trail};
use crate::{
    Error, Result,
    clock::Clock,
    config::LimitsSection,
    lifecycle::Shutdown,
    telemetry::{RpcMetrics, Telemetry},
    tls::{Identity, PeerIdentity},
    tokens::TokenVerifier,
};

/// Time for a TLS handshake.
const HANDSHAKE: Duration = Duration::from_secs(5);
/// Pause after a failed accept: it fails when file descriptors are used up, and at once again.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// Silence after which a peer is asked whether it is there, and time for its answer.
const KEEP_ALIVE: (Duration, Duration) = (Duration::from_secs(20), Duration::from_secs(10));
/// Bytes of all headers of a call; a token takes about 700.
const HEADER_BYTES: u32 = 16 * 1024;

/// What a server is made of.
pub struct ServerParts {
    /// Limits of connections, calls and messages.
    pub limits: LimitsSection,
    /// The service's certificate.
    pub identity: Identity,
    /// Verifies callers' tokens.
    pub verifier: TokenVerifier,
    /// The time.
    pub clock: Clock,
    /// Every method's policy.
    pub policies: Arc<PolicyTable>,
    /// The tenants' permissions.
    pub snapshots: SnapshotSource,
    /// Where looks and refusals are recorded.
    pub trail: Arc<dyn Trail>,
    /// Metrics and traces of the process.
    pub telemetry: Telemetry,
}

/// The gRPC server of one service.
pub struct Server {
    name: &'static str,
    parts: ServerParts,
}

impl Server {
    /// `name` is the service's name in tokens' `aud` and in certificates.
    pub fn new(name: &'static str, parts: ServerParts) -> Self {
        Self { name, parts }
    }

    /// Serves until the stop drains: then accepts no more, tells peers to go, and lets calls end until the deadline.
    /// The connections are tasks of `shutdown`, which waits for them.
    pub async fn serve(self, listener: TcpListener, routes: Routes, shutdown: Shutdown) {
        let ServerParts { limits, identity, verifier, clock, policies, snapshots, trail, telemetry } = self.parts;
        let slots = Arc::new(Semaphore::new(limits.concurrency.clamp(1, Semaphore::MAX_PERMITS)));
        let stack = Arc::new(Stack {
            name: self.name,
            routes: routes.prepare(),
            methods: methods(&policies),
            limits,
            verifier,
            clock,
            snapshots,
            trail,
            metrics: RpcMetrics::new(&telemetry, self.name),
            slots,
        });
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                () = shutdown.draining() => return,
            };
            match accepted {
                Ok((tcp, _)) => {
                    shutdown.spawn(connection(stack.clone(), identity.clone(), tcp, shutdown.clone()));
                }
                Err(error) => {
                    tracing::warn!(%error, "no connection could be accepted");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }
}

/// One connection, from its handshake to its end.
async fn connection(stack: Arc<Stack>, identity: Identity, tcp: TcpStream, shutdown: Shutdown) {
    let (tls, peer) = match timeout(HANDSHAKE, handshake(&identity, tcp)).await {
        Ok(Ok(found)) => found,
        Ok(Err(error)) => return tracing::info!(?error, "a handshake failed"),
        Err(_) => return tracing::info!("a handshake took too long"),
    };
    let peer = Arc::new(peer);
    let age = Duration::from_secs(stack.limits.connection_age_seconds);
    let grace = Duration::from_millis(stack.limits.deadline_ms) + HANDSHAKE;
    let streams = stack.limits.streams;
    let service = service_fn(move |request: http::Request<Incoming>| {
        let (stack, peer) = (stack.clone(), peer.clone());
        async move { Ok::<_, std::convert::Infallible>(stack.handle(request, peer).await) }
    });
    let connection = http2::Builder::new(TokioExecutor::new())
        .timer(TokioTimer::new())
        .max_concurrent_streams(streams)
        .max_header_list_size(HEADER_BYTES)
        .keep_alive_interval(KEEP_ALIVE.0)
        .keep_alive_timeout(KEEP_ALIVE.1)
        .serve_connection(TokioIo::new(tls), service);
    tokio::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => Some(ended),
        // Clients come anew, and so spread over new processes and see new certificates.
        () = tokio::time::sleep(age) => None,
        () = shutdown.draining() => None,
    };
    let ended = match ended {
        Some(ended) => ended,
        None => {
            connection.as_mut().graceful_shutdown();
            // A peer that says nothing would otherwise hold the connection for ever.
            match timeout(grace, connection.as_mut()).await {
                Ok(ended) => ended,
                Err(_) => return tracing::debug!("a connection outlived its grace and is closed"),
            }
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended with an error");
    }
}

async fn handshake(identity: &Identity, tcp: TcpStream) -> Result<(TlsStream<TcpStream>, PeerIdentity)> {
    let refused = |e: std::io::Error| Error::unauthenticated().source(e);
    tcp.set_nodelay(true).map_err(refused)?;
    let tls = TlsAcceptor::from(identity.server()).accept(tcp).await.map_err(refused)?;
    let certificate = tls.get_ref().1.peer_certificates().and_then(<[_]>::first).ok_or_else(Error::unauthenticated)?;
    let peer = PeerIdentity::of_certificate(certificate)?;
    Ok((tls, peer))
}
