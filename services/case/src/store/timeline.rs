//! What happened in a case: codes and ids, never words.

use chrono::{DateTime, Utc};
use platform::{Result, Tx};
use uuid::Uuid;

/// One entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimelineRow {
    /// Its id.
    pub id: Uuid,
    /// When.
    pub at: DateTime<Utc>,
    /// What kind of thing.
    pub kind: String,
    /// Who did it.
    pub by_label: String,
    /// Codes that a page turns into words.
    pub codes: Vec<String>,
    /// The record it tells of.
    pub record_id: Option<Uuid>,
    /// The participant it is about.
    pub participant_id: Option<Uuid>,
}

/// Adds an entry of the transaction's instant and caller.
///
/// # Errors
/// Of the database.
pub async fn add<C: AsRef<str> + Sync>(
    tx: &mut Tx,
    case_id: Uuid,
    kind: &str,
    codes: &[C],
    record_id: Option<Uuid>,
    participant_id: Option<Uuid>,
) -> Result<()> {
    let (tenant, now, id) = (tx.tenant(), tx.now(), tx.ctx().new_id());
    let by = tx.ctx().principal().label();
    let codes: Vec<String> = codes.iter().map(|c| c.as_ref().to_owned()).collect();
    sqlx::query!(
        "INSERT INTO cases.timeline (tenant_id, id, case_id, at, kind, by_label, codes, record_id, participant_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        tenant, id, case_id, now, kind, by, &codes, record_id, participant_id
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// What of a case's timeline the reader may see: an entry about a person, a note, a meeting is as visible as that.
#[derive(Clone, Debug, Default)]
pub struct Visible {
    /// Sides whose participants they may read.
    pub participant_sides: Vec<String>,
    /// Sides whose notes they may read.
    pub note_sides: Vec<String>,
    /// Whether they may read notes for supervisors.
    pub supervisor: bool,
    /// Sides whose meetings they may read.
    pub meeting_sides: Vec<String>,
    /// People who are restricted to storage: nothing about them is shown.
    pub restricted_people: Vec<Uuid>,
}

/// A page of entries, newest first, below the given place.
///
/// # Errors
/// Of the database.
pub async fn page(tx: &mut Tx, case_id: Uuid, visible: &Visible, below: Option<(DateTime<Utc>, Uuid)>, most: i64) -> Result<Vec<TimelineRow>> {
    let tenant = tx.tenant();
    let (at, id) = below.unzip();
    Ok(sqlx::query_as!(
        TimelineRow,
        "SELECT t.id, t.at, t.kind, t.by_label, t.codes, t.record_id, t.participant_id FROM cases.timeline t
         WHERE t.tenant_id = $1 AND t.case_id = $2 AND ($3::timestamptz IS NULL OR (t.at, t.id) < ($3, $4::uuid))
           AND (t.participant_id IS NULL OR EXISTS (SELECT FROM cases.participant p
                WHERE p.tenant_id = $1 AND p.id = t.participant_id AND p.side = ANY($5) AND p.person_id <> ALL($10)))
           AND (t.kind <> 'NOTE' OR EXISTS (SELECT FROM cases.note n
                WHERE n.tenant_id = $1 AND n.id = t.record_id AND n.side = ANY($6) AND (n.readers = 'EVERYONE' OR $7)))
           AND (t.kind <> 'MEETING' OR EXISTS (SELECT FROM cases.meeting m
                WHERE m.tenant_id = $1 AND m.id = t.record_id AND m.side = ANY($8)))
         ORDER BY t.at DESC, t.id DESC LIMIT $9",
        tenant, case_id, at, id, &visible.participant_sides, &visible.note_sides, visible.supervisor, &visible.meeting_sides, most,
        &visible.restricted_people
    )
    .fetch_all(tx.conn())
    .await?)
}
