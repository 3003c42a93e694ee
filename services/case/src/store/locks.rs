//! Rows of locks. The flag on the case changes with them, under the case's row lock.

use chrono::{DateTime, Utc};
use platform::{Result, Tx};
use uuid::Uuid;

/// A lock that is on a case.
#[derive(Clone, Debug)]
pub struct LockRow {
    /// Its id; also the row of its sealed reason.
    pub id: Uuid,
    /// Its reference.
    pub case_reference: String,
    /// The only people who see it.
    pub members: Vec<Uuid>,
    /// When it was locked.
    pub locked_at: DateTime<Utc>,
    /// By whom, a label.
    pub locked_by: String,
    /// Sealed: why.
    pub c_notes: Vec<u8>,
}

/// The lock of a case.
///
/// # Errors
/// Of the database.
pub async fn of_case(tx: &mut Tx, case_id: Uuid) -> Result<Option<LockRow>> {
    let tenant = tx.tenant();
    Ok(sqlx::query_as!(
        LockRow,
        "SELECT l.id, c.reference AS case_reference, l.members, l.locked_at, l.locked_by, l.c_notes
         FROM cases.case_lock l JOIN cases.case_file c ON c.tenant_id = l.tenant_id AND c.id = l.case_id
         WHERE l.tenant_id = $1 AND l.case_id = $2 AND l.released_at IS NULL",
        tenant, case_id
    )
    .fetch_optional(tx.conn())
    .await?)
}

/// The case of a lock that is in force.
///
/// # Errors
/// Of the database.
pub async fn case_of(tx: &mut Tx, lock_id: Uuid) -> Result<Option<Uuid>> {
    let tenant = tx.tenant();
    Ok(sqlx::query_scalar!("SELECT case_id FROM cases.case_lock WHERE tenant_id = $1 AND id = $2 AND released_at IS NULL", tenant, lock_id)
        .fetch_optional(tx.conn())
        .await?)
}

/// A page of locks in force, newest first, below the given place.
///
/// # Errors
/// Of the database.
pub async fn page(tx: &mut Tx, below: Option<(DateTime<Utc>, Uuid)>, most: i64) -> Result<Vec<LockRow>> {
    let tenant = tx.tenant();
    let (at, id) = below.unzip();
    Ok(sqlx::query_as!(
        LockRow,
        "SELECT l.id, c.reference AS case_reference, l.members, l.locked_at, l.locked_by, l.c_notes
         FROM cases.case_lock l JOIN cases.case_file c ON c.tenant_id = l.tenant_id AND c.id = l.case_id
         WHERE l.tenant_id = $1 AND l.released_at IS NULL AND ($2::timestamptz IS NULL OR (l.locked_at, l.id) < ($2, $3::uuid))
         ORDER BY l.locked_at DESC, l.id DESC LIMIT $4",
        tenant, at, id, most
    )
    .fetch_all(tx.conn())
    .await?)
}

/// Puts a lock on a case whose row this transaction has locked.
///
/// # Errors
/// Of the database.
pub async fn insert(tx: &mut Tx, id: Uuid, case_id: Uuid, members: &[Uuid], reason: &[u8]) -> Result<()> {
    let (tenant, now, by) = (tx.tenant(), tx.now(), tx.ctx().principal().label());
    sqlx::query!(
        "INSERT INTO cases.case_lock (tenant_id, id, case_id, members, locked_at, locked_by, c_notes) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        tenant, id, case_id, members, now, by, reason
    )
    .execute(tx.conn())
    .await?;
    sqlx::query!("UPDATE cases.case_file SET locked = true WHERE tenant_id = $1 AND id = $2", tenant, case_id).execute(tx.conn()).await?;
    Ok(())
}

/// Takes the lock off a case whose row this transaction has locked; answers whether there was one.
///
/// # Errors
/// Of the database.
pub async fn release(tx: &mut Tx, case_id: Uuid, reason: &[u8]) -> Result<bool> {
    let (tenant, now, by) = (tx.tenant(), tx.now(), tx.ctx().principal().label());
    let done = sqlx::query!(
        "UPDATE cases.case_lock SET released_at = $3, released_by = $4, c_release = $5 WHERE tenant_id = $1 AND case_id = $2 AND released_at IS NULL",
        tenant, case_id, now, by, reason
    )
    .execute(tx.conn())
    .await?;
    sqlx::query!("UPDATE cases.case_file SET locked = false WHERE tenant_id = $1 AND id = $2", tenant, case_id).execute(tx.conn()).await?;
    Ok(done.rows_affected() == 1)
}
