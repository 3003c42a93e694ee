//! Where a referral stands, for whom sent it: codes and the open question, no case detail.

use platform::{Ctx, Result, Tx};
use proto::{
    Action,
    referral::v1::{GetReferralStatusRequest, GetReferralStatusResponse, ReferralStatus},
};

use crate::{
    Parts,
    api::convert,
    commands::find_id,
    domain::state::State,
    rights,
    store::{information, referrals},
};

/// The status of a referral by its id, or by its reference in any spelling.
///
/// # Errors
/// `InvalidArgument` where it is neither; `NotFound`, `PermissionDenied`.
pub async fn get_referral_status(parts: &Parts, ctx: &Ctx, req: GetReferralStatusRequest) -> Result<GetReferralStatusResponse> {
    let mut tx = Tx::begin(&parts.db, ctx, ctx.permit()).await?;
    let id = find_id(&mut tx, &req.referral_id).await?;
    let r = referrals::get(&mut tx, id).await?.referral;
    ctx.decide(Action::Read, id, &rights::facts(&r))?;
    let question = match r.state {
        State::ReturnedForInformation => information::of(&mut tx, id).await?.pop().map(|e| e.question).unwrap_or_default(),
        _ => String::new(),
    };
    tx.commit().await?;
    Ok(GetReferralStatusResponse {
        status: Some(ReferralStatus {
            id: id.to_string(),
            masked_paths: Vec::new(),
            state: convert::state(r.state).into(),
            submitted_at: Some(convert::timestamp(r.submitted_at)),
            state_since: Some(convert::timestamp(r.state_since)),
            decision_reason: r.decision_reason.unwrap_or_default(),
            reference: r.reference,
            question,
        }),
    })
}
