//! Rows of `identity.passkey`.

use chrono::{DateTime, Utc};
use platform::{Result, Tx};
use proto::FieldClass;
use uuid::Uuid;

use super::blobs::PasskeyBlob;
use crate::secret;

/// A passkey.
#[derive(Clone, Debug)]
pub struct PasskeyRow {
    /// Its id.
    pub id: Uuid,
    /// Whose it is.
    pub user_id: Uuid,
    /// Sealed [`PasskeyBlob`].
    pub c_staff_hr: Vec<u8>,
    /// When it was added.
    pub created_at: DateTime<Utc>,
    /// When it was used last.
    pub last_used_at: Option<DateTime<Utc>>,
}

impl PasskeyRow {
    /// Name and credential.
    ///
    /// # Errors
    /// Those of [`Tx::open`].
    pub async fn blob(&self, tx: &mut Tx) -> Result<PasskeyBlob> {
        tx.open(self.user_id, FieldClass::StaffHr, self.id, &self.c_staff_hr).await
    }
}

/// The passkeys of a user, the oldest first.
///
/// # Errors
/// The database's.
pub async fn of_user(tx: &mut Tx, user: Uuid) -> Result<Vec<PasskeyRow>> {
    let tenant = tx.tenant();
    Ok(sqlx::query_as!(
        PasskeyRow,
        "SELECT id, user_id, c_staff_hr, created_at, last_used_at FROM identity.passkey WHERE tenant_id = $1 AND user_id = $2 ORDER BY id",
        tenant, user
    )
    .fetch_all(tx.conn())
    .await?)
}

/// The passkey with this credential, locked until the transaction ends.
///
/// # Errors
/// The database's.
pub async fn by_credential(tx: &mut Tx, credential: &[u8]) -> Result<Option<PasskeyRow>> {
    let tenant = tx.tenant();
    Ok(sqlx::query_as!(
        PasskeyRow,
        "SELECT id, user_id, c_staff_hr, created_at, last_used_at FROM identity.passkey WHERE tenant_id = $1 AND credential_hash = $2 FOR UPDATE",
        tenant, secret::hash_bytes(credential)
    )
    .fetch_optional(tx.conn())
    .await?)
}

/// Adds a passkey; answers its id, or nothing where the credential is known already.
///
/// # Errors
/// The database's and those of the keys.
pub async fn insert(tx: &mut Tx, user: Uuid, credential: &[u8], blob: &PasskeyBlob) -> Result<Option<Uuid>> {
    let (tenant, now, id) = (tx.tenant(), tx.now(), tx.ctx().new_id());
    let sealed = tx.seal(user, FieldClass::StaffHr, id, blob).await?;
    let done = sqlx::query!(
        "INSERT INTO identity.passkey (tenant_id, id, user_id, credential_hash, c_staff_hr, created_at) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (tenant_id, credential_hash) DO NOTHING",
        tenant, id, user, secret::hash_bytes(credential), sealed, now
    )
    .execute(tx.conn())
    .await?;
    Ok((done.rows_affected() == 1).then_some(id))
}

/// Notes that a passkey was used, with its new counter.
///
/// # Errors
/// The database's and those of the keys.
pub async fn used(tx: &mut Tx, row: &PasskeyRow, blob: &PasskeyBlob) -> Result<()> {
    let (tenant, now) = (tx.tenant(), tx.now());
    let sealed = tx.seal(row.user_id, FieldClass::StaffHr, row.id, blob).await?;
    sqlx::query!("UPDATE identity.passkey SET c_staff_hr = $3, last_used_at = $4 WHERE tenant_id = $1 AND id = $2", tenant, row.id, sealed, now)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Removes a passkey of a user; answers whether it was theirs.
///
/// # Errors
/// The database's.
pub async fn remove(tx: &mut Tx, user: Uuid, id: Uuid) -> Result<bool> {
    let tenant = tx.tenant();
    let done = sqlx::query!("DELETE FROM identity.passkey WHERE tenant_id = $1 AND user_id = $2 AND id = $3", tenant, user, id).execute(tx.conn()).await?;
    Ok(done.rows_affected() == 1)
}

/// Removes every passkey of a user: an enrolment link begins anew.
///
/// # Errors
/// The database's.
pub async fn remove_all(tx: &mut Tx, user: Uuid) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query!("DELETE FROM identity.passkey WHERE tenant_id = $1 AND user_id = $2", tenant, user).execute(tx.conn()).await?;
    Ok(())
}
