//! Facts as the contract tells them → rows. What does not fit is refused whole, for a person to look at.

use chrono::{DateTime, Utc};
use platform::{Error, Result, ids::parse_id};
use prost_types::Timestamp;
use proto::facts::v1::{CaseFact, InterventionFact, ReferralFact};

use crate::store::facts::{CaseRow, InterventionRow, ReferralRow};

fn instant(at: Option<Timestamp>) -> Option<DateTime<Utc>> {
    at.and_then(|t| DateTime::from_timestamp(t.seconds, u32::try_from(t.nanos).ok()?))
}

fn needed(field: &str, at: Option<Timestamp>) -> Result<DateTime<Utc>> {
    instant(at).ok_or_else(|| Error::invalid().field(field, "This instant is needed."))
}

pub(super) fn referral(fact: ReferralFact) -> Result<ReferralRow> {
    Ok(ReferralRow {
        key: parse_id("key", &fact.key)?,
        owner_node: parse_id("owner_node_id", &fact.owner_node_id)?,
        submitted_at: needed("submitted_at", fact.submitted_at)?,
        decided_at: instant(fact.decided_at),
        state: fact.state,
        source: fact.source,
        initiated_by: fact.initiated_by,
        submitted_by: fact.submitted_by,
        harm_type: fact.harm_type,
        decision_reason: fact.decision_reason,
    })
}

pub(super) fn case(fact: CaseFact) -> Result<CaseRow> {
    Ok(CaseRow {
        key: parse_id("key", &fact.key)?,
        owner_node: parse_id("owner_node_id", &fact.owner_node_id)?,
        opened_at: needed("opened_at", fact.opened_at)?,
        closed_at: instant(fact.closed_at),
        first_allocated_at: instant(fact.first_allocated_at),
        first_contact_at: instant(fact.first_contact_at),
        first_intervention_at: instant(fact.first_intervention_at),
        complex_or_sensitive: fact.complex_or_sensitive,
        reopened: i32::try_from(fact.reopened).unwrap_or(i32::MAX),
        kind: fact.kind,
        stage: fact.stage,
        harm_type: fact.harm_type,
        close_reason: fact.close_reason,
    })
}

pub(super) fn intervention(fact: InterventionFact) -> Result<InterventionRow> {
    Ok(InterventionRow {
        key: parse_id("key", &fact.key)?,
        case_key: parse_id("case_key", &fact.case_key)?,
        owner_node: parse_id("owner_node_id", &fact.owner_node_id)?,
        held_at: instant(fact.held_at),
        intervention: fact.intervention,
        result: fact.result,
        outcomes: fact.outcomes,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fact_without_its_key_or_date_is_refused() {
        let id = "01890a5d-ac96-774b-bcce-b302099a8057".to_owned();
        let fine = ReferralFact { key: id.clone(), owner_node_id: id, submitted_at: Some(Timestamp::default()), ..ReferralFact::default() };
        assert!(referral(fine.clone()).is_ok());
        assert!(referral(ReferralFact { key: "ada".into(), ..fine.clone() }).is_err());
        assert!(referral(ReferralFact { submitted_at: None, ..fine }).is_err());
    }
}
