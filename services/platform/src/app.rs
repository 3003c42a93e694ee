//! A service as the launcher and the tests see it: configuration in, a running server and workers out.
//!
//! `accord all`, `accord <service> serve | worker` and the testkit all call [`start`]; nothing works in one of them only.

mod glue;
mod parts;

use std::{net::SocketAddr, sync::{Arc, atomic::{AtomicBool, Ordering}}};

use anyhow::Context as _;
use figment::Figment;
use futures::future::BoxFuture;
use proto::{audit::v1::audit_service_server::AuditServiceServer, keys::v1::key_service_server::KeyServiceServer};
use sqlx::migrate::Migrator;
use tokio::net::TcpListener;
use tonic::service::Routes;
use uuid::Uuid;

pub use parts::Deps;
use parts::{Sections, policies};

use crate::{
    Clock, Db, Error, Result, Tx,
    audit::{AuditTrail, seal::{outside::Outside, sealer::Sealer, signer::{PemSigner, Signer}}},
    config::{ConfigErrors, Reader},
    db,
    events::{Broker, Consumer, Resync, consumer::Harness, relay::Relay, resync, sweep::Sweep},
    grpc::{Server, ServerParts, SnapshotSource, admin::{Check, Checks}, authorization::Authorization},
    jobs::{self, Job, JobCtx},
    keys::{rotation::Rewrap, service::KeyStatus, shred},
    lifecycle::Shutdown,
    measures::{self, Backlog},
    telemetry::Telemetry,
    tokens::TokenVerifier,
};

/// What a service is made of.
#[derive(Default)]
pub struct Built {
    /// Its gRPC services; the platform adds `AuthorizationService` and `AuditService`.
    pub routes: Routes,
    /// Its consumers, each a row of [`crate::events::topology::CONSUMERS`].
    pub consumers: Vec<Arc<dyn Consumer>>,
    /// Its jobs; the platform adds the sweep of its own tables.
    pub jobs: Vec<Arc<dyn Job>>,
    /// How it streams its facts again, where it owns facts.
    pub resync: Option<Arc<dyn Resync>>,
}

/// One of the five services.
pub trait Service: Send + Sync + 'static {
    /// Its name: section of the configuration, database roles, certificate, tokens' `aud`, queues.
    const NAME: &'static str;

    /// Its migrations, which run after the platform's.
    fn migrator() -> &'static Migrator;

    /// Reads its own settings, so that `check-config` reports their mistakes with all others:
    /// `reader.section_at::<Settings>("case.settings");`
    fn check(_reader: &mut Reader<'_>) {}

    /// Forgets what the service keeps of these subjects beside their blobs (search tokens, rows that only they had), in the
    /// transaction in which their keys are destroyed. Must work for subjects of any kind, and again after a restore.
    fn forget<'a>(_tx: &'a mut Tx, _subjects: &'a [Uuid]) -> BoxFuture<'a, Result<()>> {
        Box::pin(async { Ok(()) })
    }

    /// Puts it together. Runs inside a tokio runtime and reaches for nothing: what is away is found out by the first call.
    fn build(deps: Deps) -> BoxFuture<'static, Result<Built>>;
}

/// What the services of one process share.
#[derive(Clone)]
pub struct Shared {
    /// The time.
    pub clock: Clock,
    /// The stop of the process.
    pub shutdown: Shutdown,
    /// Logs, traces and metrics.
    pub telemetry: Telemetry,
    /// Readiness of the one admin port.
    pub checks: Checks,
}

/// Which half of a service runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mode {
    /// The gRPC server.
    pub serve: bool,
    /// Relay, consumers and jobs.
    pub worker: bool,
}

impl Mode {
    /// `accord all` and tests of a whole stack.
    pub const ALL: Self = Self { serve: true, worker: true };
    /// `accord <service> serve`.
    pub const SERVE: Self = Self { serve: true, worker: false };
    /// `accord <service> worker`.
    pub const WORKER: Self = Self { serve: false, worker: true };
}

/// A service that runs; it ends with the process's [`Shutdown`].
pub struct Running {
    /// Where the gRPC server listens; `None` for a worker.
    pub grpc_addr: Option<SocketAddr>,
    /// Its database.
    pub db: Db,
    /// The tenants' permissions as this service knows them.
    pub snapshots: SnapshotSource,
    jobs: Vec<Arc<dyn Job>>,
    job_ctx: JobCtx,
}

impl Running {
    /// Runs one job now and to its end, whatever the mode: what tests do instead of waiting for its time. Answers
    /// `false` where another process is at it.
    ///
    /// # Errors
    /// `NotFound` where the service has no job of that name; the job's.
    pub async fn run_job(&self, name: &str) -> Result<bool> {
        let job = self.jobs.iter().find(|j| j.name() == name).ok_or_else(Error::not_found)?;
        jobs::run_once(&self.job_ctx, job.as_ref()).await
    }
}

/// Binds the service's configured address: callers that let the machine choose ports bind all services first, write the
/// addresses into `[peers]` and only then [`start`] them.
///
/// # Errors
/// The configuration's mistakes, or the address cannot be had.
pub async fn bind<S: Service>(figment: &Figment) -> anyhow::Result<TcpListener> {
    let sections = Sections::read::<S>(figment)?;
    let listen = sections.service.listen;
    TcpListener::bind(listen).await.with_context(|| format!("{}.listen: cannot listen on {listen}", S::NAME))
}

/// Starts a service and answers as soon as it listens. It does not wait for database, broker or other services: that is
/// what readiness tells.
///
/// `listener` is one that [`bind`] made; `None` binds here.
///
/// # Errors
/// Every mistake of the configuration at once; files or addresses that cannot be had; what the service's build says.
pub async fn start<S: Service>(figment: &Figment, shared: &Shared, mode: Mode, listener: Option<TcpListener>) -> anyhow::Result<Running> {
    let sections = Sections::read::<S>(figment)?;
    let deps = Deps::make::<S>(figment, &sections, shared).await?;
    let (db, snapshots, identity) = (deps.db.clone(), deps.snapshots.clone(), deps.identity.clone());
    let built = S::build(deps).await.map_err(|e| failed(S::NAME, &e))?;

    measures::show_audit(&shared.telemetry, S::NAME, db.audit().failures());
    measures::show_certificate(&shared.telemetry, S::NAME, &identity);
    let expected = db::schema_version(S::migrator());
    let checked = db.clone();
    shared.checks.register(
        format!("{}.database", S::NAME),
        Arc::new(move || {
            let db = checked.clone();
            Box::pin(async move { db.ready(expected).await })
        }),
    );

    let keys = db.keys().clone();
    shared.checks.register(
        format!("{}.keys", S::NAME),
        Arc::new(move || {
            let keys = keys.clone();
            Box::pin(async move { keys.ready().await })
        }),
    );
    if db.shred_list().is_ok() {
        shared.checks.register(format!("{}.shred_list", S::NAME), shred_check::<S>(&db, &shared.clock, sections.shred.restore));
    }

    let mut grpc_addr = None;
    if mode.serve {
        let listener = match listener {
            Some(listener) => listener,
            None => bind::<S>(figment).await?,
        };
        grpc_addr = Some(listener.local_addr()?);
        let verifier = TokenVerifier::from_file(&sections.tokens.public_keys, shared.clock.clone()).map_err(|e| failed(S::NAME, &e))?;
        verifier.watch(&shared.shutdown);
        let server = Server::new(
            S::NAME,
            ServerParts {
                limits: sections.limits.clone(),
                identity,
                verifier,
                clock: shared.clock.clone(),
                policies: policies()?,
                snapshots: snapshots.clone(),
                trail: Arc::new(glue::Looks::new(&db)),
                telemetry: shared.telemetry.clone(),
            },
        );
        let routes = built.routes.add_service(Authorization::server(snapshots.clone())).add_service(AuditServiceServer::new(AuditTrail::new(db.clone()))).add_service(KeyServiceServer::new(KeyStatus::new(db.clone())));
        // A task of its own kind: the accept loop itself is waited for like the connections that it spawns.
        shared.shutdown.spawn(server.serve(listener, routes, shared.shutdown.clone()));
    }

    let mut jobs = built.jobs;
    jobs.push(Arc::new(Sweep));
    jobs.push(Arc::new(Rewrap));
    match sealing::<S>(&sections, &shared.telemetry)? {
        Some(seal) => jobs.extend(seal),
        None if mode.worker => anyhow::bail!("audit.seal_key: is not set: a worker seals the audit trail"),
        None => {}
    }
    let job_ctx = JobCtx::new(S::NAME, db.clone(), shared.clock.clone(), shared.shutdown.clone());
    if mode.worker {
        work::<S>(&sections, shared, &db, built.consumers, &jobs, &job_ctx);
    }
    Ok(Running { grpc_addr, db, snapshots, jobs, job_ctx })
}

/// The database must agree with the shred list before the process is ready for the first time; a database is restored
/// under no running process.
fn shred_check<S: Service>(db: &Db, clock: &Clock, restore: bool) -> Check {
    let jobs = shred::jobs(S::NAME, db, clock);
    let agreed = Arc::new(AtomicBool::new(false));
    Arc::new(move || {
        let (jobs, agreed) = (jobs.clone(), agreed.clone());
        Box::pin(async move {
            if !agreed.load(Ordering::Relaxed) {
                if restore {
                    let replayed = shred::replay::<S>(&jobs).await?;
                    tracing::info!(service = S::NAME, entries = replayed.entries, destroyed = replayed.destroyed, "replayed the shred list");
                }
                shred::check(&jobs).await?;
                agreed.store(true, Ordering::Relaxed);
            }
            Ok(())
        })
    })
}

/// The jobs that seal the audit trail, where the key is given.
fn sealing<S: Service>(sections: &Sections, telemetry: &Telemetry) -> anyhow::Result<Option<[Arc<dyn Job>; 2]>> {
    let audit = &sections.audit;
    if !audit.seal_key.is_set() {
        return Ok(None);
    }
    let signer: Arc<dyn Signer> = Arc::new(PemSigner::from_pem(audit.seal_key.expose()).map_err(|e| failed(S::NAME, &e))?);
    let folder = (!audit.checkpoints.as_os_str().is_empty()).then(|| audit.checkpoints.clone());
    let outside = Outside::new(S::NAME, &audit.origin, folder, Arc::clone(&signer), telemetry);
    Ok(Some([Arc::new(Sealer::new(S::NAME, signer, telemetry)), Arc::new(outside)]))
}

fn work<S: Service>(sections: &Sections, shared: &Shared, db: &Db, consumers: Vec<Arc<dyn Consumer>>, jobs: &[Arc<dyn Job>], job_ctx: &JobCtx) {
    let (clock, shutdown) = (&shared.clock, &shared.shutdown);
    let broker = Broker::new(&sections.broker, format!("{}.worker", S::NAME));
    let relay = Relay { service: S::NAME, db: db.clone(), broker: broker.clone(), clock: clock.clone(), stop: shutdown.clone() };
    let harness = Harness { service: S::NAME, broker: broker.clone(), clock: clock.clone(), stop: shutdown.clone() };
    let backlog = Backlog::new(&shared.telemetry, db, &broker, clock, shutdown);
    let (jobs, job_ctx) = (jobs.to_vec(), job_ctx.clone());
    shutdown.spawn(async move {
        let consumers = consumers.into_iter().map(|consumer| harness.clone().run(consumer));
        tokio::join!(relay.run(), futures::future::join_all(consumers), jobs::run(job_ctx, jobs), backlog.run());
        broker.close().await;
    });
}

/// Brings the service's database to its schema, as the owner; harmless when it is there already.
///
/// # Errors
/// The configuration's mistakes, or the database's.
pub async fn migrate<S: Service>(figment: &Figment) -> anyhow::Result<()> {
    let mut reader = Reader::new(figment);
    let section = reader.section_at::<crate::config::ServiceSection>(S::NAME);
    if !section.database.owner_url.is_set() {
        reader.mistake(format!("{}.database.owner_url: `migrate` needs it", S::NAME));
    }
    reader.finish()?;
    db::migrate(&section.database, S::NAME, S::migrator()).await.map_err(|e| failed(S::NAME, &e))
}

/// Reads everything that the service reads and starts nothing.
///
/// # Errors
/// Every mistake, one line each.
pub fn check_config<S: Service>(figment: &Figment) -> Result<(), ConfigErrors> {
    Sections::read::<S>(figment).map(drop)
}

/// `accord events resync`: streams the service's current facts through its outbox; answers how many, or `None` where the
/// service owns no facts. A worker must run for them to arrive.
///
/// # Errors
/// The configuration's mistakes; the first tenant's that failed.
pub async fn resync<S: Service>(figment: &Figment, shared: &Shared) -> anyhow::Result<Option<u64>> {
    let sections = Sections::read::<S>(figment)?;
    let deps = Deps::make::<S>(figment, &sections, shared).await?;
    let db = deps.db.clone();
    let built = S::build(deps).await.map_err(|e| failed(S::NAME, &e))?;
    match built.resync {
        Some(facts) => Ok(Some(resync::run(S::NAME, &db, &shared.clock, facts.as_ref()).await.map_err(|e| failed(S::NAME, &e))?)),
        None => Ok(None),
    }
}

/// The internal half of an error belongs on the operator's screen.
fn failed(service: &str, error: &Error) -> anyhow::Error {
    anyhow::anyhow!("{service}: {error:?}")
}

/// Id of the caller that calls for a whole service and not for an event or a job.
const fn nobody() -> Uuid {
    Uuid::nil()
}
