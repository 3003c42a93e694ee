//! Rows of conflicts of interest.

use chrono::{DateTime, Utc};
use platform::{Result, Tx};
use uuid::Uuid;

/// A conflict of interest that is in force.
#[derive(Clone, Debug)]
pub struct ConflictRow {
    /// Its id; also the row of its sealed reason.
    pub id: Uuid,
    /// Whose.
    pub user_id: Uuid,
    /// The case that it is about.
    pub case_id: Option<Uuid>,
    /// The person that it is about.
    pub person_id: Option<Uuid>,
    /// Reference of that person.
    pub person_reference: Option<String>,
    /// When it was declared.
    pub declared_at: DateTime<Utc>,
    /// By whom, a label.
    pub declared_by: String,
    /// Sealed: why.
    pub c_notes: Vec<u8>,
}

/// Declares one; answers `false` where it is in force already.
///
/// # Errors
/// Of the database.
pub async fn insert(tx: &mut Tx, id: Uuid, user_id: Uuid, case_id: Option<Uuid>, person_id: Option<Uuid>, reason: &[u8]) -> Result<bool> {
    let (tenant, now, by) = (tx.tenant(), tx.now(), tx.ctx().principal().label());
    let done = sqlx::query!(
        "INSERT INTO cases.conflict (tenant_id, id, user_id, case_id, person_id, declared_at, declared_by, c_notes)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING",
        tenant, id, user_id, case_id, person_id, now, by, reason
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// One that is in force.
///
/// # Errors
/// Of the database.
pub async fn get(tx: &mut Tx, id: Uuid) -> Result<Option<ConflictRow>> {
    let tenant = tx.tenant();
    Ok(sqlx::query_as!(
        ConflictRow,
        "SELECT k.id, k.user_id, k.case_id, k.person_id, n.reference AS \"person_reference?\", k.declared_at, k.declared_by, k.c_notes
         FROM cases.conflict k LEFT JOIN people.person n ON n.tenant_id = k.tenant_id AND n.id = k.person_id
         WHERE k.tenant_id = $1 AND k.id = $2 AND k.ended_at IS NULL",
        tenant, id
    )
    .fetch_optional(tx.conn())
    .await?)
}

/// Those with a case or with anybody in it, oldest first.
///
/// # Errors
/// Of the database.
pub async fn of_case(tx: &mut Tx, case_id: Uuid) -> Result<Vec<ConflictRow>> {
    let tenant = tx.tenant();
    Ok(sqlx::query_as!(
        ConflictRow,
        "SELECT k.id, k.user_id, k.case_id, k.person_id, n.reference AS \"person_reference?\", k.declared_at, k.declared_by, k.c_notes
         FROM cases.conflict k LEFT JOIN people.person n ON n.tenant_id = k.tenant_id AND n.id = k.person_id
         WHERE k.tenant_id = $1 AND k.ended_at IS NULL AND (k.case_id = $2 OR k.person_id IN
               (SELECT p.person_id FROM cases.participant p WHERE p.tenant_id = $1 AND p.case_id = $2))
         ORDER BY k.declared_at, k.id",
        tenant, case_id
    )
    .fetch_all(tx.conn())
    .await?)
}

/// A page of all in force, newest first, below the given place.
///
/// # Errors
/// Of the database.
pub async fn page(tx: &mut Tx, below: Option<(DateTime<Utc>, Uuid)>, most: i64) -> Result<Vec<ConflictRow>> {
    let tenant = tx.tenant();
    let (at, id) = below.unzip();
    Ok(sqlx::query_as!(
        ConflictRow,
        "SELECT k.id, k.user_id, k.case_id, k.person_id, n.reference AS \"person_reference?\", k.declared_at, k.declared_by, k.c_notes
         FROM cases.conflict k LEFT JOIN people.person n ON n.tenant_id = k.tenant_id AND n.id = k.person_id
         WHERE k.tenant_id = $1 AND k.ended_at IS NULL AND ($2::timestamptz IS NULL OR (k.declared_at, k.id) < ($2, $3::uuid))
         ORDER BY k.declared_at DESC, k.id DESC LIMIT $4",
        tenant, at, id, most
    )
    .fetch_all(tx.conn())
    .await?)
}

/// Ends one.
///
/// # Errors
/// Of the database.
pub async fn end(tx: &mut Tx, id: Uuid, reason: &[u8]) -> Result<()> {
    let (tenant, now, by) = (tx.tenant(), tx.now(), tx.ctx().principal().label());
    sqlx::query!(
        "UPDATE cases.conflict SET ended_at = $3, ended_by = $4, c_end = $5 WHERE tenant_id = $1 AND id = $2 AND ended_at IS NULL",
        tenant, id, now, by, reason
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Cases with a current allocation of the user in which the person is concerned, in the order of locking.
///
/// # Errors
/// Of the database.
pub async fn worked_with(tx: &mut Tx, user_id: Uuid, person_id: Uuid) -> Result<Vec<Uuid>> {
    let (tenant, now) = (tx.tenant(), tx.now());
    Ok(sqlx::query_scalar!(
        "SELECT DISTINCT a.case_id FROM cases.allocation a JOIN cases.participant p ON p.tenant_id = $1 AND p.case_id = a.case_id
         WHERE a.tenant_id = $1 AND a.user_id = $2 AND a.to_at IS NULL AND (a.until IS NULL OR a.until > $4) AND p.person_id = $3 ORDER BY a.case_id",
        tenant, user_id, person_id, now
    )
    .fetch_all(tx.conn())
    .await?)
}
