//! Rows of the warehouse. Each upsert asks what `Edition::replaces` says: the later version stays, of one version the later
//! telling.

use chrono::{DateTime, Utc};
use platform::{Result, Tx};
use uuid::Uuid;

use crate::domain::newest::Edition;

/// One referral.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReferralRow {
    /// Pseudonym.
    pub key: Uuid,
    /// Node that works it.
    pub owner_node: Uuid,
    /// State.
    pub state: String,
    /// Code of list referral_source.
    pub source: String,
    /// Code of list referral_initiated_by.
    pub initiated_by: String,
    /// Code of list referral_submitted_by.
    pub submitted_by: String,
    /// Code of list harm_type.
    pub harm_type: String,
    /// Code of list referral_reason.
    pub decision_reason: String,
    /// When it was submitted.
    pub submitted_at: DateTime<Utc>,
    /// When it was decided.
    pub decided_at: Option<DateTime<Utc>>,
}

/// One case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseRow {
    /// Pseudonym.
    pub key: Uuid,
    /// Node that owns it.
    pub owner_node: Uuid,
    /// Kind.
    pub kind: String,
    /// Stage.
    pub stage: String,
    /// Code of list harm_type.
    pub harm_type: String,
    /// Code of list close_reason.
    pub close_reason: String,
    /// Marked so.
    pub complex_or_sensitive: bool,
    /// When it was first opened.
    pub opened_at: DateTime<Utc>,
    /// When it was closed last.
    pub closed_at: Option<DateTime<Utc>>,
    /// First allocation.
    pub first_allocated_at: Option<DateTime<Utc>>,
    /// First contact.
    pub first_contact_at: Option<DateTime<Utc>>,
    /// First intervention.
    pub first_intervention_at: Option<DateTime<Utc>>,
    /// How often it was reopened.
    pub reopened: i32,
}

/// One intervention.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InterventionRow {
    /// Pseudonym.
    pub key: Uuid,
    /// Pseudonym of its case.
    pub case_key: Uuid,
    /// Node that owns the case.
    pub owner_node: Uuid,
    /// Code of list intervention.
    pub intervention: String,
    /// Code of list session_result.
    pub result: String,
    /// Codes of list outcome.
    pub outcomes: Vec<String>,
    /// When it was held.
    pub held_at: Option<DateTime<Utc>>,
}

/// Keeps a referral's fact where it is newer than what is there.
///
/// # Errors
/// The database's.
pub async fn keep_referral(tx: &mut Tx, edition: Edition, r: &ReferralRow) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query!(
        "insert into reporting.referral_fact as there (tenant_id, key, version, as_of, owner_node_id, state, source, initiated_by,
             submitted_by, harm_type, decision_reason, submitted_at, decided_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
         on conflict (tenant_id, key) do update set version = excluded.version, as_of = excluded.as_of,
             owner_node_id = excluded.owner_node_id, state = excluded.state, source = excluded.source,
             initiated_by = excluded.initiated_by, submitted_by = excluded.submitted_by, harm_type = excluded.harm_type,
             decision_reason = excluded.decision_reason, submitted_at = excluded.submitted_at, decided_at = excluded.decided_at
         where (there.version, there.as_of) < (excluded.version, excluded.as_of)",
        tenant,
        r.key,
        edition.version,
        edition.as_of,
        r.owner_node,
        r.state,
        r.source,
        r.initiated_by,
        r.submitted_by,
        r.harm_type,
        r.decision_reason,
        r.submitted_at,
        r.decided_at
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Keeps a case's fact where it is newer than what is there.
///
/// # Errors
/// The database's.
pub async fn keep_case(tx: &mut Tx, edition: Edition, c: &CaseRow) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query!(
        "insert into reporting.case_fact as there (tenant_id, key, version, as_of, owner_node_id, kind, stage, harm_type, close_reason,
             complex_or_sensitive, opened_at, closed_at, first_allocated_at, first_contact_at, first_intervention_at, reopened)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
         on conflict (tenant_id, key) do update set version = excluded.version, as_of = excluded.as_of,
             owner_node_id = excluded.owner_node_id, kind = excluded.kind, stage = excluded.stage, harm_type = excluded.harm_type,
             close_reason = excluded.close_reason, complex_or_sensitive = excluded.complex_or_sensitive, opened_at = excluded.opened_at,
             closed_at = excluded.closed_at, first_allocated_at = excluded.first_allocated_at,
             first_contact_at = excluded.first_contact_at, first_intervention_at = excluded.first_intervention_at,
             reopened = excluded.reopened
         where (there.version, there.as_of) < (excluded.version, excluded.as_of)",
        tenant,
        c.key,
        edition.version,
        edition.as_of,
        c.owner_node,
        c.kind,
        c.stage,
        c.harm_type,
        c.close_reason,
        c.complex_or_sensitive,
        c.opened_at,
        c.closed_at,
        c.first_allocated_at,
        c.first_contact_at,
        c.first_intervention_at,
        c.reopened
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Keeps an intervention's fact where it is newer than what is there.
///
/// # Errors
/// The database's.
pub async fn keep_intervention(tx: &mut Tx, edition: Edition, i: &InterventionRow) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query!(
        "insert into reporting.intervention_fact as there (tenant_id, key, version, as_of, case_key, owner_node_id, intervention, result,
             outcomes, held_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
         on conflict (tenant_id, key) do update set version = excluded.version, as_of = excluded.as_of, case_key = excluded.case_key,
             owner_node_id = excluded.owner_node_id, intervention = excluded.intervention, result = excluded.result,
             outcomes = excluded.outcomes, held_at = excluded.held_at
         where (there.version, there.as_of) < (excluded.version, excluded.as_of)",
        tenant,
        i.key,
        edition.version,
        edition.as_of,
        i.case_key,
        i.owner_node,
        i.intervention,
        i.result,
        &i.outcomes,
        i.held_at
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}
