//! Keys of personal data (architecture 8): root key in a key management service → tenant key → one data key for each
//! subject → one key for each field class.
//!
//! | module | what it holds |
//! |---|---|
//! | [`kms`] | the root key's service and the key ring file |
//! | [`vault`] | the root key in the transit engine of Vault or OpenBao |
//! | [`section`] | its configuration |
//! | [`cipher`] | AES-256-GCM, HKDF and HMAC, and the layout of a blob |
//! | [`store`] | the tables of schema `keys`, as a transaction uses them |
//! | [`rotation`] | new versions of tenant keys, and the job that wraps subject keys again |
//! | [`shred`] | the list of what was destroyed, outside the databases |
//! | [`operate`] | what the operator's verbs do |
//! | [`service`] | `accord.keys.v1`: the state of the keys, without any key |

pub mod cipher;
pub mod kms;
pub mod operate;
pub(crate) mod rotation;
pub mod section;
pub(crate) mod service;
pub mod shred;
pub(crate) mod store;
pub mod vault;

use std::{collections::HashMap, sync::{Arc, Mutex}, time::{Duration, Instant}};

use uuid::Uuid;

use self::{cipher::Key, kms::{Kms, KeyRingFile, Wrapped}, section::KmsSection, vault::Vault};
use crate::{Error, Result};

/// How long an unwrapped key may stay in memory, at the most and where nothing else is said.
const KEEP: Duration = Duration::from_secs(3600);
/// Time that readiness waits for the key management service.
const HEALTH: Duration = Duration::from_secs(3);
/// Unwrapped keys that are held at the most, of each kind.
const HELD: usize = 4096;

/// The process's way to the root key, with a cache of unwrapped tenant keys. Cloning is cheap.
#[derive(Clone)]
pub struct Keys {
    inner: Arc<Inner>,
}

struct Inner {
    kms: Arc<dyn Kms>,
    keep: Duration,
    unwrapped: Mutex<HashMap<Name, (Key, Instant)>>,
    answered: Mutex<Option<Instant>>,
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
        Self::held_for(kms, KEEP)
    }

    /// Keys below the given root that are held for `keep`, at most an hour; with zero each use asks the root.
    pub fn held_for(kms: Arc<dyn Kms>, keep: Duration) -> Self {
        Self { inner: Arc::new(Inner { kms, keep: keep.min(KEEP), unwrapped: Mutex::default(), answered: Mutex::default() }) }
    }

    /// Keys as the section `[kms]` names them.
    ///
    /// # Errors
    /// `Internal`, with the key of the configuration that is wrong, where the root cannot be read.
    pub fn open(section: &KmsSection) -> Result<Self> {
        let kms: Arc<dyn Kms> = match section.kind.as_str() {
            "file" => Arc::new(KeyRingFile::open(&section.path)?),
            "vault" => Arc::new(Vault::new(&section.vault)?),
            other => return Err(Error::fault(format!("kms.kind: `{other}` is not known; write `file` or `vault`"))),
        };
        Ok(Self::held_for(kms, section.cache()))
    }

    /// Whether this process can work with keys: the root answers, or it answered this process within the time for which
    /// keys are held. A process that never reached the root is not ready.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn ready(&self) -> Result<()> {
        let asked = tokio::time::timeout(HEALTH, self.inner.kms.health()).await;
        let answer = asked.unwrap_or_else(|_| Err(Error::unavailable("the key management service does not answer in time")));
        let mut answered = self.inner.answered.lock().map_err(|_| Error::fault("the state of the keys is lost"))?;
        match answer {
            Ok(()) => {
                *answered = Some(Instant::now());
                Ok(())
            }
            Err(error) if answered.is_some_and(|at| at.elapsed() < self.inner.keep) => {
                tracing::warn!(?error, "the root key is away: this process goes on with the keys that it holds");
                Ok(())
            }
            Err(error) => Err(error),
        }
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

    /// A new key of a tenant, wrapped under the root.
    pub(crate) async fn generate(&self, aad: &str) -> Result<Vec<u8>> {
        self.inner.kms.generate(aad.as_bytes()).await.map(|(_, wrapped)| wrapped)
    }

    /// Wraps again what lies under an older root key; `None` for what does not.
    pub(crate) async fn rewrap(&self, items: &[Wrapped]) -> Result<Vec<Option<Vec<u8>>>> {
        self.inner.kms.rewrap(items).await
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
        held.get(name).filter(|(_, since)| since.elapsed() < self.inner.keep).map(|(key, _)| key.clone())
    }

    fn keep(&self, name: Name, key: &Key) {
        let Ok(mut held) = self.inner.unwrapped.lock() else { return };
        if held.len() >= HELD {
            held.retain(|_, (_, since)| since.elapsed() < self.inner.keep);
            if held.len() >= HELD {
                held.clear();
            }
        }
        held.insert(name, (key.clone(), Instant::now()));
    }
}

#[cfg(test)]
mod tests {
    use super::{kms::FileKeyRing, *};

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
    async fn a_ring_that_is_taken_away_stops_new_processes_at_once_and_running_ones_when_their_time_is_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ring.json");
        std::fs::write(&path, FileKeyRing::generate("k1").unwrap().to_json()).unwrap();
        let section = KmsSection { path: path.clone(), ..KmsSection::default() };
        let (running, late) = (Keys::open(&section).unwrap(), Keys::held_for(Arc::new(KeyRingFile::open(&path).unwrap()), Duration::ZERO));
        let never_asked = Keys::open(&section).unwrap();
        let tenant = Uuid::from_u128(1);
        let wrapped = running.generate("a").await.unwrap();
        for keys in [&running, &late] {
            keys.ready().await.unwrap();
            keys.unwrap("a", &wrapped).await.unwrap();
            keys.derived("facts", tenant).await.unwrap();
        }

        std::fs::remove_file(&path).unwrap();
        running.ready().await.expect("within its time");
        running.unwrap("a", &wrapped).await.expect("held");
        running.derived("facts", tenant).await.expect("held");
        assert!(running.generate("b").await.is_err(), "nothing new without the root");
        for error in [late.ready().await.unwrap_err(), late.unwrap("a", &wrapped).await.unwrap_err(), late.seal_fact(tenant, tenant, b"x").await.unwrap_err()] {
            assert_eq!(error.kind(), crate::Kind::Unavailable);
        }
        assert!(never_asked.ready().await.is_err(), "it never reached the root");
        assert!(Keys::open(&section).is_err_and(|e| format!("{e:?}").contains("kms.path")));
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
