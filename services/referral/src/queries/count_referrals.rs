//! The numbers on the tabs of the list.

use access::class::ClassSet;
use platform::{Ctx, Result, Tx};
use proto::{
    Action, ResourceType,
    referral::v1::{CountReferralsRequest, CountReferralsResponse, StateCount},
};

use crate::{Parts, api::convert, store::listing};

/// How many referrals of each state the caller's list would show; 1,001 means more than 1,000.
///
/// # Errors
/// `PermissionDenied`.
pub async fn count_referrals(parts: &Parts, ctx: &Ctx, _: CountReferralsRequest) -> Result<CountReferralsResponse> {
    let scope = ctx.scope(ResourceType::Referral, Action::List, ClassSet::NONE)?;
    let mut tx = Tx::begin(&parts.db, ctx, ctx.permit()).await?;
    let counts = listing::counts(&mut tx, &scope, ctx.subject()?).await?;
    tx.commit().await?;
    let counts = counts
        .into_iter()
        .map(|(state, n)| StateCount { state: convert::state(state).into(), count: u32::try_from(n).unwrap_or(0) })
        .collect();
    Ok(CountReferralsResponse { counts })
}
