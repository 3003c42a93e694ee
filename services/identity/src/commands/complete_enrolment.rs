//! Setting password and authenticator by a single-use link. Whatever let the account in before is over.

use platform::{Ctx, Error, Result};
use proto::{
    Action, FieldClass, ResourceType,
    identity::v1::{CompleteEnrolmentRequest, CompleteEnrolmentResponse},
};

use super::{announce::announce, begin_enrolment::no_link};
use crate::{
    domain::{authenticator, user::State as UserState},
    state::{State, same_tenant},
    store::{blobs::{EnrolmentBlob, FactorBlob}, devices, enrolments, epochs, passkeys, recovery_codes, sessions, tenants, users},
};

/// Checks password and code, then ends the link and every older session, and lets the user in.
///
/// # Errors
/// `FailedPrecondition` (`ENROLMENT_LINK`); `InvalidArgument` on `password` and `code`, both at once.
pub async fn complete_enrolment(state: &State, ctx: &Ctx, req: CompleteEnrolmentRequest) -> Result<CompleteEnrolmentResponse> {
    same_tenant(ctx, &req.tenant_id)?;
    let mut tx = state.begin(ctx).await?;
    let link = enrolments::find(&mut tx, &req.enrolment_secret).await?.ok_or_else(no_link)?;
    let user = users::find(&mut tx, link.user_id).await?.filter(|u| u.state() != UserState::Disabled).ok_or_else(no_link)?;
    let sealed = link.c_staff_hr.ok_or_else(|| Error::precondition("ENROLMENT_NOT_BEGUN", "Open the link and add the key to your authenticator first."))?;
    let shown: EnrolmentBlob = tx.open(user.id, FieldClass::StaffHr, link.id, &sealed).await?;
    let (name, email, tenant) = (user.name(&mut tx).await?, user.email(&mut tx).await?, tenants::get(&mut tx).await?);
    let step = authenticator::check(&shown.totp_secret, &req.code, tx.now().timestamp(), 0).map_err(|e| Error::fault(e.to_string()))?;
    tx.commit().await?;

    let mut wrong = Error::invalid();
    if let Some(mistake) = state.passwords.judge(&req.password, vec![tenant.name, tenant.slug, name, email]).await?.mistake {
        wrong = wrong.field("password", mistake);
    }
    let Some(step) = step else {
        return Err(wrong.field("code", "This code is not right. Check the time of your authenticator and enter its newest code."));
    };
    wrong.into_result()?;
    let password_hash = state.passwords.hash(&req.password).await?;

    let mut tx = state.begin(ctx).await?;
    epochs::lock(&mut tx).await?;
    // Looked at again under the lock: a link is good once, and for the secret that was proved.
    let again = enrolments::find(&mut tx, &req.enrolment_secret).await?.ok_or_else(no_link)?;
    if again.c_staff_hr.as_ref() != Some(&sealed) {
        return Err(Error::precondition("ENROLMENT_RESTARTED", "The link was opened again meanwhile. Add the newest key to your authenticator."));
    }
    let user = users::find(&mut tx, again.user_id).await?.filter(|u| u.state() != UserState::Disabled).ok_or_else(no_link)?;
    ctx.decide(Action::Update, user.id, &user.facts())?;
    enrolments::end_all(&mut tx, user.id).await?;
    users::set_factors(&mut tx, user.id, &FactorBlob { password_hash, totp_secret: shown.totp_secret }, step).await?;
    users::set_state(&mut tx, user.id, UserState::Active).await?;
    sessions::end_all(&mut tx, user.id).await?;
    passkeys::remove_all(&mut tx, user.id).await?;
    devices::forget_all(&mut tx, user.id).await?;
    let recovery_codes = recovery_codes::renew(&mut tx, user.id).await?;
    let snapshot = epochs::advance(&mut tx).await?;
    tx.changed(ResourceType::User, user.id);
    tx.commit().await?;
    announce(state, ctx.request_id(), &snapshot).await;
    Ok(CompleteEnrolmentResponse { recovery_codes })
}
