//! SQL of contact points.

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use platform::{Result, db::Tx};
use uuid::Uuid;

use crate::domain::contact::Safety;

/// A contact point as stored.
#[derive(Clone, Debug)]
pub struct PointRow {
    /// Id, also the row of the blob.
    pub id: Uuid,
    /// Whose it is, also the subject of the blob.
    pub person_id: Uuid,
    /// Code of list contact_kind.
    pub kind: String,
    /// [`super::people_blobs::PointBlob`].
    pub c_contact: Vec<u8>,
    /// Code of list contact_safety.
    pub safety: String,
    /// Texts may be sent.
    pub may_text: bool,
    /// A message may be left.
    pub may_leave_voicemail: bool,
    /// Letters or e-mail may be sent.
    pub may_write: bool,
    /// Local time of day from which it is safe.
    pub safe_from: Option<NaiveTime>,
    /// Local time of day until which it is safe.
    pub safe_to: Option<NaiveTime>,
    /// The person gave limits that no machine can keep.
    pub limits_in_words: bool,
    /// When the person confirmed it.
    pub verified_at: Option<DateTime<Utc>>,
    /// Last local date on which that counts.
    pub review_on: Option<NaiveDate>,
}

/// All contact points of some persons, oldest first.
///
/// # Errors
/// Of the database.
pub async fn of_people(tx: &mut Tx, people: &[Uuid]) -> Result<Vec<PointRow>> {
    let rows = sqlx::query_as!(
        PointRow,
        "select id, person_id, kind, c_contact, safety, may_text, may_leave_voicemail, may_write, safe_from, safe_to,
                limits_in_words, verified_at, review_on
         from people.contact_point where tenant_id = $1 and person_id = any($2) order by created_at, kind, id",
        tx.tenant(), people
    );
    Ok(rows.fetch_all(tx.conn()).await?)
}

/// Of these persons, those who can be reached somewhere that is verified as safe.
///
/// # Errors
/// Of the database.
pub async fn safely_reachable(tx: &mut Tx, people: &[Uuid], today: NaiveDate) -> Result<Vec<Uuid>> {
    let rows = sqlx::query_scalar!(
        "select distinct person_id from people.contact_point
         where tenant_id = $1 and person_id = any($2) and safety in ('SAFE', 'SAFE_WITH_LIMITS') and verified_at is not null
           and (review_on is null or review_on >= $3)",
        tx.tenant(), people, today
    );
    Ok(rows.fetch_all(tx.conn()).await?)
}

/// Adds a contact point.
///
/// # Errors
/// Of the database.
pub async fn insert(tx: &mut Tx, id: Uuid, person: Uuid, kind: &str, blob: &[u8], safety: &Safety) -> Result<()> {
    sqlx::query!(
        "insert into people.contact_point (tenant_id, id, person_id, kind, c_contact, safety, may_text, may_leave_voicemail,
                may_write, safe_from, safe_to, limits_in_words, verified_at, review_on, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
        tx.tenant(), id, person, kind, blob, safety.safety, safety.may_text, safety.may_leave_voicemail, safety.may_write,
        safety.safe_from, safety.safe_to, safety.limits_in_words, safety.verified_at, safety.review_on, tx.now()
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Stores what is known of a contact point's safety, with its blob.
///
/// # Errors
/// Of the database.
pub async fn save(tx: &mut Tx, id: Uuid, blob: &[u8], safety: &Safety) -> Result<()> {
    sqlx::query!(
        "update people.contact_point set c_contact = $3, safety = $4, may_text = $5, may_leave_voicemail = $6, may_write = $7,
                safe_from = $8, safe_to = $9, limits_in_words = $10, verified_at = $11, review_on = $12, version = version + 1
         where tenant_id = $1 and id = $2",
        tx.tenant(), id, blob, safety.safety, safety.may_text, safety.may_leave_voicemail, safety.may_write, safety.safe_from,
        safety.safe_to, safety.limits_in_words, safety.verified_at, safety.review_on
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Takes a contact point away for good.
///
/// # Errors
/// Of the database.
pub async fn delete(tx: &mut Tx, id: Uuid) -> Result<()> {
    sqlx::query!("delete from people.contact_point where tenant_id = $1 and id = $2", tx.tenant(), id).execute(tx.conn()).await?;
    Ok(())
}
