//! The end of every sign-in: a session, and the browser known again.

use chrono::{DateTime, Utc};
use platform::{Result, Tx};

use super::own::tell;
use crate::{
    domain::session::absolute,
    state::State,
    store::{devices, sessions, tenants, users::{self, UserRow}},
};

/// What the browser is given.
pub struct Begun {
    /// For the session's cookie.
    pub session_secret: String,
    /// When the session ends whatever happens.
    pub ends_at: DateTime<Utc>,
    /// For the cookie by which the browser is known again.
    pub device_secret: String,
}

/// Begins a session of somebody who has just proved all factors. The owner of the account is told of a browser that was not known,
/// but not of the very first.
///
/// # Errors
/// The database's.
pub async fn begin_session(state: &State, tx: &mut Tx, user: &UserRow, device_secret: &str, agent: &str) -> Result<Begun> {
    users::signed_in(tx, user.id).await?;
    let known = if device_secret.is_empty() { None } else { devices::find(tx, user.id, device_secret).await? };
    let device_secret = match known {
        Some(device) => {
            devices::used(tx, device).await?;
            device_secret.to_owned()
        }
        None => {
            if devices::has_any(tx, user.id).await? {
                tell(tx, user, "NEW_DEVICE").await?;
            }
            devices::add(tx, user.id).await?
        }
    };
    let idle = state.snapshots.newest(tx.tenant()).await?.map_or(20, |s| s.idle_minutes());
    let lasts = absolute(tenants::get(tx).await?.absolute_hours);
    let (session_secret, ends_at) = sessions::begin(tx, user.id, idle, lasts, in_words(agent)).await?;
    Ok(Begun { session_secret, ends_at, device_secret })
}

/// Browser and system as the gateway names them; anything else is not kept, since it could be anything.
fn in_words(agent: &str) -> &str {
    let fits = agent.len() <= 80 && agent.bytes().all(|b| b.is_ascii_alphanumeric() || b" .".contains(&b));
    if fits { agent } else { "" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_words_are_kept_of_a_browser() {
        assert_eq!(in_words("Firefox on Windows"), "Firefox on Windows");
        for odd in ["Mozilla/5.0 (X11)", "<b>", &"a".repeat(81)] {
            assert_eq!(in_words(odd), "", "{odd}");
        }
    }
}
