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

/// A column of the rows, for `unnest`.
fn column<R, T>(rows: &[(Edition, R)], of: impl Fn(&R) -> T) -> Vec<T> {
    rows.iter().map(|(_, row)| of(row)).collect()
}

/// The editions of the rows: versions and instants.
fn editions<R>(rows: &[(Edition, R)]) -> (Vec<i64>, Vec<DateTime<Utc>>) {
    rows.iter().map(|(edition, _)| (edition.version, edition.as_of)).unzip()
}

/// Keeps referrals' facts where they are newer than what is there. One row for each key, in order of the keys, so that two
/// transactions never wait for each other in a ring.
///
/// # Errors
/// The database's.
pub async fn keep_referrals(tx: &mut Tx, rows: &[(Edition, ReferralRow)]) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let (tenant, (versions, as_of)) = (tx.tenant(), editions(rows));
    sqlx::query!(
        "insert into reporting.referral_fact as there (tenant_id, key, version, as_of, owner_node_id, state, source, initiated_by,
             submitted_by, harm_type, decision_reason, submitted_at, decided_at)
         select $1, r.* from unnest($2::uuid[], $3::bigint[], $4::timestamptz[], $5::uuid[], $6::text[], $7::text[], $8::text[], $9::text[],
             $10::text[], $11::text[], $12::timestamptz[], $13::timestamptz[]) as r
         on conflict (tenant_id, key) do update set version = excluded.version, as_of = excluded.as_of,
             owner_node_id = excluded.owner_node_id, state = excluded.state, source = excluded.source,
             initiated_by = excluded.initiated_by, submitted_by = excluded.submitted_by, harm_type = excluded.harm_type,
             decision_reason = excluded.decision_reason, submitted_at = excluded.submitted_at, decided_at = excluded.decided_at
         where (there.version, there.as_of) < (excluded.version, excluded.as_of)",
        tenant,
        &column(rows, |r| r.key),
        &versions,
        &as_of,
        &column(rows, |r| r.owner_node),
        &column(rows, |r| r.state.clone()),
        &column(rows, |r| r.source.clone()),
        &column(rows, |r| r.initiated_by.clone()),
        &column(rows, |r| r.submitted_by.clone()),
        &column(rows, |r| r.harm_type.clone()),
        &column(rows, |r| r.decision_reason.clone()),
        &column(rows, |r| r.submitted_at),
        &column(rows, |r| r.decided_at) as _
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Keeps cases' facts as [`keep_referrals`] does.
///
/// # Errors
/// The database's.
pub async fn keep_cases(tx: &mut Tx, rows: &[(Edition, CaseRow)]) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let (tenant, (versions, as_of)) = (tx.tenant(), editions(rows));
    sqlx::query!(
        "insert into reporting.case_fact as there (tenant_id, key, version, as_of, owner_node_id, kind, stage, harm_type, close_reason,
             complex_or_sensitive, opened_at, closed_at, first_allocated_at, first_contact_at, first_intervention_at, reopened)
         select $1, r.* from unnest($2::uuid[], $3::bigint[], $4::timestamptz[], $5::uuid[], $6::text[], $7::text[], $8::text[], $9::text[],
             $10::boolean[], $11::timestamptz[], $12::timestamptz[], $13::timestamptz[], $14::timestamptz[], $15::timestamptz[],
             $16::integer[]) as r
         on conflict (tenant_id, key) do update set version = excluded.version, as_of = excluded.as_of,
             owner_node_id = excluded.owner_node_id, kind = excluded.kind, stage = excluded.stage, harm_type = excluded.harm_type,
             close_reason = excluded.close_reason, complex_or_sensitive = excluded.complex_or_sensitive, opened_at = excluded.opened_at,
             closed_at = excluded.closed_at, first_allocated_at = excluded.first_allocated_at,
             first_contact_at = excluded.first_contact_at, first_intervention_at = excluded.first_intervention_at,
             reopened = excluded.reopened
         where (there.version, there.as_of) < (excluded.version, excluded.as_of)",
        tenant,
        &column(rows, |c| c.key),
        &versions,
        &as_of,
        &column(rows, |c| c.owner_node),
        &column(rows, |c| c.kind.clone()),
        &column(rows, |c| c.stage.clone()),
        &column(rows, |c| c.harm_type.clone()),
        &column(rows, |c| c.close_reason.clone()),
        &column(rows, |c| c.complex_or_sensitive),
        &column(rows, |c| c.opened_at),
        &column(rows, |c| c.closed_at) as _,
        &column(rows, |c| c.first_allocated_at) as _,
        &column(rows, |c| c.first_contact_at) as _,
        &column(rows, |c| c.first_intervention_at) as _,
        &column(rows, |c| c.reopened)
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Keeps interventions' facts as [`keep_referrals`] does.
///
/// # Errors
/// The database's.
pub async fn keep_interventions(tx: &mut Tx, rows: &[(Edition, InterventionRow)]) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let (tenant, (versions, as_of)) = (tx.tenant(), editions(rows));
    // unnest flattens arrays of arrays, so the codes of a row travel in one text; no code holds a comma.
    sqlx::query!(
        "insert into reporting.intervention_fact as there (tenant_id, key, version, as_of, case_key, owner_node_id, intervention, result,
             held_at, outcomes)
         select $1, r.key, r.version, r.as_of, r.case_key, r.node, r.intervention, r.result, r.held_at, string_to_array(r.outcomes, ',')
         from unnest($2::uuid[], $3::bigint[], $4::timestamptz[], $5::uuid[], $6::uuid[], $7::text[], $8::text[], $9::timestamptz[],
             $10::text[]) as r (key, version, as_of, case_key, node, intervention, result, held_at, outcomes)
         on conflict (tenant_id, key) do update set version = excluded.version, as_of = excluded.as_of, case_key = excluded.case_key,
             owner_node_id = excluded.owner_node_id, intervention = excluded.intervention, result = excluded.result,
             outcomes = excluded.outcomes, held_at = excluded.held_at
         where (there.version, there.as_of) < (excluded.version, excluded.as_of)",
        tenant,
        &column(rows, |i| i.key),
        &versions,
        &as_of,
        &column(rows, |i| i.case_key),
        &column(rows, |i| i.owner_node),
        &column(rows, |i| i.intervention.clone()),
        &column(rows, |i| i.result.clone()),
        &column(rows, |i| i.held_at) as _,
        &column(rows, |i| i.outcomes.join(","))
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}
