//! Rows of restrictions of processing. The flag on the case or the person changes with them.

use chrono::{DateTime, Utc};
use platform::{Result, Tx};
use uuid::Uuid;

/// A restriction that is in force.
#[derive(Clone, Debug)]
pub struct RestrictionRow {
    /// Its id.
    pub id: Uuid,
    /// The case that it is on.
    pub case_id: Option<Uuid>,
    /// The person that it is on.
    pub person_id: Option<Uuid>,
    /// Reference of the case or the person.
    pub reference: String,
    /// When it was set.
    pub set_at: DateTime<Utc>,
    /// By whom, a label.
    pub set_by: String,
}

/// One that is in force.
///
/// # Errors
/// Of the database.
pub async fn get(tx: &mut Tx, id: Uuid) -> Result<Option<RestrictionRow>> {
    let tenant = tx.tenant();
    Ok(sqlx::query_as!(
        RestrictionRow,
        "SELECT r.id, r.case_id, r.person_id, coalesce(c.reference, n.reference, '') AS \"reference!\", r.set_at, r.set_by
         FROM cases.restriction r
         LEFT JOIN cases.case_file c ON c.tenant_id = r.tenant_id AND c.id = r.case_id
         LEFT JOIN people.person n ON n.tenant_id = r.tenant_id AND n.id = r.person_id
         WHERE r.tenant_id = $1 AND r.id = $2 AND r.lifted_at IS NULL FOR UPDATE OF r",
        tenant, id
    )
    .fetch_optional(tx.conn())
    .await?)
}

/// A page of all in force, newest first, below the given place.
///
/// # Errors
/// Of the database.
pub async fn page(tx: &mut Tx, below: Option<(DateTime<Utc>, Uuid)>, most: i64) -> Result<Vec<RestrictionRow>> {
    let tenant = tx.tenant();
    let (at, id) = below.unzip();
    Ok(sqlx::query_as!(
        RestrictionRow,
        "SELECT r.id, r.case_id, r.person_id, coalesce(c.reference, n.reference, '') AS \"reference!\", r.set_at, r.set_by
         FROM cases.restriction r
         LEFT JOIN cases.case_file c ON c.tenant_id = r.tenant_id AND c.id = r.case_id
         LEFT JOIN people.person n ON n.tenant_id = r.tenant_id AND n.id = r.person_id
         WHERE r.tenant_id = $1 AND r.lifted_at IS NULL AND ($2::timestamptz IS NULL OR (r.set_at, r.id) < ($2, $3::uuid))
         ORDER BY r.set_at DESC, r.id DESC LIMIT $4",
        tenant, at, id, most
    )
    .fetch_all(tx.conn())
    .await?)
}

/// Sets one on a case or a person.
///
/// # Errors
/// Of the database.
pub async fn insert(tx: &mut Tx, id: Uuid, case_id: Option<Uuid>, person_id: Option<Uuid>, reason: &[u8]) -> Result<()> {
    let (tenant, now, by) = (tx.tenant(), tx.now(), tx.ctx().principal().label());
    sqlx::query!(
        "INSERT INTO cases.restriction (tenant_id, id, case_id, person_id, set_at, set_by, c_notes) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        tenant, id, case_id, person_id, now, by, reason
    )
    .execute(tx.conn())
    .await?;
    flag(tx, case_id, person_id, true).await
}

/// Lifts one.
///
/// # Errors
/// Of the database.
pub async fn lift(tx: &mut Tx, row: &RestrictionRow, reason: &[u8]) -> Result<()> {
    let (tenant, now, by) = (tx.tenant(), tx.now(), tx.ctx().principal().label());
    sqlx::query!(
        "UPDATE cases.restriction SET lifted_at = $3, lifted_by = $4, c_lift = $5 WHERE tenant_id = $1 AND id = $2 AND lifted_at IS NULL",
        tenant, row.id, now, by, reason
    )
    .execute(tx.conn())
    .await?;
    flag(tx, row.case_id, row.person_id, false).await
}

async fn flag(tx: &mut Tx, case_id: Option<Uuid>, person_id: Option<Uuid>, on: bool) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query!("UPDATE cases.case_file SET restricted = $3 WHERE tenant_id = $1 AND id = $2::uuid", tenant, case_id, on).execute(tx.conn()).await?;
    sqlx::query!("UPDATE people.person SET restricted = $3 WHERE tenant_id = $1 AND id = $2::uuid", tenant, person_id, on).execute(tx.conn()).await?;
    Ok(())
}
