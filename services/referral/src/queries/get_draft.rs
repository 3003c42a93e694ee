//! A draft as saved so far.

use platform::{Ctx, Error, Result, Tx};
use prost::Message;
use proto::{
    Action,
    referral::v1::{GetDraftRequest, GetDraftResponse, ReferralInput},
};

use crate::{
    Parts,
    commands::drafts::{DRAFT, hash},
    store::drafts,
};

/// The answers given so far, or the reference of what was submitted.
///
/// # Errors
/// `NotFound` for a secret that nobody has and for a draft whose time is over.
pub async fn get_draft(parts: &Parts, ctx: &Ctx, req: GetDraftRequest) -> Result<GetDraftResponse> {
    let mut tx = Tx::begin(&parts.db, ctx, ctx.permit()).await?;
    let hash = hash(tx.tenant(), &req.draft_secret)?;
    let draft = drafts::get(&mut tx, &hash).await?;
    ctx.decide(Action::Read, draft.id, &DRAFT)?;
    let input = match draft.answers(&mut tx).await? {
        Some(encoded) => Some(ReferralInput::decode(encoded.as_slice()).map_err(|_| Error::fault("a draft does not decode"))?),
        None => None,
    };
    tx.commit().await?;
    Ok(GetDraftResponse { input, reference: draft.reference.unwrap_or_default() })
}
