//! A coordinator ends a referral that repeats another.

use platform::{Ctx, Error, Kind, Result, ids};
use proto::{
    Action,
    referral::v1::{MarkDuplicateRequest, MarkDuplicateResponse},
};

use super::{Begun, begin, load_version, save};
use crate::{
    Parts,
    domain::{
        referral::DUPLICATE,
        state::{Move, State},
    },
    rights,
    store::referrals,
};

/// Ends it as a duplicate of a referral that the caller sees and that is no duplicate itself.
///
/// # Errors
/// `InvalidArgument`, `NotFound`, `PermissionDenied`, `Conflict`, `FailedPrecondition` outside triage.
pub async fn mark_duplicate(parts: &Parts, ctx: &Ctx, req: MarkDuplicateRequest) -> Result<MarkDuplicateResponse> {
    let mut tx = match begin(&parts.db, ctx, &req.request_id, &req).await? {
        Begun::Before(answer) => return Ok(answer),
        Begun::Now(tx) => tx,
    };
    let (mut stored, _) = load_version(&mut tx, Action::Triage, &req.referral_id, &req.etag).await?;
    let wrong = |words: &str| Error::invalid().field("duplicate_of_id", words);
    let other = ids::parse_id("duplicate_of_id", &req.duplicate_of_id)?;
    if other == stored.referral.id {
        return Err(wrong("Select another referral than this one"));
    }
    let original = match referrals::get(&mut tx, other).await {
        Ok(original) if ctx.may(Action::Read, &rights::facts(&original.referral)) => original,
        // Of one that the caller may not know of, the same is said as of one that is not there.
        Ok(_) => return Err(wrong("There is no such referral")),
        Err(error) if error.kind() == Kind::NotFound => return Err(wrong("There is no such referral")),
        Err(error) => return Err(error),
    };
    if original.referral.state == State::Duplicate {
        return Err(wrong("That referral is a duplicate itself. Select the first one"));
    }
    stored.referral.make(Move::MarkDuplicate, tx.now(), Some(DUPLICATE))?;
    stored.referral.duplicate_of = Some(other);
    save(&mut tx, &stored, None).await?;
    tx.commit_with(MarkDuplicateResponse {}).await
}
