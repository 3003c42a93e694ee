//! Rows of `identity.challenge`: sign-ins whose password was typed and whose code is awaited.

use chrono::{DateTime, Utc};
use platform::{Result, Tx};
use uuid::Uuid;

use crate::{domain::session::CHALLENGE, secret};

/// An open challenge.
#[derive(Clone, Debug)]
pub struct ChallengeRow {
    /// Its id.
    pub id: Uuid,
    /// The account; none where the address is unknown.
    pub user_id: Option<Uuid>,
    /// Whether the password was right.
    pub password_right: bool,
    /// Throttle key of the account.
    pub account_key: i64,
    /// Codes tried.
    pub tries: i16,
    /// When the password was typed.
    pub created_at: DateTime<Utc>,
}

/// Makes a challenge, whatever was typed; answers its secret.
///
/// # Errors
/// The database's.
pub async fn open(tx: &mut Tx, user: Option<Uuid>, password_right: bool, account_key: i64, begun: DateTime<Utc>) -> Result<String> {
    let secret = secret::new()?;
    let (tenant, id) = (tx.tenant(), tx.ctx().new_id());
    sqlx::query!(
        "INSERT INTO identity.challenge (tenant_id, id, secret_hash, user_id, password_right, account_key, tries, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, 0, $7, $8)",
        tenant, id, secret::hash(&secret), user, password_right, account_key, begun, begun + CHALLENGE
    )
    .execute(tx.conn())
    .await?;
    Ok(secret)
}

/// The open challenge with this secret, locked until the transaction ends.
///
/// # Errors
/// The database's.
pub async fn find(tx: &mut Tx, secret: &str) -> Result<Option<ChallengeRow>> {
    let (tenant, now) = (tx.tenant(), tx.now());
    Ok(sqlx::query_as!(
        ChallengeRow,
        "SELECT id, user_id, password_right, account_key, tries, created_at FROM identity.challenge
         WHERE tenant_id = $1 AND secret_hash = $2 AND ended_at IS NULL AND expires_at > $3 FOR UPDATE",
        tenant, secret::hash(secret), now
    )
    .fetch_optional(tx.conn())
    .await?)
}

/// Counts a code that was tried, and ends the challenge where it was the last.
///
/// # Errors
/// The database's.
pub async fn tried(tx: &mut Tx, id: Uuid, ends: bool) -> Result<()> {
    let (tenant, now) = (tx.tenant(), tx.now());
    sqlx::query!(
        "UPDATE identity.challenge SET tries = tries + 1, ended_at = CASE WHEN $3 THEN $4::timestamptz END WHERE tenant_id = $1 AND id = $2",
        tenant, id, ends, now
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Removes challenges that were over before the instant.
///
/// # Errors
/// The database's.
pub async fn sweep(tx: &mut Tx, before: DateTime<Utc>) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query!("DELETE FROM identity.challenge WHERE tenant_id = $1 AND expires_at < $2", tenant, before).execute(tx.conn()).await?;
    Ok(())
}
