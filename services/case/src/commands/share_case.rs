//! Shares a case with a partner under a written agreement, and ends that (domain.md I9).

use platform::{Ctx, Db, Error, Result, Tx};
use proto::{
    Action, ResourceType,
    case::v1::{EndShareRequest, EndShareResponse, ShareCaseRequest, ShareCaseResponse},
};

use super::case_input::Check;
use crate::{
    api::case_convert::stamp,
    domain::agreement::Unfit,
    store::{agreements, cases, timeline},
};

/// Shares it until the last day given, and no longer than the agreement holds.
///
/// # Errors
/// `InvalidArgument`; `NotFound`; `PermissionDenied`; `FailedPrecondition` (`ALREADY_SHARED`).
pub async fn share(db: &Db, ctx: &Ctx, request: ShareCaseRequest) -> Result<ShareCaseResponse> {
    let mut check = Check::new();
    let id = check.id("case_id", &request.case_id);
    let agreement_id = check.id("agreement_id", &request.agreement_id);
    let node = check.id("node_id", &request.node_id);
    let last = check.last_day("last_day", &request.last_day, ctx.now());
    check.done()?;

    let mut tx = Tx::begin(db, ctx, ctx.permit()).await?;
    let worked = cases::load_for_update(&mut tx, id).await?;
    ctx.decide(Action::Manage, id, &worked.facts())?;
    if let Some(answer) = tx.replay(&request.request_id, &request).await? {
        return Ok(answer);
    }
    let wrong = |field: &str, words: &str| Err(Error::invalid().field(field, words));
    let Some(agreement) = agreements::get_for_share(&mut tx, agreement_id).await? else {
        return wrong("agreement_id", "Choose an agreement that is in force.");
    };
    let snapshot = ctx.snapshot().ok_or_else(|| Error::fault("no tree to share in"))?;
    let fit = agreement.check_share(worked.case.owner_node_id, node, tx.now(), |a, b| snapshot.is_within(a, b));
    match fit {
        Ok(()) => {}
        Err(Unfit::NotInForce) => return wrong("agreement_id", "Choose an agreement that is in force."),
        Err(Unfit::OwnerNoParty) => return wrong("agreement_id", "Choose an agreement that the organisation of this case is a party to."),
        Err(Unfit::NodeNoParty) => return wrong("node_id", "Choose an organisation that is a party to the agreement."),
        Err(Unfit::OwnCase) => return wrong("node_id", "Choose another organisation: this one sees the case already."),
    }
    if worked.guard.shares.iter().any(|s| s.node == node && s.classes.contains_all(agreement.classes)) {
        return Err(Error::precondition("ALREADY_SHARED", "The case is shared with this organisation already. End that share first to change it."));
    }
    let (share_id, ends_at) = (ctx.new_id(), agreement.share_ends(last));
    agreements::insert_share(&mut tx, share_id, id, agreement_id, node, agreement.classes, ends_at).await?;
    timeline::add(&mut tx, id, "ACCESS", &["SHARED"], Some(share_id), None).await?;
    tx.changed(ResourceType::Case, id);
    tx.commit_with(ShareCaseResponse { share_id: share_id.to_string(), ends_at: Some(stamp(ends_at)) }).await
}

/// Ends a share now.
///
/// # Errors
/// `InvalidArgument`; `NotFound`; `PermissionDenied`; `FailedPrecondition` (`NOT_SHARED`).
pub async fn end(db: &Db, ctx: &Ctx, request: EndShareRequest) -> Result<EndShareResponse> {
    let mut check = Check::new();
    let id = check.id("case_id", &request.case_id);
    let share_id = check.id("share_id", &request.share_id);
    check.done()?;

    let mut tx = Tx::begin(db, ctx, ctx.permit()).await?;
    let worked = cases::load_for_update(&mut tx, id).await?;
    ctx.decide(Action::Manage, id, &worked.facts())?;
    if let Some(answer) = tx.replay(&request.request_id, &request).await? {
        return Ok(answer);
    }
    if !agreements::end_share(&mut tx, id, share_id).await? {
        return Err(Error::precondition("NOT_SHARED", "This share has ended already."));
    }
    timeline::add(&mut tx, id, "ACCESS", &["SHARE_ENDED"], Some(share_id), None).await?;
    tx.changed(ResourceType::Case, id);
    tx.commit_with(EndShareResponse {}).await
}
