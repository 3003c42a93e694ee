//! Rows of `identity.service_account`.

use access::facts::Facts;
use chrono::{DateTime, Utc};
use platform::{Error, Result, Tx};
use proto::ResourceType;
use uuid::Uuid;

use crate::domain::session::MOVES_EVERY;

/// A partner's system.
#[derive(Clone, Debug)]
pub struct AccountRow {
    /// The account.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// Where its role holds.
    pub node_id: Uuid,
    /// Its role.
    pub role_id: Uuid,
    /// SHA-256 of its certificate.
    pub fingerprint: Vec<u8>,
    /// When its access ends.
    pub expires_at: DateTime<Utc>,
    /// When it was taken away.
    pub revoked_at: Option<DateTime<Utc>>,
    /// When it last came.
    pub last_used_at: Option<DateTime<Utc>>,
}

impl AccountRow {
    /// What decisions about it need.
    pub fn facts(&self) -> Facts<'static> {
        facts(self.node_id)
    }
}

/// Facts of an account at a node.
pub fn facts(node: Uuid) -> Facts<'static> {
    Facts::new(ResourceType::ServiceAccount).owned_by(node)
}

/// The newest 500 accounts.
///
/// # Errors
/// The database's.
pub async fn all(tx: &mut Tx) -> Result<Vec<AccountRow>> {
    let tenant = tx.tenant();
    Ok(sqlx::query_as!(
        AccountRow,
        "SELECT id, name, node_id, role_id, fingerprint, expires_at, revoked_at, last_used_at
         FROM identity.service_account WHERE tenant_id = $1 ORDER BY id DESC LIMIT 500",
        tenant
    )
    .fetch_all(tx.conn())
    .await?)
}

/// One account, locked until the transaction ends.
///
/// # Errors
/// `NotFound`.
pub async fn get(tx: &mut Tx, id: Uuid) -> Result<AccountRow> {
    let tenant = tx.tenant();
    sqlx::query_as!(
        AccountRow,
        "SELECT id, name, node_id, role_id, fingerprint, expires_at, revoked_at, last_used_at
         FROM identity.service_account WHERE tenant_id = $1 AND id = $2 FOR UPDATE",
        tenant, id
    )
    .fetch_optional(tx.conn())
    .await?
    .ok_or_else(Error::not_found)
}

/// Whether a certificate acts for an account of this tenant already.
///
/// # Errors
/// The database's.
pub async fn is_taken(tx: &mut Tx, fingerprint: &[u8]) -> Result<bool> {
    let tenant = tx.tenant();
    Ok(sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM identity.service_account WHERE tenant_id = $1 AND fingerprint = $2 AND revoked_at IS NULL) AS "taken!""#,
        tenant, fingerprint
    )
    .fetch_one(tx.conn())
    .await?)
}

/// Adds an account.
///
/// # Errors
/// The database's.
pub async fn insert(tx: &mut Tx, row: &AccountRow, by: Option<Uuid>) -> Result<()> {
    let (tenant, now) = (tx.tenant(), tx.now());
    sqlx::query!(
        "INSERT INTO identity.service_account (tenant_id, id, name, node_id, role_id, fingerprint, expires_at, created_by, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        tenant, row.id, row.name, row.node_id, row.role_id, row.fingerprint, row.expires_at, by, now
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Takes an account's access away.
///
/// # Errors
/// The database's.
pub async fn revoke(tx: &mut Tx, id: Uuid) -> Result<()> {
    let (tenant, now) = (tx.tenant(), tx.now());
    sqlx::query!("UPDATE identity.service_account SET revoked_at = $3 WHERE tenant_id = $1 AND id = $2", tenant, id, now).execute(tx.conn()).await?;
    Ok(())
}

/// The live account of a certificate in any tenant, as tenant and id; the listed function answers.
///
/// # Errors
/// The database's.
pub async fn by_fingerprint(tx: &mut Tx, fingerprint: &[u8]) -> Result<Option<(Uuid, Uuid)>> {
    let now = tx.now();
    let row = sqlx::query!(
        r#"SELECT tenant_id AS "tenant_id!", id AS "id!" FROM identity.account_by_fingerprint($1, $2)"#,
        fingerprint, now
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(|r| (r.tenant_id, r.id)))
}

/// Notes that an account came, at most once a minute; answers whether it is live.
///
/// # Errors
/// The database's.
pub async fn used(tx: &mut Tx, id: Uuid) -> Result<bool> {
    let (tenant, now) = (tx.tenant(), tx.now());
    let row = sqlx::query!(
        "SELECT last_used_at FROM identity.service_account WHERE tenant_id = $1 AND id = $2 AND revoked_at IS NULL AND expires_at > $3",
        tenant, id, now
    )
    .fetch_optional(tx.conn())
    .await?;
    let Some(row) = row else { return Ok(false) };
    if row.last_used_at.is_none_or(|at| now - at >= MOVES_EVERY) {
        sqlx::query!("UPDATE identity.service_account SET last_used_at = $3 WHERE tenant_id = $1 AND id = $2", tenant, id, now)
            .execute(tx.conn())
            .await?;
    }
    Ok(true)
}
