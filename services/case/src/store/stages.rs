//! Rows of stages: how long a case stood in which.

use chrono::{DateTime, Utc};
use platform::{Result, Tx};
use uuid::Uuid;

/// One stay in a stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StageRow {
    /// Code of the stage.
    pub stage: String,
    /// Since when.
    pub from_at: DateTime<Utc>,
    /// Until when; none while it lasts.
    pub to_at: Option<DateTime<Utc>>,
    /// Who moved it there.
    pub by_label: String,
}

/// Ends the present stay and begins one in `stage`, under the id that sealed the reason, where there is one.
///
/// # Errors
/// Of the database.
pub async fn enter(tx: &mut Tx, id: Uuid, case_id: Uuid, stage: &str, c_notes: Option<&[u8]>) -> Result<()> {
    let (tenant, now) = (tx.tenant(), tx.now());
    let by = tx.ctx().principal().label();
    sqlx::query!("UPDATE cases.stage_entry SET to_at = $3 WHERE tenant_id = $1 AND case_id = $2 AND to_at IS NULL", tenant, case_id, now)
        .execute(tx.conn())
        .await?;
    sqlx::query!(
        "INSERT INTO cases.stage_entry (tenant_id, id, case_id, stage, from_at, by_label, c_notes) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        tenant, id, case_id, stage, now, by, c_notes
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// All stays, oldest first.
///
/// # Errors
/// Of the database.
pub async fn of_case(tx: &mut Tx, case_id: Uuid) -> Result<Vec<StageRow>> {
    let tenant = tx.tenant();
    Ok(sqlx::query_as!(
        StageRow,
        "SELECT stage, from_at, to_at, by_label FROM cases.stage_entry WHERE tenant_id = $1 AND case_id = $2 ORDER BY from_at, id",
        tenant, case_id
    )
    .fetch_all(tx.conn())
    .await?)
}

/// When the case last came into one of these stages.
///
/// # Errors
/// Of the database.
pub async fn last_entered(tx: &mut Tx, case_id: Uuid, stage: &str) -> Result<Option<DateTime<Utc>>> {
    let tenant = tx.tenant();
    Ok(sqlx::query_scalar!(
        "SELECT max(from_at) FROM cases.stage_entry WHERE tenant_id = $1 AND case_id = $2 AND stage = $3",
        tenant, case_id, stage
    )
    .fetch_one(tx.conn())
    .await?)
}
