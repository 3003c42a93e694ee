//! Drafts of the public form: begun, saved, discarded.

use access::facts::Facts;
use aws_lc_rs::{digest, rand};
use chrono::TimeDelta;
use platform::{Ctx, Error, Kind, Result, Tx};
use prost::Message;
use proto::{
    Action, ResourceType,
    referral::v1::{DiscardDraftRequest, DiscardDraftResponse, SaveDraftRequest, SaveDraftResponse, StartDraftRequest, StartDraftResponse},
};
use uuid::Uuid;

use super::create::refuse;
use crate::{
    Parts,
    api::convert,
    domain::{error::ReferralError, validation},
    store::drafts,
};

/// How long a draft is kept (architecture 8).
const KEPT: TimeDelta = TimeDelta::hours(24);
/// Bytes of a secret.
const SECRET: usize = 32;

/// What a decision is told of a draft: nothing is known of it but its kind.
pub(crate) const DRAFT: Facts<'static> = Facts::new(ResourceType::Referral);

/// SHA-256 of tenant and secret, by which the row is found. Text that is no secret is like a secret that nobody has.
pub(crate) fn hash(tenant: Uuid, secret: &str) -> Result<Vec<u8>> {
    let secret = hex::decode(secret).ok().filter(|s| s.len() == SECRET).ok_or_else(Error::not_found)?;
    Ok(digest_of(tenant, &secret))
}

fn digest_of(tenant: Uuid, secret: &[u8]) -> Vec<u8> {
    let mut context = digest::Context::new(&digest::SHA256);
    context.update(tenant.as_bytes());
    context.update(secret);
    context.finish().as_ref().to_vec()
}

/// Begins a draft; its secret is in this answer and nowhere else.
///
/// # Errors
/// The database's.
pub async fn start_draft(parts: &Parts, ctx: &Ctx, _: StartDraftRequest) -> Result<StartDraftResponse> {
    let mut secret = [0; SECRET];
    rand::fill(&mut secret).map_err(|_| Error::fault("no random numbers"))?;
    let mut tx = Tx::begin(&parts.db, ctx, ctx.permit()).await?;
    let id = ctx.new_id();
    ctx.decide_create(id, &DRAFT)?;
    let (hash, expires_at) = (digest_of(tx.tenant(), &secret), tx.now() + KEPT);
    drafts::insert(&mut tx, id, &hash, expires_at).await?;
    tx.commit().await?;
    Ok(StartDraftResponse { draft_secret: hex::encode(secret) })
}

/// Keeps the answers given so far as they were typed; only their length is checked.
///
/// # Errors
/// `NotFound`; `InvalidArgument` with every answer that is too long; `FailedPrecondition` after submission.
pub async fn save_draft(parts: &Parts, ctx: &Ctx, req: SaveDraftRequest) -> Result<SaveDraftResponse> {
    let mut tx = Tx::begin(&parts.db, ctx, ctx.permit()).await?;
    let hash = hash(tx.tenant(), &req.draft_secret)?;
    let draft = drafts::get_for_update(&mut tx, &hash).await?;
    ctx.decide(Action::Update, draft.id, &DRAFT)?;
    if draft.reference.is_some() {
        return Err(ReferralError::DraftSubmitted.into());
    }
    let input = req.input.unwrap_or_default();
    let encoded = input.encode_to_vec();
    refuse(validation::limits(&convert::input(input)))?;
    drafts::save(&mut tx, draft.id, encoded).await?;
    tx.changed(ResourceType::Referral, draft.id);
    tx.commit().await?;
    Ok(SaveDraftResponse {})
}

/// Destroys a draft. One that is gone already is gone: who leaves the page in a hurry is told nothing else.
///
/// # Errors
/// The database's.
pub async fn discard_draft(parts: &Parts, ctx: &Ctx, req: DiscardDraftRequest) -> Result<DiscardDraftResponse> {
    let mut tx = Tx::begin(&parts.db, ctx, ctx.permit()).await?;
    let found = match hash(tx.tenant(), &req.draft_secret) {
        Ok(hash) => drafts::get_for_update(&mut tx, &hash).await,
        Err(error) => Err(error),
    };
    match found {
        Ok(draft) => {
            ctx.decide(Action::Update, draft.id, &DRAFT)?;
            drafts::delete(&mut tx, draft.id).await?;
            tx.changed(ResourceType::Referral, draft.id);
            tx.commit().await?;
        }
        Err(error) if error.kind() == Kind::NotFound => {}
        Err(error) => return Err(error),
    }
    Ok(DiscardDraftResponse {})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_bound_to_its_tenant() {
        let secret = "ab".repeat(SECRET);
        let one = hash(Uuid::from_u128(1), &secret).expect("a secret");
        assert_eq!(one.len(), 32);
        assert_ne!(one, hash(Uuid::from_u128(2), &secret).expect("a secret"));
        for wrong in ["", "ab", "xy", &"ab".repeat(SECRET + 1)] {
            assert_eq!(hash(Uuid::from_u128(1), wrong).expect_err("no secret").kind(), Kind::NotFound, "{wrong}");
        }
    }
}
