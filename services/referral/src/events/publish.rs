//! Notices and facts of a referral.

use platform::{Result, Tx};
use proto::{
    events::v1::{ReferralAccepted, ReferralEnded, ReferralReturnedForInformation, ReferralSubmitted, ReferralTriageStarted},
    facts::v1::ReferralFact,
};
use uuid::Uuid;

use crate::{
    api::convert::timestamp,
    domain::{referral::Referral, state::State},
};

fn text(id: Option<Uuid>) -> String {
    id.map(|id| id.to_string()).unwrap_or_default()
}

/// Tells the other services which state the referral came into.
///
/// # Errors
/// The database's.
pub async fn notice(tx: &mut Tx, r: &Referral) -> Result<()> {
    let (id, version) = (r.id, r.version);
    let (referral_id, submitted_by_user_id) = (id.to_string(), text(r.submitted_by_user()));
    match r.state {
        State::Submitted => {
            let owner_node_id = r.owner_node.to_string();
            tx.publish(id, version, &ReferralSubmitted { referral_id, owner_node_id, submitted_by_user_id }).await
        }
        State::Triage => tx.publish(id, version, &ReferralTriageStarted { referral_id }).await,
        State::ReturnedForInformation => {
            tx.publish(id, version, &ReferralReturnedForInformation { referral_id, submitted_by_user_id }).await
        }
        State::Accepted => {
            let case_id = text(r.acceptance.as_ref().map(|a| a.case_id));
            tx.publish(id, version, &ReferralAccepted { referral_id, case_id, submitted_by_user_id }).await
        }
        State::Rejected | State::Duplicate | State::TransferredOut | State::Lapsed | State::Withdrawn => {
            let (state, reason) = (r.state.code().to_owned(), r.decision_reason.clone().unwrap_or_default());
            tx.publish(id, version, &ReferralEnded { referral_id, state, reason, submitted_by_user_id }).await
        }
    }
}

/// Tells reporting the whole current row, under a pseudonym.
///
/// # Errors
/// The database's; `Unavailable` while the key service is away.
pub async fn fact(tx: &mut Tx, r: &Referral, harm_type: &str) -> Result<()> {
    let key = tx.pseudonym(r.id).await?.to_string();
    let fact = ReferralFact {
        key,
        owner_node_id: r.owner_node.to_string(),
        state: r.state.code().into(),
        source: r.source.clone(),
        initiated_by: r.initiated_by.clone(),
        submitted_by: r.submitted_by.clone(),
        harm_type: harm_type.into(),
        decision_reason: r.decision_reason.clone().unwrap_or_default(),
        submitted_at: Some(timestamp(r.submitted_at)),
        decided_at: r.decided_at.map(timestamp),
    };
    tx.publish_fact(r.id, r.version, &fact).await
}
