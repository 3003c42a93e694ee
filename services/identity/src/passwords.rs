//! Hashing of passwords on a bounded pool, so that sign-ins are slow and everything else is not.

use std::sync::Arc;

use argon2::{Algorithm, Argon2, Params, Version, password_hash::{PasswordHasher, PasswordVerifier}};
use platform::{Error, Result};
use tokio::{sync::Semaphore, task::spawn_blocking};
use zeroize::Zeroizing;

/// Memory in KiB, passes and lanes (ASVS 5.0: 11.4.2).
const COST: (u32, u32, u32) = (19 * 1024, 2, 1);

/// argon2id with as many hashes at a time as the machine has cores.
pub struct Passwords {
    turns: Arc<Semaphore>,
    /// The hash of a password that nobody knows: what unknown addresses are compared with.
    nobody: Arc<str>,
}

impl Passwords {
    /// Prepares the pool.
    ///
    /// # Errors
    /// `Internal` where the machine gives no randomness.
    pub async fn new() -> Result<Self> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let turns = Arc::new(Semaphore::new(cores));
        let secret = crate::secret::new()?;
        let nobody = on_pool(&turns, move || hash(secret.as_bytes())).await??;
        Ok(Self { turns, nobody: nobody.into() })
    }

    /// The hash of a password as a PHC string.
    ///
    /// # Errors
    /// `Internal` where hashing fails.
    pub async fn hash(&self, password: &str) -> Result<String> {
        let password = Zeroizing::new(password.as_bytes().to_vec());
        on_pool(&self.turns, move || hash(&password)).await?
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
        let passwords = Passwords::new().await.unwrap();
        let stored = passwords.hash("kestrel marble thunder").await.unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        assert!(passwords.verify("kestrel marble thunder", Some(stored.clone())).await.unwrap());
        assert!(!passwords.verify("kestrel marble thunder ", Some(stored)).await.unwrap(), "compared exactly as typed");
        assert!(!passwords.verify("kestrel marble thunder", None).await.unwrap());
    }
}
