//! Tokens against cross-site request forgery, bound to the session and different on every page.

use std::sync::Arc;

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Domain of the HMAC, so that the key cannot be used to make tokens of another kind.
const DOMAIN: &[u8] = b"accord gateway csrf v1\0";
/// Bytes of the random part. It makes every token different, so that compression cannot leak it (BREACH).
const NONCE: usize = 16;

/// The key of this gateway and the session of this request. The session layer puts it into the request's extensions.
#[derive(Clone)]
pub struct CsrfKey {
    key: Arc<hmac::Key>,
    session: Arc<str>,
}

impl CsrfKey {
    /// The key for a session. `secret` is at least 32 random bytes that all gateways of a deployment share;
    /// `session` is anything that stands for the session and is not public, such as the hash of its secret.
    #[must_use]
    pub fn new(secret: &[u8], session: &str) -> Self {
        Self {
            key: Arc::new(hmac::Key::new(hmac::HMAC_SHA256, secret)),
            session: session.into(),
        }
    }

    fn message(&self, nonce: &[u8]) -> Vec<u8> {
        [DOMAIN, nonce, self.session.as_bytes()].concat()
    }

    /// A token for the hidden field `_csrf`.
    #[must_use]
    pub fn token(&self) -> String {
        let nonce: [u8; NONCE] = rand::random();
        let tag = hmac::sign(&self.key, &self.message(&nonce));
        URL_SAFE_NO_PAD.encode([nonce.as_slice(), tag.as_ref()].concat())
    }

    /// True when the token was made for this session; compared in constant time.
    #[must_use]
    pub fn verify(&self, token: &str) -> bool {
        let Ok(bytes) = URL_SAFE_NO_PAD.decode(token) else {
            return false;
        };
        let Some((nonce, tag)) = bytes.split_at_checked(NONCE) else {
            return false;
        };
        hmac::verify(&self.key, &self.message(nonce), tag).is_ok()
    }
}

impl std::fmt::Debug for CsrfKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CsrfKey(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_good_for_its_session_and_key_only() {
        let key = CsrfKey::new(&[7; 32], "session-a");
        let token = key.token();
        assert!(key.verify(&token));
        assert_ne!(token, key.token());
        assert!(!CsrfKey::new(&[7; 32], "session-b").verify(&token));
        assert!(!CsrfKey::new(&[8; 32], "session-a").verify(&token));
    }

    #[test]
    fn broken_tokens_are_refused() {
        let key = CsrfKey::new(&[7; 32], "session-a");
        let token = key.token();
        for bad in [
            "",
            "x",
            &token[..token.len() - 2],
            &format!("{token}AA"),
            &URL_SAFE_NO_PAD.encode([0; NONCE]),
        ] {
            assert!(!key.verify(bad), "{bad}");
        }
    }
}
