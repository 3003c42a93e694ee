//! The public form is sent.

use platform::{Ctx, Error, Result, Tx};
use prost::Message;
use proto::{
    Action,
    referral::v1::{ReferralInput, SubmitDraftRequest, SubmitDraftResponse},
};
use uuid::Uuid;

use super::{
    create,
    drafts::{DRAFT, hash},
};
use crate::{
    Parts,
    api::convert,
    domain::{
        input::Input,
        sending::{Channel, resolve},
        validation::Form,
    },
    store::drafts,
};

/// Makes the draft a referral, once: the same secret is answered with the same reference.
///
/// # Errors
/// `NotFound`; `InvalidArgument` with every field that keeps it from being complete.
pub async fn submit_draft(parts: &Parts, ctx: &Ctx, req: SubmitDraftRequest) -> Result<SubmitDraftResponse> {
    let root = root(parts, ctx.tenant()).await?;
    let mut tx = Tx::begin(&parts.db, ctx, ctx.permit()).await?;
    let hash = hash(tx.tenant(), &req.draft_secret)?;
    let draft = drafts::get_for_update(&mut tx, &hash).await?;
    ctx.decide(Action::Create, draft.id, &DRAFT)?;
    if let Some(reference) = draft.reference {
        return Ok(SubmitDraftResponse { reference, acknowledgement_follows: draft.acknowledgement });
    }
    let mut input = match draft.answers(&mut tx).await? {
        Some(encoded) => convert::input(ReferralInput::decode(encoded.as_slice()).map_err(|_| Error::fault("a draft does not decode"))?),
        None => Input::default(),
    };
    input.settle_public();
    create::check(ctx, &input, Form::Public)?;
    let acknowledged = [Channel::Email, Channel::Sms].into_iter().any(|channel| resolve(&input, channel).is_ok());
    let referral = create::referral(&mut tx, &input, root).await?;
    drafts::submitted(&mut tx, draft.id, &referral.reference, acknowledged).await?;
    tx.commit().await?;
    Ok(SubmitDraftResponse { reference: referral.reference, acknowledgement_follows: acknowledged })
}

/// The tenant's root, whose staff triage what the public sends. The public has no permissions of its own, so those of
/// the tenant are asked; a service that never heard of the tenant asks identity once.
async fn root(parts: &Parts, tenant: Uuid) -> Result<Uuid> {
    if let Some(snapshot) = parts.snapshots.newest(tenant).await? {
        return Ok(snapshot.root());
    }
    let fetched = parts.snapshots.get(tenant, 1).await;
    match parts.snapshots.newest(tenant).await? {
        Some(snapshot) => Ok(snapshot.root()),
        None => Err(fetched.err().unwrap_or_else(|| Error::unavailable("the tenant is not known here yet"))),
    }
}
