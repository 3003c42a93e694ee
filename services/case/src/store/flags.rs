//! SQL of flags, which are warnings on a participant.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use platform::{Result, db::Tx};
use proto::FieldClass;
use uuid::Uuid;

use super::people_blobs::FlagBlob;

/// A flag as stored. The blob is sealed with the person's key, row is the flag's id.
#[derive(Clone, Debug)]
pub struct FlagRow {
    /// Id.
    pub id: Uuid,
    /// Participant.
    pub participant_id: Uuid,
    /// Person, the subject of the blob.
    pub person_id: Uuid,
    /// Since when.
    pub set_at: DateTime<Utc>,
    /// [`FlagBlob`], class risk.
    pub c_risk: Vec<u8>,
}

/// A flag in clear.
#[derive(Clone, Debug)]
pub struct OpenedFlag {
    /// The row.
    pub row: FlagRow,
    /// Code and words.
    pub blob: FlagBlob,
}

/// The flags that are set on anybody in some cases, opened; those of erased people are left out.
///
/// # Errors
/// Of the database.
pub async fn of_cases(tx: &mut Tx, cases: &[Uuid]) -> Result<Vec<OpenedFlag>> {
    let rows = sqlx::query_as!(
        FlagRow,
        "select f.id, f.participant_id, p.person_id, f.set_at, f.c_risk from cases.participant p
         join cases.flag f on f.tenant_id = $1 and f.participant_id = p.id and f.cleared_at is null
         where p.tenant_id = $1 and p.case_id = any($2) order by f.set_at, f.id",
        tx.tenant(), cases
    )
    .fetch_all(tx.conn())
    .await?;
    let people: Vec<Uuid> = rows.iter().map(|r| r.person_id).collect::<BTreeSet<_>>().into_iter().collect();
    tx.load_subject_keys(&people).await?;
    let mut flags = Vec::with_capacity(rows.len());
    for row in rows {
        match tx.open(row.person_id, FieldClass::Risk, row.id, &row.c_risk).await {
            Ok(blob) => flags.push(OpenedFlag { row, blob }),
            Err(error) if error.reason() == "ERASED" => {}
            Err(error) => return Err(error),
        }
    }
    Ok(flags)
}

/// Sets a flag.
///
/// # Errors
/// Of the database.
pub async fn insert(tx: &mut Tx, id: Uuid, participant: Uuid, by: &str, blob: &[u8]) -> Result<()> {
    sqlx::query!(
        "insert into cases.flag (tenant_id, id, participant_id, set_at, set_by, c_risk) values ($1, $2, $3, $4, $5, $6)",
        tx.tenant(), id, participant, tx.now(), by, blob
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Clears flags; they stay as history.
///
/// # Errors
/// Of the database.
pub async fn clear(tx: &mut Tx, ids: &[Uuid], by: &str) -> Result<()> {
    sqlx::query!(
        "update cases.flag set cleared_at = $3, cleared_by = $4 where tenant_id = $1 and id = any($2) and cleared_at is null",
        tx.tenant(), ids, tx.now(), by
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}
