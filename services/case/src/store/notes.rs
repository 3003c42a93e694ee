//! Rows of notes: inserted, and once marked as corrected; a trigger refuses anything else.

use chrono::{DateTime, Utc};
use platform::{Error, Result, Tx};
use uuid::Uuid;

/// One note; its words stay sealed under the case's key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoteRow {
    /// Its id.
    pub id: Uuid,
    /// The case.
    pub case_id: Uuid,
    /// BOTH, HARMED or HARMER.
    pub side: String,
    /// EVERYONE or SUPERVISORS.
    pub readers: String,
    /// What it is about.
    pub kind: String,
    /// The participant it is about.
    pub participant_id: Option<Uuid>,
    /// When it happened.
    pub happened_at: DateTime<Utc>,
    /// When it was written down.
    pub recorded_at: DateTime<Utc>,
    /// Who wrote it, as a label.
    pub recorded_by: String,
    /// Who wrote it, as decisions ask for it.
    pub made_by: Option<Uuid>,
    /// The note it corrects.
    pub corrects_id: Option<Uuid>,
    /// The note that corrects it.
    pub corrected_by_id: Option<Uuid>,
    /// Sealed text and reason.
    pub c_notes: Vec<u8>,
}

/// Stores a new note; where it corrects one, marks that.
///
/// # Errors
/// Of the database; `Internal` where the corrected note was corrected before and not locked.
pub async fn insert(tx: &mut Tx, row: &NoteRow) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query!(
        "INSERT INTO cases.note (tenant_id, id, case_id, side, readers, kind, participant_id, happened_at, recorded_at, recorded_by,
             made_by, corrects_id, c_notes)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        tenant, row.id, row.case_id, row.side, row.readers, row.kind, row.participant_id, row.happened_at, row.recorded_at,
        row.recorded_by, row.made_by, row.corrects_id, row.c_notes
    )
    .execute(tx.conn())
    .await?;
    let Some(old) = row.corrects_id else { return Ok(()) };
    let done = sqlx::query!(
        "UPDATE cases.note SET corrected_by_id = $3 WHERE tenant_id = $1 AND id = $2 AND corrected_by_id IS NULL",
        tenant, old, row.id
    )
    .execute(tx.conn())
    .await?;
    if done.rows_affected() == 1 { Ok(()) } else { Err(Error::fault("a note was corrected twice")) }
}

/// One note, locked until the transaction ends.
///
/// # Errors
/// Of the database.
pub async fn get_for_update(tx: &mut Tx, id: Uuid) -> Result<Option<NoteRow>> {
    let tenant = tx.tenant();
    Ok(sqlx::query_as!(
        NoteRow,
        "SELECT id, case_id, side, readers, kind, participant_id, happened_at, recorded_at, recorded_by, made_by, corrects_id,
                corrected_by_id, c_notes
         FROM cases.note WHERE tenant_id = $1 AND id = $2 FOR UPDATE",
        tenant, id
    )
    .fetch_optional(tx.conn())
    .await?)
}

/// Which notes of a case the reader may see.
#[derive(Clone, Debug, Default)]
pub struct Visible {
    /// Notes of these sides.
    pub sides: Vec<String>,
    /// Notes that this user wrote, whatever the side.
    pub own: Option<Uuid>,
    /// Notes for supervisors too.
    pub supervisor: bool,
    /// Only notes of this side, where one is asked for.
    pub only: Option<String>,
}

/// A page of notes, newest first, below the given place.
///
/// # Errors
/// Of the database.
pub async fn page(tx: &mut Tx, case_id: Uuid, visible: &Visible, below: Option<(DateTime<Utc>, Uuid)>, most: i64) -> Result<Vec<NoteRow>> {
    let tenant = tx.tenant();
    let (at, id) = below.unzip();
    Ok(sqlx::query_as!(
        NoteRow,
        "SELECT id, case_id, side, readers, kind, participant_id, happened_at, recorded_at, recorded_by, made_by, corrects_id,
                corrected_by_id, c_notes
         FROM cases.note
         WHERE tenant_id = $1 AND case_id = $2 AND ($3::timestamptz IS NULL OR (recorded_at, id) < ($3, $4::uuid))
           AND (side = ANY($5) OR made_by = $6::uuid) AND (readers = 'EVERYONE' OR $7) AND ($8::text IS NULL OR side = $8)
         ORDER BY recorded_at DESC, id DESC LIMIT $9",
        tenant, case_id, at, id, &visible.sides, visible.own, visible.supervisor, visible.only.as_deref(), most
    )
    .fetch_all(tx.conn())
    .await?)
}
