//! A new single-use link for somebody who lost a factor. Who makes it never sees or sets the factors (domain.md I3).

use platform::{Ctx, Error, Result};
use proto::{
    Action, ResourceType,
    identity::v1::{RenewEnrolmentRequest, RenewEnrolmentResponse},
};

use super::manage;
use crate::{domain::user::State as UserState, state::State, store::enrolments};

/// Makes the link; older ones end. Sessions and factors stay until it is used.
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
    let enrolment_secret = enrolments::open(&mut tx, user.id, ctx.subject().ok()).await?;
    tx.changed(ResourceType::User, user.id);
    tx.commit_with(RenewEnrolmentResponse::default()).await?;
    Ok(RenewEnrolmentResponse { enrolment_secret })
}
