//! The whole stack over real mutual TLS, with the one service that platform itself implements.

use std::{path::Path, sync::{Arc, Mutex}, time::Duration};

use access::policy::PolicyTable;
use bytes::Bytes;
use chrono::DateTime;
use futures::{StreamExt, future::BoxFuture, stream};
use http_body::Frame;
use http_body_util::StreamBody;
use proto::authz::v1::{self as wire, authorization_service_client::AuthorizationServiceClient};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, SanType};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsConnector;
use tonic::{Code, service::Routes};
use tower::ServiceExt;
use uuid::Uuid;

use super::{
    authorization::Authorization,
    call::{as_workload_of, with_token},
    client::Peers,
    peer::PeerChannel,
    server::{Server, ServerParts},
    snapshots::{EpochRows, SnapshotSource},
    trail::{Look, Trail},
};
use crate::{
    Clock, Kind, Result,
    config::{LimitsSection, PeersSection, TelemetrySection},
    lifecycle::Shutdown,
    telemetry::Telemetry,
    tls::{Identity, TlsFiles},
    tokens::{Mint, Strength, TokenKind, TokenSigner, TokenVerifier, generate_key_pair},
};

const TENANT: Uuid = Uuid::from_u128(1);
const TIME: Duration = Duration::from_secs(20);

struct Authority {
    pem: String,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self { pem: params.self_signed(&key).unwrap().pem(), issuer: Issuer::new(params, key) }
    }

    /// Writes the certificate of a service into a folder.
    fn write(&self, folder: &Path, name: &str) -> TlsFiles {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec![format!("{name}.accord.internal")]).unwrap();
        params.subject_alt_names.push(SanType::URI(format!("spiffe://accord/service/{name}").try_into().unwrap()));
        let files = TlsFiles { certificate: folder.join(format!("{name}.crt")), private_key: folder.join(format!("{name}.key")), ca: folder.join(format!("{name}.ca")) };
        std::fs::write(&files.certificate, params.signed_by(&key, &self.issuer).unwrap().pem()).unwrap();
        std::fs::write(&files.private_key, key.serialize_pem()).unwrap();
        std::fs::write(&files.ca, &self.pem).unwrap();
        files
    }
}

#[derive(Default)]
struct Kept(Mutex<Vec<Look>>);

impl Trail for Kept {
    fn keep(&self, looks: Vec<Look>) -> BoxFuture<'_, Result<()>> {
        Box::pin(async move {
            self.0.lock().unwrap().extend(looks);
            Ok(())
        })
    }
}

struct NoRows;

impl EpochRows for NoRows {
    fn load(&self, _: Uuid) -> BoxFuture<'_, Result<Option<(u64, Vec<u8>)>>> {
        Box::pin(async { Ok(None) })
    }

    fn store(&self, _: Uuid, _: u64, _: Vec<u8>) -> BoxFuture<'_, Result<()>> {
        Box::pin(async { Ok(()) })
    }
}

struct World {
    folder: tempfile::TempDir,
    authority: Authority,
    clock: Clock,
    signer: TokenSigner,
    trail: Arc<Kept>,
    shutdown: Shutdown,
    address: String,
    server_files: TlsFiles,
    server_identity: Identity,
}

impl World {
    /// A running `case`.
    async fn start(limits: LimitsSection) -> Self {
        crate::tls::install_crypto();
        let folder = tempfile::tempdir().unwrap();
        let authority = Authority::new();
        let clock = Clock::manual(DateTime::from_timestamp(1_800_000_000, 0).unwrap());
        let (private, public) = generate_key_pair().unwrap();
        let server_files = authority.write(folder.path(), "case");
        let server_identity = Identity::load(server_files.clone()).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let snapshots = SnapshotSource::new(Arc::new(NoRows), None);
        let trail = Arc::new(Kept::default());
        let server = Server::new("case", ServerParts {
            limits,
            identity: server_identity.clone(),
            verifier: TokenVerifier::from_pem(&public, clock.clone()).unwrap(),
            clock: clock.clone(),
            policies: Arc::new(PolicyTable::from_pool(proto::pool()).unwrap()),
            snapshots: snapshots.clone(),
            trail: trail.clone(),
            telemetry: Telemetry::init(&TelemetrySection::default()).unwrap(),
        });
        let shutdown = Shutdown::new(Duration::ZERO, Duration::from_millis(200));
        shutdown.spawn(server.serve(listener, Routes::new(Authorization::server(snapshots)), shutdown.clone()));
        let signer = TokenSigner::from_pem(&private, clock.clone()).unwrap();
        Self { folder, authority, clock, signer, trail, shutdown, address, server_files, server_identity }
    }

    fn channel_as(&self, name: &str) -> PeerChannel {
        let identity = Identity::load(self.authority.write(self.folder.path(), name)).unwrap();
        self.channel(&identity)
    }

    fn channel(&self, identity: &Identity) -> PeerChannel {
        let section = PeersSection { case: self.address.clone(), ..PeersSection::default() };
        Peers::connect(&section, identity).unwrap().channel("case").unwrap()
    }

    async fn advance_as(&self, name: &str) -> Result<u64, tonic::Status> {
        advance(self.channel_as(name)).await
    }
}

fn request() -> wire::AdvanceEpochRequest {
    let root = wire::Node { id: Uuid::from_u128(2).to_string(), ..wire::Node::default() };
    let snapshot = wire::Snapshot { tenant_id: TENANT.to_string(), epoch: 5, nodes: vec![root], ..wire::Snapshot::default() };
    wire::AdvanceEpochRequest { tenant_id: TENANT.to_string(), snapshot: Some(snapshot) }
}

async fn advance(channel: PeerChannel) -> Result<u64, tonic::Status> {
    let mut client = AuthorizationServiceClient::new(channel);
    let request = as_workload_of(TENANT, Uuid::from_u128(7), TIME, request());
    Ok(client.advance_epoch(request).await?.into_inner().epoch)
}

#[tokio::test]
async fn a_named_workload_is_answered_and_another_is_not() {
    let world = World::start(LimitsSection::default()).await;
    assert_eq!(world.advance_as("identity").await.unwrap(), 5);
    assert!(world.trail.0.lock().unwrap().is_empty());
    assert_eq!(world.advance_as("notification").await.unwrap_err().code(), Code::PermissionDenied);
    let kept = world.trail.0.lock().unwrap();
    assert_eq!(kept.len(), 1);
    assert!(kept[0].principal.label().ends_with("notification") && kept[0].method.ends_with("AdvanceEpoch"));
}

#[tokio::test]
async fn a_user_may_not_call_a_workloads_method_and_nobody_may_call_without_a_name() {
    let world = World::start(LimitsSection::default()).await;
    let mint = Mint { kind: TokenKind::Public, subject: TENANT, tenant: TENANT, audience: vec!["case".into()], epoch: 0, session: None, strength: Strength::Nothing };
    let token = world.signer.mint(mint).unwrap();
    let mut client = AuthorizationServiceClient::new(world.channel_as("gateway"));
    let refused = client.advance_epoch(with_token(&token, Uuid::from_u128(7), TIME, request())).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
    let refused = client.advance_epoch(request()).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unauthenticated);
    world.clock.advance(chrono::TimeDelta::seconds(120));
    let refused = client.advance_epoch(with_token(&token, Uuid::from_u128(7), TIME, request())).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unauthenticated);
}

#[tokio::test]
async fn what_a_method_refuses_keeps_its_fields() {
    let world = World::start(LimitsSection::default()).await;
    let mut client = AuthorizationServiceClient::new(world.channel_as("identity"));
    let request = as_workload_of(Uuid::from_u128(99), Uuid::from_u128(7), TIME, request());
    let error = crate::Error::from(client.advance_epoch(request).await.unwrap_err());
    assert_eq!(error.fields()[0].field, "tenant_id");
}

#[tokio::test]
async fn a_message_that_is_too_long_is_refused() {
    let world = World::start(LimitsSection { message_bytes: 16, ..LimitsSection::default() }).await;
    assert_eq!(world.advance_as("identity").await.unwrap_err().code(), Code::ResourceExhausted);
}

#[tokio::test]
async fn one_call_more_than_fits_is_refused_at_once() {
    let world = World::start(LimitsSection { concurrency: 1, ..LimitsSection::default() }).await;
    let channel = world.channel_as("identity");
    // A call whose request never ends keeps the one slot; its first message shows that it has come in.
    let (arrived, comes) = futures::channel::oneshot::channel();
    let endless = StreamBody::new(stream::once(async move { arrived.send(()).unwrap() }).filter_map(async |()| None).chain(stream::pending::<Result<Frame<Bytes>, tonic::Status>>()));
    let mut headers = as_workload_of(TENANT, Uuid::from_u128(7), TIME, ()).metadata().clone().into_headers();
    headers.insert("content-type", http::HeaderValue::from_static("application/grpc"));
    let mut waiting = http::Request::post("http://case/accord.authz.v1.AuthorizationService/AdvanceEpoch").body(tonic::body::Body::new(endless)).unwrap();
    *waiting.headers_mut() = headers;
    let call = tokio::spawn(channel.clone().oneshot(waiting));
    comes.await.unwrap();
    let error = crate::Error::from(advance(channel.clone()).await.unwrap_err());
    assert_eq!((error.kind(), error.reason()), (Kind::ResourceExhausted, "OVERLOADED"));
    call.abort();
}

#[tokio::test]
async fn a_certificate_of_another_authority_is_refused() {
    let world = World::start(LimitsSection::default()).await;
    let folder = tempfile::tempdir().unwrap();
    let mut files = Authority::new().write(folder.path(), "identity");
    files.ca = world.server_files.ca.clone();
    let channel = world.channel(&Identity::load(files).unwrap());
    assert_eq!(crate::Error::from(advance(channel).await.unwrap_err()).kind(), Kind::Unavailable);
}

#[tokio::test]
async fn a_renewed_certificate_serves_the_next_connection() {
    let world = World::start(LimitsSection::default()).await;
    let client = Identity::load(world.authority.write(world.folder.path(), "identity")).unwrap();
    assert_eq!(advance(world.channel(&client)).await.unwrap(), 5);
    let next = Authority::new();
    next.write(world.folder.path(), "case");
    next.write(world.folder.path(), "identity");
    world.server_identity.reload().unwrap();
    let refused = crate::Error::from(advance(world.channel(&client)).await.unwrap_err());
    assert_eq!(refused.kind(), Kind::Unavailable, "the client still trusts the old authority");
    client.reload().unwrap();
    assert_eq!(advance(world.channel(&client)).await.unwrap(), 5);
}

#[tokio::test]
async fn a_peer_that_says_nothing_does_not_hold_up_the_stop() {
    let world = World::start(LimitsSection::default()).await;
    let identity = Identity::load(world.authority.write(world.folder.path(), "identity")).unwrap();
    let tcp = TcpStream::connect(&world.address).await.unwrap();
    let silent = TlsConnector::from(identity.client()).connect("case.accord.internal".try_into().unwrap(), tcp).await.unwrap();
    assert_eq!(advance(world.channel(&identity)).await.unwrap(), 5);
    world.shutdown.start();
    world.shutdown.complete().await;
    drop(silent);
    assert_eq!(crate::Error::from(advance(world.channel(&identity)).await.unwrap_err()).kind(), Kind::Unavailable);
}
