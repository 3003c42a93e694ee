//! One referral with everything that was submitted, asked and decided.

use platform::{Ctx, Result, Tx, ids};
use proto::{
    Action,
    referral::v1::{GetReferralRequest, GetReferralResponse},
};

use super::view;
use crate::{
    Parts,
    api::convert,
    rights,
    store::{history, information, parties, referrals},
};

/// One referral.
///
/// # Errors
/// `NotFound`, `PermissionDenied`.
pub async fn get_referral(parts: &Parts, ctx: &Ctx, req: GetReferralRequest) -> Result<GetReferralResponse> {
    let id = ids::parse_id("referral_id", &req.referral_id)?;
    let mut tx = Tx::begin(&parts.db, ctx, ctx.permit()).await?;
    let stored = referrals::get(&mut tx, id).await?;
    ctx.decide(Action::Read, id, &rights::facts(&stored.referral))?;
    let people = parties::of(&mut tx, &[id]).await?;
    let party_ids: Vec<_> = people.iter().map(|p| p.id).collect();
    tx.load_subject_keys(&std::iter::once(id).chain(party_ids.iter().copied()).collect::<Vec<_>>()).await?;
    let input = view::input(&mut tx, &stored, &people).await?;
    let mut referral = convert::referral(&stored.referral, input, party_ids);
    referral.decision_note = stored.note(&mut tx).await?;
    referral.information = information::of(&mut tx, id).await?.into_iter().map(convert::exchange).collect();
    referral.history = history::of(&mut tx, id).await?.into_iter().map(convert::change).collect();
    referral.allowed_actions = rights::allowed_actions(ctx, &stored.referral);
    tx.commit().await?;
    Ok(GetReferralResponse { referral: Some(referral) })
}
