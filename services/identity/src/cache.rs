//! Live sessions in Redis, so that most tokens cost no write. Everything works without it.
//!
//! An entry is good at its tenant's epoch only: what disables a user or signs out everywhere moves the epoch and so
//! ends every entry at once, also one that could not be deleted. It holds ids and instants, no name.

use std::time::Duration;

use chrono::{DateTime, Utc};
use platform::{Error, Result};
use redis::aio::ConnectionManager;
use serde::{Deserialize, Serialize};
use tokio::time::timeout;
use uuid::Uuid;

use crate::domain::session::MOVES_EVERY;

/// Longest wait for the cache.
const PATIENCE: Duration = Duration::from_millis(250);

/// A session that was live when it was put here.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Live {
    /// The session.
    pub session: Uuid,
    /// Its user.
    pub user: Uuid,
    /// Epoch of the tenant's permissions when it was looked at.
    pub epoch: u64,
    /// When it ends if nothing more happens.
    pub idle_ends_at: DateTime<Utc>,
    /// When all factors were proved in it last.
    pub auth_at: DateTime<Utc>,
    /// When it was looked at.
    pub at: DateTime<Utc>,
}

impl Live {
    /// Whether it may stand for the row: same epoch, not over, and looked at within the last minute.
    pub fn holds(&self, epoch: u64, now: DateTime<Utc>) -> bool {
        self.epoch == epoch && now < self.idle_ends_at && now >= self.at && now - self.at < MOVES_EVERY
    }
}

/// The cache of sessions; `None` inside where none is configured.
pub struct Sessions {
    redis: Option<ConnectionManager>,
    prefix: String,
}

impl Sessions {
    /// A cache, or none.
    pub fn new(redis: Option<ConnectionManager>, prefix: String) -> Self {
        Self { redis, prefix }
    }

    fn key(&self, tenant: Uuid, hash: &[u8]) -> String {
        format!("{}:session:{tenant}:{}", self.prefix, hex::encode(hash))
    }

    /// What the cache knows; nothing where it is away.
    pub async fn get(&self, tenant: Uuid, hash: &[u8]) -> Option<Live> {
        let mut redis = self.redis.clone()?;
        let text: Option<String> = timeout(PATIENCE, redis::cmd("GET").arg(self.key(tenant, hash)).query_async(&mut redis)).await.ok()?.ok()?;
        serde_json::from_str(&text?).ok()
    }

    /// Keeps a live session for a minute. Called while the session's row is locked, so that a sign-out, which waits
    /// for that row, always deletes after this.
    pub async fn put(&self, tenant: Uuid, hash: &[u8], live: &Live) {
        let (Some(mut redis), Ok(text)) = (self.redis.clone(), serde_json::to_string(live)) else { return };
        let mut command = redis::cmd("SET");
        command.arg(self.key(tenant, hash)).arg(text).arg("EX").arg(MOVES_EVERY.num_seconds());
        // A cache that is away only costs time.
        let _ = timeout(PATIENCE, command.query_async::<()>(&mut redis)).await;
    }

    /// Forgets a session that was ended.
    ///
    /// # Errors
    /// `Unavailable` where the cache could not be told; the caller then moves the epoch.
    pub async fn forget(&self, tenant: Uuid, hash: &[u8]) -> Result<()> {
        let Some(mut redis) = self.redis.clone() else { return Ok(()) };
        let mut command = redis::cmd("DEL");
        command.arg(self.key(tenant, hash));
        match timeout(PATIENCE, command.query_async::<u64>(&mut redis)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(Error::unavailable("the session cache did not delete").source(error)),
            Err(_) => Err(Error::unavailable("the session cache does not answer")),
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    #[test]
    fn an_entry_is_good_at_its_epoch_and_for_a_minute() {
        let at = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let live = Live { session: Uuid::from_u128(1), user: Uuid::from_u128(2), epoch: 4, idle_ends_at: at + TimeDelta::minutes(20), auth_at: at, at };
        assert!(live.holds(4, at) && live.holds(4, at + TimeDelta::seconds(59)));
        assert!(!live.holds(5, at), "permissions changed");
        assert!(!live.holds(4, at + TimeDelta::seconds(60)), "the row must be moved");
        assert!(!live.holds(4, at - TimeDelta::seconds(1)), "a clock that went back");
        let short = Live { idle_ends_at: at + TimeDelta::seconds(5), ..live };
        assert!(!short.holds(4, at + TimeDelta::seconds(5)));
    }
}
