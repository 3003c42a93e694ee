//! Rows of `identity.ceremony`: what was begun and awaits its proof: a new authenticator, a new passkey, a sign-in by passkey.

use chrono::{DateTime, TimeDelta, Utc};
use platform::{Result, Tx};
use proto::FieldClass;
use uuid::Uuid;

use super::blobs::EnrolmentBlob;
use crate::secret;

/// What was begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A new authenticator.
    Authenticator = 1,
    /// A new passkey.
    Passkey = 2,
    /// A sign-in or a fresh proof by passkey.
    SignIn = 3,
}

/// An open ceremony.
#[derive(Clone, Debug)]
pub struct CeremonyRow {
    /// Its id.
    pub id: Uuid,
    /// Whose it is; none for a sign-in.
    pub user_id: Option<Uuid>,
    /// What the passkey signs.
    pub challenge: Vec<u8>,
    /// Sealed secret of the new authenticator.
    pub c_staff_hr: Option<Vec<u8>>,
}

/// Begins a ceremony; answers its secret.
///
/// # Errors
/// The database's and those of the keys.
pub async fn begin(tx: &mut Tx, kind: Kind, user: Option<Uuid>, challenge: &[u8], totp_secret: Option<Vec<u8>>, lasts: TimeDelta) -> Result<String> {
    let (tenant, now, id, secret) = (tx.tenant(), tx.now(), tx.ctx().new_id(), secret::new()?);
    let sealed = match (user, totp_secret) {
        (Some(user), Some(totp_secret)) => Some(tx.seal(user, FieldClass::StaffHr, id, &EnrolmentBlob { totp_secret }).await?),
        _ => None,
    };
    sqlx::query!(
        "INSERT INTO identity.ceremony (tenant_id, id, kind, secret_hash, user_id, challenge, c_staff_hr, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        tenant, id, kind as i16, secret::hash(&secret), user, challenge, sealed, now, now + lasts
    )
    .execute(tx.conn())
    .await?;
    Ok(secret)
}

/// The open ceremony of this kind and user with this secret, locked until the transaction ends. For whom it was begun must finish it.
///
/// # Errors
/// The database's.
pub async fn find(tx: &mut Tx, kind: Kind, user: Option<Uuid>, secret: &str) -> Result<Option<CeremonyRow>> {
    let (tenant, now) = (tx.tenant(), tx.now());
    Ok(sqlx::query_as!(
        CeremonyRow,
        "SELECT id, user_id, challenge, c_staff_hr FROM identity.ceremony
         WHERE tenant_id = $1 AND kind = $2 AND user_id IS NOT DISTINCT FROM $3 AND secret_hash = $4 AND expires_at > $5 FOR UPDATE",
        tenant, kind as i16, user, secret::hash(secret), now
    )
    .fetch_optional(tx.conn())
    .await?)
}

/// The secret of a new authenticator.
///
/// # Errors
/// Those of the keys.
pub async fn totp_secret(tx: &mut Tx, row: &CeremonyRow) -> Result<Option<Vec<u8>>> {
    match (row.user_id, &row.c_staff_hr) {
        (Some(user), Some(sealed)) => Ok(Some(tx.open::<EnrolmentBlob>(user, FieldClass::StaffHr, row.id, sealed).await?.totp_secret)),
        _ => Ok(None),
    }
}

/// Ends a ceremony: it is good once.
///
/// # Errors
/// The database's.
pub async fn end(tx: &mut Tx, id: Uuid) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query!("DELETE FROM identity.ceremony WHERE tenant_id = $1 AND id = $2", tenant, id).execute(tx.conn()).await?;
    Ok(())
}

/// Removes ceremonies that were over before the instant.
///
/// # Errors
/// The database's.
pub async fn sweep(tx: &mut Tx, before: DateTime<Utc>) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query!("DELETE FROM identity.ceremony WHERE tenant_id = $1 AND expires_at < $2", tenant, before).execute(tx.conn()).await?;
    Ok(())
}
