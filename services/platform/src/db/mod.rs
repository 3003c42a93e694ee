//! The service's own database. Its pools are private: business data is reached through [`Tx`] only.
//!
//! | module | what it holds |
//! |---|---|
//! | [`tx`] | the one door: a permit, a tenant, a deadline |
//! | [`migrate`] | migrations of the platform, then of the service, then grants |
//! | [`grants`] | what each of the three roles may do |
//! | [`provision`] | roles and databases, for the private servers and for tests |
//! | [`catalogue`] | the test that every table obeys tenancy |
//! | [`epoch`] | the tenant's permissions as stored here |
//! | `refusal` | what the log may hold of an error of the database |

pub mod catalogue;
pub mod epoch;
mod fields;
pub mod grants;
pub mod migrate;
pub mod provision;
pub(crate) mod refusal;
pub mod tx;

use std::{str::FromStr, sync::{Arc, OnceLock}, time::Duration};

use chrono::{DateTime, Utc};
use sqlx::{AssertSqlSafe, PgPool, postgres::{PgConnectOptions, PgPoolOptions}};
use tokio::sync::watch;
use uuid::Uuid;

pub use self::{
    migrate::{migrate, schema_version},
    provision::{Passwords, Provision, provision},
    tx::Tx,
};
use crate::{Error, Result, audit::AuditWriter, config::{DatabaseSection, Secret}, keys::{Keys, shred::{NO_SHRED_LIST, ShredList}}};

/// How long a connection lives, so that a change of password, of role settings or of the primary is followed.
const LIFETIME: Duration = Duration::from_secs(10 * 60);
/// How long an idle connection is kept.
const IDLE: Duration = Duration::from_secs(3 * 60);

/// A service's database with its keys and its audit writer. Cloning is cheap.
#[derive(Clone)]
pub struct Db {
    inner: Arc<Inner>,
}

struct Inner {
    service: &'static str,
    app: PgPool,
    platform: PgPool,
    keys: Keys,
    audit: AuditWriter,
    outbox: watch::Sender<()>,
    shred: OnceLock<ShredList>,
}

impl Db {
    /// Makes the two pools; connections are opened when they are needed, so a database that is away delays no start.
    ///
    /// # Errors
    /// `Internal` that names the key of the configuration, where an address is missing or cannot be read.
    pub async fn connect(service: &'static str, section: &DatabaseSection, keys: Keys) -> Result<Self> {
        Self::connect_with(service, section, keys, true).await
    }

    /// As [`Db::connect`]; `looks` false writes no audit events of looks, which is for measuring only.
    ///
    /// # Errors
    /// As [`Db::connect`].
    pub async fn connect_with(service: &'static str, section: &DatabaseSection, keys: Keys, looks: bool) -> Result<Self> {
        let app = pool(service, "app_url", &section.app_url, section.max_connections, section.acquire_timeout())?;
        let platform = pool(service, "platform_url", &section.platform_url, section.platform_connections, section.acquire_timeout())?;
        let audit = if looks { AuditWriter::start(platform.clone()) } else { AuditWriter::off() };
        Ok(Self { inner: Arc::new(Inner { service, app, platform, keys, audit, outbox: watch::Sender::new(()), shred: OnceLock::new() }) })
    }

    /// The service's name.
    pub fn service(&self) -> &'static str {
        self.inner.service
    }

    /// The keys of personal data.
    pub fn keys(&self) -> &Keys {
        &self.inner.keys
    }

    /// Says where destructions of keys are written down; the first call counts.
    pub fn use_shred_list(&self, list: ShredList) {
        // A second list of the same process is the same file.
        drop(self.inner.shred.set(list));
    }

    /// Where destructions of keys are written down.
    ///
    /// # Errors
    /// `FailedPrecondition` (`NO_SHRED_LIST`) where nothing is configured: then nobody can be erased.
    pub fn shred_list(&self) -> Result<&ShredList> {
        self.inner.shred.get().ok_or_else(|| Error::precondition(NO_SHRED_LIST, "Nothing can be erased here until the operator says where erasures are written down."))
    }

    /// The writer of audit events of looks.
    pub fn audit(&self) -> &AuditWriter {
        &self.inner.audit
    }

    /// Whether both roles can log in and the schema is at least `expected` (see [`schema_version`]).
    ///
    /// # Errors
    /// `Unavailable` with the reason for the log.
    pub async fn ready(&self, expected: i64) -> Result<()> {
        migrate::check(&self.inner.app, expected).await?;
        sqlx::query_scalar!("SELECT 1 AS \"one!\"").fetch_one(&self.inner.platform).await?;
        Ok(())
    }

    /// Calls a listed SECURITY DEFINER function `<schema>.due_<what>(now timestamptz, most bigint)` that answers rows of
    /// `(tenant_id uuid, id uuid)`: how work is found before its tenant is known. Each hit is then worked in a [`Tx`] of
    /// its tenant.
    ///
    /// # Errors
    /// `Unavailable` where the database is away.
    pub async fn due(&self, function: &'static str, now: DateTime<Utc>, limit: i64) -> Result<Vec<(Uuid, Uuid)>> {
        let named = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '.');
        if !function.rsplit('.').next().is_some_and(|f| f.starts_with("due_")) || !function.chars().all(named) {
            return Err(Error::fault(format!("`{function}` is not the name of a function that finds due work")));
        }
        let sql = AssertSqlSafe(format!("SELECT tenant_id, id FROM {function}($1, $2)"));
        Ok(sqlx::query_as(sql).bind(now).bind(limit).fetch_all(&self.inner.platform).await?)
    }

    /// Closes the pools; for the end of the process and of tests.
    pub async fn close(&self) {
        tokio::join!(self.inner.app.close(), self.inner.platform.close());
    }

    /// Resolves at the next commit of this process that left an event in the outbox; counts from the call, not from the
    /// first poll.
    pub(crate) fn outbox_changed(&self) -> impl Future<Output = ()> + Send + 'static {
        let mut changes = self.inner.outbox.subscribe();
        async move {
            if changes.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }

    /// Wakes the relay.
    pub(crate) fn wake_relay(&self) {
        self.inner.outbox.send_replace(());
    }

    /// The pool of the role `<service>_platform`: outbox, inbox, jobs, audit, idempotency and permissions only.
    pub(crate) fn platform(&self) -> &PgPool {
        &self.inner.platform
    }

    pub(in crate::db) fn app(&self) -> &PgPool {
        &self.inner.app
    }
}

/// A small pool of the role `<service>_platform`, for who only reads the audit trail.
pub(crate) fn platform_pool(service: &str, section: &DatabaseSection) -> Result<PgPool> {
    pool(service, "platform_url", &section.platform_url, 2, section.acquire_timeout())
}

fn pool(service: &str, key: &str, url: &Secret, connections: u32, wait: Duration) -> Result<PgPool> {
    let options = options(service, key, url)?.application_name(&format!("accord-{service}"));
    Ok(PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(wait)
        .test_before_acquire(false)
        .max_lifetime(LIFETIME)
        .idle_timeout(IDLE)
        .connect_lazy_with(options))
}

/// Reads an address without ever printing it: it holds a password.
pub(in crate::db) fn options(service: &str, key: &str, url: &Secret) -> Result<PgConnectOptions> {
    if !url.is_set() || url.expose().is_empty() {
        return Err(Error::fault(format!("{service}.database.{key}: give the address of the database")));
    }
    PgConnectOptions::from_str(url.expose()).map_err(|_| Error::fault(format!("{service}.database.{key}: is not a postgres:// address")))
}
