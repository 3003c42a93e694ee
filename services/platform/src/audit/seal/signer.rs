//! The key that seals the trail (Ed25519). It is another root than that of personal data: who may read the records need not be
//! able to sign what is said about their use.

use std::{collections::BTreeMap, path::Path};

use aws_lc_rs::{digest, signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey}};
use futures::future::BoxFuture;
use rustls_pki_types::{PrivatePkcs8KeyDer, SubjectPublicKeyInfoDer, pem::PemObject};

use crate::{Error, Result};

/// A public Ed25519 key.
pub type PublicKey = [u8; 32];
/// What stands before the key in the DER of a public Ed25519 key (RFC 8410).
const SPKI: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

/// Who signs batches and checkpoints: a key file, or a key management service that keeps the key.
pub trait Signer: Send + Sync + 'static {
    /// The public half.
    fn public_key(&self) -> PublicKey;
    /// An Ed25519 signature of these bytes.
    fn sign<'a>(&'a self, bytes: &'a [u8]) -> BoxFuture<'a, Result<Vec<u8>>>;
}

/// The name of a key: the first 8 bytes of its SHA-256, in hexadecimal.
pub fn key_id(key: &PublicKey) -> String {
    hex::encode(&digest::digest(&digest::SHA256, key).as_ref()[..8])
}

/// A key in a PEM text.
pub struct PemSigner {
    pair: Ed25519KeyPair,
    public: PublicKey,
}

impl PemSigner {
    /// Takes the private key (PKCS#8 PEM).
    ///
    /// # Errors
    /// `Internal`, which never quotes the text, where it is no Ed25519 key.
    pub fn from_pem(pem: &str) -> Result<Self> {
        let wrong = || Error::fault("audit.seal_key: this is no private Ed25519 key (PKCS#8 PEM)");
        let der = PrivatePkcs8KeyDer::from_pem_slice(pem.as_bytes()).map_err(|_| wrong())?;
        let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(der.secret_pkcs8_der()).map_err(|_| wrong())?;
        let public = pair.public_key().as_ref().try_into().map_err(|_| wrong())?;
        Ok(Self { pair, public })
    }
}

impl Signer for PemSigner {
    fn public_key(&self) -> PublicKey {
        self.public
    }

    fn sign<'a>(&'a self, bytes: &'a [u8]) -> BoxFuture<'a, Result<Vec<u8>>> {
        Box::pin(async move { Ok(self.pair.sign(bytes).as_ref().to_vec()) })
    }
}

/// The public keys that a verifier believes, those of the past included.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trusted(BTreeMap<String, PublicKey>);

impl Trusted {
    /// Takes one or more public keys (PEM).
    ///
    /// # Errors
    /// `Internal` where there is none, or one that is not Ed25519.
    pub fn from_pem(pem: &str) -> Result<Self> {
        let wrong = || Error::fault("the file holds something else than public Ed25519 keys (PEM)");
        let mut keys = BTreeMap::new();
        for der in SubjectPublicKeyInfoDer::pem_slice_iter(pem.as_bytes()) {
            let der = der.map_err(|_| wrong())?;
            let key: PublicKey = der.strip_prefix(&SPKI[..]).and_then(|key| key.try_into().ok()).ok_or_else(wrong)?;
            keys.insert(key_id(&key), key);
        }
        if keys.is_empty() { Err(wrong()) } else { Ok(Self(keys)) }
    }

    /// Reads the file of public keys.
    ///
    /// # Errors
    /// `Internal`, which names the file.
    pub fn from_file(file: &Path) -> Result<Self> {
        let pem = std::fs::read_to_string(file).map_err(|e| Error::fault(format!("audit.seal_public_keys: {} cannot be read: {}", file.display(), e.kind())))?;
        Self::from_pem(&pem).map_err(|e| e.internal(format!("audit.seal_public_keys: {} holds no public Ed25519 keys (PEM)", file.display())))
    }

    /// The key of this name.
    pub fn get(&self, id: &str) -> Option<&PublicKey> {
        self.0.get(id)
    }

    /// All keys.
    pub fn keys(&self) -> impl Iterator<Item = &PublicKey> {
        self.0.values()
    }

    /// Whether the key of this name made the signature.
    pub fn verifies(&self, id: &str, bytes: &[u8], signature: &[u8]) -> bool {
        self.get(id).is_some_and(|key| is_signed(key, bytes, signature))
    }
}

/// Whether this key made the signature.
pub fn is_signed(key: &PublicKey, bytes: &[u8], signature: &[u8]) -> bool {
    UnparsedPublicKey::new(&ED25519, key).verify(bytes, signature).is_ok()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::tokens::generate_key_pair;

    pub(crate) fn pair() -> (PemSigner, Trusted) {
        let (private, public) = generate_key_pair().unwrap();
        (PemSigner::from_pem(&private).unwrap(), Trusted::from_pem(&public).unwrap())
    }

    #[tokio::test]
    async fn a_signature_is_of_its_key_and_bytes() {
        let ((signer, trusted), (_, others)) = (pair(), pair());
        let id = key_id(&signer.public_key());
        let signature = signer.sign(b"batch").await.unwrap();
        assert!(trusted.verifies(&id, b"batch", &signature));
        assert!(!trusted.verifies(&id, b"other", &signature));
        assert!(!trusted.verifies("0000000000000000", b"batch", &signature));
        assert!(!others.verifies(&id, b"batch", &signature));
    }

    #[test]
    fn several_keys_are_read_and_rubbish_is_not() {
        let (one, two) = (generate_key_pair().unwrap(), generate_key_pair().unwrap());
        assert_eq!(Trusted::from_pem(&format!("{}{}", one.1, two.1)).unwrap().keys().count(), 2);
        for text in ["", "rubbish", &one.0] {
            assert!(Trusted::from_pem(text).is_err());
        }
        let error = format!("{:?}", PemSigner::from_pem("secret words").err().unwrap());
        assert!(error.contains("audit.seal_key") && !error.contains("secret"), "{error}");
    }
}
