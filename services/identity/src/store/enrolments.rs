//! Rows of `identity.enrolment`: single-use links.

use chrono::{DateTime, Utc};
use platform::{Result, Tx};
use proto::{FieldClass, events::v1::EnrolmentOpened};
use uuid::Uuid;

use super::blobs::EnrolmentBlob;
use crate::{domain::session::ENROLMENT, secret};

/// An open link.
#[derive(Clone, Debug)]
pub struct EnrolmentRow {
    /// Its id.
    pub id: Uuid,
    /// Whose it is.
    pub user_id: Uuid,
    /// Sealed authenticator secret; none until its page was opened.
    pub c_staff_hr: Option<Vec<u8>>,
}

/// Ends a user's open link, so that only the newest is good.
///
/// # Errors
/// The database's.
pub async fn end_all(tx: &mut Tx, user: Uuid) -> Result<()> {
    let (tenant, now) = (tx.tenant(), tx.now());
    sqlx::query!("UPDATE identity.enrolment SET ended_at = $3, c_staff_hr = NULL WHERE tenant_id = $1 AND user_id = $2 AND ended_at IS NULL", tenant, user, now)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Makes a link in place of an older one; answers its id. It has no secret, so that nobody can open it, until one is made.
///
/// # Errors
/// The database's.
pub async fn open(tx: &mut Tx, user: Uuid, by: Option<Uuid>) -> Result<Uuid> {
    end_all(tx, user).await?;
    let (tenant, now, id) = (tx.tenant(), tx.now(), tx.ctx().new_id());
    sqlx::query!(
        "INSERT INTO identity.enrolment (tenant_id, id, user_id, created_by, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6)",
        tenant, id, user, by, now, now + ENROLMENT
    )
    .execute(tx.conn())
    .await?;
    Ok(id)
}

/// Makes a link in place of an older one, and asks for the mail that takes it to the account's own address.
///
/// # Errors
/// The database's.
pub async fn send(tx: &mut Tx, user: Uuid, by: Option<Uuid>) -> Result<()> {
    let id = open(tx, user, by).await?;
    tx.publish(id, 1, &EnrolmentOpened { enrolment_id: id.to_string(), user_id: user.to_string() }).await
}

/// Makes the secret of a link in place of an older one; answers it, and it is nowhere else.
///
/// # Errors
/// The database's.
pub async fn make_secret(tx: &mut Tx, id: Uuid) -> Result<String> {
    let (tenant, secret) = (tx.tenant(), secret::new()?);
    sqlx::query!("UPDATE identity.enrolment SET secret_hash = $3 WHERE tenant_id = $1 AND id = $2", tenant, id, secret::hash(&secret)).execute(tx.conn()).await?;
    Ok(secret)
}

/// The open link whose page nobody has opened, locked until the transaction ends.
///
/// # Errors
/// The database's.
pub async fn unopened(tx: &mut Tx, id: Uuid) -> Result<Option<EnrolmentRow>> {
    let (tenant, now) = (tx.tenant(), tx.now());
    Ok(sqlx::query_as!(
        EnrolmentRow,
        "SELECT id, user_id, c_staff_hr FROM identity.enrolment
         WHERE tenant_id = $1 AND id = $2 AND ended_at IS NULL AND expires_at > $3 AND c_staff_hr IS NULL FOR UPDATE",
        tenant, id, now
    )
    .fetch_optional(tx.conn())
    .await?)
}

/// The open link with this secret, locked until the transaction ends.
///
/// # Errors
/// The database's.
pub async fn find(tx: &mut Tx, secret: &str) -> Result<Option<EnrolmentRow>> {
    let (tenant, now) = (tx.tenant(), tx.now());
    Ok(sqlx::query_as!(
        EnrolmentRow,
        "SELECT id, user_id, c_staff_hr FROM identity.enrolment
         WHERE tenant_id = $1 AND secret_hash = $2 AND ended_at IS NULL AND expires_at > $3 FOR UPDATE",
        tenant, secret::hash(secret), now
    )
    .fetch_optional(tx.conn())
    .await?)
}

/// Whose the open link with this secret is. Nothing is locked.
///
/// # Errors
/// The database's.
pub async fn whose(tx: &mut Tx, secret: &str) -> Result<Option<Uuid>> {
    let (tenant, now) = (tx.tenant(), tx.now());
    Ok(sqlx::query_scalar!(
        "SELECT user_id FROM identity.enrolment WHERE tenant_id = $1 AND secret_hash = $2 AND ended_at IS NULL AND expires_at > $3",
        tenant, secret::hash(secret), now
    )
    .fetch_optional(tx.conn())
    .await?)
}

/// Keeps the authenticator secret that the link's page shows.
///
/// # Errors
/// The database's and those of the keys.
pub async fn set_secret(tx: &mut Tx, row: &EnrolmentRow, totp_secret: Vec<u8>) -> Result<()> {
    let tenant = tx.tenant();
    let blob = tx.seal(row.user_id, FieldClass::StaffHr, row.id, &EnrolmentBlob { totp_secret }).await?;
    sqlx::query!("UPDATE identity.enrolment SET c_staff_hr = $3 WHERE tenant_id = $1 AND id = $2", tenant, row.id, blob).execute(tx.conn()).await?;
    Ok(())
}

/// Removes links that were over before the instant.
///
/// # Errors
/// The database's.
pub async fn sweep(tx: &mut Tx, before: DateTime<Utc>) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query!("DELETE FROM identity.enrolment WHERE tenant_id = $1 AND expires_at < $2", tenant, before).execute(tx.conn()).await?;
    Ok(())
}
