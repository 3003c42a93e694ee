//! SQL of attempts to reach a participant.

use chrono::{DateTime, Utc};
use platform::{Result, db::Tx};
use uuid::Uuid;

/// An attempt as stored. The blob is sealed with the person's key, row is the attempt's id.
#[derive(Clone, Debug)]
pub struct AttemptRow {
    /// Id.
    pub id: Uuid,
    /// Participant.
    pub participant_id: Uuid,
    /// When.
    pub at: DateTime<Utc>,
    /// Who recorded it, as a principal's label.
    pub recorded_by: String,
    /// [`super::people_blobs::AttemptBlob`], class contact.
    pub c_contact: Vec<u8>,
}

/// The attempts of a participant, newest first, at most 200.
///
/// # Errors
/// Of the database.
pub async fn of_participant(tx: &mut Tx, participant: Uuid) -> Result<Vec<AttemptRow>> {
    let rows = sqlx::query_as!(
        AttemptRow,
        "select id, participant_id, at, recorded_by, c_contact from cases.contact_attempt
         where tenant_id = $1 and participant_id = $2 order by at desc, id desc limit 200",
        tx.tenant(), participant
    );
    Ok(rows.fetch_all(tx.conn()).await?)
}

/// Adds an attempt.
///
/// # Errors
/// Of the database.
pub async fn insert(tx: &mut Tx, row: &AttemptRow) -> Result<()> {
    sqlx::query!(
        "insert into cases.contact_attempt (tenant_id, id, participant_id, at, recorded_by, recorded_at, c_contact)
         values ($1, $2, $3, $4, $5, $6, $7)",
        tx.tenant(), row.id, row.participant_id, row.at, row.recorded_by, tx.now(), row.c_contact
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}
