//! What somebody does with their own account. The session's secret is the proof of who asks, and no role is needed; what changes a
//! factor asks for a fresh proof (ASVS 5.0: 7.5.1) and ends every other session (7.4.3).

pub mod authenticator;
pub mod notices;
pub mod passkeys;
pub mod password;
pub mod recovery;
pub mod sessions;
pub mod step_up;

use platform::{Ctx, Error, Result, Tx, context::FRESH};
use proto::{Action, ResourceType, authz::v1::Snapshot, events::v1::AccountNotice};

use crate::{
    secret,
    state::{State, same_tenant},
    store::{epochs, sessions as rows, sessions::SessionRow, users::{self, UserRow}},
};

/// Who asks.
pub struct Own {
    /// The live session.
    pub session: SessionRow,
    /// Its user.
    pub user: UserRow,
}

impl Own {
    /// Refuses where the factors were not proved within [`FRESH`].
    ///
    /// # Errors
    /// `PermissionDenied` (`STEP_UP_REQUIRED`).
    pub fn fresh(self, tx: &Tx) -> Result<Self> {
        if tx.now() < self.session.auth_at + FRESH { Ok(self) } else { Err(Error::step_up_required()) }
    }
}

/// Begins a transaction for who holds the session's secret.
///
/// # Errors
/// `Unauthenticated` where the session has ended.
pub async fn begin(state: &State, ctx: &Ctx, tenant_id: &str, session_secret: &str, action: Action) -> Result<(Tx, Own)> {
    same_tenant(ctx, tenant_id)?;
    let mut tx = state.begin(ctx).await?;
    let session = rows::live(&mut tx, &secret::hash(session_secret)).await?.ok_or_else(Error::unauthenticated)?;
    let user = users::get(&mut tx, session.user_id).await?;
    ctx.decide(action, user.id, &user.facts())?;
    Ok((tx, Own { session, user }))
}

/// After a factor changed: every other session ends, tokens of them too, and the owner is told. Call it before the commit, with
/// [`epochs::lock`] held, and announce the answer after it.
///
/// # Errors
/// The database's.
pub async fn factor_changed(tx: &mut Tx, own: &Own, what: &str) -> Result<Snapshot> {
    rows::end_others(tx, own.user.id, own.session.id).await?;
    tell(tx, &own.user, what).await?;
    tx.changed(ResourceType::User, own.user.id);
    epochs::advance(tx).await
}

/// Asks for the mail that tells the owner of an account what happened to it.
///
/// # Errors
/// The database's.
pub async fn tell(tx: &mut Tx, user: &UserRow, what: &str) -> Result<()> {
    tx.publish(user.id, user.version, &AccountNotice { user_id: user.id.to_string(), what: what.to_owned() }).await
}
