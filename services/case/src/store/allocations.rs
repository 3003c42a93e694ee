//! Rows of allocations: who works which case, now and before.

use chrono::{DateTime, Utc};
use platform::{Error, Result, Tx};
use uuid::Uuid;

pub use crate::domain::case_file::Allocation as AllocationRow;
use crate::domain::side::Side;

struct Row {
    id: Uuid,
    case_id: Uuid,
    user_id: Uuid,
    side: String,
    lead: bool,
    from_at: DateTime<Utc>,
    to_at: Option<DateTime<Utc>>,
    end_reason: Option<String>,
    until: Option<DateTime<Utc>>,
}

impl Row {
    fn read(self) -> Result<AllocationRow> {
        let side = Side::parse(&self.side).ok_or_else(|| Error::fault("an allocation has an unknown side"))?;
        let Self { id, case_id, user_id, lead, from_at, to_at, end_reason, until, .. } = self;
        Ok(AllocationRow { id, case_id, user_id, side, lead, from_at, to_at, end_reason, until })
    }
}

/// Current allocations of these cases, with one query.
///
/// # Errors
/// Of the database.
pub async fn current(tx: &mut Tx, case_ids: &[Uuid]) -> Result<Vec<AllocationRow>> {
    let (tenant, now) = (tx.tenant(), tx.now());
    sqlx::query_as!(
        Row,
        "SELECT id, case_id, user_id, side, lead, from_at, to_at, end_reason, until FROM cases.allocation
         WHERE tenant_id = $1 AND case_id = ANY($2) AND to_at IS NULL AND (until IS NULL OR until > $3) ORDER BY case_id, from_at, id",
        tenant, case_ids, now
    )
    .fetch_all(tx.conn())
    .await?
    .into_iter()
    .map(Row::read)
    .collect()
}

/// Every allocation the case ever had, oldest first.
///
/// # Errors
/// Of the database.
pub async fn history(tx: &mut Tx, case_id: Uuid) -> Result<Vec<AllocationRow>> {
    let tenant = tx.tenant();
    sqlx::query_as!(
        Row,
        "SELECT id, case_id, user_id, side, lead, from_at, to_at, end_reason, until FROM cases.allocation
         WHERE tenant_id = $1 AND case_id = $2 ORDER BY from_at, id",
        tenant, case_id
    )
    .fetch_all(tx.conn())
    .await?
    .into_iter()
    .map(Row::read)
    .collect()
}

/// Open cases that the user works now, in the order of ids, which is also the order of locking.
///
/// # Errors
/// Of the database.
pub async fn open_cases_of(tx: &mut Tx, user_id: Uuid, most: i64) -> Result<Vec<Uuid>> {
    let (tenant, now) = (tx.tenant(), tx.now());
    Ok(sqlx::query_scalar!(
        "SELECT DISTINCT a.case_id FROM cases.allocation a JOIN cases.case_file c ON c.tenant_id = a.tenant_id AND c.id = a.case_id
         WHERE a.tenant_id = $1 AND a.user_id = $2 AND a.to_at IS NULL AND (a.until IS NULL OR a.until > $4)
           AND c.closed_at IS NULL ORDER BY a.case_id LIMIT $3",
        tenant, user_id, most, now
    )
    .fetch_all(tx.conn())
    .await?)
}

/// Stores a new allocation. Where it leads, no other of the case does from now on. Those that ended by themselves are
/// marked as ended: the user may work the case again.
///
/// # Errors
/// Of the database.
pub async fn insert(tx: &mut Tx, row: &AllocationRow) -> Result<()> {
    let (tenant, now) = (tx.tenant(), tx.now());
    sqlx::query!(
        "UPDATE cases.allocation SET to_at = until, end_reason = 'EXPIRED' WHERE tenant_id = $1 AND case_id = $2 AND to_at IS NULL AND until <= $3",
        tenant, row.case_id, now
    )
    .execute(tx.conn())
    .await?;
    if row.lead {
        sqlx::query!(
            "UPDATE cases.allocation SET lead = false WHERE tenant_id = $1 AND case_id = $2 AND to_at IS NULL AND lead",
            tenant, row.case_id
        )
        .execute(tx.conn())
        .await?;
    }
    sqlx::query!(
        "INSERT INTO cases.allocation (tenant_id, id, case_id, user_id, side, lead, from_at, until) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        tenant, row.id, row.case_id, row.user_id, row.side.code(), row.lead, row.from_at, row.until
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Ends a current allocation.
///
/// # Errors
/// Of the database; `Internal` where it had ended.
pub async fn end(tx: &mut Tx, id: Uuid, reason: &str) -> Result<()> {
    let (tenant, now) = (tx.tenant(), tx.now());
    let done = sqlx::query!(
        "UPDATE cases.allocation SET to_at = $3, end_reason = $4 WHERE tenant_id = $1 AND id = $2 AND to_at IS NULL",
        tenant, id, now, reason
    )
    .execute(tx.conn())
    .await?;
    if done.rows_affected() == 1 { Ok(()) } else { Err(Error::fault("an allocation was ended twice")) }
}
