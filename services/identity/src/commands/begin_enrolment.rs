//! The page of an enrolment link: who it is for, and a new authenticator secret.

use platform::{Ctx, Error, Result};
use proto::{
    Action,
    identity::v1::{BeginEnrolmentRequest, BeginEnrolmentResponse},
};

use crate::{
    domain::{authenticator, user::State as UserState},
    secret,
    state::{State, same_tenant},
    store::{enrolments, tenants, users},
};

/// Makes a new secret for the link each time its page is opened.
///
/// # Errors
/// `FailedPrecondition` (`ENROLMENT_LINK`) where the link is over, used or unknown.
pub async fn begin_enrolment(state: &State, ctx: &Ctx, req: BeginEnrolmentRequest) -> Result<BeginEnrolmentResponse> {
    same_tenant(ctx, &req.tenant_id)?;
    let mut tx = state.begin(ctx).await?;
    let link = enrolments::find(&mut tx, &req.enrolment_secret).await?.ok_or_else(no_link)?;
    let user = users::find(&mut tx, link.user_id).await?.filter(|u| u.state() != UserState::Disabled).ok_or_else(no_link)?;
    ctx.decide(Action::Update, user.id, &user.facts())?;
    let totp = secret::random::<{ authenticator::SECRET_BYTES }>()?;
    enrolments::set_secret(&mut tx, &link, totp.to_vec()).await?;
    let (user_name, email, tenant) = (user.name(&mut tx).await?, user.email(&mut tx).await?, tenants::get(&mut tx).await?);
    tx.commit().await?;
    let otpauth_url = authenticator::address(&totp, &tenant.name, &email).map_err(|e| Error::fault(e.to_string()))?;
    Ok(BeginEnrolmentResponse { user_name, email, otpauth_url, totp_secret: authenticator::for_typing(&totp) })
}

/// The one answer to a link that is over, used or unknown.
pub fn no_link() -> Error {
    Error::precondition("ENROLMENT_LINK", "This link has expired or has been used. Ask your administrator for a new one.")
}
