//! The root key: what a key management service must offer, and the key ring file for development and one host.

use std::{collections::BTreeMap, path::{Path, PathBuf}};

use base64::{Engine, engine::general_purpose::STANDARD};
use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};
use zeroize::Zeroize;

use super::cipher::{self, Key};
use crate::{Error, Result};

/// A key that lies wrapped somewhere, and what it is bound to.
#[derive(Clone, Debug)]
pub struct Wrapped {
    /// What it was wrapped with.
    pub aad: Vec<u8>,
    /// The wrapped key.
    pub wrapped: Vec<u8>,
}

/// A key management service. The root key never leaves it.
pub trait Kms: Send + Sync + 'static {
    /// A new random key, and the same wrapped, bound to `aad`.
    fn generate<'a>(&'a self, aad: &'a [u8]) -> BoxFuture<'a, Result<(Key, Vec<u8>)>> {
        Box::pin(async move {
            let key = Key::random()?;
            let wrapped = self.wrap(aad, &key).await?;
            Ok((key, wrapped))
        })
    }
    /// Encrypts a tenant's key, bound to `aad`.
    fn wrap<'a>(&'a self, aad: &'a [u8], key: &'a Key) -> BoxFuture<'a, Result<Vec<u8>>>;
    /// Decrypts what [`Kms::wrap`] made with the same `aad`.
    fn unwrap<'a>(&'a self, aad: &'a [u8], wrapped: &'a [u8]) -> BoxFuture<'a, Result<Key>>;
    /// Wraps again what lies under an older root key than the current one; `None` for what does not.
    fn rewrap<'a>(&'a self, items: &'a [Wrapped]) -> BoxFuture<'a, Result<Vec<Option<Vec<u8>>>>>;
    /// A key that depends on `info` alone and stays the same when the root is rotated: HKDF from the root here, an
    /// HMAC endpoint in a remote service.
    fn derive<'a>(&'a self, info: &'a [u8]) -> BoxFuture<'a, Result<Key>>;
    /// Whether it answers.
    fn health(&self) -> BoxFuture<'_, Result<()>>;
}

/// A JSON file `{"current":"k1","keys":{"k1":"<32 bytes in base64>"}}`, readable by its owner only.
///
/// `accord keys rotate --root` adds a key and names it in `current`; the old ones stay. `derivation` names the first one,
/// because pseudonyms and sealed facts must not change.
pub struct FileKeyRing {
    current: String,
    derivation: String,
    keys: BTreeMap<String, Key>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    current: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    derivation: Option<String>,
    keys: BTreeMap<String, String>,
}

impl Drop for File {
    fn drop(&mut self) {
        self.keys.values_mut().for_each(Zeroize::zeroize);
    }
}

impl FileKeyRing {
    /// Reads the file.
    ///
    /// # Errors
    /// `Internal` that names the file and what is wrong with it, never its content.
    pub fn read(path: &Path) -> Result<Self> {
        let wrong = |what: &str| Error::fault(format!("kms.path: the key ring {} {what}", path.display()));
        let mut text = std::fs::read(path).map_err(|e| wrong(&format!("cannot be read: {}", e.kind())))?;
        let file = serde_json::from_slice::<File>(&text);
        text.zeroize();
        let file = file.map_err(|_| wrong("is not of the form {\"current\":\"k1\",\"keys\":{\"k1\":\"<base64>\"}}"))?;
        let mut keys = BTreeMap::new();
        for (id, text) in &file.keys {
            let mut bytes = STANDARD.decode(text).map_err(|_| wrong(&format!("holds no base64 at key {id}")))?;
            let key = Key::from_slice(&bytes).map_err(|_| wrong(&format!("holds not 32 bytes at key {id}")));
            bytes.zeroize();
            if id.is_empty() || id.len() > 64 {
                return Err(wrong("names a key with no or more than 64 characters"));
            }
            keys.insert(id.clone(), key?);
        }
        let ring = Self { derivation: file.derivation.clone().unwrap_or_else(|| file.current.clone()), current: file.current.clone(), keys };
        for id in [&ring.current, &ring.derivation] {
            if !ring.keys.contains_key(id) {
                return Err(wrong(&format!("has no key {id}")));
            }
        }
        Ok(ring)
    }

    /// A ring with one new random key.
    ///
    /// # Errors
    /// `Internal` where the system gives no randomness.
    pub fn generate(id: &str) -> Result<Self> {
        let keys = BTreeMap::from([(id.to_owned(), Key::random()?)]);
        Ok(Self { current: id.to_owned(), derivation: id.to_owned(), keys })
    }

    /// The file's text, for whoever writes a new ring. Write it with mode 0600.
    pub fn to_json(&self) -> String {
        let file = File {
            current: self.current.clone(),
            derivation: Some(self.derivation.clone()),
            keys: self.keys.iter().map(|(id, key)| (id.clone(), STANDARD.encode(key.bytes()))).collect(),
        };
        serde_json::to_string(&file).unwrap_or_default()
    }

    fn key(&self, id: &str) -> Result<&Key> {
        self.keys.get(id).ok_or_else(|| Error::fault(format!("the key ring has no key {id}")))
    }

    fn wrap_now(&self, aad: &[u8], key: &Key) -> Result<Vec<u8>> {
        let length = u8::try_from(self.current.len()).map_err(|_| Error::fault("the key's name is too long"))?;
        let mut wrapped = vec![1, length];
        wrapped.extend_from_slice(self.current.as_bytes());
        wrapped.extend(cipher::encrypt(self.key(&self.current)?, aad, key.bytes())?);
        Ok(wrapped)
    }

    /// Adds a random key and makes it the current one; the old ones stay, for what lies under them. Answers its name.
    ///
    /// # Errors
    /// `Internal` where the system gives no randomness.
    pub fn rotate(&mut self) -> Result<String> {
        let id = (1..).map(|n| format!("k{n}")).find(|id| !self.keys.contains_key(id)).unwrap_or_default();
        self.keys.insert(id.clone(), Key::random()?);
        self.current.clone_from(&id);
        Ok(id)
    }

    fn rewrap_now(&self, item: &Wrapped) -> Result<Option<Vec<u8>>> {
        let header = [&[1, u8::try_from(self.current.len()).unwrap_or(0)], self.current.as_bytes()].concat();
        if item.wrapped.starts_with(&header) {
            return Ok(None);
        }
        self.wrap_now(&item.aad, &self.unwrap_now(&item.aad, &item.wrapped)?).map(Some)
    }

    fn unwrap_now(&self, aad: &[u8], wrapped: &[u8]) -> Result<Key> {
        let broken = || Error::fault("a wrapped key is broken");
        let [1, length, rest @ ..] = wrapped else { return Err(broken()) };
        let (id, text) = rest.split_at_checked(usize::from(*length)).ok_or_else(broken)?;
        let id = std::str::from_utf8(id).map_err(|_| broken())?;
        let mut bytes = cipher::decrypt(self.key(id)?, aad, text)?;
        let key = Key::from_slice(&bytes);
        bytes.zeroize();
        key
    }
}

impl Kms for FileKeyRing {
    fn wrap<'a>(&'a self, aad: &'a [u8], key: &'a Key) -> BoxFuture<'a, Result<Vec<u8>>> {
        Box::pin(async move { self.wrap_now(aad, key) })
    }

    fn unwrap<'a>(&'a self, aad: &'a [u8], wrapped: &'a [u8]) -> BoxFuture<'a, Result<Key>> {
        Box::pin(async move { self.unwrap_now(aad, wrapped) })
    }

    fn rewrap<'a>(&'a self, items: &'a [Wrapped]) -> BoxFuture<'a, Result<Vec<Option<Vec<u8>>>>> {
        Box::pin(async move { items.iter().map(|item| self.rewrap_now(item)).collect() })
    }

    fn derive<'a>(&'a self, info: &'a [u8]) -> BoxFuture<'a, Result<Key>> {
        Box::pin(async move { cipher::derive(self.key(&self.derivation)?, info) })
    }

    fn health(&self) -> BoxFuture<'_, Result<()>> {
        Box::pin(async { Ok(()) })
    }
}

/// The ring in its file, read each time a key is needed: a new root key is used at once by every process, and a ring
/// that was taken away opens nothing any more when the caches have run out.
pub struct KeyRingFile {
    path: PathBuf,
}

impl KeyRingFile {
    /// The ring in this file.
    ///
    /// # Errors
    /// As [`FileKeyRing::read`]: a process does not start without its ring.
    pub fn open(path: &Path) -> Result<Self> {
        FileKeyRing::read(path)?;
        Ok(Self { path: path.to_owned() })
    }

    fn ring(&self) -> Result<FileKeyRing> {
        FileKeyRing::read(&self.path).map_err(|error| Error::unavailable("the key ring cannot be read now").source(error))
    }
}

impl Kms for KeyRingFile {
    fn wrap<'a>(&'a self, aad: &'a [u8], key: &'a Key) -> BoxFuture<'a, Result<Vec<u8>>> {
        Box::pin(async move { self.ring()?.wrap_now(aad, key) })
    }

    fn unwrap<'a>(&'a self, aad: &'a [u8], wrapped: &'a [u8]) -> BoxFuture<'a, Result<Key>> {
        Box::pin(async move { self.ring()?.unwrap_now(aad, wrapped) })
    }

    fn rewrap<'a>(&'a self, items: &'a [Wrapped]) -> BoxFuture<'a, Result<Vec<Option<Vec<u8>>>>> {
        Box::pin(async move {
            let ring = self.ring()?;
            items.iter().map(|item| ring.rewrap_now(item)).collect()
        })
    }

    fn derive<'a>(&'a self, info: &'a [u8]) -> BoxFuture<'a, Result<Key>> {
        Box::pin(async move {
            let ring = self.ring()?;
            cipher::derive(ring.key(&ring.derivation)?, info)
        })
    }

    fn health(&self) -> BoxFuture<'_, Result<()>> {
        Box::pin(async { self.ring().map(drop) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<FileKeyRing> {
        let path = std::env::temp_dir().join(format!("accord-ring-{}-{:?}", std::process::id(), std::thread::current().id()));
        std::fs::write(&path, text).unwrap();
        let ring = FileKeyRing::read(&path);
        std::fs::remove_file(&path).unwrap();
        ring
    }

    #[test]
    fn a_rotated_ring_opens_the_old_and_derives_the_same() {
        let old = FileKeyRing::generate("k1").unwrap();
        let key = Key::random().unwrap();
        let wrapped = old.wrap_now(b"tenant:1", &key).unwrap();
        let mut new = read(&old.to_json()).unwrap();
        assert_eq!(new.rotate().unwrap(), "k2");
        let new = read(&new.to_json()).unwrap();
        assert_eq!(new.unwrap_now(b"tenant:1", &wrapped).unwrap().bytes(), key.bytes());
        assert!(new.unwrap_now(b"tenant:2", &wrapped).is_err());
        let item = |wrapped: &[u8]| Wrapped { aad: b"tenant:1".to_vec(), wrapped: wrapped.to_vec() };
        let again = new.rewrap_now(&item(&wrapped)).unwrap().expect("it lies under the old key");
        assert_eq!(new.unwrap_now(b"tenant:1", &again).unwrap().bytes(), key.bytes());
        assert!(new.rewrap_now(&item(&again)).unwrap().is_none(), "it lies under the current one");
        assert!(old.unwrap_now(b"tenant:1", &new.wrap_now(b"tenant:1", &key).unwrap()).is_err());
        let derive = |ring: &FileKeyRing| *cipher::derive(ring.key(&ring.derivation).unwrap(), b"facts").unwrap().bytes();
        assert_eq!(derive(&old), derive(&new));
    }

    #[test]
    fn a_wrong_file_is_named_and_not_quoted() {
        for text in ["", "{}", r#"{"current":"k1","keys":{}}"#, r#"{"current":"k1","keys":{"k1":"c2VjcmV0"}}"#] {
            let error = format!("{:?}", read(text).err().expect("refused"));
            assert!(error.contains("kms.path") && !error.contains("c2VjcmV0"), "{error}");
        }
    }
}
