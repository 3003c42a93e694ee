//! One service alone, started as the launcher starts it.

use std::{net::SocketAddr, path::Path, time::Duration};

use chrono::DateTime;
use figment::{Figment, providers::Serialized};
use lapin::{Connection, ConnectionProperties};
use platform::{
    app::{Mode, Running, Service, Shared, start},
    clock::Clock,
    config::{PeersSection, TelemetrySection},
    events::{Broker, topology::{CONSUMERS, Exchange}},
    grpc::{PeerChannel, Peers, admin::Checks, call::{as_workload_of, with_token}},
    ids,
    keys::kms::FileKeyRing,
    lifecycle::Shutdown,
    telemetry::Telemetry,
    tokens::generate_key_pair,
};
use serde_json::json;
use tempfile::TempDir;
use tonic::Request;
use uuid::Uuid;

use crate::{db::TestDb, principal::World, servers::servers, tls::Ca};

/// Time of a request.
const TIME: Duration = Duration::from_secs(10);

/// A running service with a database, certificates and a broker prefix of its own. Its clock stands still until
/// `clock.advance`; jobs run by `running.run_job` only, unless it was started as [`Mode::ALL`].
pub struct TestService {
    /// The service.
    pub running: Running,
    /// The tenant that the service knows.
    pub world: World,
    /// The service's time.
    pub clock: Clock,
    /// Its certificate authority.
    pub ca: Ca,
    /// Its database; last but for the folder, so that it is dropped after the service stopped.
    pub db: TestDb,
    /// Its configuration.
    pub figment: Figment,
    name: &'static str,
    broker: Broker,
    shutdown: Shutdown,
    folder: TempDir,
}

impl TestService {
    /// Starts the server of `S` alone, with a world of your making: give users their roles first.
    pub async fn serve<S: Service>(make: impl FnOnce(&mut World)) -> Self {
        Self::start::<S>(Mode::SERVE, Figment::new(), make).await
    }

    /// Starts `S` in any mode, with more configuration on top.
    ///
    /// # Panics
    /// Where anything that it needs cannot be had.
    pub async fn start<S: Service>(mode: Mode, more: Figment, make: impl FnOnce(&mut World)) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let ca = Ca::new(folder.path());
        // Any fixed instant: certificates are checked against the machine's time and tokens against this one.
        let clock = Clock::manual(DateTime::from_timestamp(1_800_000_000, 0).unwrap_or_default());
        let mut world = World::new(&clock);
        make(&mut world);
        let db = TestDb::of::<S>().await;
        let figment = configuration::<S>(folder.path(), &ca, &world, &db).merge(more);
        let shutdown = Shutdown::new(Duration::ZERO, Duration::from_secs(10));
        let telemetry = Telemetry::init(&TelemetrySection { log: "warn".into(), ..TelemetrySection::default() }).expect("telemetry");
        let shared = Shared { clock: clock.clone(), shutdown: shutdown.clone(), telemetry, checks: Checks::default() };
        let running = start::<S>(&figment, &shared, mode, None).await.expect("the service starts");
        running.snapshots.advance(world.tenant, &world.snapshot()).await.expect("the tenant's permissions");
        let broker = Broker::new(&figment.extract_inner("broker").expect("the broker's section"), "testkit");
        Self { running, world, clock, ca, db, figment, name: S::NAME, broker, shutdown, folder }
    }

    /// Where the server listens.
    ///
    /// # Panics
    /// Where it was started as a worker.
    pub fn address(&self) -> SocketAddr {
        self.running.grpc_addr.expect("the service serves")
    }

    /// A channel as the gateway, for `XClient::new(service.channel())`.
    ///
    /// # Panics
    /// Where its certificate cannot be made.
    pub fn channel(&self) -> PeerChannel {
        self.channel_of("gateway")
    }

    /// A channel as another service: what a workload's call needs.
    ///
    /// # Panics
    /// Where its certificate cannot be made.
    pub fn channel_of(&self, caller: &str) -> PeerChannel {
        let mut peers = json!({});
        peers[self.name] = json!(self.address().to_string());
        let section: PeersSection = serde_json::from_value(peers).expect("the peers' section");
        Peers::connect(&section, &self.ca.identity(caller)).and_then(|p| p.channel(self.name)).expect("a channel")
    }

    /// A request as a user or service account of the world; the kind follows from the token.
    pub fn as_user<T>(&self, user: Uuid, message: T) -> Request<T> {
        self.with(&self.world.token(user), message)
    }

    /// A request as a partner's system.
    pub fn as_account<T>(&self, account: Uuid, message: T) -> Request<T> {
        self.with(&self.world.account_token(account), message)
    }

    /// A request from the tenant's public pages.
    pub fn as_public<T>(&self, message: T) -> Request<T> {
        self.with(&self.world.public_token(), message)
    }

    /// A request with any token.
    pub fn with<T>(&self, token: &str, message: T) -> Request<T> {
        with_token(token, ids::new_id(self.clock.now()), TIME, message)
    }

    /// A request of a service for itself, to be sent through [`TestService::channel_of`] it.
    pub fn as_workload<T>(&self, cause: Uuid, message: T) -> Request<T> {
        as_workload_of(self.world.tenant, cause, TIME, message)
    }

    /// Sends the world's current snapshot to the service, as identity would after [`World::advance`].
    ///
    /// # Panics
    /// Where the service refuses it.
    pub async fn publish_snapshot(&self) {
        self.running.snapshots.advance(self.world.tenant, &self.world.snapshot()).await.expect("the snapshot");
    }

    /// The test's own broker prefix: publish to or look into its queues.
    pub fn broker(&self) -> &Broker {
        &self.broker
    }

    /// The folder of its certificates and keys.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Stops the service and removes its queues; the database goes when the answer's value is dropped.
    ///
    /// # Panics
    /// Where work outlived the drain.
    pub async fn stop(self) -> TestDb {
        self.shutdown.start();
        assert!(self.shutdown.complete().await, "work outlived the drain");
        self.running.db.close().await;
        self.broker.close().await;
        remove_queues(&self.broker).await;
        self.db
    }
}

fn configuration<S: Service>(folder: &Path, ca: &Ca, world: &World, db: &TestDb) -> Figment {
    let files = ca.service(S::NAME);
    let (keys, ring) = (folder.join("token-keys.pem"), folder.join("key-ring.json"));
    std::fs::write(&keys, world.public_key()).expect("token keys");
    let (seal, seals) = (folder.join("seal-key.pem"), folder.join("seal-keys.pem"));
    let (private, public) = generate_key_pair().expect("a key that seals the audit trail");
    std::fs::write(&seal, private).expect("the seal's key");
    std::fs::write(&seals, public).expect("the seal's public key");
    std::fs::write(&ring, FileKeyRing::generate("test").expect("a root key").to_json()).expect("key ring");
    let prefix = format!("test.{}", world.tenant.simple());
    let own = json!({
        "certificate": files.certificate,
        "private_key": files.private_key,
        "database": {
            "app_url": db.section.app_url.expose(),
            "platform_url": db.section.platform_url.expose(),
            "owner_url": db.section.owner_url.expose(),
            "max_connections": 4,
            // A machine that runs many tests at once is slow, and that is no finding.
            "acquire_timeout_ms": 3_000,
        },
    });
    Figment::new()
        .merge(Serialized::default(S::NAME, own))
        .merge(Serialized::default("tls", json!({ "ca": ca.certificate() })))
        .merge(Serialized::default("tokens", json!({ "public_keys": keys })))
        .merge(Serialized::default("audit", json!({ "seal_key": { "file": seal }, "seal_public_keys": seals })))
        .merge(Serialized::default("kms", json!({ "kind": "file", "path": ring })))
        .merge(Serialized::default("shred_list", json!({ "folder": folder })))
        .merge(Serialized::default("broker", json!({ "url": servers().rabbitmq.url, "prefix": prefix })))
        .merge(Serialized::default("redis", json!({ "url": servers().redis.url, "prefix": prefix })))
}

/// Best effort: what is left behind on a private broker goes with it.
async fn remove_queues(broker: &Broker) {
    let Ok(connection) = Connection::connect(&servers().rabbitmq.url, ConnectionProperties::default()).await else { return };
    let Ok(channel) = connection.create_channel().await else { return };
    let names = broker.names();
    for consumer in CONSUMERS {
        for queue in [names.queue(consumer.queue), names.dead_queue(consumer.queue)] {
            drop(channel.queue_delete(queue.into(), Default::default()).await);
        }
    }
    for exchange in [names.exchange(Exchange::Notices), names.exchange(Exchange::Facts), names.dead_exchange()] {
        drop(channel.exchange_delete(exchange.into(), Default::default()).await);
    }
}
