//! Rows of `identity.device`: browsers that somebody has signed in with.

use platform::{Result, Tx};
use uuid::Uuid;

use crate::secret;

/// The browser of a user by the secret of its cookie.
///
/// # Errors
/// The database's.
pub async fn find(tx: &mut Tx, user: Uuid, secret: &str) -> Result<Option<Uuid>> {
    let tenant = tx.tenant();
    Ok(sqlx::query_scalar!("SELECT id FROM identity.device WHERE tenant_id = $1 AND user_id = $2 AND secret_hash = $3", tenant, user, secret::hash(secret))
        .fetch_optional(tx.conn())
        .await?)
}

/// Whether a user has signed in with any browser since the factors were set.
///
/// # Errors
/// The database's.
pub async fn has_any(tx: &mut Tx, user: Uuid) -> Result<bool> {
    let tenant = tx.tenant();
    Ok(sqlx::query_scalar!(r#"SELECT EXISTS (SELECT FROM identity.device WHERE tenant_id = $1 AND user_id = $2) AS "any!""#, tenant, user).fetch_one(tx.conn()).await?)
}

/// Keeps a browser; answers the secret of its cookie, which is nowhere else.
///
/// # Errors
/// The database's.
pub async fn add(tx: &mut Tx, user: Uuid) -> Result<String> {
    let (tenant, now, id, secret) = (tx.tenant(), tx.now(), tx.ctx().new_id(), secret::new()?);
    sqlx::query!(
        "INSERT INTO identity.device (tenant_id, id, user_id, secret_hash, created_at, last_used_at) VALUES ($1, $2, $3, $4, $5, $5)",
        tenant, id, user, secret::hash(&secret), now
    )
    .execute(tx.conn())
    .await?;
    Ok(secret)
}

/// Notes that a browser was used.
///
/// # Errors
/// The database's.
pub async fn used(tx: &mut Tx, id: Uuid) -> Result<()> {
    let (tenant, now) = (tx.tenant(), tx.now());
    sqlx::query!("UPDATE identity.device SET last_used_at = $3 WHERE tenant_id = $1 AND id = $2", tenant, id, now).execute(tx.conn()).await?;
    Ok(())
}

/// Forgets every browser of a user: what was known of them no longer counts.
///
/// # Errors
/// The database's.
pub async fn forget_all(tx: &mut Tx, user: Uuid) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query!("DELETE FROM identity.device WHERE tenant_id = $1 AND user_id = $2", tenant, user).execute(tx.conn()).await?;
    Ok(())
}

/// Removes browsers that were not used since the instant.
///
/// # Errors
/// The database's.
pub async fn sweep(tx: &mut Tx, before: chrono::DateTime<chrono::Utc>) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query!("DELETE FROM identity.device WHERE tenant_id = $1 AND last_used_at < $2", tenant, before).execute(tx.conn()).await?;
    Ok(())
}
