//! A database per test, cloned from a template that is migrated once.

use std::{collections::HashSet, io::Write, process::Command};

use platform::{
    app::Service,
    clock::Clock,
    config::{DatabaseSection, Secret},
    db::{Passwords, Provision, migrate, provision},
    ids,
};
use sqlx::{AssertSqlSafe, Connection, PgConnection, migrate::Migrator};
use tokio::sync::Mutex;

use crate::servers::servers;

/// One maker of databases at a time over all test processes: a template must have no connection while it is cloned.
const LOCK: i64 = 0x0074_6573_746b_6974;

/// A service's database for one test; it is dropped with this.
#[derive(Debug)]
pub struct TestDb {
    /// Addresses of its three roles.
    pub section: DatabaseSection,
    /// Its name.
    pub name: String,
}

impl TestDb {
    /// A migrated, empty database of the service.
    ///
    /// # Panics
    /// Where the server refuses or a migration fails.
    pub async fn of<S: Service>() -> Self {
        static MIGRATED: Mutex<Option<HashSet<&'static str>>> = Mutex::const_new(None);
        let (template, name) = (format!("template_{}_{:08x}", S::NAME, fingerprint(S::migrator())), format!("test_{}_{}", S::NAME, ids::new_id(Clock::system().now()).simple()));
        let mut connection = superuser().await;
        sqlx::query("SELECT pg_advisory_lock($1)").bind(LOCK).execute(&mut connection).await.expect("the lock of templates");
        let mut migrated = MIGRATED.lock().await;
        if migrated.get_or_insert_default().insert(S::NAME) {
            let section = make(S::NAME, &template, None).await;
            if migrate(&section, S::NAME, S::migrator()).await.is_err() {
                // A template of an older tree, whose migrations were still being written.
                drop_database(&mut connection, &template).await;
                let section = make(S::NAME, &template, None).await;
                migrate(&section, S::NAME, S::migrator()).await.expect("the service's migrations");
            }
        }
        drop(migrated);
        let section = make(S::NAME, &name, Some(&template)).await;
        connection.close().await.expect("the superuser's connection");
        Self { section, name }
    }

    /// A plain dump of the whole database, as a superuser takes it for a backup.
    ///
    /// # Panics
    /// Where `pg_dump` cannot be run.
    pub fn dump(&self) -> Vec<u8> {
        let made = Command::new("pg_dump").arg(self.superuser_url()).output().expect("pg_dump runs");
        assert!(made.status.success(), "pg_dump: {}", String::from_utf8_lossy(&made.stderr));
        made.stdout
    }

    /// A new database of the service that holds what a dump held.
    ///
    /// # Panics
    /// Where `psql` cannot be run or refuses the dump.
    pub async fn restored<S: Service>(dump: &[u8]) -> Self {
        let name = format!("test_{}_{}", S::NAME, ids::new_id(Clock::system().now()).simple());
        let section = make(S::NAME, &name, None).await;
        let db = Self { section, name };
        let mut file = tempfile::NamedTempFile::new().expect("a file");
        file.write_all(dump).expect("the dump");
        let done = Command::new("psql").args(["--quiet", "--no-psqlrc", "--set", "ON_ERROR_STOP=1", "--file"]).arg(file.path()).arg(db.superuser_url()).output();
        let done = done.expect("psql runs");
        assert!(done.status.success(), "psql: {}", String::from_utf8_lossy(&done.stderr));
        db
    }

    fn superuser_url(&self) -> String {
        let url = &servers().postgres.superuser_url;
        format!("{}/{}", url.rsplit_once('/').map_or(url.as_str(), |(base, _)| base), self.name)
    }

    /// A connection that no row-level security binds, to look at what a test did.
    ///
    /// # Panics
    /// Where the server refuses.
    pub async fn connect(&self) -> PgConnection {
        PgConnection::connect(&self.superuser_url()).await.expect("the test's database")
    }
}

impl Drop for TestDb {
    fn drop(&mut self) {
        let name = std::mem::take(&mut self.name);
        // A runtime of its own: the test's may be gone already.
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            if let Ok(runtime) = runtime {
                runtime.block_on(async { drop_database(&mut superuser().await, &name).await });
            }
        });
        // A failure leaves a database behind, which is no reason to fail the test.
        drop(dropped.join());
    }
}

/// Tells migrations apart (FNV-1a), so that a changed tree or a test's own service of the same name gets its own template.
fn fingerprint(migrator: &Migrator) -> u32 {
    migrator.iter().flat_map(|m| m.checksum.iter()).fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
}

async fn make(service: &str, database: &str, template: Option<&str>) -> DatabaseSection {
    let servers = servers();
    // The same for every process, because roles belong to the whole server.
    let secret = |role: &str| Secret::new(format!("{role}-{}", servers.postgres.password));
    let passwords = Passwords { owner: secret("owner"), app: secret("app"), platform: secret("platform") };
    let section = provision(Provision { superuser_url: &servers.postgres.superuser_url, service, database, template, passwords: &passwords })
        .await
        .expect("a database for the test");
    // A machine that runs many tests at once is slow, and that is no finding.
    DatabaseSection { acquire_timeout_ms: 3_000, ..section }
}

async fn superuser() -> PgConnection {
    PgConnection::connect(&servers().postgres.superuser_url).await.expect("PostgreSQL's superuser")
}

async fn drop_database(connection: &mut PgConnection, name: &str) {
    sqlx::raw_sql(AssertSqlSafe(format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"))).execute(connection).await.expect("dropping a database");
}
