//! Rows of uses of break-glass and their reviews.

use chrono::{DateTime, Utc};
use platform::{Result, Tx};
use uuid::Uuid;

/// A use.
#[derive(Clone, Debug)]
pub struct UseRow {
    /// Its id; also the row of what is sealed.
    pub id: Uuid,
    /// The case.
    pub case_id: Uuid,
    /// Its reference.
    pub case_reference: String,
    /// Who looked.
    pub user_id: Uuid,
    /// From when.
    pub broken_at: DateTime<Utc>,
    /// Until when.
    pub ends_at: DateTime<Utc>,
    /// Sealed: why.
    pub c_notes: Vec<u8>,
    /// When the review was closed.
    pub reviewed_at: Option<DateTime<Utc>>,
    /// Who closed it.
    pub reviewed_by: Option<Uuid>,
    /// What they found.
    pub outcome: Option<String>,
    /// Sealed: their words.
    pub c_review: Option<Vec<u8>>,
}

/// The case with this reference, with nothing decided about it.
///
/// # Errors
/// Of the database.
pub async fn case_by_reference(tx: &mut Tx, reference: &str) -> Result<Option<Uuid>> {
    let tenant = tx.tenant();
    Ok(sqlx::query_scalar!("SELECT id FROM cases.case_file WHERE tenant_id = $1 AND reference = $2", tenant, reference)
        .fetch_optional(tx.conn())
        .await?)
}

/// Stores a use.
///
/// # Errors
/// Of the database.
pub async fn insert(tx: &mut Tx, id: Uuid, case_id: Uuid, user_id: Uuid, ends_at: DateTime<Utc>, reason: &[u8]) -> Result<()> {
    let (tenant, now) = (tx.tenant(), tx.now());
    sqlx::query!(
        "INSERT INTO cases.break_glass (tenant_id, id, case_id, user_id, broken_at, ends_at, c_notes) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        tenant, id, case_id, user_id, now, ends_at, reason
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// One use, locked until the transaction ends where it writes.
///
/// # Errors
/// Of the database.
pub async fn get_for_update(tx: &mut Tx, id: Uuid) -> Result<Option<UseRow>> {
    let tenant = tx.tenant();
    Ok(sqlx::query_as!(
        UseRow,
        "SELECT b.id, b.case_id, c.reference AS case_reference, b.user_id, b.broken_at, b.ends_at, b.c_notes, b.reviewed_at, b.reviewed_by,
                b.outcome, b.c_review
         FROM cases.break_glass b JOIN cases.case_file c ON c.tenant_id = b.tenant_id AND c.id = b.case_id
         WHERE b.tenant_id = $1 AND b.id = $2 FOR UPDATE OF b",
        tenant, id
    )
    .fetch_optional(tx.conn())
    .await?)
}

/// Uses of one case, newest first, at most 100.
///
/// # Errors
/// Of the database.
pub async fn of_case(tx: &mut Tx, case_id: Uuid) -> Result<Vec<UseRow>> {
    let tenant = tx.tenant();
    Ok(sqlx::query_as!(
        UseRow,
        "SELECT b.id, b.case_id, c.reference AS case_reference, b.user_id, b.broken_at, b.ends_at, b.c_notes, b.reviewed_at, b.reviewed_by,
                b.outcome, b.c_review
         FROM cases.break_glass b JOIN cases.case_file c ON c.tenant_id = b.tenant_id AND c.id = b.case_id
         WHERE b.tenant_id = $1 AND b.case_id = $2 ORDER BY b.broken_at DESC, b.id DESC LIMIT 100",
        tenant, case_id
    )
    .fetch_all(tx.conn())
    .await?)
}

/// A page of uses, newest first, below the given place; `open` leaves out those whose review is closed.
///
/// # Errors
/// Of the database.
pub async fn page(tx: &mut Tx, open: bool, below: Option<(DateTime<Utc>, Uuid)>, most: i64) -> Result<Vec<UseRow>> {
    let tenant = tx.tenant();
    let (at, id) = below.unzip();
    Ok(sqlx::query_as!(
        UseRow,
        "SELECT b.id, b.case_id, c.reference AS case_reference, b.user_id, b.broken_at, b.ends_at, b.c_notes, b.reviewed_at, b.reviewed_by,
                b.outcome, b.c_review
         FROM cases.break_glass b JOIN cases.case_file c ON c.tenant_id = b.tenant_id AND c.id = b.case_id
         WHERE b.tenant_id = $1 AND (NOT $2 OR b.reviewed_at IS NULL) AND ($3::timestamptz IS NULL OR (b.broken_at, b.id) < ($3, $4::uuid))
         ORDER BY b.broken_at DESC, b.id DESC LIMIT $5",
        tenant, open, at, id, most
    )
    .fetch_all(tx.conn())
    .await?)
}

/// Closes the review of a use that this transaction has locked.
///
/// # Errors
/// Of the database; the database itself refuses a review by who looked.
pub async fn review(tx: &mut Tx, id: Uuid, by: Uuid, outcome: &str, words: Option<&[u8]>) -> Result<()> {
    let (tenant, now) = (tx.tenant(), tx.now());
    sqlx::query!(
        "UPDATE cases.break_glass SET reviewed_at = $3, reviewed_by = $4, outcome = $5, c_review = $6 WHERE tenant_id = $1 AND id = $2",
        tenant, id, now, by, outcome, words
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}
