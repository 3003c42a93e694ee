//! Rows of `identity.session`.

use chrono::{DateTime, TimeDelta, Utc};
use platform::{Result, Tx};
use uuid::Uuid;

use crate::{domain::session::{ABSOLUTE, idle_end}, secret};

/// A live session.
#[derive(Clone, Debug)]
pub struct SessionRow {
    /// Its id.
    pub id: Uuid,
    /// Its user.
    pub user_id: Uuid,
    /// When it ends if nothing more happens.
    pub idle_ends_at: DateTime<Utc>,
}

/// Begins a session; answers its secret and its last instant.
///
/// # Errors
/// The database's.
pub async fn begin(tx: &mut Tx, user: Uuid, idle_minutes: u32) -> Result<(String, DateTime<Utc>)> {
    let secret = secret::new()?;
    let (tenant, now, id) = (tx.tenant(), tx.now(), tx.ctx().new_id());
    let ends_at = now + ABSOLUTE;
    sqlx::query!(
        "INSERT INTO identity.session (tenant_id, id, user_id, secret_hash, created_at, idle_ends_at, ends_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        tenant, id, user, secret::hash(&secret), now, idle_end(now, idle_minutes, ends_at), ends_at
    )
    .execute(tx.conn())
    .await?;
    Ok((secret, ends_at))
}

/// Moves the idle end of a live session of an active user; nothing where it has ended.
///
/// # Errors
/// The database's.
pub async fn touch(tx: &mut Tx, hash: &[u8], idle_minutes: u32) -> Result<Option<SessionRow>> {
    let (tenant, now) = (tx.tenant(), tx.now());
    let idle = now + TimeDelta::minutes(i64::from(idle_minutes));
    Ok(sqlx::query_as!(
        SessionRow,
        "UPDATE identity.session s SET idle_ends_at = least($4, s.ends_at)
         FROM identity.user_account u
         WHERE s.tenant_id = $1 AND s.secret_hash = $2 AND s.ended_at IS NULL AND s.idle_ends_at > $3 AND s.ends_at > $3
           AND u.tenant_id = s.tenant_id AND u.id = s.user_id AND u.state = 2
         RETURNING s.id, s.user_id, s.idle_ends_at",
        tenant, hash, now, idle
    )
    .fetch_optional(tx.conn())
    .await?)
}

/// Ends one session; answers its user where it was live.
///
/// # Errors
/// The database's.
pub async fn end(tx: &mut Tx, hash: &[u8]) -> Result<Option<Uuid>> {
    let (tenant, now) = (tx.tenant(), tx.now());
    Ok(sqlx::query_scalar!(
        "UPDATE identity.session SET ended_at = $3 WHERE tenant_id = $1 AND secret_hash = $2 AND ended_at IS NULL AND idle_ends_at > $3 RETURNING user_id",
        tenant, hash, now
    )
    .fetch_optional(tx.conn())
    .await?)
}

/// The user of a session that is live or has ended by itself: whoever holds its secret may end the others.
///
/// # Errors
/// The database's.
pub async fn user_of(tx: &mut Tx, hash: &[u8]) -> Result<Option<Uuid>> {
    let tenant = tx.tenant();
    Ok(sqlx::query_scalar!("SELECT user_id FROM identity.session WHERE tenant_id = $1 AND secret_hash = $2 AND ended_at IS NULL", tenant, hash)
        .fetch_optional(tx.conn())
        .await?)
}

/// Ends every session of a user; answers how many were live.
///
/// # Errors
/// The database's.
pub async fn end_all(tx: &mut Tx, user: Uuid) -> Result<u64> {
    let (tenant, now) = (tx.tenant(), tx.now());
    let done = sqlx::query!("UPDATE identity.session SET ended_at = $3 WHERE tenant_id = $1 AND user_id = $2 AND ended_at IS NULL", tenant, user, now)
        .execute(tx.conn())
        .await?;
    Ok(done.rows_affected())
}

/// Removes sessions that were over before the instant.
///
/// # Errors
/// The database's.
pub async fn sweep(tx: &mut Tx, before: DateTime<Utc>) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query!("DELETE FROM identity.session WHERE tenant_id = $1 AND ends_at < $2", tenant, before).execute(tx.conn()).await?;
    Ok(())
}
