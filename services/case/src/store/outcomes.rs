//! Rows of interventions and what came of them.

use chrono::{DateTime, Utc};
use platform::{Result, Tx};
use uuid::Uuid;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutcomeRow {
    /// Its id.
    pub id: Uuid,
    /// The case.
    pub case_id: Uuid,
    /// The meeting it came about in, where that is known.
    pub meeting_id: Option<Uuid>,
    /// A direct or indirect intervention was held.
    pub delivered: bool,
    /// When it was recorded.
    pub recorded_at: DateTime<Utc>,
    /// Who recorded it.
    pub recorded_by: String,
    /// Version of its fact.
    pub version: i64,
    /// Sealed under the case's key.
    pub c_notes: Vec<u8>,
}

/// Stores a row.
///
/// # Errors
/// Of the database.
pub async fn insert(tx: &mut Tx, row: &OutcomeRow) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query!(
        "INSERT INTO cases.outcome (tenant_id, id, case_id, meeting_id, delivered, recorded_at, recorded_by, version, c_notes)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        tenant, row.id, row.case_id, row.meeting_id, row.delivered, row.recorded_at, row.recorded_by, row.version, row.c_notes
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// All of a case, in the order they were recorded.
///
/// # Errors
/// Of the database.
pub async fn of_case(tx: &mut Tx, case_id: Uuid) -> Result<Vec<OutcomeRow>> {
    let tenant = tx.tenant();
    Ok(sqlx::query_as!(
        OutcomeRow,
        "SELECT id, case_id, meeting_id, delivered, recorded_at, recorded_by, version, c_notes FROM cases.outcome
         WHERE tenant_id = $1 AND case_id = $2 ORDER BY recorded_at, id",
        tenant, case_id
    )
    .fetch_all(tx.conn())
    .await?)
}

/// Whether a direct or indirect intervention was recorded at or after this instant.
///
/// # Errors
/// Of the database.
pub async fn delivered_since(tx: &mut Tx, case_id: Uuid, since: DateTime<Utc>) -> Result<bool> {
    let tenant = tx.tenant();
    Ok(sqlx::query_scalar!(
        "SELECT EXISTS (SELECT FROM cases.outcome WHERE tenant_id = $1 AND case_id = $2 AND delivered AND recorded_at >= $3) AS \"yes!\"",
        tenant, case_id, since
    )
    .fetch_one(tx.conn())
    .await?)
}
