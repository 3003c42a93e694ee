//! The safety gate of messages about a referral, asked by notification when it sends.

use platform::{Ctx, Error, Result, Tx, ids};
use proto::{
    Action,
    referral::v1::{ResolveReferrerForSendingRequest, ResolveReferrerForSendingResponse},
};

use super::view;
use crate::{
    Parts,
    domain::sending::{Channel, resolve},
    rights,
    store::{parties, referrals},
};

/// Whether a message may be sent, and where to; the address leaves only together with a yes.
///
/// # Errors
/// `InvalidArgument` for another channel; `NotFound`.
pub async fn resolve_referrer(
    parts: &Parts,
    ctx: &Ctx,
    req: ResolveReferrerForSendingRequest,
) -> Result<ResolveReferrerForSendingResponse> {
    let channel = Channel::parse(&req.channel).ok_or_else(|| Error::invalid().field("channel", "Name EMAIL or SMS."))?;
    let id = ids::parse_id("referral_id", &req.referral_id)?;
    let mut tx = Tx::begin(&parts.db, ctx, ctx.permit()).await?;
    let stored = referrals::get(&mut tx, id).await?;
    ctx.decide(Action::Read, id, &rights::facts(&stored.referral))?;
    let people = parties::of(&mut tx, &[id]).await?;
    let input = view::input(&mut tx, &stored, &people).await?;
    tx.commit().await?;
    let (allowed, reason, address) = match resolve(&input, channel) {
        Ok(address) => (true, String::new(), address.to_owned()),
        Err(refusal) => (false, refusal.code().to_owned(), String::new()),
    };
    Ok(ResolveReferrerForSendingResponse { allowed, reason, address, reference: stored.referral.reference })
}
