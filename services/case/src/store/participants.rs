//! SQL of participants.

use chrono::{DateTime, Utc};
use platform::{Result, db::Tx};
use uuid::Uuid;

use crate::domain::participant;

/// A participant as stored. The blob is sealed with the person's key, row is the participant's id.
#[derive(Clone, Debug)]
pub struct ParticipantRow {
    /// Id.
    pub id: Uuid,
    /// Case.
    pub case_id: Uuid,
    /// Person.
    pub person_id: Uuid,
    /// Code of list participant_role.
    pub role: String,
    /// Whose side the role belongs to: BOTH, HARMED or HARMER.
    pub side: String,
    /// Code of list participation_status.
    pub status: String,
    /// Since when.
    pub status_since: DateTime<Utc>,
    /// Etag.
    pub version: i64,
}

/// What a list needs to show a participant's name.
#[derive(Clone, Debug)]
pub struct NameRow {
    /// Case.
    pub case_id: Uuid,
    /// Participant.
    pub participant_id: Uuid,
    /// Code of list participant_role.
    pub role: String,
    /// Code of list participation_status.
    pub status: String,
    /// Person: subject and row of the blob.
    pub person_id: Uuid,
    /// [`super::people_blobs::IdentityBlob`], class identity.
    pub name_blob: Vec<u8>,
}

/// All participants of a case: first the two sides, then the others, each in the order they came.
///
/// # Errors
/// Of the database.
pub async fn of_case(tx: &mut Tx, case_id: Uuid) -> Result<Vec<ParticipantRow>> {
    let rows = sqlx::query_as!(
        ParticipantRow,
        "select id, case_id, person_id, role, side, status, status_since, version from cases.participant
         where tenant_id = $1 and case_id = $2
         order by case role when 'HARMED_PERSON' then 0 when 'HARMER' then 1 else 2 end, created_at, id",
        tx.tenant(), case_id
    );
    Ok(rows.fetch_all(tx.conn()).await?)
}

/// Names of the harmed and the harmers of several cases, for lists.
///
/// # Errors
/// Of the database.
pub async fn names(tx: &mut Tx, case_ids: &[Uuid]) -> Result<Vec<NameRow>> {
    let rows = sqlx::query_as!(
        NameRow,
        r#"select p.case_id, p.id as participant_id, p.role, p.status, p.person_id, n.c_identity as name_blob
           from cases.participant p join people.person n on n.tenant_id = $1 and n.id = p.person_id
           where p.tenant_id = $1 and p.case_id = any($2) and p.role in ('HARMED_PERSON', 'CORPORATE_HARMED', 'HARMER')
           order by p.case_id, case p.role when 'HARMER' then 1 else 0 end, p.created_at, p.id"#,
        tx.tenant(), case_ids
    );
    Ok(rows.fetch_all(tx.conn()).await?)
}

/// One participant.
///
/// # Errors
/// Of the database.
pub async fn get(tx: &mut Tx, id: Uuid) -> Result<Option<ParticipantRow>> {
    let row = sqlx::query_as!(
        ParticipantRow,
        "select id, case_id, person_id, role, side, status, status_since, version from cases.participant
         where tenant_id = $1 and id = $2",
        tx.tenant(), id
    );
    Ok(row.fetch_optional(tx.conn()).await?)
}

/// One participant, locked: its consents, attempts and flags are changed under this lock.
///
/// # Errors
/// Of the database.
pub async fn get_for_update(tx: &mut Tx, id: Uuid) -> Result<Option<ParticipantRow>> {
    let row = sqlx::query_as!(
        ParticipantRow,
        "select id, case_id, person_id, role, side, status, status_since, version from cases.participant
         where tenant_id = $1 and id = $2 for update",
        tx.tenant(), id
    );
    Ok(row.fetch_optional(tx.conn()).await?)
}

/// The participant that a person is in a case with a role.
///
/// # Errors
/// Of the database.
pub async fn find(tx: &mut Tx, case_id: Uuid, person_id: Uuid, role: &str) -> Result<Option<Uuid>> {
    let row = sqlx::query_scalar!(
        "select id from cases.participant where tenant_id = $1 and case_id = $2 and person_id = $3 and role = $4",
        tx.tenant(), case_id, person_id, role
    );
    Ok(row.fetch_optional(tx.conn()).await?)
}

/// Adds a participant in the first status.
///
/// # Errors
/// Of the database.
pub async fn insert(tx: &mut Tx, id: Uuid, case_id: Uuid, person_id: Uuid, role: &str) -> Result<()> {
    sqlx::query!(
        "insert into cases.participant (tenant_id, id, case_id, person_id, role, side, status, status_since, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $8)",
        tx.tenant(), id, case_id, person_id, role, participant::side_code(role), participant::FIRST_STATUS, tx.now()
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Stores a new status with its reason and answers the new version.
///
/// # Errors
/// Of the database.
pub async fn set_status(tx: &mut Tx, id: Uuid, status: &str, reason: Option<&[u8]>) -> Result<i64> {
    let version = sqlx::query_scalar!(
        "update cases.participant set status = $3, status_since = $4, c_notes = $5, version = version + 1
         where tenant_id = $1 and id = $2 returning version",
        tx.tenant(), id, status, tx.now(), reason
    );
    Ok(version.fetch_one(tx.conn()).await?)
}

/// Counts the version up after a change of something that belongs to the participant.
///
/// # Errors
/// Of the database.
pub async fn bump(tx: &mut Tx, id: Uuid) -> Result<()> {
    sqlx::query!("update cases.participant set version = version + 1 where tenant_id = $1 and id = $2", tx.tenant(), id)
        .execute(tx.conn())
        .await?;
    Ok(())
}
