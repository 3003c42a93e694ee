//! Rows of `identity.throttle`: recent guesses, under keyed hashes.

use access::tokens;
use chrono::{DateTime, TimeDelta, Utc};
use platform::{Result, Tx};

use crate::domain::throttle::{ACCOUNT, PAIR, Rule, SOURCE, WINDOW, in_window, wait};

/// Whom guesses are counted for: an account, known or not, and the source they come from.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Blind token of the typed address.
    pub account: i64,
    /// Keyed hash of the source.
    pub source: i64,
}

impl Target {
    /// Its keys with their rules, always in this order, so that two sign-ins never wait for one another in a circle.
    fn keys(self) -> [(String, Rule); 3] {
        let Self { account, source } = self;
        [(format!("account:{account:x}"), ACCOUNT), (format!("pair:{account:x}:{source:x}"), PAIR), (format!("source:{source:x}"), SOURCE)]
    }
}

/// The key of what was typed as an address. What is no address has one too, so that it is throttled alike.
///
/// # Errors
/// Those of [`Tx::token_key`].
pub async fn account_key(tx: &mut Tx, email: &str) -> Result<i64> {
    let key = tx.token_key().await?;
    let hashed = tokens::email(&key, email).first().copied();
    Ok(hashed.unwrap_or_else(|| keyed(&key, "typed", email)))
}

/// The key of a browser's address.
///
/// # Errors
/// Those of [`Tx::token_key`].
pub async fn source_key(tx: &mut Tx, source: &str) -> Result<i64> {
    let key = tx.token_key().await?;
    Ok(keyed(&key, "source", source))
}

fn keyed(key: &tokens::TokenKey, what: &str, text: &str) -> i64 {
    tokens::external_id(key, &format!("{what}{}", hex::encode(text))).first().copied().unwrap_or(0)
}

/// Counts a guess before it is looked at; answers how long to wait where there were too many, and then counts nothing.
///
/// # Errors
/// The database's.
pub async fn count(tx: &mut Tx, target: Target) -> Result<Option<TimeDelta>> {
    let now = tx.now();
    let mut counted = Vec::new();
    let mut longest: Option<TimeDelta> = None;
    for (key, rule) in target.keys() {
        let mut guesses = in_window(lock(tx, &key).await?, now);
        longest = longest.max(wait(rule, &guesses, now));
        guesses.push(now);
        counted.push((key, guesses));
    }
    if longest.is_none() {
        for (key, guesses) in counted {
            store(tx, &key, &guesses).await?;
        }
    }
    Ok(longest)
}

/// Takes the guess that was right away again, and forgets the others of the same account and source.
///
/// # Errors
/// The database's.
pub async fn release(tx: &mut Tx, target: Target, begun: DateTime<Utc>) -> Result<()> {
    let [account, pair, source] = target.keys().map(|(key, _)| key);
    for key in [account, source] {
        let mut guesses = lock(tx, &key).await?;
        if let Some(own) = guesses.iter().position(|at| *at == begun) {
            guesses.remove(own);
        }
        store(tx, &key, &guesses).await?;
    }
    let tenant = tx.tenant();
    sqlx::query!("DELETE FROM identity.throttle WHERE tenant_id = $1 AND key = $2", tenant, pair).execute(tx.conn()).await?;
    Ok(())
}

/// The guesses under a key, which stays locked until the transaction ends.
async fn lock(tx: &mut Tx, key: &str) -> Result<Vec<DateTime<Utc>>> {
    let (tenant, now) = (tx.tenant(), tx.now());
    Ok(sqlx::query_scalar!(
        "INSERT INTO identity.throttle (tenant_id, key, guesses, expires_at) VALUES ($1, $2, '{}', $3)
         ON CONFLICT (tenant_id, key) DO UPDATE SET expires_at = excluded.expires_at RETURNING guesses",
        tenant, key, now + WINDOW
    )
    .fetch_one(tx.conn())
    .await?)
}

async fn store(tx: &mut Tx, key: &str, guesses: &[DateTime<Utc>]) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query!("UPDATE identity.throttle SET guesses = $3 WHERE tenant_id = $1 AND key = $2", tenant, key, guesses).execute(tx.conn()).await?;
    Ok(())
}

/// Removes rows whose window has passed.
///
/// # Errors
/// The database's.
pub async fn sweep(tx: &mut Tx, before: DateTime<Utc>) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query!("DELETE FROM identity.throttle WHERE tenant_id = $1 AND expires_at < $2", tenant, before).execute(tx.conn()).await?;
    Ok(())
}
