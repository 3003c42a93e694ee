//! The web gateway: server-rendered pages for people and the gRPC edge for partner systems.
//!
//! It composes pages from calls to the services and owns no rule, no table and no signing key. A request passes
//! `listener` → `headers` → `routes` → `page` (tenant, session) → `pages/<area>/<page>`.

pub mod agent;
mod assets;
pub mod config;
pub mod cookies;
pub mod edge;
pub mod error_page;
pub mod forms;
pub mod headers;
pub mod limit;
pub mod listener;
pub mod measures;
pub mod page;
pub mod pages;
pub mod routes;
mod source;
pub mod state;
pub mod step_up;
pub mod text;
pub mod view;

use std::{net::SocketAddr, sync::Arc, time::Duration};

use access::policy::PolicyTable;
use axum::extract::ConnectInfo;
use figment::Figment;
use platform::{
    Error, Result,
    app::Shared,
    config::{ConfigErrors, PeersSection, Reader, RedisSection, TlsSection},
    grpc::Peers,
    measures::show_certificate,
    tls::{Identity, TlsFiles},
};
use tokio::net::TcpListener;
use tower::ServiceExt;
use tracing::Instrument;

use crate::{config::GatewaySection, edge::Edge, limit::Limiter, listener::PublicTls, state::App, view::Views};

/// Bytes of a posted form.
const FORM_BYTES: usize = 1024 * 1024;
/// Time that a start gives Redis; without it limits are counted in process.
const REDIS_START: Duration = Duration::from_millis(500);

/// Where a running gateway listens.
#[derive(Clone, Copy, Debug)]
pub struct Running {
    /// HTTPS for people.
    pub web: SocketAddr,
    /// gRPC for partner systems.
    pub grpc: SocketAddr,
}

/// Listeners that the caller bound before, so that their ports are known.
pub struct Listeners {
    /// HTTPS for people.
    pub web: TcpListener,
    /// gRPC for partner systems.
    pub grpc: TcpListener,
}

struct Sections {
    gateway: GatewaySection,
    peers: PeersSection,
    tls: TlsSection,
    redis: RedisSection,
}

fn read(figment: &Figment) -> Result<Sections, ConfigErrors> {
    let mut reader = Reader::new(figment);
    let sections = Sections { gateway: reader.section(), peers: reader.section(), tls: reader.section(), redis: reader.section() };
    reader.finish()?;
    Ok(sections)
}

/// Checks the gateway's configuration.
///
/// # Errors
/// Every mistake.
pub fn check_config(figment: &Figment) -> Result<(), ConfigErrors> {
    read(figment).map(drop)
}

/// Binds the configured addresses.
///
/// # Errors
/// The configuration's mistakes, or an address that cannot be had, by its key.
pub async fn bind(figment: &Figment) -> anyhow::Result<Listeners> {
    let sections = read(figment)?;
    let bind = async |key: &str, listen: SocketAddr| TcpListener::bind(listen).await.map_err(|e| anyhow::anyhow!("{key}: cannot listen on {listen}: {e}"));
    Ok(Listeners { web: bind("gateway.web.listen", sections.gateway.web.listen).await?, grpc: bind("gateway.grpc.listen", sections.gateway.grpc.listen).await? })
}

/// Starts the gateway; it ends with the process's shutdown.
///
/// # Errors
/// The configuration's mistakes, missing web packages, certificates that cannot be read.
pub async fn start(figment: &Figment, shared: &Shared, listeners: Listeners) -> anyhow::Result<Running> {
    let Sections { gateway, peers, tls, redis } = read(figment)?;
    let fault = |error: Error| anyhow::anyhow!("gateway: {error:?}");
    let identity = Identity::load(TlsFiles { certificate: gateway.certificate.clone(), private_key: gateway.private_key.clone(), ca: tls.ca.clone() }).map_err(fault)?;
    identity.watch(&shared.shutdown);
    show_certificate(&shared.telemetry, "gateway", &identity);
    let peers = Peers::connect(&peers, &identity).map_err(fault)?;
    let views = Views::load(&gateway.web.packages).map_err(|e| anyhow::anyhow!("gateway.web.packages: {e}"))?;
    let limiter = Limiter::new(gateway.web.posts_per_minute, connect_redis(&redis).await, &redis.prefix);
    let app = App::new(views, peers, shared.clock.clone(), limiter);
    let policies = Arc::new(PolicyTable::from_pool(proto::pool()).map_err(|errors| anyhow::anyhow!("{errors:?}"))?);

    let running = Running { web: listeners.web.local_addr()?, grpc: listeners.grpc.local_addr()? };
    let web = PublicTls { certificate: gateway.web.certificate.clone(), private_key: gateway.web.private_key.clone(), client_ca: None, alpn: &["h2", "http/1.1"] };
    let router = routes::router(app.clone(), &shared.telemetry).layer(axum::extract::DefaultBodyLimit::max(FORM_BYTES));
    let proxies: Arc<[ipnet::IpNet]> = gateway.web.trusted_proxies.into();
    listener::serve(web, listeners.web, &shared.shutdown, move |peer, request| {
        let (router, proxies) = (router.clone(), Arc::clone(&proxies));
        async move {
            let mut request = request.map(axum::body::Body::new);
            let from = source::source(peer.address, request.headers(), &proxies);
            request.extensions_mut().insert(ConnectInfo(from));
            // The method alone: a path holds ids, and the calls below name what was asked for.
            let span = tracing::info_span!("page", otel.kind = "server", accord.service = "gateway", method = %request.method());
            router.oneshot(request).instrument(span).await.unwrap_or_else(|never| match never {})
        }
    })
    .map_err(fault)?;

    let public = PublicTls { certificate: gateway.grpc.certificate.clone(), private_key: gateway.grpc.private_key.clone(), client_ca: Some(gateway.grpc.partner_ca.clone()), alpn: &["h2"] };
    let edge = Edge::new(app, policies);
    listener::serve(public, listeners.grpc, &shared.shutdown, move |peer, request| {
        let span = tracing::info_span!("edge", otel.kind = "server", accord.service = "gateway");
        edge.clone().handle(peer, request).instrument(span)
    }).map_err(fault)?;
    Ok(running)
}

async fn connect_redis(section: &RedisSection) -> Option<redis::aio::ConnectionManager> {
    if !section.url.is_set() {
        return None;
    }
    let client = redis::Client::open(section.url.expose()).inspect_err(|_| tracing::warn!("redis.url cannot be read; limits are counted in process")).ok()?;
    let config = redis::aio::ConnectionManagerConfig::new();
    match tokio::time::timeout(REDIS_START, redis::aio::ConnectionManager::new_with_config(client, config)).await {
        Ok(Ok(manager)) => Some(manager),
        _ => {
            tracing::warn!("Redis does not answer; limits are counted in process");
            None
        }
    }
}
