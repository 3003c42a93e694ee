//! Rows of `identity.tenant`.

use platform::{Error, Result, Tx};
use proto::authz::v1::TenantSettings;
use uuid::Uuid;

/// A tenant.
#[derive(Clone, Debug)]
pub struct TenantRow {
    /// Word in the address.
    pub slug: String,
    /// Name that pages show.
    pub name: String,
    /// `#rrggbb`.
    pub colour: String,
    /// `accord.identity.v1.TenantKind`.
    pub kind: i16,
    /// Messages go nowhere.
    pub demonstration: bool,
    /// 0: the default.
    pub suppression_threshold: i32,
    /// 0: the default.
    pub idle_minutes: i32,
    /// 0: the default.
    pub absolute_hours: i32,
    /// Grows with each change.
    pub version: i64,
}

impl TenantRow {
    /// The settings as snapshots carry them.
    pub fn settings(&self) -> TenantSettings {
        TenantSettings {
            suppression_threshold: self.suppression_threshold.unsigned_abs(),
            idle_minutes: self.idle_minutes.unsigned_abs(),
        }
    }
}

/// The transaction's tenant.
///
/// # Errors
/// `NotFound`.
pub async fn get(tx: &mut Tx) -> Result<TenantRow> {
    let tenant = tx.tenant();
    sqlx::query_as!(
        TenantRow,
        "SELECT slug, name, colour, kind, demonstration, suppression_threshold, idle_minutes, absolute_hours, version
         FROM identity.tenant WHERE tenant_id = $1",
        tenant
    )
    .fetch_optional(tx.conn())
    .await?
    .ok_or_else(Error::not_found)
}

/// The id of a tenant by its slug. Works in a transaction of any tenant: it asks the listed function.
///
/// # Errors
/// The database's.
pub async fn id_of(tx: &mut Tx, slug: &str) -> Result<Option<Uuid>> {
    Ok(sqlx::query_scalar!("SELECT identity.tenant_by_slug($1)", slug).fetch_one(tx.conn()).await?)
}

/// Makes changes of slugs wait for one another, so that two tenants never get the same.
///
/// # Errors
/// The database's.
pub async fn lock_slugs(tx: &mut Tx) -> Result<()> {
    sqlx::query!("SELECT pg_advisory_xact_lock(hashtextextended('identity.tenant.slug', 0))").execute(tx.conn()).await?;
    Ok(())
}

/// Adds the transaction's tenant.
///
/// # Errors
/// The database's.
pub async fn insert(tx: &mut Tx, row: &TenantRow) -> Result<()> {
    let (tenant, now) = (tx.tenant(), tx.now());
    sqlx::query!(
        "INSERT INTO identity.tenant
             (tenant_id, slug, name, colour, kind, demonstration, suppression_threshold, idle_minutes, version, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        tenant, row.slug, row.name, row.colour, row.kind, row.demonstration, row.suppression_threshold, row.idle_minutes, row.version, now
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Stores name, colour and settings.
///
/// # Errors
/// The database's.
pub async fn update(tx: &mut Tx, row: &TenantRow) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query!(
        "UPDATE identity.tenant SET name = $2, colour = $3, suppression_threshold = $4, idle_minutes = $5, version = $6, absolute_hours = $7 WHERE tenant_id = $1",
        tenant, row.name, row.colour, row.suppression_threshold, row.idle_minutes, row.version, row.absolute_hours
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}
