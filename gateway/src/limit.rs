//! Limits of posts by the browser's address: counted in Redis for all gateways together, and in process where Redis is
//! away. A public referral is never refused because Redis is.

use std::{collections::HashMap, net::IpAddr, sync::{Arc, Mutex}, time::{Duration, Instant}};

use redis::{ExistenceCheck, SetExpiry, SetOptions};

/// The window that is counted.
const WINDOW: Duration = Duration::from_secs(60);
/// Redis has this long to answer before the count goes on in process.
const PATIENCE: Duration = Duration::from_millis(100);

/// Counts posts. Cheap to clone.
#[derive(Clone)]
pub struct Limiter(Arc<Inner>);

struct Inner {
    per_minute: u32,
    redis: Option<redis::aio::ConnectionManager>,
    prefix: String,
    local: Mutex<HashMap<IpAddr, (Instant, u32)>>,
}

impl Limiter {
    /// Allows `per_minute` posts of one address; `redis` is the shared counter, where there is one.
    pub fn new(per_minute: u32, redis: Option<redis::aio::ConnectionManager>, prefix: &str) -> Self {
        Self(Arc::new(Inner { per_minute, redis, prefix: prefix.to_owned(), local: Mutex::default() }))
    }

    /// Counts one post and answers whether it may go on.
    pub async fn allow(&self, from: IpAddr) -> bool {
        let count = match &self.0.redis {
            Some(redis) => match tokio::time::timeout(PATIENCE, self.shared(redis.clone(), from)).await {
                Ok(Ok(count)) => count,
                _ => self.in_process(from),
            },
            None => self.in_process(from),
        };
        count <= self.0.per_minute
    }

    /// The key holds a hash, never the address.
    async fn shared(&self, mut redis: redis::aio::ConnectionManager, from: IpAddr) -> redis::RedisResult<u32> {
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, from.to_string().as_bytes());
        let key = format!("{}:posts:{}", self.0.prefix, hex::encode(&digest.as_ref()[..16]));
        let window = SetOptions::default().conditional_set(ExistenceCheck::NX).with_expiration(SetExpiry::EX(WINDOW.as_secs()));
        // One transaction: a key without an end would refuse an address for ever.
        let (count,): (u32,) = redis::pipe().atomic().set_options(&key, 0, window).ignore().incr(&key, 1).query_async(&mut redis).await?;
        Ok(count)
    }

    fn in_process(&self, from: IpAddr) -> u32 {
        let Ok(mut local) = self.0.local.lock() else { return 0 };
        if local.len() > 10_000 {
            local.retain(|_, (since, _)| since.elapsed() < WINDOW);
        }
        let entry = local.entry(from).or_insert((Instant::now(), 0));
        if entry.0.elapsed() >= WINDOW {
            *entry = (Instant::now(), 0);
        }
        entry.1 += 1;
        entry.1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_address_is_asked_to_wait_and_others_are_not() {
        let limiter = Limiter::new(2, None, "test");
        let (one, other) = (IpAddr::from([127, 0, 0, 1]), IpAddr::from([127, 0, 0, 2]));
        assert!(limiter.allow(one).await && limiter.allow(one).await);
        assert!(!limiter.allow(one).await);
        assert!(limiter.allow(other).await);
    }
}
