//! Second half of a sign-in: the authenticator's code. Answers a session, or one refusal for every cause.

use platform::{Ctx, Error, Kind, Result, Tx};
use proto::{
    Action,
    identity::v1::{CompleteSignInRequest, CompleteSignInResponse},
};

use super::begin_sign_in::slow_down;
use crate::{
    domain::{authenticator, session::CODES_PER_CHALLENGE, user::State as UserState},
    state::{State, same_tenant},
    store::{challenges::{self, ChallengeRow}, sessions, throttle, users::{self, UserRow}},
    wire::timestamp,
};

/// Takes the code that belongs to a challenge.
///
/// # Errors
/// `Unauthenticated` (`SIGN_IN_REFUSED`) for every cause; `ResourceExhausted` after too many guesses.
pub async fn complete_sign_in(state: &State, ctx: &Ctx, req: CompleteSignInRequest) -> Result<CompleteSignInResponse> {
    same_tenant(ctx, &req.tenant_id)?;
    let mut tx = state.begin(ctx).await?;
    let Some(challenge) = challenges::find(&mut tx, &req.challenge).await? else { return Err(refused()) };
    let target = throttle::Target { account: challenge.account_key, source: throttle::source_key(&mut tx, &req.source).await? };
    // The first code belongs to the guess that the password was counted for.
    if challenge.tries > 0 && let Some(wait) = throttle::count(&mut tx, target).await? {
        return Err(slow_down(wait));
    }
    let proved = prove(&mut tx, ctx, &challenge, &req.code).await?;
    let Some((user, step)) = proved else {
        challenges::tried(&mut tx, challenge.id, challenge.tries + 1 >= CODES_PER_CHALLENGE).await?;
        tx.commit().await?;
        return Err(refused());
    };
    challenges::tried(&mut tx, challenge.id, true).await?;
    users::take_step(&mut tx, user.id, step).await?;
    users::signed_in(&mut tx, user.id).await?;
    throttle::release(&mut tx, target, challenge.created_at).await?;
    let idle = state.snapshots.newest(tx.tenant()).await?.map_or(20, |s| s.idle_minutes());
    let (session_secret, ends_at) = sessions::begin(&mut tx, user.id, idle).await?;
    tx.changed(proto::ResourceType::User, user.id);
    tx.commit().await?;
    Ok(CompleteSignInResponse { session_secret, ends_at: Some(timestamp(ends_at)) })
}

/// The user and the code's step, where password and code are right and the account is active. The user is named to
/// the audit trail either way.
async fn prove(tx: &mut Tx, ctx: &Ctx, challenge: &ChallengeRow, code: &str) -> Result<Option<(UserRow, i64)>> {
    // The same questions are asked for an address that nobody has, so that time does not tell.
    let id = challenge.user_id.unwrap_or_default();
    let (user, factors) = (users::find(tx, id).await?, users::factors(tx, id).await?);
    let enrolled = factors.is_some();
    let (secret, last_step) = factors.map_or((vec![0; authenticator::SECRET_BYTES], 0), |f| (f.blob.totp_secret, f.last_step));
    let step = authenticator::check(&secret, code, tx.now().timestamp(), last_step).map_err(|e| Error::fault(e.to_string()))?;
    let (Some(user), Some(_)) = (user, challenge.user_id) else { return Ok(None) };
    ctx.decide(Action::Update, user.id, &user.facts())?;
    ctx.on_behalf_of(format!("user:{}", user.id));
    let right = challenge.password_right && enrolled && user.state() == UserState::Active;
    Ok(step.filter(|_| right).map(|step| (user, step)))
}

fn refused() -> Error {
    Error::new(
        Kind::Unauthenticated,
        "SIGN_IN_REFUSED",
        "Your email address, password or code is not right. Check the time of your authenticator, wait for its next code, and try again.",
    )
}
