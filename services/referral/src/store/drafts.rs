//! Rows of `referral.drafts`: what the public form holds between two pages.

use chrono::{DateTime, Utc};
use platform::{Error, Result, Tx};
use proto::FieldClass;
use uuid::Uuid;

use super::blobs::AnswersBlob;

/// Kind of the subject in the record of processing.
const SUBJECT: &str = "draft";
/// The draft as a whole is kept as its most sensitive part.
const CLASS: FieldClass = FieldClass::SpecialCategory;

/// A draft.
#[derive(Clone, Debug)]
pub struct Draft {
    /// Id.
    pub id: Uuid,
    /// Reference of the referral that it became.
    pub reference: Option<String>,
    /// An acknowledgement follows; said again for a second submission.
    pub acknowledgement: bool,
    answers: Option<Vec<u8>>,
}

/// Begins a draft with a data key of its own.
///
/// # Errors
/// The database's; `Unavailable` while the key service is away.
pub async fn insert(tx: &mut Tx, id: Uuid, secret_hash: &[u8], expires_at: DateTime<Utc>) -> Result<()> {
    tx.create_subject(id, SUBJECT).await?;
    let tenant = tx.tenant();
    sqlx::query!(
        "insert into referral.drafts (tenant_id, id, secret_hash, expires_at) values ($1, $2, $3, $4)",
        tenant,
        id,
        secret_hash,
        expires_at
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// The draft of this secret, while its time lasts.
///
/// # Errors
/// `NotFound`, or the database's.
pub async fn get(tx: &mut Tx, secret_hash: &[u8]) -> Result<Draft> {
    let (tenant, now) = (tx.tenant(), tx.now());
    let row = sqlx::query!(
        "select id, c_answers, reference, acknowledgement from referral.drafts where tenant_id = $1 and secret_hash = $2 and expires_at > $3",
        tenant,
        secret_hash,
        now
    )
    .fetch_optional(tx.conn())
    .await?
    .ok_or_else(Error::not_found)?;
    Ok(Draft { id: row.id, reference: row.reference, acknowledgement: row.acknowledgement, answers: row.c_answers })
}

/// As [`get`], with the row's lock until the transaction ends: two submissions wait for one another.
///
/// # Errors
/// As [`get`].
pub async fn get_for_update(tx: &mut Tx, secret_hash: &[u8]) -> Result<Draft> {
    let tenant = tx.tenant();
    sqlx::query_scalar!("select id from referral.drafts where tenant_id = $1 and secret_hash = $2 for update", tenant, secret_hash)
        .fetch_optional(tx.conn())
        .await?;
    get(tx, secret_hash).await
}

/// Keeps the answers given so far, as the form's contract encodes them.
///
/// # Errors
/// The database's.
pub async fn save(tx: &mut Tx, id: Uuid, input: Vec<u8>) -> Result<()> {
    let blob = tx.seal(id, CLASS, id, &AnswersBlob { input }).await?;
    let tenant = tx.tenant();
    sqlx::query!("update referral.drafts set c_answers = $3 where tenant_id = $1 and id = $2", tenant, id, blob).execute(tx.conn()).await?;
    Ok(())
}

/// Keeps what the draft became and destroys the answers.
///
/// # Errors
/// The database's.
pub async fn submitted(tx: &mut Tx, id: Uuid, reference: &str, acknowledgement: bool) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query!(
        "update referral.drafts set c_answers = null, reference = $3, acknowledgement = $4 where tenant_id = $1 and id = $2",
        tenant,
        id,
        reference,
        acknowledgement
    )
    .execute(tx.conn())
    .await?;
    tx.destroy_subjects(&[id]).await?;
    Ok(())
}

/// Destroys a draft with its key.
///
/// # Errors
/// The database's.
pub async fn delete(tx: &mut Tx, id: Uuid) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query!("delete from referral.drafts where tenant_id = $1 and id = $2", tenant, id).execute(tx.conn()).await?;
    tx.destroy_subjects(&[id]).await?;
    Ok(())
}

/// Destroys a draft whose time is over; answers whether it was still there.
///
/// # Errors
/// The database's.
pub async fn delete_expired(tx: &mut Tx, id: Uuid) -> Result<bool> {
    let (tenant, now) = (tx.tenant(), tx.now());
    let done = sqlx::query!("delete from referral.drafts where tenant_id = $1 and id = $2 and expires_at <= $3", tenant, id, now)
        .execute(tx.conn())
        .await?;
    let was_there = done.rows_affected() == 1;
    if was_there {
        tx.destroy_subjects(&[id]).await?;
    }
    Ok(was_there)
}

impl Draft {
    /// The answers given so far; `None` before the first and after submission.
    ///
    /// # Errors
    /// The database's.
    pub async fn answers(&self, tx: &mut Tx) -> Result<Option<Vec<u8>>> {
        match &self.answers {
            Some(blob) => Ok(Some(tx.open::<AnswersBlob>(self.id, CLASS, self.id, blob).await?.input)),
            None => Ok(None),
        }
    }
}
