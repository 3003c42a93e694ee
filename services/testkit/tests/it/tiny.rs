//! The smallest service: one table, one gRPC service, two consumers that keep what they did, one kind of fact.

use std::{net::SocketAddr, sync::{Arc, LazyLock, Mutex}, time::Duration};

use figment::{Figment, providers::Serialized};
use futures::future::BoxFuture;
use platform::{
    Clock, Ctx, Db, Error, Result, Tx,
    app::{Built, Deps, Mode, Running, Service, Shared, start},
    config::{PeersSection, TelemetrySection},
    events::{Consumer, Failure, Received, Resync},
    grpc::{PeerChannel, Peers, admin::Checks},
    lifecycle::Shutdown,
    telemetry::Telemetry,
    tls::Identity,
};
use proto::{case::v1::note_service_server::NoteServiceServer, events::v1::{MessageStateChanged, ReferralAccepted}, facts::v1::ReferralFact};
use serde_json::json;
use sqlx::{SqlSafeStr, migrate::{Migration, MigrationType, Migrator}};
use tonic::service::Routes;
use uuid::Uuid;

use crate::notes::Notes;

/// The check gives the database something to refuse with the row's values in its words.
const TABLES: &str = "
    CREATE SCHEMA tiny;
    CREATE TABLE tiny.note (tenant_id uuid NOT NULL, id uuid NOT NULL, text text NOT NULL CHECK (text NOT LIKE '%forbidden%'), PRIMARY KEY (tenant_id, id));
    SELECT platform.protect('tiny.note');";

pub struct Tiny;

/// Effects of every `Tiny` of this process, by the tenant of their event.
pub static EFFECTS: Mutex<Vec<(Uuid, String)>> = Mutex::new(Vec::new());
/// What was delivered to any `Tiny`, whether it had an effect or not.
pub static DELIVERIES: Mutex<Vec<(Uuid, String)>> = Mutex::new(Vec::new());
/// Tenants whose events with the reference `poison` are handled now.
pub static CURED: Mutex<Vec<Uuid>> = Mutex::new(Vec::new());

/// What took effect for a tenant, sorted.
pub fn effects(tenant: Uuid) -> Vec<String> {
    of_tenant(&EFFECTS, tenant)
}

/// What was delivered for a tenant, sorted.
pub fn deliveries(tenant: Uuid) -> Vec<String> {
    of_tenant(&DELIVERIES, tenant)
}

fn of_tenant(list: &Mutex<Vec<(Uuid, String)>>, tenant: Uuid) -> Vec<String> {
    let mut found: Vec<String> = list.lock().unwrap().iter().filter(|(t, _)| *t == tenant).map(|(_, e)| e.clone()).collect();
    found.sort();
    found
}

impl Service for Tiny {
    const NAME: &'static str = "case";

    fn migrator() -> &'static Migrator {
        static TABLE: LazyLock<Migrator> = LazyLock::new(|| {
            Migrator::with_migrations(vec![Migration::new(1, "tiny".into(), MigrationType::Simple, TABLES.into_sql_str(), false)])
        });
        &TABLE
    }

    fn build(deps: Deps) -> BoxFuture<'static, Result<Built>> {
        Box::pin(async move {
            Ok(Built {
                routes: Routes::new(NoteServiceServer::new(Notes { db: deps.db.clone(), peers: deps.peers })),
                consumers: vec![Arc::new(Accepted { db: deps.db.clone() }), Arc::new(Together { db: deps.db.clone() })],
                resync: Some(Arc::new(Facts { db: deps.db })),
                ..Built::default()
            })
        })
    }
}

struct Accepted {
    db: Db,
}

impl Consumer for Accepted {
    fn name(&self) -> &'static str {
        "case.referral_accepted"
    }

    fn handle<'a>(&'a self, ctx: &'a Ctx, event: &'a Received) -> BoxFuture<'a, Result<(), Failure>> {
        Box::pin(async move {
            let notice: ReferralAccepted = event.decode()?;
            DELIVERIES.lock().unwrap().push((event.tenant, notice.referral_id.clone()));
            if notice.referral_id == "poison" && !CURED.lock().unwrap().contains(&event.tenant) {
                return Err(Failure::Fail(Error::precondition("POISON", "This will never work.")));
            }
            let Some(tx) = event.begin(&self.db, ctx, self.name()).await? else { return Ok(()) };
            tx.commit().await?;
            EFFECTS.lock().unwrap().push((event.tenant, notice.referral_id));
            Ok(())
        })
    }
}

/// Has the effects of many messages in one transaction; one whose state is `poison` is never handled.
struct Together {
    db: Db,
}

impl Consumer for Together {
    fn name(&self) -> &'static str {
        "case.messages"
    }

    fn handle<'a>(&'a self, ctx: &'a Ctx, event: &'a Received) -> BoxFuture<'a, Result<(), Failure>> {
        self.handle_together(ctx, std::slice::from_ref(event))
    }

    fn together(&self) -> usize {
        100
    }

    fn handle_together<'a>(&'a self, ctx: &'a Ctx, events: &'a [Received]) -> BoxFuture<'a, Result<(), Failure>> {
        Box::pin(async move {
            let (tx, fresh) = Received::begin_together(events, &self.db, ctx, self.name()).await?;
            let mut effects = Vec::new();
            for event in fresh {
                let notice: MessageStateChanged = event.decode()?;
                if notice.state == "poison" {
                    return Err(Failure::Fail(Error::precondition("POISON", "This will never work.")));
                }
                effects.push((event.tenant, notice.message_id));
            }
            tx.commit().await?;
            EFFECTS.lock().unwrap().extend(effects);
            Ok(())
        })
    }
}

/// Every note is a fact.
struct Facts {
    db: Db,
}

impl Resync for Facts {
    fn resync<'a>(&'a self, ctx: &'a Ctx) -> BoxFuture<'a, Result<u64>> {
        Box::pin(async move {
            let mut tx = Tx::begin(&self.db, ctx, ctx.permit()).await?;
            let notes: Vec<Uuid> = sqlx::query_scalar("SELECT id FROM tiny.note ORDER BY id").fetch_all(tx.conn()).await?;
            for note in &notes {
                let fact = ReferralFact { key: tx.pseudonym(*note).await?.to_string(), ..ReferralFact::default() };
                tx.publish_fact(*note, 1, &fact).await?;
            }
            tx.commit().await?;
            Ok(notes.len() as u64)
        })
    }
}

/// Configuration of one key or section on top of others.
pub fn with(figment: &Figment, key: &str, value: serde_json::Value) -> Figment {
    figment.clone().merge(Serialized::default(key, value))
}

/// A channel to a service at an address, as whoever holds the certificate.
pub fn channel(address: SocketAddr, identity: &Identity) -> PeerChannel {
    let section: PeersSection = serde_json::from_value(json!({ "case": address.to_string() })).unwrap();
    Peers::connect(&section, identity).and_then(|p| p.channel("case")).unwrap()
}

/// One more process of a service over the same database, with a stop and a readiness of its own.
pub struct Another {
    pub running: Running,
    pub shutdown: Shutdown,
    pub checks: Checks,
}

impl Another {
    pub async fn start<S: Service>(figment: &Figment, clock: &Clock, mode: Mode, drain: Duration) -> Self {
        let shared = shared(clock, drain);
        let running = start::<S>(figment, &shared, mode, None).await.unwrap();
        Self { running, shutdown: shared.shutdown, checks: shared.checks }
    }

    /// A server with ten seconds for its drain.
    pub async fn serve<S: Service>(figment: &Figment, clock: &Clock) -> Self {
        Self::start::<S>(figment, clock, Mode::SERVE, Duration::from_secs(10)).await
    }

    pub fn address(&self) -> SocketAddr {
        self.running.grpc_addr.unwrap()
    }

    pub async fn stop(self) {
        self.shutdown.start();
        assert!(self.shutdown.complete().await, "work outlived the drain");
        self.running.db.close().await;
    }
}

/// What the services of a process share, with a drain of this length.
pub fn shared(clock: &Clock, drain: Duration) -> Shared {
    let telemetry = Telemetry::init(&TelemetrySection { log: "warn".into(), ..TelemetrySection::default() }).unwrap();
    Shared { clock: clock.clone(), shutdown: Shutdown::new(Duration::ZERO, drain), telemetry, checks: Checks::default() }
}
