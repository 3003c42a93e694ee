//! Facts of cases and interventions for reporting: the whole current row under pseudonyms (architecture 10).

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use platform::{Result, Tx};
use proto::{FieldClass, facts::v1::{CaseFact, InterventionFact}};

use crate::{
    domain::case_file::CaseFile,
    store::{case_blobs::{OffenceBlob, OutcomeBlob}, outcomes::OutcomeRow},
};

fn stamp(at: DateTime<Utc>) -> prost_types::Timestamp {
    prost_types::Timestamp { seconds: at.timestamp(), nanos: i32::try_from(at.timestamp_subsec_nanos()).unwrap_or(0) }
}

/// Publishes the fact of a case as it is now; call it after each save.
///
/// # Errors
/// Of the database; `Unavailable` where the root key is away.
pub async fn publish_case(tx: &mut Tx, case: &CaseFile) -> Result<()> {
    let offence: OffenceBlob = tx.open(case.id, FieldClass::Offence, case.id, &case.c_offence).await?;
    let fact = CaseFact {
        key: tx.pseudonym(case.id).await?.to_string(),
        owner_node_id: case.owner_node_id.to_string(),
        kind: case.kind.clone(),
        stage: case.stage.clone(),
        harm_type: offence.harm_type,
        close_reason: case.close_reason.clone().unwrap_or_default(),
        complex_or_sensitive: case.complex_or_sensitive,
        opened_at: Some(stamp(case.opened_at)),
        closed_at: case.closed_at.map(stamp),
        first_allocated_at: case.first_allocated_at.map(stamp),
        first_contact_at: case.first_contact_at.map(stamp),
        first_intervention_at: case.first_intervention_at.map(stamp),
        reopened: u32::try_from(case.reopened).unwrap_or(0),
    };
    tx.publish_fact(case.id, case.version, &fact).await
}

/// Publishes the fact of an intervention of the case.
///
/// # Errors
/// As [`publish_case`].
pub async fn publish_outcome(tx: &mut Tx, case: &CaseFile, row: &OutcomeRow, blob: OutcomeBlob) -> Result<()> {
    let fact = InterventionFact {
        key: tx.pseudonym(row.id).await?.to_string(),
        case_key: tx.pseudonym(case.id).await?.to_string(),
        owner_node_id: case.owner_node_id.to_string(),
        held_at: held_at(&blob.held_on).map(stamp),
        intervention: blob.intervention,
        result: blob.result,
        outcomes: blob.outcomes,
    };
    tx.publish_fact(row.id, row.version, &fact).await
}

/// Publishes the fact of an intervention as it is stored.
///
/// # Errors
/// As [`publish_case`].
pub async fn publish_stored_outcome(tx: &mut Tx, case: &CaseFile, row: &OutcomeRow) -> Result<()> {
    let blob = tx.open(case.id, FieldClass::Notes, row.id, &row.c_notes).await?;
    publish_outcome(tx, case, row, blob).await
}

/// The instant that a day is counted under: its noon, so that no change of the clocks moves it to another day.
pub fn held_at(day: &str) -> Option<DateTime<Utc>> {
    let day = NaiveDate::parse_from_str(day, "%Y-%m-%d").ok()?;
    Some(day.and_time(NaiveTime::from_hms_opt(12, 0, 0)?).and_utc())
}
