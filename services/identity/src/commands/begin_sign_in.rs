//! First half of a sign-in: address and password. Always answers a challenge.

use platform::{Ctx, Error, Kind, Result};
use proto::identity::v1::{BeginSignInRequest, BeginSignInResponse};

use crate::{
    domain::user::State as UserState,
    state::{State, same_tenant},
    store::{challenges, devices, tenants, throttle, users},
};

/// A longer text is nobody's password; it is not even hashed.
pub const LONGEST_TYPED: usize = 1024;

/// Takes address and password. Known or not, right or wrong, the work and the answer are the same.
///
/// # Errors
/// `ResourceExhausted` with the time to wait after too many guesses, for known and unknown addresses alike.
pub async fn begin_sign_in(state: &State, ctx: &Ctx, req: BeginSignInRequest) -> Result<BeginSignInResponse> {
    same_tenant(ctx, &req.tenant_id)?;
    let mut tx = state.begin(ctx).await?;
    tenants::get(&mut tx).await?;
    let begun = tx.now();
    let account = throttle::account_key(&mut tx, &req.email).await?;
    // The same questions are asked for an address that nobody has, so that time does not tell.
    let token = users::email_token(&mut tx, &req.email).await?.unwrap_or(account);
    let user = users::by_email_token(&mut tx, token).await?.filter(|u| u.state() == UserState::Active);
    let asked = users::stand_in(&mut tx).await?;
    let asked = user.as_ref().map_or(asked, |u| u.id);
    let device = devices::find(&mut tx, asked, &req.device_secret).await?.filter(|_| user.is_some());
    let target = throttle::Target { account, source: throttle::source_key(&mut tx, &req.source).await?, device };
    if let Some(wait) = throttle::count(&mut tx, target).await? {
        return Err(slow_down(wait));
    }
    let stored = users::factors(&mut tx, asked).await?.map(|f| f.blob.password_hash).filter(|_| user.is_some());
    tx.commit().await?;
    if let Some(user) = &user {
        ctx.on_behalf_of(format!("user:{}", user.id));
    }

    let typed = if req.password.len() <= LONGEST_TYPED { req.password.as_str() } else { "" };
    let right = state.passwords.verify(typed, stored).await?;

    let mut tx = state.begin(ctx).await?;
    let challenge = challenges::open(&mut tx, user.map(|u| u.id), right, target.account, begun).await?;
    tx.commit().await?;
    Ok(BeginSignInResponse { challenge })
}

/// The answer to too many guesses.
pub fn slow_down(wait: chrono::TimeDelta) -> Error {
    let seconds = wait.num_seconds().max(0) + 1;
    let words = if seconds < 90 { format!("Wait {seconds} seconds and try again.") } else { format!("Wait {} minutes and try again.", (seconds + 59) / 60) };
    Error::new(Kind::ResourceExhausted, "TOO_MANY_ATTEMPTS", format!("There were too many attempts to sign in. {words}"))
        .retry_after(std::time::Duration::from_secs(seconds.unsigned_abs()))
}
