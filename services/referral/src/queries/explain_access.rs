//! Why somebody may or may not see a referral: the same facts as every decision about it.

use access::{decide::Subject, explain::explain};
use platform::{Ctx, Error, Result, Tx, ids};
use proto::{
    Action, PrincipalKind, ResourceType,
    referral::v1::{ExplainAccessRequest, ExplainAccessResponse},
};

use crate::{Parts, rights, store::referrals};

/// Explains. A referral at a node whose access the caller does not answer for is answered like one that does not exist.
///
/// # Errors
/// `PermissionDenied` for who answers for access nowhere; `NotFound`; `InvalidArgument`.
pub async fn explain_access(parts: &Parts, ctx: &Ctx, req: ExplainAccessRequest) -> Result<ExplainAccessResponse> {
    ctx.require_answering_for_access()?;
    let (user, id) = (ids::parse_id("user_id", &req.user_id)?, ids::parse_id("record_id", &req.record_id)?);
    if req.resource() != ResourceType::Referral {
        return Err(Error::invalid().field("resource", "Choose a referral."));
    }
    let action = if req.action() == Action::Unspecified { Action::Read } else { req.action() };
    let mut tx = Tx::begin(&parts.db, ctx, ctx.permit()).await?;
    let stored = referrals::get(&mut tx, id).await?;
    tx.commit().await?;
    let facts = rights::facts(&stored.referral);
    if !facts.owner_node.is_some_and(|node| ctx.answers_for_access(node)) {
        return Err(Error::not_found());
    }
    let snapshot = ctx.snapshot().ok_or_else(Error::denied)?;
    let subject = Subject { id: user, kind: PrincipalKind::User, at: ctx.now().timestamp() };
    let explanation = explain(snapshot, &subject, action, &facts).to_wire(user, &facts, None);
    ctx.told_of(ResourceType::Referral, id);
    Ok(ExplainAccessResponse { explanations: vec![explanation] })
}
