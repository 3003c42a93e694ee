//! What the case service needs to open a case or to join one.

use platform::{Ctx, Result, Tx, ids};
use proto::{
    Action,
    referral::v1::{GetAcceptedReferralRequest, GetAcceptedReferralResponse, PartyDecision},
};

use super::view;
use crate::{
    Parts,
    api::convert,
    domain::error::ReferralError,
    rights,
    store::{parties, referrals},
};

/// An accepted referral with its parties and the decision about each.
///
/// # Errors
/// `NotFound`; `FailedPrecondition` where it is not accepted.
pub async fn get_accepted_referral(parts: &Parts, ctx: &Ctx, req: GetAcceptedReferralRequest) -> Result<GetAcceptedReferralResponse> {
    let id = ids::parse_id("referral_id", &req.referral_id)?;
    let mut tx = Tx::begin(&parts.db, ctx, ctx.permit()).await?;
    let stored = referrals::get(&mut tx, id).await?;
    ctx.decide(Action::Read, id, &rights::facts(&stored.referral))?;
    let accepted = stored.referral.acceptance.clone().ok_or(ReferralError::NotAccepted)?;
    let people = parties::of(&mut tx, &[id]).await?;
    let input = view::input(&mut tx, &stored, &people).await?;
    tx.commit().await?;
    let decisions = people.iter().map(|p| PartyDecision {
        party_id: p.id.to_string(),
        existing_person_id: p.existing_person_id.map(|id| id.to_string()).unwrap_or_default(),
    });
    Ok(GetAcceptedReferralResponse {
        referral_id: id.to_string(),
        reference: stored.referral.reference.clone(),
        case_id: accepted.case_id.to_string(),
        case_kind: accepted.kind,
        owner_node_id: accepted.node.to_string(),
        joins_existing_case: accepted.joins_existing,
        input: Some(convert::input_out(input)),
        parties: decisions.collect(),
        submitted_at: Some(convert::timestamp(stored.referral.submitted_at)),
    })
}
