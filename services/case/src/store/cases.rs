//! Rows of the case file.

use chrono::{DateTime, Utc};
use platform::{Error, Result, Tx};
use uuid::Uuid;

pub use crate::domain::case_file::CaseFile as CaseRow;
use crate::{domain::case_file::Worked, store::{allocations, guards}};

/// The case with those who work it now.
///
/// # Errors
/// `NotFound`; of the database.
pub async fn load(tx: &mut Tx, id: Uuid) -> Result<Worked> {
    let case = get(tx, id).await?.ok_or_else(Error::not_found)?;
    worked(tx, case).await
}

/// As [`load`], with the case locked until the transaction ends; allocations are changed under this lock only.
///
/// # Errors
/// `NotFound`; of the database.
pub async fn load_for_update(tx: &mut Tx, id: Uuid) -> Result<Worked> {
    let case = get_for_update(tx, id).await?.ok_or_else(Error::not_found)?;
    worked(tx, case).await
}

async fn worked(tx: &mut Tx, case: CaseRow) -> Result<Worked> {
    let current = allocations::current(tx, &[case.id]).await?;
    let guards = guards::of_cases(tx, &[case.id]).await?;
    Worked::new(case, &current, &guards).ok_or_else(Error::not_found)
}

/// These cases with those who work them now, without any that is gone.
///
/// # Errors
/// Of the database.
pub async fn worked_all(tx: &mut Tx, rows: Vec<CaseRow>) -> Result<Vec<Worked>> {
    let ids: Vec<Uuid> = rows.iter().map(|r| r.id).collect();
    let current = allocations::current(tx, &ids).await?;
    let guards = guards::of_cases(tx, &ids).await?;
    Ok(rows.into_iter().filter_map(|row| Worked::new(row, &current, &guards)).collect())
}

/// The case, where there is one.
///
/// # Errors
/// Of the database.
pub async fn get(tx: &mut Tx, id: Uuid) -> Result<Option<CaseRow>> {
    let tenant = tx.tenant();
    Ok(sqlx::query_as!(
        CaseRow,
        "SELECT id, reference, kind, stage, stage_since, on_hold, hold_review_on, owner_node_id, opened_at, closed_at, close_reason,
                last_activity_at, next_meeting_at, version, complex_or_sensitive, referral_source, reopened, first_allocated_at,
                first_contact_at, first_intervention_at, c_offence, c_risk, c_external_ids, c_harm_location, c_notes
         FROM cases.case_file WHERE tenant_id = $1 AND id = $2",
        tenant, id
    )
    .fetch_optional(tx.conn())
    .await?)
}

/// As [`get`], locked until the transaction ends.
///
/// # Errors
/// Of the database.
pub async fn get_for_update(tx: &mut Tx, id: Uuid) -> Result<Option<CaseRow>> {
    let tenant = tx.tenant();
    Ok(sqlx::query_as!(
        CaseRow,
        "SELECT id, reference, kind, stage, stage_since, on_hold, hold_review_on, owner_node_id, opened_at, closed_at, close_reason,
                last_activity_at, next_meeting_at, version, complex_or_sensitive, referral_source, reopened, first_allocated_at,
                first_contact_at, first_intervention_at, c_offence, c_risk, c_external_ids, c_harm_location, c_notes
         FROM cases.case_file WHERE tenant_id = $1 AND id = $2 FOR UPDATE",
        tenant, id
    )
    .fetch_optional(tx.conn())
    .await?)
}

/// Up to `most` cases of the tenant with an id above `after`, in the order of ids: for the rebuild of reporting.
///
/// # Errors
/// Of the database.
pub async fn after(tx: &mut Tx, after: Uuid, most: i64) -> Result<Vec<CaseRow>> {
    let tenant = tx.tenant();
    Ok(sqlx::query_as!(
        CaseRow,
        "SELECT id, reference, kind, stage, stage_since, on_hold, hold_review_on, owner_node_id, opened_at, closed_at, close_reason,
                last_activity_at, next_meeting_at, version, complex_or_sensitive, referral_source, reopened, first_allocated_at,
                first_contact_at, first_intervention_at, c_offence, c_risk, c_external_ids, c_harm_location, c_notes
         FROM cases.case_file WHERE tenant_id = $1 AND id > $2 ORDER BY id LIMIT $3",
        tenant, after, most
    )
    .fetch_all(tx.conn())
    .await?)
}

/// Stores a new case; answers `false` where it is there already.
///
/// # Errors
/// Of the database.
pub async fn insert(tx: &mut Tx, case: &CaseRow) -> Result<bool> {
    let tenant = tx.tenant();
    let done = sqlx::query!(
        "INSERT INTO cases.case_file (tenant_id, id, reference, kind, stage, stage_since, owner_node_id, opened_at, last_activity_at,
             version, complex_or_sensitive, referral_source, c_offence, c_risk, c_external_ids, c_harm_location)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16) ON CONFLICT (tenant_id, id) DO NOTHING",
        tenant, case.id, case.reference, case.kind, case.stage, case.stage_since, case.owner_node_id, case.opened_at,
        case.last_activity_at, case.version, case.complex_or_sensitive, case.referral_source, case.c_offence,
        case.c_risk.as_deref(), case.c_external_ids.as_deref(), case.c_harm_location.as_deref()
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Stores a changed case that was loaded for update, under the next version, and counts as activity. The row then holds
/// what is stored.
///
/// # Errors
/// Of the database; `Internal` where the row was not locked by this transaction.
pub async fn save(tx: &mut Tx, case: &mut CaseRow) -> Result<()> {
    let (tenant, now) = (tx.tenant(), tx.now());
    let done = sqlx::query!(
        "UPDATE cases.case_file SET stage = $3, stage_since = $4, on_hold = $5, hold_review_on = $6, closed_at = $7, close_reason = $8,
             complex_or_sensitive = $9, reopened = $10, first_allocated_at = $11, first_contact_at = $12, first_intervention_at = $13,
             c_offence = $14, c_risk = $15, c_notes = $16, last_activity_at = $17, version = version + 1
         WHERE tenant_id = $1 AND id = $2 AND version = $18",
        tenant, case.id, case.stage, case.stage_since, case.on_hold, case.hold_review_on, case.closed_at, case.close_reason.as_deref(),
        case.complex_or_sensitive, case.reopened, case.first_allocated_at, case.first_contact_at, case.first_intervention_at,
        case.c_offence, case.c_risk.as_deref(), case.c_notes.as_deref(), now, case.version
    )
    .execute(tx.conn())
    .await?;
    if done.rows_affected() != 1 {
        return Err(Error::fault("a case was saved that was not locked"));
    }
    case.version += 1;
    case.last_activity_at = now;
    Ok(())
}

/// Notes that something was done in the case: moves it up in lists, and changes no version.
///
/// # Errors
/// Of the database.
pub async fn touch(tx: &mut Tx, id: Uuid) -> Result<()> {
    let (tenant, now) = (tx.tenant(), tx.now());
    sqlx::query!(
        "UPDATE cases.case_file SET last_activity_at = $3 WHERE tenant_id = $1 AND id = $2 AND last_activity_at < $3",
        tenant, id, now
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Notes when a participant was reached for the first time; answers the case as it now is where that is new or earlier
/// than what was known, for the fact that the caller publishes.
///
/// # Errors
/// Of the database; `NotFound` where there is no such case.
pub async fn first_contact(tx: &mut Tx, case_id: Uuid, at: DateTime<Utc>) -> Result<Option<CaseRow>> {
    let mut case = get_for_update(tx, case_id).await?.ok_or_else(Error::not_found)?;
    if case.first_contact_at.is_some_and(|known| known <= at) {
        return Ok(None);
    }
    case.first_contact_at = Some(at);
    save(tx, &mut case).await?;
    Ok(Some(case))
}

/// Sets the start of the next scheduled meeting from the meetings, and counts as activity.
///
/// # Errors
/// Of the database.
pub async fn refresh_next_meeting(tx: &mut Tx, id: Uuid) -> Result<()> {
    let (tenant, now) = (tx.tenant(), tx.now());
    sqlx::query!(
        "UPDATE cases.case_file SET last_activity_at = $3, next_meeting_at =
             (SELECT min(m.starts_at) FROM cases.meeting m
              WHERE m.tenant_id = $1 AND m.case_id = $2 AND m.state = 'SCHEDULED' AND m.starts_at > $3)
         WHERE tenant_id = $1 AND id = $2",
        tenant, id, now
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Notes that a referral opened or joined the case; answers `false` where that was noted before.
///
/// # Errors
/// Of the database, also where the referral belongs to another case.
pub async fn add_referral(tx: &mut Tx, case_id: Uuid, referral_id: Uuid) -> Result<bool> {
    let (tenant, now) = (tx.tenant(), tx.now());
    let done = sqlx::query!(
        "INSERT INTO cases.case_referral (tenant_id, case_id, referral_id, joined_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (tenant_id, case_id, referral_id) DO NOTHING",
        tenant, case_id, referral_id, now
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Referrals of the case, oldest first.
///
/// # Errors
/// Of the database.
pub async fn referrals(tx: &mut Tx, case_id: Uuid) -> Result<Vec<Uuid>> {
    let tenant = tx.tenant();
    Ok(sqlx::query_scalar!(
        "SELECT referral_id FROM cases.case_referral WHERE tenant_id = $1 AND case_id = $2 ORDER BY joined_at, referral_id",
        tenant, case_id
    )
    .fetch_all(tx.conn())
    .await?)
}
