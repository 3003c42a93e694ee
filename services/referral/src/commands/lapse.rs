//! The referrer's time to answer is over.

use platform::{Ctx, Db, Result, Tx};
use uuid::Uuid;

use super::save;
use crate::{domain::state::Move, rights, store::referrals};
use proto::Action;

/// Code of list referral_reason.
const REASON: &str = "INSUFFICIENT_DETAIL";

/// Lapses a referral that is still due when its turn comes; answers whether it was.
///
/// # Errors
/// The database's.
pub async fn lapse(db: &Db, ctx: &Ctx, id: Uuid) -> Result<bool> {
    let mut tx = Tx::begin(db, ctx, ctx.permit()).await?;
    referrals::lock(&mut tx, id).await?;
    let mut stored = referrals::get(&mut tx, id).await?;
    let now = tx.now();
    if !stored.referral.can(Move::Lapse) || stored.referral.lapses_at.is_none_or(|at| at > now) {
        return Ok(false);
    }
    ctx.decide(Action::Update, id, &rights::facts(&stored.referral))?;
    stored.referral.make(Move::Lapse, now, Some(REASON))?;
    save(&mut tx, &stored, None).await?;
    tx.commit().await?;
    Ok(true)
}
