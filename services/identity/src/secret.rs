//! Secrets that are shown once and kept as hashes: sessions, challenges, enrolment links.

use aws_lc_rs::{digest, rand};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use platform::{Error, Result};

/// Random bytes from the operating system.
///
/// # Errors
/// `Internal` where there are none.
pub fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    rand::fill(&mut bytes).map_err(|_| Error::fault("the machine gives no randomness"))?;
    Ok(bytes)
}

/// A new secret of 256 bits, as text for a cookie or an address.
///
/// # Errors
/// `Internal` where there is no randomness.
pub fn new() -> Result<String> {
    Ok(URL_SAFE_NO_PAD.encode(random::<32>()?))
}

/// What is stored of a secret. Nothing slow is needed: there are 2^256 of them.
pub fn hash(secret: &str) -> Vec<u8> {
    hash_bytes(secret.as_bytes())
}

/// SHA-256.
pub fn hash_bytes(bytes: &[u8]) -> Vec<u8> {
    digest::digest(&digest::SHA256, bytes).as_ref().to_vec()
}
