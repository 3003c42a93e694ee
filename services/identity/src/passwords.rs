//! Hashing and judging of passwords on a bounded pool, so that sign-ins are slow and everything else is not.

use std::sync::Arc;

use argon2::{Algorithm, Argon2, Params, Version, password_hash::{PasswordHasher, PasswordVerifier}};
use platform::{Error, Result};
use tokio::{sync::Semaphore, task::spawn_blocking};
use zeroize::Zeroizing;

use crate::{breached::Breached, domain::password};

/// Memory in KiB, passes and lanes (ASVS 5.0: 11.4.2).
const COST: (u32, u32, u32) = (19 * 1024, 2, 1);

/// argon2id with as many hashes at a time as the machine has cores.
pub struct Passwords {
    turns: Arc<Semaphore>,
    /// The hash of a password that nobody knows: what unknown addresses are compared with.
    nobody: Arc<str>,
    breached: Arc<Breached>,
}

/// What is said of a password before it is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// Why it cannot be taken, for who typed it.
    pub mistake: Option<&'static str>,
    /// 0 to 4.
    pub strength: u8,
}

impl Passwords {
    /// Prepares the pool.
    ///
    /// # Errors
    /// `Internal` where the machine gives no randomness.
    pub async fn new(breached: Breached) -> Result<Self> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let turns = Arc::new(Semaphore::new(cores));
        let secret = crate::secret::new()?;
        let nobody = on_pool(&turns, move || hash(secret.as_bytes())).await??;
        Ok(Self { turns, nobody: nobody.into(), breached: Arc::new(breached) })
    }

    /// The hash of a password as a PHC string.
    ///
    /// # Errors
    /// `Internal` where hashing fails.
    pub async fn hash(&self, password: &str) -> Result<String> {
        let password = Zeroizing::new(password.as_bytes().to_vec());
        on_pool(&self.turns, move || hash(&password)).await?
    }

    /// Says whether a password may be taken, and how strong it is. `known` is what an attacker knows of the account.
    ///
    /// # Errors
    /// `Unavailable` where the filter of breached passwords cannot be read: unknown is not good.
    pub async fn judge(&self, password: &str, known: Vec<String>) -> Result<Judgement> {
        let (password, breached) = (Zeroizing::new(password.to_owned()), self.breached.clone());
        on_pool(&self.turns, move || {
            let known: Vec<&str> = known.iter().map(String::as_str).collect();
            let strength = password::strength(&password, &known);
            let mistake = match password::mistake(&password, &known) {
                Some(mistake) => Some(mistake),
                None if strength < password::STRONG_ENOUGH => Some(password::GUESSABLE),
                None if breached.holds(&password)? => Some(password::BREACHED),
                None => None,
            };
            Ok(Judgement { mistake, strength })
        })
        .await?
    }

    /// Whether the password fits the hash; takes the same time where there is none.
    ///
    /// # Errors
    /// `Internal` where the pool is gone.
    pub async fn verify(&self, password: &str, stored: Option<String>) -> Result<bool> {
        let known = stored.is_some();
        let stored = stored.unwrap_or_else(|| self.nobody.to_string());
        let password = Zeroizing::new(password.as_bytes().to_vec());
        let fits = on_pool(&self.turns, move || Argon2::default().verify_password(&password, stored.as_str()).is_ok()).await?;
        Ok(fits && known)
    }
}

fn hash(password: &[u8]) -> Result<String> {
    let (memory, passes, lanes) = COST;
    let params = Params::new(memory, passes, lanes, None).map_err(|e| Error::fault(format!("argon2: {e}")))?;
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    argon2.hash_password(password).map(|hash| hash.to_string()).map_err(|e| Error::fault(format!("argon2: {e}")))
}

async fn on_pool<T: Send + 'static>(turns: &Arc<Semaphore>, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    let turn = Arc::clone(turns).acquire_owned().await.map_err(Error::fault)?;
    spawn_blocking(move || {
        let done = work();
        drop(turn);
        done
    })
    .await
    .map_err(Error::fault)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_fits_its_own_hash_only() {
        let passwords = Passwords::new(Breached::default()).await.unwrap();
        let stored = passwords.hash("kestrel marble thunder").await.unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        assert!(passwords.verify("kestrel marble thunder", Some(stored.clone())).await.unwrap());
        assert!(!passwords.verify("kestrel marble thunder ", Some(stored)).await.unwrap(), "compared exactly as typed");
        assert!(!passwords.verify("kestrel marble thunder", None).await.unwrap());
    }

    #[tokio::test]
    async fn a_password_is_judged_by_length_words_strength_and_breaches() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let sha1 = hex::encode(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA1_FOR_LEGACY_USE_ONLY, b"tusk lantern quarry").as_ref());
        crate::breached::build(format!("{}:3\r\n", sha1.to_uppercase()).as_bytes(), 1, file.path()).unwrap();
        let passwords = Passwords::new(Breached::open(file.path()).unwrap()).await.unwrap();
        let known = || vec!["Northmoor".to_owned()];
        let judged = passwords.judge("kestrel marble thunder", known()).await.unwrap();
        assert_eq!((judged.mistake, judged.strength >= 3), (None, true));
        for (bad, why) in [("short", "at least 12"), ("northmoor2024", "harder to guess"), ("qwertyuiopasdfgh", "harder to guess"), ("tusk lantern quarry", "breach")] {
            let mistake = passwords.judge(bad, known()).await.unwrap().mistake.unwrap();
            assert!(mistake.contains(why), "{bad}: {mistake}");
        }
    }
}
