//! A referral of staff or of a partner's system.

use access::snapshot::Snapshot;
use platform::{Ctx, Error, Principal, Result, ids};
use proto::{
    Action,
    referral::v1::{SubmitReferralRequest, SubmitReferralResponse},
};
use uuid::Uuid;

use super::{Begun, begin, create};
use crate::{Parts, api::convert, domain::validation::Form, rights};

/// Submits a referral, once for each request id.
///
/// # Errors
/// `InvalidArgument` with every wrong field; `PermissionDenied`; the database's.
pub async fn submit_referral(parts: &Parts, ctx: &Ctx, req: SubmitReferralRequest) -> Result<SubmitReferralResponse> {
    let mut tx = match begin(&parts.db, ctx, &req.request_id, &req).await? {
        Begun::Before(answer) => return Ok(answer),
        Begun::Now(tx) => tx,
    };
    let mut input = convert::input(req.input.unwrap_or_default());
    match ctx.principal() {
        Principal::ServiceAccount { .. } => input.settle_partner(),
        _ => input.settle_staff(),
    }
    create::check(ctx, &input, Form::Professional)?;
    let owner_node = owner_node(ctx, &req.owner_node_id)?;
    let referral = create::referral(&mut tx, &input, owner_node).await?;
    tx.commit_with(SubmitReferralResponse { referral_id: referral.id.to_string(), reference: referral.reference }).await
}

/// The node that shall work it: the one asked for, else the tenant's root, else, for somebody whose rights do not reach
/// the root, the agency where they hold them.
fn owner_node(ctx: &Ctx, asked: &str) -> Result<Uuid> {
    let snapshot = ctx.snapshot().ok_or_else(|| Error::fault("a caller without permissions"))?;
    if asked.is_empty() {
        return default_node(ctx, snapshot);
    }
    let node = ids::parse_id("owner_node_id", asked)?;
    match snapshot.node(node) {
        Some(_) => Ok(node),
        None => Err(Error::invalid().field("owner_node_id", "Select an agency of this partnership")),
    }
}

fn default_node(ctx: &Ctx, snapshot: &Snapshot) -> Result<Uuid> {
    let subject = ctx.subject()?;
    let may = |node: &Uuid| ctx.may(Action::Create, &rights::facts_of(*node, Some(subject)));
    let root = snapshot.root();
    if may(&root) {
        return Ok(root);
    }
    let own = snapshot.roles_of(subject, ctx.now().timestamp()).filter_map(|(_, node)| snapshot.agency_of(node.id)).find(may);
    Ok(own.unwrap_or(root))
}
