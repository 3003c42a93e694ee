//! New recovery codes.

use platform::{Ctx, Result};
use proto::{
    Action, ResourceType,
    identity::v1::{RenewRecoveryCodesRequest, RenewRecoveryCodesResponse},
};

use super::{begin, tell};
use crate::{state::State, store::recovery_codes};

/// Makes ten codes in place of the old ones and answers them, once.
///
/// # Errors
/// `PermissionDenied` (`STEP_UP_REQUIRED`); `Unauthenticated`.
pub async fn renew_recovery_codes(state: &State, ctx: &Ctx, req: RenewRecoveryCodesRequest) -> Result<RenewRecoveryCodesResponse> {
    let (mut tx, own) = begin(state, ctx, &req.tenant_id, &req.session_secret, Action::Update).await?;
    let own = own.fresh(&tx)?;
    let recovery_codes = recovery_codes::renew(&mut tx, own.user.id).await?;
    tell(&mut tx, &own.user, "RECOVERY_CODES_RENEWED").await?;
    tx.changed(ResourceType::User, own.user.id);
    tx.commit().await?;
    Ok(RenewRecoveryCodesResponse { recovery_codes })
}
