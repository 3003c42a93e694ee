//! Choosing another password, and hearing of its strength before.

use platform::{Ctx, Error, Result};
use proto::{
    Action,
    identity::v1::{AssessPasswordRequest, AssessPasswordResponse, ChangePasswordRequest, ChangePasswordResponse},
};

use super::{begin, factor_changed};
use crate::{
    commands::{announce::announce, begin_enrolment::no_link},
    state::{State, same_tenant},
    store::{enrolments, epochs, tenants, users::{self, UserRow}},
};

/// What an attacker knows of an account, which its password must not be made of.
///
/// # Errors
/// Those of the keys.
pub async fn context(tx: &mut platform::Tx, user: &UserRow) -> Result<Vec<String>> {
    let tenant = tenants::get(tx).await?;
    Ok(vec![tenant.name, tenant.slug, user.name(tx).await?, user.email(tx).await?])
}

/// Replaces the password.
///
/// # Errors
/// `InvalidArgument` on `password`; `PermissionDenied` (`STEP_UP_REQUIRED`); `Unauthenticated`.
pub async fn change_password(state: &State, ctx: &Ctx, req: ChangePasswordRequest) -> Result<ChangePasswordResponse> {
    let (mut tx, own) = begin(state, ctx, &req.tenant_id, &req.session_secret, Action::Update).await?;
    let own = own.fresh(&tx)?;
    let known = context(&mut tx, &own.user).await?;
    tx.commit().await?;
    if let Some(mistake) = state.passwords.judge(&req.password, known).await?.mistake {
        return Err(Error::invalid().field("password", mistake));
    }
    let hash = state.passwords.hash(&req.password).await?;
    let (mut tx, own) = begin(state, ctx, &req.tenant_id, &req.session_secret, Action::Update).await?;
    let own = own.fresh(&tx)?;
    epochs::lock(&mut tx).await?;
    users::change_password(&mut tx, own.user.id, hash).await?;
    let snapshot = factor_changed(&mut tx, &own, "PASSWORD_CHANGED").await?;
    tx.commit().await?;
    announce(state, ctx.request_id(), &snapshot).await;
    Ok(ChangePasswordResponse {})
}

/// Says what is wrong with a password and how strong it is, to who may choose one. It is neither kept nor logged.
///
/// # Errors
/// `Unauthenticated`, `FailedPrecondition` (`ENROLMENT_LINK`).
pub async fn assess_password(state: &State, ctx: &Ctx, req: AssessPasswordRequest) -> Result<AssessPasswordResponse> {
    let known = if req.enrolment_secret.is_empty() {
        let (mut tx, own) = begin(state, ctx, &req.tenant_id, &req.session_secret, Action::Read).await?;
        let known = context(&mut tx, &own.user).await?;
        tx.commit().await?;
        known
    } else {
        same_tenant(ctx, &req.tenant_id)?;
        let mut tx = state.begin(ctx).await?;
        let user = enrolments::whose(&mut tx, &req.enrolment_secret).await?.ok_or_else(no_link)?;
        let user = users::get(&mut tx, user).await?;
        ctx.decide(Action::Read, user.id, &user.facts())?;
        let known = context(&mut tx, &user).await?;
        tx.commit().await?;
        known
    };
    let judged = state.passwords.judge(&req.password, known).await?;
    Ok(AssessPasswordResponse { mistake: judged.mistake.unwrap_or_default().to_owned(), strength: judged.strength.into() })
}
