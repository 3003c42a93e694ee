//! Whoever sent a referral takes it back.

use platform::{Ctx, Error, Result};
use proto::{
    Action,
    referral::v1::{WithdrawReferralRequest, WithdrawReferralResponse},
};

use super::{Begun, begin, find_id, load, reason, save};
use crate::{Parts, domain::state::Move};

/// Withdraws an open referral with a code of list referral_reason.
///
/// # Errors
/// `InvalidArgument`, `NotFound`, `PermissionDenied`, `FailedPrecondition` where it is open no more.
pub async fn withdraw_referral(parts: &Parts, ctx: &Ctx, req: WithdrawReferralRequest) -> Result<WithdrawReferralResponse> {
    let mut tx = match begin(&parts.db, ctx, &req.request_id, &req).await? {
        Begun::Before(answer) => return Ok(answer),
        Begun::Now(tx) => tx,
    };
    let id = find_id(&mut tx, &req.referral_id).await?;
    let (mut stored, _) = load(&mut tx, Action::Update, id).await?;
    reason(Error::invalid(), &req.reason).into_result()?;
    stored.referral.make(Move::Withdraw, tx.now(), Some(&req.reason))?;
    save(&mut tx, &stored, None).await?;
    tx.commit_with(WithdrawReferralResponse {}).await
}
