//! Rows of sharing agreements and of shares under them.

use access::class::ClassSet;
use chrono::{DateTime, Utc};
use platform::{Result, Tx};
use uuid::Uuid;

use super::guards::{bits, classes};
use crate::domain::agreement::Agreement;

struct Row {
    id: Uuid,
    name: String,
    purpose: String,
    parties: Vec<Uuid>,
    classes: i64,
    starts_at: DateTime<Utc>,
    ends_at: DateTime<Utc>,
    made_by: String,
}

impl Row {
    fn read(self) -> Agreement {
        let Self { id, name, purpose, parties, starts_at, ends_at, made_by, .. } = self;
        Agreement { id, name, purpose, parties, classes: classes(self.classes), starts_at, ends_at, made_by }
    }
}

/// Stores a new agreement.
///
/// # Errors
/// Of the database.
pub async fn insert(tx: &mut Tx, row: &Agreement) -> Result<()> {
    let (tenant, now) = (tx.tenant(), tx.now());
    sqlx::query!(
        "INSERT INTO cases.agreement (tenant_id, id, name, purpose, parties, classes, starts_at, ends_at, made_at, made_by)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        tenant, row.id, row.name, row.purpose, &row.parties, bits(row.classes), row.starts_at, row.ends_at, now, row.made_by
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// One agreement, kept from ending while this transaction shares under it.
///
/// # Errors
/// Of the database.
pub async fn get_for_share(tx: &mut Tx, id: Uuid) -> Result<Option<Agreement>> {
    let tenant = tx.tenant();
    let row = sqlx::query_as!(
        Row,
        "SELECT id, name, purpose, parties, classes, starts_at, ends_at, made_by FROM cases.agreement
         WHERE tenant_id = $1 AND id = $2 FOR SHARE",
        tenant, id
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(Row::read))
}

/// All agreements, newest first, at most 200, each with its shares in force; `in_force` leaves out those that do not hold.
///
/// # Errors
/// Of the database.
pub async fn list(tx: &mut Tx, in_force: bool) -> Result<Vec<(Agreement, i64)>> {
    let (tenant, now) = (tx.tenant(), tx.now());
    let rows = sqlx::query!(
        "SELECT a.id, a.name, a.purpose, a.parties, a.classes, a.starts_at, a.ends_at, a.made_by,
                (SELECT count(*) FROM cases.share s WHERE s.tenant_id = $1 AND s.agreement_id = a.id AND s.ends_at > $2) AS \"shares!\"
         FROM cases.agreement a
         WHERE a.tenant_id = $1 AND (NOT $3 OR (a.starts_at <= $2 AND a.ends_at > $2)) ORDER BY a.made_at DESC, a.id DESC LIMIT 200",
        tenant, now, in_force
    )
    .fetch_all(tx.conn())
    .await?;
    let read = |r: (Uuid, String, String, Vec<Uuid>, i64, DateTime<Utc>, DateTime<Utc>, String)| Agreement {
        id: r.0, name: r.1, purpose: r.2, parties: r.3, classes: classes(r.4), starts_at: r.5, ends_at: r.6, made_by: r.7,
    };
    Ok(rows.into_iter().map(|r| (read((r.id, r.name, r.purpose, r.parties, r.classes, r.starts_at, r.ends_at, r.made_by)), r.shares)).collect())
}

/// Ends an agreement and every share under it at this instant; none where it has ended, else how many shares.
///
/// # Errors
/// Of the database.
pub async fn end(tx: &mut Tx, id: Uuid) -> Result<Option<u64>> {
    let (tenant, now, by) = (tx.tenant(), tx.now(), tx.ctx().principal().label());
    let done = sqlx::query!("UPDATE cases.agreement SET ends_at = $3, ended_by = $4 WHERE tenant_id = $1 AND id = $2 AND ends_at > $3", tenant, id, now, by)
        .execute(tx.conn())
        .await?;
    if done.rows_affected() == 0 {
        return Ok(None);
    }
    let shares = sqlx::query!("UPDATE cases.share SET ends_at = $3, ended_by = $4 WHERE tenant_id = $1 AND agreement_id = $2 AND ends_at > $3", tenant, id, now, by)
        .execute(tx.conn())
        .await?;
    Ok(Some(shares.rows_affected()))
}

/// A share of a case.
#[derive(Clone, Debug)]
pub struct ShareRow {
    /// Its id.
    pub id: Uuid,
    /// The agreement.
    pub agreement_id: Uuid,
    /// What it is called.
    pub agreement_name: String,
    /// Whose people look.
    pub node_id: Uuid,
    /// Classes they read at most, as bits.
    pub classes: i64,
    /// Since when.
    pub from_at: DateTime<Utc>,
    /// From when on it gives nothing.
    pub ends_at: DateTime<Utc>,
    /// Who shared, a label.
    pub shared_by: String,
}

/// Every share that a case ever had, oldest first.
///
/// # Errors
/// Of the database.
pub async fn shares(tx: &mut Tx, case_id: Uuid) -> Result<Vec<ShareRow>> {
    let tenant = tx.tenant();
    Ok(sqlx::query_as!(
        ShareRow,
        "SELECT s.id, s.agreement_id, a.name AS agreement_name, s.node_id, s.classes, s.from_at, s.ends_at, s.shared_by
         FROM cases.share s JOIN cases.agreement a ON a.tenant_id = s.tenant_id AND a.id = s.agreement_id
         WHERE s.tenant_id = $1 AND s.case_id = $2 ORDER BY s.from_at, s.id",
        tenant, case_id
    )
    .fetch_all(tx.conn())
    .await?)
}

/// Shares a case.
///
/// # Errors
/// Of the database.
pub async fn insert_share(tx: &mut Tx, id: Uuid, case_id: Uuid, agreement: Uuid, node: Uuid, read: ClassSet, ends_at: DateTime<Utc>) -> Result<()> {
    let (tenant, now, by) = (tx.tenant(), tx.now(), tx.ctx().principal().label());
    sqlx::query!(
        "INSERT INTO cases.share (tenant_id, id, case_id, agreement_id, node_id, classes, from_at, ends_at, shared_by)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        tenant, id, case_id, agreement, node, bits(read), now, ends_at, by
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Ends a share of a case at this instant; answers `false` where it has ended or is none of the case's.
///
/// # Errors
/// Of the database.
pub async fn end_share(tx: &mut Tx, case_id: Uuid, id: Uuid) -> Result<bool> {
    let (tenant, now, by) = (tx.tenant(), tx.now(), tx.ctx().principal().label());
    let done = sqlx::query!(
        "UPDATE cases.share SET ends_at = $4, ended_by = $5 WHERE tenant_id = $1 AND case_id = $2 AND id = $3 AND ends_at > $4",
        tenant, case_id, id, now, by
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}
