//! Passkeys of one's own: adding, removing, and signing in with one.

use platform::{Ctx, Error, Kind as Fault, Result, ids::parse_id};
use proto::{
    Action, ResourceType,
    identity::v1::{
        BeginPasskeyRequest, BeginPasskeyResponse, BeginPasskeySignInRequest, BeginPasskeySignInResponse, CompletePasskeyRequest, CompletePasskeyResponse,
        CompletePasskeySignInRequest, CompletePasskeySignInResponse, RemovePasskeyRequest, RemovePasskeyResponse,
    },
};

use super::{authenticator::over, begin, factor_changed, tell};
use crate::{
    commands::{announce::announce, begin_session},
    domain::{session::CHALLENGE, user::State as UserState},
    secret,
    state::{State, same_tenant},
    store::{blobs::PasskeyBlob, ceremonies::{self, Kind}, epochs, passkeys, sessions, users},
    wire::{self, timestamp},
};

/// Most passkeys of one account.
const MOST: usize = 20;

/// Asks the browser for a new passkey.
///
/// # Errors
/// `PermissionDenied` (`STEP_UP_REQUIRED`); `FailedPrecondition` (`TOO_MANY_PASSKEYS`); `Unauthenticated`.
pub async fn begin_passkey(state: &State, ctx: &Ctx, req: BeginPasskeyRequest) -> Result<BeginPasskeyResponse> {
    let (mut tx, own) = begin(state, ctx, &req.tenant_id, &req.session_secret, Action::Update).await?;
    let own = own.fresh(&tx)?;
    let mut known = Vec::new();
    for row in passkeys::of_user(&mut tx, own.user.id).await? {
        known.push(row.blob(&mut tx).await?.credential);
    }
    if known.len() >= MOST {
        return Err(Error::precondition("TOO_MANY_PASSKEYS", "You have 20 passkeys. Remove one that you do not use first."));
    }
    let (email, name) = (own.user.email(&mut tx).await?, own.user.name(&mut tx).await?);
    let asked = state.passkeys.ask_new(own.user.id, &email, &name, &known)?;
    let ceremony = ceremonies::begin(&mut tx, Kind::Passkey, Some(own.user.id), &asked.state, None, CHALLENGE).await?;
    tx.commit().await?;
    Ok(BeginPasskeyResponse { ceremony, options_json: asked.options })
}

/// Adds the passkey that the browser made.
///
/// # Errors
/// `InvalidArgument` on `name` and `credential_json`; `FailedPrecondition` (`CEREMONY_OVER`); `PermissionDenied`; `Unauthenticated`.
pub async fn complete_passkey(state: &State, ctx: &Ctx, req: CompletePasskeyRequest) -> Result<CompletePasskeyResponse> {
    let mut wrong = Error::invalid();
    let name = wire::text(&mut wrong, "name", &req.name, 60, "Enter a name for the passkey.");
    wrong.into_result()?;
    let (mut tx, own) = begin(state, ctx, &req.tenant_id, &req.session_secret, Action::Update).await?;
    let own = own.fresh(&tx)?;
    let row = ceremonies::find(&mut tx, Kind::Passkey, Some(own.user.id), &req.ceremony).await?.ok_or_else(over)?;
    ceremonies::end(&mut tx, row.id).await?;
    let refused = || Error::invalid().field("credential_json", "The passkey could not be added. Try again, or use another device.");
    let made = match state.passkeys.take_new(&row.challenge, &req.credential_json) {
        Some(made) => passkeys::insert(&mut tx, own.user.id, &made.credential_id, &PasskeyBlob { name, credential: made.credential }).await?,
        None => None,
    };
    let Some(id) = made else {
        tx.commit().await?;
        return Err(refused());
    };
    tell(&mut tx, &own.user, "PASSKEY_ADDED").await?;
    tx.changed(ResourceType::User, own.user.id);
    tx.commit().await?;
    Ok(CompletePasskeyResponse { passkey_id: id.to_string() })
}

/// Removes a passkey; harmless where it is none of theirs.
///
/// # Errors
/// `InvalidArgument` on `passkey_id`; `PermissionDenied` (`STEP_UP_REQUIRED`); `Unauthenticated`.
pub async fn remove_passkey(state: &State, ctx: &Ctx, req: RemovePasskeyRequest) -> Result<RemovePasskeyResponse> {
    let id = parse_id("passkey_id", &req.passkey_id)?;
    let (mut tx, own) = begin(state, ctx, &req.tenant_id, &req.session_secret, Action::Update).await?;
    let own = own.fresh(&tx)?;
    epochs::lock(&mut tx).await?;
    if passkeys::remove(&mut tx, own.user.id, id).await? {
        let snapshot = factor_changed(&mut tx, &own, "PASSKEY_REMOVED").await?;
        tx.commit().await?;
        announce(state, ctx.request_id(), &snapshot).await;
    }
    Ok(RemovePasskeyResponse {})
}

/// Asks the browser for any passkey. With a session it is a fresh proof that is begun, else a sign-in.
///
/// # Errors
/// `Unauthenticated` where the session has ended.
pub async fn begin_passkey_sign_in(state: &State, ctx: &Ctx, req: BeginPasskeySignInRequest) -> Result<BeginPasskeySignInResponse> {
    let asked = state.passkeys.ask_any()?;
    let (mut tx, whose) = if req.session_secret.is_empty() {
        same_tenant(ctx, &req.tenant_id)?;
        (state.begin(ctx).await?, None)
    } else {
        let (tx, own) = begin(state, ctx, &req.tenant_id, &req.session_secret, Action::Update).await?;
        (tx, Some(own.user.id))
    };
    let ceremony = ceremonies::begin(&mut tx, Kind::SignIn, whose, &asked.state, None, CHALLENGE).await?;
    tx.commit().await?;
    Ok(BeginPasskeySignInResponse { ceremony, options_json: asked.options })
}

/// Takes what the passkey signed. A ceremony is good once, whatever comes of it.
///
/// # Errors
/// `Unauthenticated` (`PASSKEY_REFUSED`) for every cause.
pub async fn complete_passkey_sign_in(state: &State, ctx: &Ctx, req: CompletePasskeySignInRequest) -> Result<CompletePasskeySignInResponse> {
    let (mut tx, own) = if req.session_secret.is_empty() {
        same_tenant(ctx, &req.tenant_id)?;
        (state.begin(ctx).await?, None)
    } else {
        let (tx, own) = begin(state, ctx, &req.tenant_id, &req.session_secret, Action::Update).await?;
        (tx, Some(own))
    };
    let whose = own.as_ref().map(|own| own.user.id);
    let Some(ceremony) = ceremonies::find(&mut tx, Kind::SignIn, whose, &req.ceremony).await? else { return Err(refused()) };
    ceremonies::end(&mut tx, ceremony.id).await?;
    let proved = prove(state, &mut tx, &ceremony.challenge, &req.credential_json).await?;
    let Some(user) = proved.filter(|user| whose.is_none_or(|own| own == user.id)) else {
        tx.commit().await?;
        return Err(refused());
    };
    ctx.decide(Action::Update, user.id, &user.facts())?;
    tx.changed(ResourceType::User, user.id);
    let Some(own) = own else {
        let begun = begin_session::begin_session(state, &mut tx, &user, &req.device_secret, &req.agent).await?;
        tx.commit().await?;
        return Ok(CompletePasskeySignInResponse { session_secret: begun.session_secret, ends_at: Some(timestamp(begun.ends_at)), device_secret: begun.device_secret });
    };
    sessions::proved(&mut tx, own.session.id).await?;
    tx.commit().await?;
    if let Err(error) = state.sessions.forget(ctx.tenant(), &secret::hash(&req.session_secret)).await {
        tracing::warn!(?error, "a fresh proof counts within a minute");
    }
    Ok(CompletePasskeySignInResponse::default())
}

/// The active user whose passkey signed the challenge.
async fn prove(state: &State, tx: &mut platform::Tx, challenge: &[u8], answer: &str) -> Result<Option<users::UserRow>> {
    let Some((named, credential)) = state.passkeys.named(answer) else { return Ok(None) };
    let Some(row) = passkeys::by_credential(tx, &credential).await?.filter(|row| row.user_id == named) else { return Ok(None) };
    let mut blob = row.blob(tx).await?;
    let Some(credential) = state.passkeys.proves(challenge, answer, &blob.credential) else { return Ok(None) };
    let Some(user) = users::find(tx, row.user_id).await?.filter(|u| u.state() == UserState::Active) else { return Ok(None) };
    blob.credential = credential;
    passkeys::used(tx, &row, &blob).await?;
    Ok(Some(user))
}

fn refused() -> Error {
    Error::new(Fault::Unauthenticated, "PASSKEY_REFUSED", "This passkey was not accepted. Try again, or use your password and authenticator app.")
}
