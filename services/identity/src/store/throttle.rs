//! Rows of `identity.throttle`: recent guesses, under keyed hashes.

use access::tokens;
use chrono::{DateTime, TimeDelta, Utc};
use platform::{Result, Tx};
use uuid::Uuid;

use crate::domain::throttle::{ACCOUNT, CODES, PAIR, Rule, SOURCE, in_window, wait};

/// Whom guesses are counted for: an account, known or not, and the source they come from.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Blind token of the typed address.
    pub account: i64,
    /// Keyed hash of the source.
    pub source: i64,
    /// A browser that the account's owner signed in with before.
    pub device: Option<Uuid>,
}

impl Target {
    /// Its keys with their rules, always in this order, so that two sign-ins never wait for one another in a circle.
    fn keys(self) -> Vec<(String, Rule)> {
        let Self { account, source, device } = self;
        let source_key = (format!("source:{source:x}"), SOURCE);
        match device {
            Some(device) => vec![(format!("device:{device}"), PAIR), source_key],
            None => vec![(format!("account:{account:x}"), ACCOUNT), (format!("pair:{account:x}:{source:x}"), PAIR), source_key],
        }
    }

    /// The key that a right guess forgets.
    fn own(self) -> String {
        let Self { account, source, device } = self;
        device.map_or_else(|| format!("pair:{account:x}:{source:x}"), |device| format!("device:{device}"))
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
        let mut guesses = in_window(rule, lock(tx, &key, rule).await?, now);
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
    let own = target.own();
    for (key, rule) in target.keys().into_iter().filter(|(key, _)| *key != own) {
        let mut guesses = lock(tx, &key, rule).await?;
        if let Some(own) = guesses.iter().position(|at| *at == begun) {
            guesses.remove(own);
        }
        store(tx, &key, &guesses).await?;
    }
    let tenant = tx.tenant();
    sqlx::query!("DELETE FROM identity.throttle WHERE tenant_id = $1 AND key = $2", tenant, own).execute(tx.conn()).await?;
    Ok(())
}

/// Whether so many wrong codes followed the right password of an account that no more is taken now. Nothing is counted.
///
/// # Errors
/// The database's.
pub async fn codes_are_over(tx: &mut Tx, account: i64) -> Result<bool> {
    let now = tx.now();
    let guesses = in_window(CODES, lock(tx, &codes_key(account), CODES).await?, now);
    Ok(wait(CODES, &guesses, now).is_some())
}

/// Counts a wrong code after the right password. What does not count is written all the same, where nobody reads it, so that time does
/// not tell that the password was right.
///
/// # Errors
/// The database's.
pub async fn count_code(tx: &mut Tx, account: i64, counts: bool) -> Result<()> {
    let (now, key) = (tx.now(), if counts { codes_key(account) } else { format!("unread:{account:x}") });
    let mut guesses = in_window(CODES, lock(tx, &key, CODES).await?, now);
    guesses.push(now);
    store(tx, &key, &guesses).await
}

fn codes_key(account: i64) -> String {
    format!("codes:{account:x}")
}

/// The guesses under a key, which stays locked until the transaction ends.
async fn lock(tx: &mut Tx, key: &str, rule: Rule) -> Result<Vec<DateTime<Utc>>> {
    let (tenant, now) = (tx.tenant(), tx.now());
    Ok(sqlx::query_scalar!(
        "INSERT INTO identity.throttle (tenant_id, key, guesses, expires_at) VALUES ($1, $2, '{}', $3)
         ON CONFLICT (tenant_id, key) DO UPDATE SET expires_at = excluded.expires_at RETURNING guesses",
        tenant, key, now + rule.window
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
