//! Rows of `identity.help_request`.

use platform::{Result, Tx};
use uuid::Uuid;

use crate::domain::help::CONFIRM_WITHIN;

/// Keeps what somebody asked for, in place of what was asked before.
///
/// # Errors
/// The database's.
pub async fn ask(tx: &mut Tx, user: Uuid, by: Uuid) -> Result<()> {
    let (tenant, now) = (tx.tenant(), tx.now());
    sqlx::query!(
        "INSERT INTO identity.help_request (tenant_id, user_id, asked_by, asked_at, expires_at) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (tenant_id, user_id) DO UPDATE SET asked_by = excluded.asked_by, asked_at = excluded.asked_at, expires_at = excluded.expires_at",
        tenant, user, by, now, now + CONFIRM_WITHIN
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Who asked for what awaits a second person.
///
/// # Errors
/// The database's.
pub async fn asked_by(tx: &mut Tx, user: Uuid) -> Result<Option<Uuid>> {
    let (tenant, now) = (tx.tenant(), tx.now());
    Ok(sqlx::query_scalar!("SELECT asked_by FROM identity.help_request WHERE tenant_id = $1 AND user_id = $2 AND expires_at > $3", tenant, user, now)
        .fetch_optional(tx.conn())
        .await?)
}

/// Takes what was asked for away; answers whether this transaction did.
///
/// # Errors
/// The database's.
pub async fn end(tx: &mut Tx, user: Uuid) -> Result<bool> {
    let tenant = tx.tenant();
    let done = sqlx::query!("DELETE FROM identity.help_request WHERE tenant_id = $1 AND user_id = $2", tenant, user).execute(tx.conn()).await?;
    Ok(done.rows_affected() == 1)
}

/// Everything that awaits a second person: the user, and who asked.
///
/// # Errors
/// The database's.
pub async fn awaiting(tx: &mut Tx) -> Result<Vec<(Uuid, Uuid)>> {
    let (tenant, now) = (tx.tenant(), tx.now());
    let rows = sqlx::query!("SELECT user_id, asked_by FROM identity.help_request WHERE tenant_id = $1 AND expires_at > $2 ORDER BY asked_at LIMIT 100", tenant, now)
        .fetch_all(tx.conn())
        .await?;
    Ok(rows.into_iter().map(|r| (r.user_id, r.asked_by)).collect())
}
