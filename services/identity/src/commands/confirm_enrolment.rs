//! The second person's word for a new link of somebody with a leading role (domain.md I3, ASVS 5.0: 6.4.4).

use platform::{Ctx, Error, Result};
use proto::{
    Action, ResourceType,
    identity::v1::{ConfirmEnrolmentRequest, ConfirmEnrolmentResponse},
};

use super::manage::permissions;
use crate::{
    domain::{help::may_confirm, user::State as UserState},
    state::State,
    store::{enrolments, help, users},
};

/// Confirms it: the link goes to the account's own address. Neither person ever sees it.
///
/// # Errors
/// `NotFound`; `FailedPrecondition` (`NOTHING_TO_CONFIRM`, `DISABLED`); `PermissionDenied`, also without a fresh proof
/// (`STEP_UP_REQUIRED`).
pub async fn confirm_enrolment(state: &State, ctx: &Ctx, req: ConfirmEnrolmentRequest) -> Result<ConfirmEnrolmentResponse> {
    let mut tx = state.begin(ctx).await?;
    if let Some(answer) = tx.replay(&req.request_id, &req).await? {
        return Ok(answer);
    }
    let user = users::get(&mut tx, platform::ids::parse_id("user_id", &req.user_id)?).await?;
    ctx.decide(Action::Read, user.id, &user.facts())?;
    let me = ctx.subject()?;
    // Who could never confirm does not learn whether there is something to confirm.
    if !crate::domain::help::leads(permissions(ctx)?, me, ctx.now().timestamp()) {
        return Err(Error::denied());
    }
    let nothing = || Error::precondition("NOTHING_TO_CONFIRM", "Nobody asked for a new link, or it was confirmed already.");
    let helper = help::asked_by(&mut tx, user.id).await?.ok_or_else(nothing)?;
    if !may_confirm(permissions(ctx)?, me, helper, user.id, ctx.now().timestamp()) {
        return Err(Error::denied());
    }
    ctx.require_step_up()?;
    if user.state() == UserState::Disabled {
        return Err(Error::precondition("DISABLED", "This account is disabled. Enable it first."));
    }
    if !help::end(&mut tx, user.id).await? {
        return Err(nothing());
    }
    enrolments::send(&mut tx, user.id, Some(helper)).await?;
    tx.changed(ResourceType::User, user.id);
    tx.commit_with(ConfirmEnrolmentResponse {}).await
}
