//! A new single-use link for somebody who lost a factor. It goes to the account's own address: who asks for it never sees it,
//! and never sees or sets the factors (domain.md I3).

use platform::{Ctx, Error, Result};
use proto::{
    Action, ResourceType,
    identity::v1::{RenewEnrolmentRequest, RenewEnrolmentResponse},
};

use super::{manage, own::tell};
use crate::{
    domain::{help::{LEADING, leads, may_confirm}, user::State as UserState},
    state::State,
    store::{enrolments, help, roles, users},
};

/// Asks for the mail with the link; older ones end. For somebody with a leading role a second person has to confirm first: those who
/// may are told, and so is the owner of the account. Sessions and factors stay until it is used.
///
/// # Errors
/// `NotFound`, `PermissionDenied`, `FailedPrecondition` (`OWN_ACCOUNT`, `DISABLED`).
pub async fn renew_enrolment(state: &State, ctx: &Ctx, req: RenewEnrolmentRequest) -> Result<RenewEnrolmentResponse> {
    let mut tx = state.begin(ctx).await?;
    if let Some(answer) = tx.replay(&req.request_id, &req).await? {
        return Ok(answer);
    }
    let user = manage::account(&mut tx, &req.user_id, Action::Manage).await?;
    if user.state() == UserState::Disabled {
        return Err(Error::precondition("DISABLED", "This account is disabled. Enable it first."));
    }
    let (me, at) = (ctx.subject()?, ctx.now().timestamp());
    let snapshot = manage::permissions(ctx)?;
    // Who has not enrolled yet has nothing that could be taken over.
    let awaits_confirmation = user.state() == UserState::Active && leads(snapshot, user.id, at);
    if awaits_confirmation {
        help::ask(&mut tx, user.id, me).await?;
        tell(&mut tx, &user, "HELP_ASKED").await?;
        for second in roles::active_holders(&mut tx, &LEADING).await? {
            if may_confirm(snapshot, second, me, user.id, at) {
                let second = users::get(&mut tx, second).await?;
                tell(&mut tx, &second, "HELP_TO_CONFIRM").await?;
            }
        }
    } else {
        enrolments::send(&mut tx, user.id, Some(me)).await?;
    }
    tx.changed(ResourceType::User, user.id);
    tx.commit_with(RenewEnrolmentResponse { awaits_confirmation }).await
}
