//! A fresh proof of all factors in a session that goes on (ASVS 5.0: 7.5.3).

use platform::{Ctx, Error, Kind, Result};
use proto::{
    Action, ResourceType,
    identity::v1::{StepUpRequest, StepUpResponse},
};

use super::{Own, begin};
use crate::{
    commands::begin_sign_in::{LONGEST_TYPED, slow_down},
    domain::authenticator,
    secret,
    state::State,
    store::{sessions, throttle, users},
};

/// Takes password and code. Guesses are counted by the session, so that who sits at an unlocked screen has few.
///
/// # Errors
/// `InvalidArgument` on `code` for a wrong password and a wrong code alike; `ResourceExhausted` after too many guesses.
pub async fn step_up(state: &State, ctx: &Ctx, req: StepUpRequest) -> Result<StepUpResponse> {
    let (mut tx, Own { session, user }) = begin(state, ctx, &req.tenant_id, &req.session_secret, Action::Update).await?;
    let (begun, source) = (tx.now(), throttle::source_key(&mut tx, &req.source).await?);
    let target = throttle::Target { account: 0, source, device: Some(session.id) };
    if let Some(wait) = throttle::count(&mut tx, target).await? {
        return Err(slow_down(wait));
    }
    let stored = users::factors(&mut tx, user.id).await?.map(|f| f.blob.password_hash);
    tx.commit().await?;

    let typed = if req.password.len() <= LONGEST_TYPED { req.password.as_str() } else { "" };
    let right = state.passwords.verify(typed, stored).await?;

    let (mut tx, Own { session, user }) = begin(state, ctx, &req.tenant_id, &req.session_secret, Action::Update).await?;
    let factors = users::factors(&mut tx, user.id).await?.ok_or_else(refused)?;
    let step = authenticator::check(&factors.blob.totp_secret, &req.code, tx.now().timestamp(), factors.last_step).map_err(|e| Error::fault(e.to_string()))?;
    let Some(step) = step.filter(|_| right) else {
        return Err(refused());
    };
    users::take_step(&mut tx, user.id, step).await?;
    sessions::proved(&mut tx, session.id).await?;
    throttle::release(&mut tx, target, begun).await?;
    tx.changed(ResourceType::User, user.id);
    tx.commit().await?;
    // The entry says when the proof was; where it cannot be forgotten, it is over within a minute.
    if let Err(error) = state.sessions.forget(ctx.tenant(), &secret::hash(&req.session_secret)).await {
        tracing::warn!(?error, "a fresh proof counts within a minute");
    }
    Ok(StepUpResponse {})
}

fn refused() -> Error {
    Error::new(Kind::InvalidArgument, "PROOF_REFUSED", "Your password or code is not right.")
        .field("code", "Your password or code is not right. Wait for the next code of your authenticator and try again.")
}
