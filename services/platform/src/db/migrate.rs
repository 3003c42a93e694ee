//! Migrations: the platform's tables, then the service's own, then the grants. Runs as the owner, whose secret serving
//! processes never have.

use sqlx::{Connection, PgConnection, PgPool, migrate::Migrator};

use super::{grants, options};
use crate::{Error, Result, config::DatabaseSection};

/// The platform's own migrations.
static PLATFORM: Migrator = sqlx::migrate!("./migrations");
/// History of [`PLATFORM`].
const PLATFORM_HISTORY: &str = "platform._migrations";
/// History of the service's own migrations.
const SERVICE_HISTORY: &str = "platform._service_migrations";
/// One migration of a database at a time; taken on the database, so services do not wait for one another.
const LOCK: i64 = 0x6163_636f_7264;

/// Brings a service's database up to date. `own` is the service's `sqlx::migrate!("./migrations")`; its tables stand in
/// schemas of its own.
///
/// # Errors
/// `Internal` that says which migration failed or was changed after it ran, `Unavailable` where the database is away.
pub async fn migrate(section: &DatabaseSection, service: &str, own: &'static Migrator) -> Result<()> {
    let options = options(service, "owner_url", &section.owner_url)?.application_name(&format!("accord-{service}-migrate"));
    let mut connection = PgConnection::connect_with(&options).await?;
    let result = run(&mut connection, service, own).await;
    connection.close().await?;
    result
}

async fn run(connection: &mut PgConnection, service: &str, own: &Migrator) -> Result<()> {
    let user = sqlx::query_scalar!("SELECT current_user::text AS \"user!\"").fetch_one(&mut *connection).await?;
    if user != format!("{service}_owner") {
        return Err(Error::fault(format!("{service}.database.owner_url: must log in as {service}_owner, not as {user}")));
    }
    // Ends with the connection.
    sqlx::query!("SELECT pg_advisory_lock($1)", LOCK).execute(&mut *connection).await?;
    apply(connection, &PLATFORM, PLATFORM_HISTORY).await?;
    apply(connection, own, SERVICE_HISTORY).await?;
    grants::apply(connection, service).await
}

async fn apply(connection: &mut PgConnection, migrations: &Migrator, history: &'static str) -> Result<()> {
    let mut migrator = Migrator::with_migrations(migrations.iter().cloned().collect());
    migrator.create_schema("platform");
    migrator.dangerous_set_table_name(history);
    migrator.run(connection).await.map_err(|e| Error::fault(format!("migrations of {history}")).source(e))
}

/// The version that a service's code needs: its newest migration.
pub fn schema_version(own: &Migrator) -> i64 {
    own.iter().map(|m| m.version).max().unwrap_or(0)
}

/// Whether the schema is at least what this code needs. A newer one is fine: expand first, contract later.
pub(in crate::db) async fn check(app: &PgPool, expected: i64) -> Result<()> {
    let found = sqlx::query!(
        "SELECT (SELECT max(version) FROM platform._migrations WHERE success) AS platform,
                (SELECT max(version) FROM platform._service_migrations WHERE success) AS service"
    )
    .fetch_one(app)
    .await?;
    for (what, found, needed) in [("platform", found.platform, schema_version(&PLATFORM)), ("service", found.service, expected)] {
        let found = found.unwrap_or(0);
        if found < needed {
            return Err(Error::unavailable(format!("the {what} schema is at {found} and {needed} is needed: run migrate")));
        }
    }
    Ok(())
}
