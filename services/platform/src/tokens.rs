//! Tokens: who calls, as identity signed it (Ed25519 JWT, one minute of life).
//!
//! The signature is checked by `jsonwebtoken`, every claim by hand and against our own clock, because the
//! library reads the machine's.

use std::{path::{Path, PathBuf}, sync::Arc};

use arc_swap::ArcSwap;
use aws_lc_rs::{encoding::AsDer, signature::{Ed25519KeyPair, KeyPair}};
use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Error, Result, auth::principal::Principal, clock::Clock, lifecycle::Shutdown};

/// Who signs.
pub const ISSUER: &str = "accord-identity";
/// Seconds that a token lives.
pub const LIFETIME_SECONDS: i64 = 60;
/// Seconds that two machines' clocks may differ.
const LEEWAY_SECONDS: i64 = 2;
/// A longer text is no token of ours.
const MAX_LENGTH: usize = 4096;

/// Whom a token speaks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenKind {
    /// A signed-in person.
    User,
    /// A partner's system.
    ServiceAccount,
    /// Anybody on one tenant's public pages.
    Public,
}

/// What the caller proved when signing in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Strength {
    /// Nothing: the public.
    Nothing,
    /// One factor.
    OneFactor,
    /// Two factors, or a partner's certificate.
    TwoFactors,
    /// Two factors, and a proof again just now (break-glass, export).
    SteppedUp,
}

/// The claims of a token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claims {
    /// [`ISSUER`].
    pub iss: String,
    /// User or service account; for the public the tenant.
    pub sub: Uuid,
    /// The tenant.
    pub tenant: Uuid,
    /// Whom the token speaks for.
    pub kind: TokenKind,
    /// Services that this call may reach.
    pub aud: Vec<String>,
    /// Epoch of the tenant's permissions.
    pub epoch: u64,
    /// The session of a user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<Uuid>,
    /// What was proved at sign-in.
    pub strength: Strength,
    /// Seconds since 1970: when all factors were proved last. What asks for a fresh proof is refused where it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth_at: Option<i64>,
    /// Seconds since 1970: no more valid from here.
    pub exp: i64,
    /// Seconds since 1970: valid from here.
    pub nbf: i64,
    /// Seconds since 1970: when it was minted.
    pub iat: i64,
    /// Id of the token.
    pub jti: Uuid,
}

impl Claims {
    /// The caller that the claims name.
    ///
    /// # Errors
    /// `Unauthenticated` for a user without a session.
    pub fn principal(&self) -> Result<Principal> {
        Ok(match self.kind {
            TokenKind::User => Principal::User { tenant: self.tenant, user: self.sub, session: self.session.ok_or_else(|| refused("user without session"))? },
            TokenKind::ServiceAccount => Principal::ServiceAccount { tenant: self.tenant, account: self.sub },
            TokenKind::Public => Principal::Public { tenant: self.tenant },
        })
    }

    /// Whether the call may reach the service.
    pub fn reaches(&self, service: &str) -> bool {
        self.aud.iter().any(|a| a == service)
    }
}

fn refused(why: &'static str) -> Error {
    Error::unauthenticated().internal(why)
}

/// Verifies tokens with identity's public keys; clones share the keys.
#[derive(Clone)]
pub struct TokenVerifier(Arc<Verifier>);

struct Verifier {
    file: Option<PathBuf>,
    keys: ArcSwap<Vec<DecodingKey>>,
    clock: Clock,
}

impl TokenVerifier {
    /// Reads the public keys from a PEM file.
    ///
    /// # Errors
    /// `Internal`, which names the file, where there is no key in it.
    pub fn from_file(file: &Path, clock: Clock) -> Result<Self> {
        let keys = keys_in(file)?;
        Ok(Self(Arc::new(Verifier { file: Some(file.to_owned()), keys: ArcSwap::from_pointee(keys), clock })))
    }

    /// Takes the public keys from PEM text.
    ///
    /// # Errors
    /// `Internal` where there is no key in it.
    pub fn from_pem(pem: &str, clock: Clock) -> Result<Self> {
        Ok(Self(Arc::new(Verifier { file: None, keys: ArcSwap::from_pointee(keys(pem)?), clock })))
    }

    /// Reads the file again whenever it changes, until the stop: this is how identity's key is rolled.
    pub fn watch(&self, shutdown: &Shutdown) {
        let Some(file) = self.0.file.clone() else { return };
        let verifier = self.clone();
        shutdown.watch_files(vec![file.clone()], move || match keys_in(&file) {
            Ok(keys) => verifier.0.keys.store(Arc::new(keys)),
            Err(error) => tracing::warn!(?error, "token keys not reloaded; those before stay in use"),
        });
    }

    /// Checks signature, issuer, times and that the token may reach `service`.
    ///
    /// # Errors
    /// `Unauthenticated`, always with the same public words.
    pub fn verify(&self, token: &str, service: &str) -> Result<Claims> {
        if token.len() > MAX_LENGTH {
            return Err(refused("token is too long"));
        }
        let header = jsonwebtoken::decode_header(token).map_err(|_| refused("token header"))?;
        if header.alg != Algorithm::EdDSA {
            return Err(refused("token algorithm"));
        }
        let claims = self.signed(token)?;
        let now = self.0.clock.now().timestamp();
        if claims.iss != ISSUER {
            return Err(refused("token issuer"));
        }
        if now < claims.nbf - LEEWAY_SECONDS || now < claims.iat - LEEWAY_SECONDS {
            return Err(refused("token is not valid yet"));
        }
        if now >= claims.exp + LEEWAY_SECONDS {
            return Err(refused("token is over"));
        }
        if claims.exp - claims.iat > LIFETIME_SECONDS {
            return Err(refused("token lives too long"));
        }
        if !claims.reaches(service) {
            return Err(refused("token is for other services"));
        }
        Ok(claims)
    }

    fn signed(&self, token: &str) -> Result<Claims> {
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.required_spec_claims.clear();
        validation.validate_exp = false;
        validation.validate_nbf = false;
        validation.validate_aud = false;
        let keys = self.0.keys.load();
        let found = keys.iter().find_map(|key| jsonwebtoken::decode::<Claims>(token, key, &validation).ok());
        found.map(|data| data.claims).ok_or_else(|| refused("token signature or claims"))
    }
}

fn keys_in(file: &Path) -> Result<Vec<DecodingKey>> {
    let pem = std::fs::read_to_string(file).map_err(|e| Error::fault(format!("{}: {e}", file.display())))?;
    keys(&pem).map_err(|e| e.internal(format!("{}: no Ed25519 public key (PEM)", file.display())))
}

fn keys(pem: &str) -> Result<Vec<DecodingKey>> {
    const BEGIN: &str = "-----BEGIN PUBLIC KEY-----";
    let keys: Vec<_> = pem
        .split(BEGIN)
        .skip(1)
        .map(|rest| DecodingKey::from_ed_pem(format!("{BEGIN}{rest}").trim().as_bytes()))
        .collect::<Result<_, _>>()
        .map_err(|e| Error::fault(format!("token key: {e}")))?;
    if keys.is_empty() { Err(Error::fault("there is no public key")) } else { Ok(keys) }
}

/// What identity puts into a token.
#[derive(Clone, Debug)]
pub struct Mint {
    /// Whom the token speaks for.
    pub kind: TokenKind,
    /// User or service account; for the public the tenant.
    pub subject: Uuid,
    /// The tenant.
    pub tenant: Uuid,
    /// Services that the call may reach.
    pub audience: Vec<String>,
    /// Epoch of the tenant's permissions.
    pub epoch: u64,
    /// The session of a user.
    pub session: Option<Uuid>,
    /// What was proved at sign-in.
    pub strength: Strength,
}

/// Signs tokens; only identity has one.
pub struct TokenSigner {
    key: EncodingKey,
    clock: Clock,
}

impl TokenSigner {
    /// Takes the private key (PKCS#8 PEM).
    ///
    /// # Errors
    /// `Internal` where it is no Ed25519 key.
    pub fn from_pem(pem: &str, clock: Clock) -> Result<Self> {
        let key = EncodingKey::from_ed_pem(pem.as_bytes()).map_err(|e| Error::fault(format!("token signing key: {e}")))?;
        Ok(Self { key, clock })
    }

    /// Mints a token of [`LIFETIME_SECONDS`].
    ///
    /// # Errors
    /// `Internal` where signing fails.
    pub fn mint(&self, mint: Mint) -> Result<String> {
        self.sign(mint, None)
    }

    /// The same for somebody who proved all factors at the instant.
    ///
    /// # Errors
    /// `Internal` where signing fails.
    pub fn mint_proved_at(&self, mint: Mint, auth_at: DateTime<Utc>) -> Result<String> {
        self.sign(mint, Some(auth_at.timestamp()))
    }

    fn sign(&self, mint: Mint, auth_at: Option<i64>) -> Result<String> {
        let now = self.clock.now();
        let claims = Claims {
            iss: ISSUER.into(),
            sub: mint.subject,
            tenant: mint.tenant,
            kind: mint.kind,
            aud: mint.audience,
            epoch: mint.epoch,
            session: mint.session,
            strength: mint.strength,
            auth_at,
            exp: (now + TimeDelta::seconds(LIFETIME_SECONDS)).timestamp(),
            nbf: now.timestamp(),
            iat: now.timestamp(),
            jti: crate::ids::new_id(now),
        };
        jsonwebtoken::encode(&Header::new(Algorithm::EdDSA), &claims, &self.key).map_err(|e| Error::fault(format!("token signing: {e}")))
    }
}

/// A new key pair for signing: the private key (PKCS#8 PEM) and the public key (PEM).
///
/// # Errors
/// `Internal` where the machine gives no randomness.
pub fn generate_key_pair() -> Result<(String, String)> {
    let fault = |_| Error::fault("no Ed25519 key could be made");
    let pair = Ed25519KeyPair::generate().map_err(fault)?;
    let private = pair.to_pkcs8v1().map_err(fault)?;
    let public = pair.public_key().as_der().map_err(fault)?;
    Ok((pem("PRIVATE KEY", private.as_ref()), pem("PUBLIC KEY", public.as_ref())))
}

fn pem(label: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let lines: Vec<&str> = text.as_bytes().chunks(64).filter_map(|line| std::str::from_utf8(line).ok()).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    struct World {
        clock: Clock,
        signer: TokenSigner,
        verifier: TokenVerifier,
    }

    fn world() -> World {
        let clock = Clock::manual(DateTime::from_timestamp(1_800_000_000, 0).unwrap());
        let (private, public) = generate_key_pair().unwrap();
        World { signer: TokenSigner::from_pem(&private, clock.clone()).unwrap(), verifier: TokenVerifier::from_pem(&public, clock.clone()).unwrap(), clock }
    }

    fn user() -> Mint {
        Mint {
            kind: TokenKind::User,
            subject: Uuid::from_u128(1),
            tenant: Uuid::from_u128(2),
            audience: vec!["case".into(), "referral".into()],
            epoch: 7,
            session: Some(Uuid::from_u128(3)),
            strength: Strength::TwoFactors,
        }
    }

    #[test]
    fn a_token_says_who_calls() {
        let w = world();
        let claims = w.verifier.verify(&w.signer.mint(user()).unwrap(), "case").unwrap();
        assert_eq!(claims.epoch, 7);
        let who = Principal::User { tenant: Uuid::from_u128(2), user: Uuid::from_u128(1), session: Uuid::from_u128(3) };
        assert_eq!(claims.principal().unwrap(), who);
    }

    #[test]
    fn a_token_reaches_named_services_only() {
        let w = world();
        assert!(w.verifier.verify(&w.signer.mint(user()).unwrap(), "identity").is_err());
    }

    #[test]
    fn a_token_ends_after_its_minute_and_starts_at_its_instant() {
        let w = world();
        let token = w.signer.mint(user()).unwrap();
        w.clock.advance(TimeDelta::seconds(61));
        assert!(w.verifier.verify(&token, "case").is_ok(), "the leeway");
        w.clock.advance(TimeDelta::seconds(1));
        assert!(w.verifier.verify(&token, "case").is_err());
        w.clock.advance(TimeDelta::seconds(-64));
        assert!(w.verifier.verify(&token, "case").is_ok(), "the leeway");
        w.clock.advance(TimeDelta::seconds(-1));
        assert!(w.verifier.verify(&token, "case").is_err());
    }

    #[test]
    fn another_key_and_a_changed_token_are_refused() {
        let (w, other) = (world(), world());
        let token = w.signer.mint(user()).unwrap();
        assert!(other.verifier.verify(&token, "case").is_err());
        let (head, signature) = token.rsplit_once('.').unwrap();
        let (head, body) = head.split_once('.').unwrap();
        assert!(w.verifier.verify(&format!("{head}.{}.{signature}", body.to_lowercase()), "case").is_err());
        for text in ["", "x", "a.b.c", &"a".repeat(MAX_LENGTH + 1)] {
            assert!(w.verifier.verify(text, "case").is_err());
        }
    }

    #[test]
    fn only_ed25519_is_taken() {
        let w = world();
        let claims = w.verifier.verify(&w.signer.mint(user()).unwrap(), "case").unwrap();
        let hmac = jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &EncodingKey::from_secret(b"secret")).unwrap();
        assert!(w.verifier.verify(&hmac, "case").is_err());
    }

    #[test]
    fn a_token_that_lives_longer_than_allowed_is_refused() {
        let w = world();
        let mut claims = w.verifier.verify(&w.signer.mint(user()).unwrap(), "case").unwrap();
        claims.exp += 1;
        let long = jsonwebtoken::encode(&Header::new(Algorithm::EdDSA), &claims, &w.signer.key).unwrap();
        assert!(w.verifier.verify(&long, "case").is_err());
    }

    #[test]
    fn both_keys_of_a_roll_are_taken() {
        let clock = world().clock;
        let ((old, old_public), (new, new_public)) = (generate_key_pair().unwrap(), generate_key_pair().unwrap());
        let verifier = TokenVerifier::from_pem(&format!("{old_public}{new_public}"), clock.clone()).unwrap();
        for key in [old, new] {
            let signer = TokenSigner::from_pem(&key, clock.clone()).unwrap();
            assert!(verifier.verify(&signer.mint(user()).unwrap(), "case").is_ok());
        }
        assert!(TokenVerifier::from_pem("nothing", clock).is_err());
    }

    #[test]
    fn a_user_has_a_session() {
        let w = world();
        let token = w.signer.mint(Mint { session: None, ..user() }).unwrap();
        assert!(w.verifier.verify(&token, "case").unwrap().principal().is_err());
    }
}
