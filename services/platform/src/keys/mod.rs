//! Keys of personal data (architecture 8): root key in a key management service → tenant key → one data key for each
//! subject → one key for each field class.
//!
//! | module | what it holds |
//! |---|---|
//! | [`kms`] | the root key's service and the key ring file |
//! | [`cipher`] | AES-256-GCM, HKDF and HMAC, and the layout of a blob |
//! | [`store`] | the tables of schema `keys`, as a transaction uses them |

pub mod cipher;
pub mod kms;
pub(crate) mod store;

use std::{collections::HashMap, sync::{Arc, Mutex}, time::{Duration, Instant}};

use uuid::Uuid;

use self::{cipher::Key, kms::{FileKeyRing, Kms}};
use crate::{Error, Result, config::KmsSection};

/// How long an unwrapped key may stay in memory.
const KEEP: Duration = Duration::from_secs(3600);
/// Unwrapped keys that are held at the most, of each kind.
const HELD: usize = 4096;

/// The process's way to the root key, with a cache of unwrapped tenant keys. Cloning is cheap.
#[derive(Clone)]
pub struct Keys {
    inner: Arc<Inner>,
}

struct Inner {
    kms: Arc<dyn Kms>,
    unwrapped: Mutex<HashMap<Name, (Key, Instant)>>,
}

/// What a cached key is for. Each service opens its own `Keys`, but one process may share one; tenant keys of two
/// services differ, hence the wrapped bytes are part of the name.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Name {
    Wrapped(Vec<u8>),
    Derived(&'static str, Uuid),
}

impl Keys {
    /// Keys below the given root.
    pub fn new(kms: Arc<dyn Kms>) -> Self {
        Self { inner: Arc::new(Inner { kms, unwrapped: Mutex::default() }) }
    }

    /// Keys as the section `[kms]` names them.
    ///
    /// # Errors
    /// `Internal`, with the key of the configuration that is wrong, where the root cannot be read.
    pub fn open(section: &KmsSection) -> Result<Self> {
        match section.kind.as_str() {
            "file" => Ok(Self::new(Arc::new(FileKeyRing::read(&section.path)?))),
            other => Err(Error::fault(format!("kms.kind: `{other}` is not known; write `file`"))),
        }
    }

    /// Whether the root key can be used now.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn health(&self) -> Result<()> {
        self.inner.kms.health().await
    }

    /// The stable stand-in for an id in reporting: HMAC with the tenant's reporting key (architecture 10).
    ///
    /// # Errors
    /// `Unavailable` where the root key is away.
    pub async fn pseudonym(&self, tenant: Uuid, id: Uuid) -> Result<Uuid> {
        let mac = cipher::mac(&self.derived("reporting-pseudonym", tenant).await?, id.as_bytes());
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&mac[..16]);
        Ok(uuid::Builder::from_custom_bytes(bytes).into_uuid())
    }

    /// Seals the body of a fact so that only who has the root key (reporting) can read it; `event` is the event's id.
    ///
    /// # Errors
    /// `Unavailable` where the root key is away.
    pub async fn seal_fact(&self, tenant: Uuid, event: Uuid, body: &[u8]) -> Result<Vec<u8>> {
        let key = self.derived("facts", tenant).await?;
        cipher::encrypt(&key, event.as_bytes(), body)
    }

    /// Opens what [`Keys::seal_fact`] sealed.
    ///
    /// # Errors
    /// `Internal` where the body is not of this tenant and event.
    pub async fn open_fact(&self, tenant: Uuid, event: Uuid, body: &[u8]) -> Result<Vec<u8>> {
        let key = self.derived("facts", tenant).await?;
        cipher::decrypt(&key, event.as_bytes(), body)
    }

    /// What the audit trail keeps of a search: a keyed hash, in which case and outer spaces do not count.
    ///
    /// # Errors
    /// `Unavailable` where the root key is away.
    pub async fn search_terms(&self, tenant: Uuid, terms: &str) -> Result<[u8; 32]> {
        let key = self.derived("audit-terms", tenant).await?;
        Ok(cipher::mac(&key, terms.trim().to_lowercase().as_bytes()))
    }

    /// Seals a reason in words for the audit trail; `request` is the id of the request that gives it.
    ///
    /// # Errors
    /// `Unavailable` where the root key is away.
    pub async fn seal_reason(&self, tenant: Uuid, request: Uuid, words: &str) -> Result<Vec<u8>> {
        cipher::encrypt(&self.derived("audit-reason", tenant).await?, request.as_bytes(), words.as_bytes())
    }

    /// Opens what [`Keys::seal_reason`] sealed.
    ///
    /// # Errors
    /// `Internal` where it is not of this tenant and request.
    pub async fn open_reason(&self, tenant: Uuid, request: Uuid, sealed: &[u8]) -> Result<String> {
        let words = cipher::decrypt(&self.derived("audit-reason", tenant).await?, request.as_bytes(), sealed)?;
        String::from_utf8(words).map_err(|_| Error::fault("a sealed reason is no text"))
    }

    /// A key of a tenant for one purpose, the same in every service and for ever: HKDF from the root.
    ///
    /// # Errors
    /// `Unavailable` where the root key is away.
    pub async fn derived(&self, purpose: &'static str, tenant: Uuid) -> Result<Key> {
        let name = Name::Derived(purpose, tenant);
        if let Some(key) = self.cached(&name) {
            return Ok(key);
        }
        let key = self.inner.kms.derive(format!("{purpose}:{tenant}").as_bytes()).await?;
        self.keep(name, &key);
        Ok(key)
    }

    /// Wraps a tenant's key under the root.
    pub(crate) async fn wrap(&self, aad: &str, key: &Key) -> Result<Vec<u8>> {
        self.inner.kms.wrap(aad.as_bytes(), key).await
    }

    /// Unwraps a tenant's key; wrapped bytes name it in the cache, so that a key of an aborted transaction is never
    /// taken for the one that was stored.
    pub(crate) async fn unwrap(&self, aad: &str, wrapped: &[u8]) -> Result<Key> {
        let name = Name::Wrapped([aad.as_bytes(), wrapped].concat());
        if let Some(key) = self.cached(&name) {
            return Ok(key);
        }
        let key = self.inner.kms.unwrap(aad.as_bytes(), wrapped).await?;
        self.keep(name, &key);
        Ok(key)
    }

    fn cached(&self, name: &Name) -> Option<Key> {
        let held = self.inner.unwrapped.lock().ok()?;
        held.get(name).filter(|(_, since)| since.elapsed() < KEEP).map(|(key, _)| key.clone())
    }

    fn keep(&self, name: Name, key: &Key) {
        let Ok(mut held) = self.inner.unwrapped.lock() else { return };
        if held.len() >= HELD {
            held.retain(|_, (_, since)| since.elapsed() < KEEP);
            if held.len() >= HELD {
                held.clear();
            }
        }
        held.insert(name, (key.clone(), Instant::now()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys() -> Keys {
        Keys::new(Arc::new(FileKeyRing::generate("k1").unwrap()))
    }

    #[tokio::test]
    async fn a_pseudonym_is_stable_within_a_tenant_and_tells_nothing_across() {
        let keys = keys();
        let (a, b, id) = (Uuid::from_u128(1), Uuid::from_u128(2), Uuid::from_u128(3));
        let one = keys.pseudonym(a, id).await.unwrap();
        assert_eq!(one, keys.pseudonym(a, id).await.unwrap());
        assert_ne!(one, keys.pseudonym(b, id).await.unwrap());
        assert_ne!(one, id);
    }

    #[tokio::test]
    async fn a_search_is_kept_as_a_keyed_hash_and_a_reason_as_ciphertext() {
        let keys = keys();
        let (a, b, request) = (Uuid::from_u128(1), Uuid::from_u128(2), Uuid::from_u128(3));
        let hash = keys.search_terms(a, "Ada Lovelace").await.unwrap();
        assert_eq!(hash, keys.search_terms(a, " ada lovelace ").await.unwrap());
        assert_ne!(hash, keys.search_terms(b, "Ada Lovelace").await.unwrap(), "another tenant's");
        let sealed = keys.seal_reason(a, request, "asked by the court").await.unwrap();
        assert!(!sealed.windows(5).any(|w| w == b"court"));
        assert_eq!(keys.open_reason(a, request, &sealed).await.unwrap(), "asked by the court");
        assert!(keys.open_reason(b, request, &sealed).await.is_err());
        assert!(keys.open_reason(a, Uuid::from_u128(4), &sealed).await.is_err());
    }

    #[tokio::test]
    async fn a_fact_opens_for_its_tenant_and_event_only() {
        let keys = keys();
        let (a, b, event) = (Uuid::from_u128(1), Uuid::from_u128(2), Uuid::from_u128(3));
        let sealed = keys.seal_fact(a, event, b"fact").await.unwrap();
        assert_eq!(keys.open_fact(a, event, &sealed).await.unwrap(), b"fact");
        assert!(keys.open_fact(b, event, &sealed).await.is_err());
        assert!(keys.open_fact(a, Uuid::from_u128(4), &sealed).await.is_err());
    }
}
