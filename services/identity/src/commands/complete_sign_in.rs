//! Second half of a sign-in: the authenticator's code. Answers a session, or one refusal for every cause.

use platform::{Ctx, Error, Kind, Result, Tx};
use proto::{
    Action,
    identity::v1::{CompleteSignInRequest, CompleteSignInResponse},
};

use super::{begin_session::begin_session, begin_sign_in::slow_down, own};
use crate::{
    domain::{authenticator, session::CODES_PER_CHALLENGE, user::State as UserState},
    state::{State, same_tenant},
    store::{challenges::{self, ChallengeRow}, devices, recovery_codes, throttle, users::{self, UserRow}},
    wire::timestamp,
};
use uuid::Uuid;

/// Takes the code that belongs to a challenge.
///
/// # Errors
/// `Unauthenticated` (`SIGN_IN_REFUSED`) for every cause; `ResourceExhausted` after too many guesses.
pub async fn complete_sign_in(state: &State, ctx: &Ctx, req: CompleteSignInRequest) -> Result<CompleteSignInResponse> {
    same_tenant(ctx, &req.tenant_id)?;
    let mut tx = state.begin(ctx).await?;
    let Some(challenge) = challenges::find(&mut tx, &req.challenge).await? else { return Err(refused()) };
    let asked = users::stand_in(&mut tx).await?;
    let asked = challenge.user_id.unwrap_or(asked);
    let device = devices::find(&mut tx, asked, &req.device_secret).await?.filter(|_| challenge.user_id.is_some());
    let target = throttle::Target { account: challenge.account_key, source: throttle::source_key(&mut tx, &req.source).await?, device };
    // The first code belongs to the guess that the password was counted for.
    if challenge.tries > 0 && let Some(wait) = throttle::count(&mut tx, target).await? {
        return Err(slow_down(wait));
    }
    // Who knows the password may not try codes for days from ever new sources. The answer does not tell.
    let over = throttle::codes_are_over(&mut tx, challenge.account_key).await? && device.is_none();
    let proved = prove(&mut tx, ctx, &challenge, asked, &req.code).await?.filter(|_| !over);
    let Some((user, proof)) = proved else {
        if device.is_none() {
            throttle::count_code(&mut tx, challenge.account_key, challenge.password_right && !over).await?;
        }
        challenges::tried(&mut tx, challenge.id, challenge.tries + 1 >= CODES_PER_CHALLENGE).await?;
        tx.commit().await?;
        return Err(refused());
    };
    challenges::tried(&mut tx, challenge.id, true).await?;
    let recovery_code_used = matches!(proof, Proof::Recovery(_));
    match proof {
        Proof::Step(step) => users::take_step(&mut tx, user.id, step).await?,
        Proof::Recovery(code) => {
            recovery_codes::take(&mut tx, code).await?;
            own::tell(&mut tx, &user, "RECOVERY_CODE_USED").await?;
        }
    }
    throttle::release(&mut tx, target, challenge.created_at).await?;
    let begun = begin_session(state, &mut tx, &user, &req.device_secret, &req.agent).await?;
    let recovery_codes_left = recovery_codes::left(&mut tx, user.id).await?;
    tx.changed(proto::ResourceType::User, user.id);
    tx.commit().await?;
    Ok(CompleteSignInResponse {
        session_secret: begun.session_secret,
        ends_at: Some(timestamp(begun.ends_at)),
        device_secret: begun.device_secret,
        recovery_code_used,
        recovery_codes_left,
    })
}

/// What proved the second factor.
enum Proof {
    /// A code of the authenticator, by its step.
    Step(i64),
    /// A recovery code, by its id.
    Recovery(Uuid),
}

/// The user and the proof, where password and code are right and the account is active. The user is named to the audit trail
/// either way.
async fn prove(tx: &mut Tx, ctx: &Ctx, challenge: &ChallengeRow, id: Uuid, code: &str) -> Result<Option<(UserRow, Proof)>> {
    // The same questions are asked for an address that nobody has, of a stand-in, so that time does not tell.
    let (user, factors) = (users::find(tx, id).await?, users::factors(tx, id).await?);
    let enrolled = factors.is_some();
    let (secret, last_step) = factors.map_or((vec![0; authenticator::SECRET_BYTES], 0), |f| (f.blob.totp_secret, f.last_step));
    let step = authenticator::check(&secret, code, tx.now().timestamp(), last_step).map_err(|e| Error::fault(e.to_string()))?;
    let recovery = recovery_codes::find(tx, id, code).await?;
    let (Some(user), Some(_)) = (user, challenge.user_id) else { return Ok(None) };
    ctx.decide(Action::Update, user.id, &user.facts())?;
    ctx.on_behalf_of(format!("user:{}", user.id));
    let right = challenge.password_right && enrolled && user.state() == UserState::Active;
    let proof = step.map(Proof::Step).or(recovery.map(Proof::Recovery));
    Ok(proof.filter(|_| right).map(|proof| (user, proof)))
}

fn refused() -> Error {
    Error::new(
        Kind::Unauthenticated,
        "SIGN_IN_REFUSED",
        "Your email address, password or code is not right. Check the time of your authenticator, wait for its next code, and try again.",
    )
}
