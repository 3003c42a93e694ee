//! SQL of persons and their demographics.

use chrono::{DateTime, Utc};
use platform::{Result, db::Tx};
use uuid::Uuid;

/// A person as stored; blobs are sealed with the person's own key, row is the person's id.
#[derive(Clone, Debug)]
pub struct PersonRow {
    /// Id, also the subject of the blobs.
    pub id: Uuid,
    /// What people read and say.
    pub reference: String,
    /// Etag.
    pub version: i64,
    /// [`super::people_blobs::IdentityBlob`].
    pub c_identity: Vec<u8>,
    /// [`super::people_blobs::BirthBlob`].
    pub c_date_of_birth: Option<Vec<u8>>,
    /// [`super::people_blobs::DemographicsBlob`].
    pub c_special_category: Option<Vec<u8>>,
    /// [`super::people_blobs::NeedsBlob`].
    pub c_needs: Option<Vec<u8>>,
    /// [`super::people_blobs::AddressBlob`].
    pub c_contact: Option<Vec<u8>>,
}

/// Adds a person whose subject key was made in this transaction.
///
/// # Errors
/// Of the database.
pub async fn insert(tx: &mut Tx, id: Uuid, reference: &str, identity: &[u8]) -> Result<()> {
    sqlx::query!(
        "insert into people.person (tenant_id, id, reference, created_at, c_identity) values ($1, $2, $3, $4, $5)",
        tx.tenant(), id, reference, tx.now(), identity
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Several persons, in no order.
///
/// # Errors
/// Of the database.
pub async fn get_many(tx: &mut Tx, ids: &[Uuid]) -> Result<Vec<PersonRow>> {
    let rows = sqlx::query_as!(
        PersonRow,
        "select id, reference, version, c_identity, c_date_of_birth, c_special_category, c_needs, c_contact
         from people.person where tenant_id = $1 and id = any($2)",
        tx.tenant(), ids
    );
    Ok(rows.fetch_all(tx.conn()).await?)
}

/// One person, locked until the transaction ends: everything of a person is changed under this lock.
///
/// # Errors
/// Of the database.
pub async fn get_for_update(tx: &mut Tx, id: Uuid) -> Result<Option<PersonRow>> {
    let row = sqlx::query_as!(
        PersonRow,
        "select id, reference, version, c_identity, c_date_of_birth, c_special_category, c_needs, c_contact
         from people.person where tenant_id = $1 and id = $2 for update",
        tx.tenant(), id
    );
    Ok(row.fetch_optional(tx.conn()).await?)
}

/// The person with this reference.
///
/// # Errors
/// Of the database.
pub async fn by_reference(tx: &mut Tx, reference: &str) -> Result<Option<Uuid>> {
    let row = sqlx::query_scalar!("select id from people.person where tenant_id = $1 and reference = $2", tx.tenant(), reference);
    Ok(row.fetch_optional(tx.conn()).await?)
}

/// Stores all blobs of a locked person and counts the version up; answers the new one.
///
/// # Errors
/// Of the database.
pub async fn save(tx: &mut Tx, row: &PersonRow) -> Result<i64> {
    let version = sqlx::query_scalar!(
        "update people.person set version = version + 1, c_identity = $3, c_date_of_birth = $4, c_special_category = $5,
                c_needs = $6, c_contact = $7
         where tenant_id = $1 and id = $2 returning version",
        tx.tenant(), row.id, row.c_identity, row.c_date_of_birth.as_deref(), row.c_special_category.as_deref(),
        row.c_needs.as_deref(), row.c_contact.as_deref()
    );
    Ok(version.fetch_one(tx.conn()).await?)
}

/// Adds a revision of the equality answers.
///
/// # Errors
/// Of the database.
pub async fn insert_demographics(tx: &mut Tx, id: Uuid, person: Uuid, asked_at: DateTime<Utc>, by: &str, blob: &[u8]) -> Result<()> {
    sqlx::query!(
        "insert into people.demographics_revision (tenant_id, id, person_id, asked_at, recorded_by, c_special_category)
         values ($1, $2, $3, $4, $5, $6)",
        tx.tenant(), id, person, asked_at, by, blob
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}
