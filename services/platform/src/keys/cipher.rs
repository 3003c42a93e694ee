//! The primitives, all of aws-lc: AES-256-GCM with random nonces, HKDF-SHA256 and HMAC-SHA256.

use std::fmt;

use aws_lc_rs::{aead::{AES_256_GCM, Aad, Nonce, RandomizedNonceKey}, hkdf, hmac, rand};
use proto::FieldClass;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::{Error, Result};

/// 256 bits that are wiped when dropped and never printed.
#[derive(Clone)]
pub struct Key(Zeroizing<[u8; 32]>);

impl Key {
    /// A random key.
    ///
    /// # Errors
    /// `Internal` where the system gives no randomness.
    pub fn random() -> Result<Self> {
        let mut bytes = Zeroizing::new([0; 32]);
        rand::fill(bytes.as_mut_slice()).map_err(|_| Error::fault("no randomness"))?;
        Ok(Self(bytes))
    }

    /// A key with these bytes.
    ///
    /// # Errors
    /// `Internal` where they are not 32.
    pub fn from_slice(bytes: &[u8]) -> Result<Self> {
        let bytes: [u8; 32] = bytes.try_into().map_err(|_| Error::fault("a key must have 32 bytes"))?;
        Ok(Self(Zeroizing::new(bytes)))
    }

    /// The bytes.
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key")
    }
}

/// Bytes of a nonce.
const NONCE: usize = 12;
/// Bytes before the nonce of a blob: format, algorithm, version of the key.
const HEADER: usize = 6;
/// Layout of blobs; also the schema version that is bound to each.
const FORMAT: u8 = 1;
/// AES-256-GCM.
const ALGORITHM: u8 = 1;
/// Version of a subject's key. A subject has one key.
const KEY_VERSION: u32 = 1;

/// Encrypts: nonce, ciphertext, tag.
///
/// # Errors
/// `Internal`.
pub fn encrypt(key: &Key, aad: &[u8], plain: &[u8]) -> Result<Vec<u8>> {
    let cipher = RandomizedNonceKey::new(&AES_256_GCM, key.bytes()).map_err(|_| Error::fault("cipher"))?;
    let mut text = Vec::with_capacity(plain.len() + 16);
    text.extend_from_slice(plain);
    let nonce = cipher.seal_in_place_append_tag(Aad::from(aad), &mut text).map_err(|_| Error::fault("encryption failed"))?;
    let mut sealed = Vec::with_capacity(NONCE + text.len());
    sealed.extend_from_slice(nonce.as_ref());
    sealed.append(&mut text);
    Ok(sealed)
}

/// Decrypts what [`encrypt`] made.
///
/// # Errors
/// `Internal` where key, AAD or text are not those of then.
pub fn decrypt(key: &Key, aad: &[u8], sealed: &[u8]) -> Result<Vec<u8>> {
    let broken = || Error::fault("a ciphertext does not open");
    let (nonce, text) = sealed.split_at_checked(NONCE).ok_or_else(broken)?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| broken())?;
    let cipher = RandomizedNonceKey::new(&AES_256_GCM, key.bytes()).map_err(|_| Error::fault("cipher"))?;
    let mut text = text.to_vec();
    let length = cipher.open_in_place(nonce, Aad::from(aad), &mut text).map_err(|_| broken())?.len();
    text.truncate(length);
    Ok(text)
}

/// HKDF-SHA256 without salt.
///
/// # Errors
/// `Internal`.
pub fn derive(key: &Key, info: &[u8]) -> Result<Key> {
    let prk = hkdf::Salt::new(hkdf::HKDF_SHA256, &[]).extract(key.bytes());
    let mut bytes = Zeroizing::new([0; 32]);
    prk.expand(&[info], hkdf::HKDF_SHA256)
        .and_then(|okm| okm.fill(bytes.as_mut_slice()))
        .map_err(|_| Error::fault("key derivation"))?;
    Ok(Key(bytes))
}

/// HMAC-SHA256.
pub fn mac(key: &Key, data: &[u8]) -> [u8; 32] {
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key.bytes()), data);
    let mut bytes = [0; 32];
    bytes.copy_from_slice(tag.as_ref());
    bytes
}

/// Seals the fields of one class of one row: format, algorithm, version of the key, nonce, ciphertext. What is bound:
/// subject, class, row and format; the tenant is bound where the subject's key is wrapped, so that tenants can move.
pub(crate) fn seal_blob(key: &Key, subject: Uuid, class: FieldClass, row: Uuid, plain: &[u8]) -> Result<Vec<u8>> {
    let sealed = encrypt(&class_key(key, class)?, &blob_aad(subject, class, row), plain)?;
    let mut blob = Vec::with_capacity(HEADER + sealed.len());
    blob.extend_from_slice(&[FORMAT, ALGORITHM]);
    blob.extend_from_slice(&KEY_VERSION.to_be_bytes());
    blob.extend_from_slice(&sealed);
    Ok(blob)
}

/// Opens what [`seal_blob`] sealed.
pub(crate) fn open_blob(key: &Key, subject: Uuid, class: FieldClass, row: Uuid, blob: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
    let (header, sealed) = blob.split_at_checked(HEADER).ok_or_else(|| Error::fault("a blob is too short"))?;
    if header[..2] != [FORMAT, ALGORITHM] || header[2..] != KEY_VERSION.to_be_bytes() {
        return Err(Error::fault("a blob has an unknown format, algorithm or key version"));
    }
    decrypt(&class_key(key, class)?, &blob_aad(subject, class, row), sealed).map(Zeroizing::new)
}

fn class_key(key: &Key, class: FieldClass) -> Result<Key> {
    if class == FieldClass::Unspecified {
        return Err(Error::fault("a blob needs a field class"));
    }
    derive(key, format!("class:{}", class as i32).as_bytes())
}

fn blob_aad(subject: Uuid, class: FieldClass, row: Uuid) -> Vec<u8> {
    let mut aad = Vec::with_capacity(37);
    aad.extend_from_slice(subject.as_bytes());
    aad.extend_from_slice(&(class as i32).to_be_bytes());
    aad.extend_from_slice(row.as_bytes());
    aad.push(FORMAT);
    aad
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blob_opens_for_its_subject_class_and_row_only() {
        let key = Key::random().unwrap();
        let (s, r, other) = (Uuid::from_u128(1), Uuid::from_u128(2), Uuid::from_u128(3));
        let blob = seal_blob(&key, s, FieldClass::Identity, r, b"Ada").unwrap();
        assert_eq!(open_blob(&key, s, FieldClass::Identity, r, &blob).unwrap().as_slice(), b"Ada");
        assert!(open_blob(&key, other, FieldClass::Identity, r, &blob).is_err());
        assert!(open_blob(&key, s, FieldClass::Contact, r, &blob).is_err());
        assert!(open_blob(&key, s, FieldClass::Identity, other, &blob).is_err());
        assert!(open_blob(&Key::random().unwrap(), s, FieldClass::Identity, r, &blob).is_err());
    }

    #[test]
    fn a_changed_or_cut_blob_is_refused() {
        let key = Key::random().unwrap();
        let (s, r) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let blob = seal_blob(&key, s, FieldClass::Notes, r, b"text").unwrap();
        for at in 0..blob.len() {
            let mut wrong = blob.clone();
            wrong[at] ^= 1;
            assert!(open_blob(&key, s, FieldClass::Notes, r, &wrong).is_err(), "byte {at}");
            assert!(open_blob(&key, s, FieldClass::Notes, r, &blob[..at]).is_err(), "cut at {at}");
        }
    }

    #[test]
    fn the_same_text_never_gives_the_same_blob() {
        let key = Key::random().unwrap();
        let id = Uuid::from_u128(1);
        assert_ne!(seal_blob(&key, id, FieldClass::Notes, id, b"x").unwrap(), seal_blob(&key, id, FieldClass::Notes, id, b"x").unwrap());
    }

    /// RFC 5869 has no vector without salt and with 32 bytes of key, so this holds the construction fast against HMAC.
    #[test]
    fn hkdf_is_extract_and_expand() {
        let key = Key::from_slice(&[7; 32]).unwrap();
        let prk = Key::from_slice(&mac(&Key::from_slice(&[0; 32]).unwrap(), key.bytes())).unwrap();
        assert_eq!(derive(&key, b"class:2").unwrap().bytes(), &mac(&prk, b"class:2\x01"));
    }
}
