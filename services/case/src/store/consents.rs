//! SQL of consents: only ever added to.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use platform::{Result, db::Tx};
use uuid::Uuid;

/// An entry as stored. The blob is sealed with the person's key, row is the consent's id.
#[derive(Clone, Debug)]
pub struct ConsentRow {
    /// Id.
    pub id: Uuid,
    /// Participant.
    pub participant_id: Uuid,
    /// Code of list consent_purpose.
    pub purpose: String,
    /// Code of list consent_state.
    pub state: String,
    /// Code of list consent_how.
    pub how: String,
    /// When the person said so.
    pub at: DateTime<Utc>,
    /// Who recorded it, as a principal's label.
    pub recorded_by: String,
    /// [`super::people_blobs::WordsBlob`], class notes.
    pub c_notes: Option<Vec<u8>>,
}

/// Every entry of some participants, newest first.
///
/// # Errors
/// Of the database.
pub async fn of_participants(tx: &mut Tx, participants: &[Uuid]) -> Result<Vec<ConsentRow>> {
    let rows = sqlx::query_as!(
        ConsentRow,
        "select id, participant_id, purpose, state, how, at, recorded_by, c_notes from cases.consent
         where tenant_id = $1 and participant_id = any($2) order by sequence desc",
        tx.tenant(), participants
    );
    Ok(rows.fetch_all(tx.conn()).await?)
}

/// The state of each purpose that anything was recorded for.
///
/// # Errors
/// Of the database.
pub async fn states(tx: &mut Tx, participant: Uuid) -> Result<BTreeMap<String, String>> {
    let rows = sqlx::query!(
        "select distinct on (purpose) purpose, state from cases.consent
         where tenant_id = $1 and participant_id = $2 order by purpose, sequence desc",
        tx.tenant(), participant
    );
    Ok(rows.fetch_all(tx.conn()).await?.into_iter().map(|r| (r.purpose, r.state)).collect())
}

/// Adds an entry.
///
/// # Errors
/// Of the database.
pub async fn insert(tx: &mut Tx, row: &ConsentRow) -> Result<()> {
    sqlx::query!(
        "insert into cases.consent (tenant_id, id, participant_id, purpose, state, how, at, recorded_by, recorded_at, c_notes)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        tx.tenant(), row.id, row.participant_id, row.purpose, row.state, row.how, row.at, row.recorded_by, tx.now(),
        row.c_notes.as_deref()
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}
