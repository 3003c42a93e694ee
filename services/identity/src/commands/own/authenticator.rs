//! Another authenticator in place of the one in force.

use platform::{Ctx, Error, Result};
use proto::{
    Action,
    identity::v1::{BeginAuthenticatorRequest, BeginAuthenticatorResponse, CompleteAuthenticatorRequest, CompleteAuthenticatorResponse},
};

use super::{begin, factor_changed};
use crate::{
    commands::announce::announce,
    domain::{authenticator, session::AUTHENTICATOR},
    secret,
    state::State,
    store::{ceremonies::{self, Kind}, epochs, tenants, users},
};

/// Makes a secret, which is in force only when one of its codes was shown.
///
/// # Errors
/// `PermissionDenied` (`STEP_UP_REQUIRED`); `Unauthenticated`.
pub async fn begin_authenticator(state: &State, ctx: &Ctx, req: BeginAuthenticatorRequest) -> Result<BeginAuthenticatorResponse> {
    let (mut tx, own) = begin(state, ctx, &req.tenant_id, &req.session_secret, Action::Update).await?;
    let own = own.fresh(&tx)?;
    let totp = secret::random::<{ authenticator::SECRET_BYTES }>()?;
    let ceremony = ceremonies::begin(&mut tx, Kind::Authenticator, Some(own.user.id), &[], Some(totp.to_vec()), AUTHENTICATOR).await?;
    let (email, tenant) = (own.user.email(&mut tx).await?, tenants::get(&mut tx).await?);
    tx.commit().await?;
    let otpauth_url = authenticator::address(&totp, &tenant.name, &email).map_err(|e| Error::fault(e.to_string()))?;
    Ok(BeginAuthenticatorResponse { ceremony, otpauth_url, totp_secret: authenticator::for_typing(&totp) })
}

/// Puts it in force.
///
/// # Errors
/// `InvalidArgument` on `code`; `FailedPrecondition` (`CEREMONY_OVER`); `PermissionDenied` (`STEP_UP_REQUIRED`); `Unauthenticated`.
pub async fn complete_authenticator(state: &State, ctx: &Ctx, req: CompleteAuthenticatorRequest) -> Result<CompleteAuthenticatorResponse> {
    let (mut tx, own) = begin(state, ctx, &req.tenant_id, &req.session_secret, Action::Update).await?;
    let own = own.fresh(&tx)?;
    let row = ceremonies::find(&mut tx, Kind::Authenticator, Some(own.user.id), &req.ceremony).await?.ok_or_else(over)?;
    let totp = ceremonies::totp_secret(&mut tx, &row).await?.ok_or_else(over)?;
    let step = authenticator::check(&totp, &req.code, tx.now().timestamp(), 0).map_err(|e| Error::fault(e.to_string()))?;
    let Some(step) = step else {
        return Err(Error::invalid().field("code", "This code is not right. Check the time of your authenticator and enter its newest code."));
    };
    epochs::lock(&mut tx).await?;
    ceremonies::end(&mut tx, row.id).await?;
    users::change_authenticator(&mut tx, own.user.id, totp, step).await?;
    let snapshot = factor_changed(&mut tx, &own, "AUTHENTICATOR_CHANGED").await?;
    tx.commit().await?;
    announce(state, ctx.request_id(), &snapshot).await;
    Ok(CompleteAuthenticatorResponse {})
}

/// The one answer to a ceremony that is over, done or unknown.
pub fn over() -> Error {
    Error::precondition("CEREMONY_OVER", "This took too long. Begin again.")
}
