//! Rows of `identity.session`.

use chrono::{DateTime, TimeDelta, Utc};
use platform::{Result, Tx};
use uuid::Uuid;

use crate::{domain::session::idle_end, secret};

/// A live session.
#[derive(Clone, Debug)]
pub struct SessionRow {
    /// Its id.
    pub id: Uuid,
    /// Its user.
    pub user_id: Uuid,
    /// When it ends if nothing more happens.
    pub idle_ends_at: DateTime<Utc>,
    /// When all factors were proved in it last.
    pub auth_at: DateTime<Utc>,
}

/// Begins a session in which all factors were just proved; `agent` is a text of a closed list. Answers its secret and its last
/// instant.
///
/// # Errors
/// The database's.
pub async fn begin(tx: &mut Tx, user: Uuid, idle_minutes: u32, lasts: TimeDelta, agent: &str) -> Result<(String, DateTime<Utc>)> {
    let secret = secret::new()?;
    let (tenant, now, id) = (tx.tenant(), tx.now(), tx.ctx().new_id());
    let ends_at = now + lasts;
    sqlx::query!(
        "INSERT INTO identity.session (tenant_id, id, user_id, secret_hash, created_at, idle_ends_at, ends_at, auth_at, last_used_at, agent)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $5, $5, $8)",
        tenant, id, user, secret::hash(&secret), now, idle_end(now, idle_minutes, ends_at), ends_at, agent
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
        "UPDATE identity.session s SET idle_ends_at = least($4, s.ends_at), last_used_at = $3
         FROM identity.user_account u
         WHERE s.tenant_id = $1 AND s.secret_hash = $2 AND s.ended_at IS NULL AND s.idle_ends_at > $3 AND s.ends_at > $3
           AND u.tenant_id = s.tenant_id AND u.id = s.user_id AND u.state = 2
         RETURNING s.id, s.user_id, s.idle_ends_at, s.auth_at",
        tenant, hash, now, idle
    )
    .fetch_optional(tx.conn())
    .await?)
}

/// A live session of an active user by its secret; its idle end does not move.
///
/// # Errors
/// The database's.
pub async fn live(tx: &mut Tx, hash: &[u8]) -> Result<Option<SessionRow>> {
    let (tenant, now) = (tx.tenant(), tx.now());
    Ok(sqlx::query_as!(
        SessionRow,
        "SELECT s.id, s.user_id, s.idle_ends_at, s.auth_at FROM identity.session s
         JOIN identity.user_account u ON u.tenant_id = s.tenant_id AND u.id = s.user_id AND u.state = 2
         WHERE s.tenant_id = $1 AND s.secret_hash = $2 AND s.ended_at IS NULL AND s.idle_ends_at > $3 AND s.ends_at > $3",
        tenant, hash, now
    )
    .fetch_optional(tx.conn())
    .await?)
}

/// A live session as its own user sees it.
#[derive(Clone, Debug)]
pub struct OwnRow {
    /// Its id.
    pub id: Uuid,
    /// Browser and system in words.
    pub agent: String,
    /// When it began.
    pub created_at: DateTime<Utc>,
    /// When it was used last, to the minute.
    pub last_used_at: DateTime<Utc>,
}

/// The live sessions of a user, the newest first.
///
/// # Errors
/// The database's.
pub async fn of_user(tx: &mut Tx, user: Uuid) -> Result<Vec<OwnRow>> {
    let (tenant, now) = (tx.tenant(), tx.now());
    Ok(sqlx::query_as!(
        OwnRow,
        "SELECT id, agent, created_at, last_used_at FROM identity.session
         WHERE tenant_id = $1 AND user_id = $2 AND ended_at IS NULL AND idle_ends_at > $3 AND ends_at > $3 ORDER BY id DESC LIMIT 100",
        tenant, user, now
    )
    .fetch_all(tx.conn())
    .await?)
}

/// Notes that all factors were proved in a session now.
///
/// # Errors
/// The database's.
pub async fn proved(tx: &mut Tx, id: Uuid) -> Result<()> {
    let (tenant, now) = (tx.tenant(), tx.now());
    sqlx::query!("UPDATE identity.session SET auth_at = $3 WHERE tenant_id = $1 AND id = $2", tenant, id, now).execute(tx.conn()).await?;
    Ok(())
}

/// Ends one session of a user by its id; answers whether it was live.
///
/// # Errors
/// The database's.
pub async fn end_of(tx: &mut Tx, user: Uuid, id: Uuid) -> Result<bool> {
    let (tenant, now) = (tx.tenant(), tx.now());
    let done = sqlx::query!("UPDATE identity.session SET ended_at = $4 WHERE tenant_id = $1 AND user_id = $2 AND id = $3 AND ended_at IS NULL", tenant, user, id, now)
        .execute(tx.conn())
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Ends every session of a user but one; answers how many were live.
///
/// # Errors
/// The database's.
pub async fn end_others(tx: &mut Tx, user: Uuid, stays: Uuid) -> Result<u64> {
    let (tenant, now) = (tx.tenant(), tx.now());
    let done = sqlx::query!("UPDATE identity.session SET ended_at = $4 WHERE tenant_id = $1 AND user_id = $2 AND id <> $3 AND ended_at IS NULL", tenant, user, stays, now)
        .execute(tx.conn())
        .await?;
    Ok(done.rows_affected())
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
