//! Other open referrals that may be about the same people.

use access::{
    class::ClassSet,
    rank::{POSSIBLE, duplicate_score},
};
use platform::{Ctx, Result, Tx, ids};
use proto::{
    Action, FieldClass, ResourceType,
    referral::v1::{FindSimilarReferralsRequest, FindSimilarReferralsResponse},
};
use uuid::Uuid;

use super::view;
use crate::{
    Parts,
    domain::party::Party,
    rights,
    store::{listing, parties, referrals, referrals::Stored, tokens},
};

/// Referrals shown at most.
const SHOWN: usize = 20;
/// Candidates that are opened and compared at most.
const COMPARED: usize = 200;

/// Classes that the comparison looks at: who may not read them all on a referral does not learn of it this way.
const COMPARES: ClassSet = ClassSet::of(&[FieldClass::Identity, FieldClass::DateOfBirth, FieldClass::Contact, FieldClass::ExternalIds]);

/// The most similar open referrals, the likeliest first.
///
/// # Errors
/// `NotFound`, `PermissionDenied`.
pub async fn find_similar(parts: &Parts, ctx: &Ctx, req: FindSimilarReferralsRequest) -> Result<FindSimilarReferralsResponse> {
    let id = ids::parse_id("referral_id", &req.referral_id)?;
    let mut tx = Tx::begin(&parts.db, ctx, ctx.permit()).await?;
    let this = referrals::get(&mut tx, id).await?;
    ctx.decide(Action::Triage, id, &rights::facts(&this.referral))?;
    let scope = ctx.scope(ResourceType::Referral, Action::List, COMPARES)?;
    let mine = open(&mut tx, &this).await?;
    let people: Vec<_> = mine.0.iter().map(|p| tokens::person(p, &mine.1)).collect();
    let candidates = tokens::candidates(&mut tx, id, &people).await?;
    let mut within = listing::within(&mut tx, &scope, ctx.subject()?, &candidates).await?;
    within.truncate(COMPARED);
    let mut scored: Vec<(f64, Stored)> = Vec::new();
    for other in referrals::by_ids(&mut tx, &within).await? {
        let theirs = open(&mut tx, &other).await?;
        let score = theirs.0.iter().map(|p| tokens::person(p, &theirs.1)).flat_map(|b| people.iter().map(move |a| duplicate_score(a, &b)));
        let score = score.fold(f64::MIN, f64::max);
        if score >= POSSIBLE {
            scored.push((score, other));
        }
    }
    scored.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    let seen: Vec<Stored> = scored
        .into_iter()
        .map(|(_, s)| s)
        .filter(|s| ctx.see(s.referral.id, &rights::facts(&s.referral)).is_some_and(|d| d.read.contains_all(COMPARES)))
        .take(SHOWN)
        .collect();
    let referrals = view::rows(&mut tx, &seen).await?;
    tx.commit().await?;
    Ok(FindSimilarReferralsResponse { referrals })
}

/// The people of a referral and its crime reference. A subject that was erased is like nobody.
async fn open(tx: &mut Tx, stored: &Stored) -> Result<(Vec<Party>, String)> {
    let id: Uuid = stored.referral.id;
    let rows = parties::of(tx, &[id]).await?;
    tx.load_subject_keys(&rows.iter().map(|p| p.id).chain([id]).collect::<Vec<_>>()).await?;
    let mut people = Vec::with_capacity(rows.len());
    for row in rows {
        people.push(view::erased(row.party(tx).await)?);
    }
    let crime_reference = view::erased(stored.crime_reference(tx).await)?;
    Ok((people, crime_reference))
}
