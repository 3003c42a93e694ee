//! The transit engine of Vault or OpenBao by its HTTP API: the root key never leaves it.
//!
//! | call | for |
//! |---|---|
//! | `POST <mount>/datakey/plaintext/<key>` | a new tenant key |
//! | `POST <mount>/encrypt/<key>`, `decrypt/<key>` | wrap and unwrap one |
//! | `POST <mount>/rewrap/<key>` with `batch_input` | after a rotation of the root |
//! | `POST <mount>/hmac/<derivation_key>/sha2-256` with `key_version` 1 | what must never change |
//! | `GET <mount>/keys/<key>` | whether it answers, and its newest version |
//!
//! What a tenant's key is bound to is the `context` of a key that was made with `derived=true`: the engine derives a key
//! for each context, so what was wrapped for one does not open for another.

use std::{time::{Duration, Instant}};

use base64::{Engine, engine::general_purpose::STANDARD};
use futures::future::BoxFuture;
use reqwest::{Certificate, Client, Method, RequestBuilder, StatusCode, Url, redirect::Policy};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use tokio::sync::Mutex;
use zeroize::{Zeroize, Zeroizing};

use super::{cipher::Key, kms::{Kms, Wrapped}, section::VaultSection};
use crate::{Error, Result};

/// How long a token of a file is used before the file is read again.
const TOKEN: Duration = Duration::from_secs(60);
/// Keys of one batch.
const BATCH: usize = 250;

/// A transit engine.
pub struct Vault {
    client: Client,
    section: VaultSection,
    base: Url,
    login: Mutex<Option<Login>>,
}

struct Login {
    token: Zeroizing<String>,
    until: Instant,
}

/// The outer object of every answer.
#[derive(Deserialize)]
struct Answer<T> {
    data: T,
}

#[derive(Deserialize)]
struct LoginAnswer {
    auth: Auth,
}

#[derive(Deserialize)]
struct Auth {
    client_token: String,
    lease_duration: u64,
}

#[derive(Deserialize)]
struct Plain {
    plaintext: String,
}

impl Drop for Plain {
    fn drop(&mut self) {
        self.plaintext.zeroize();
    }
}

#[derive(Deserialize)]
struct DataKey {
    plaintext: String,
    ciphertext: String,
}

impl Drop for DataKey {
    fn drop(&mut self) {
        self.plaintext.zeroize();
    }
}

#[derive(Deserialize)]
struct Cipher {
    ciphertext: String,
}

#[derive(Deserialize)]
struct Mac {
    hmac: String,
}

#[derive(Deserialize)]
struct Batch {
    batch_results: Vec<BatchResult>,
}

#[derive(Deserialize)]
struct BatchResult {
    #[serde(default)]
    ciphertext: String,
    #[serde(default)]
    error: String,
}

#[derive(Deserialize)]
struct KeyInfo {
    latest_version: u32,
    #[serde(default)]
    derived: bool,
    #[serde(default)]
    exportable: bool,
}

impl Vault {
    /// The engine that the section names; it is called when a key is needed.
    ///
    /// # Errors
    /// `Internal` that names the key of the configuration, where a file cannot be read.
    pub fn new(section: &VaultSection) -> Result<Self> {
        let base = section.address.parse().map_err(|_| Error::fault("kms.vault.address: write https://host:port"))?;
        // A redirect would take the token to another place, and a proxy of the environment would see it.
        let mut client = Client::builder().timeout(Duration::from_millis(section.timeout_ms)).redirect(Policy::none()).no_proxy();
        if !section.ca.as_os_str().is_empty() {
            let pem = std::fs::read(&section.ca).map_err(|e| Error::fault(format!("kms.vault.ca: {} cannot be read: {}", section.ca.display(), e.kind())))?;
            let authority = Certificate::from_pem_bundle(&pem).ok().filter(|all| !all.is_empty());
            let authority = authority.ok_or_else(|| Error::fault(format!("kms.vault.ca: {} holds no certificate", section.ca.display())))?;
            client = client.tls_certs_only(authority);
        }
        let client = client.build().map_err(|e| Error::fault("kms.vault: no HTTP client").source(e))?;
        Ok(Self { client, section: section.clone(), base, login: Mutex::default() })
    }

    fn url(&self, path: &str) -> Result<Url> {
        self.base.join(&format!("/v1/{path}")).map_err(|_| Error::fault("kms.vault.address: write https://host:port"))
    }

    fn request(&self, method: Method, path: &str) -> Result<RequestBuilder> {
        let request = self.client.request(method, self.url(path)?);
        Ok(if self.section.namespace.is_empty() { request } else { request.header("X-Vault-Namespace", &self.section.namespace) })
    }

    /// The token to call with; `anew` forgets the one that was refused.
    async fn token(&self, anew: bool) -> Result<Zeroizing<String>> {
        let mut login = self.login.lock().await;
        if anew {
            *login = None;
        }
        if let Some(held) = login.as_ref().filter(|held| held.until > Instant::now()) {
            return Ok(held.token.clone());
        }
        let (token, time) = if self.section.auth == "kubernetes" { self.sign_in().await? } else { (self.read(&self.section.token_file, "token_file")?, TOKEN) };
        *login = Some(Login { token: token.clone(), until: Instant::now() + time });
        Ok(token)
    }

    fn read(&self, file: &std::path::Path, key: &str) -> Result<Zeroizing<String>> {
        let text = std::fs::read_to_string(file).map(Zeroizing::new);
        let text = text.map_err(|e| Error::unavailable(format!("kms.vault.{key}: {} cannot be read: {}", file.display(), e.kind())))?;
        Ok(Zeroizing::new(text.trim().to_owned()))
    }

    /// Signs in with the pod's service account; the token is used for two thirds of its time.
    async fn sign_in(&self) -> Result<(Zeroizing<String>, Duration)> {
        let jwt = self.read(&self.section.jwt_file, "jwt_file")?;
        let path = format!("auth/{}/login", self.section.auth_mount);
        let request = self.request(Method::POST, &path)?.json(&json!({ "role": self.section.role, "jwt": jwt.as_str() }));
        let answer = request.send().await.map_err(away)?;
        if !answer.status().is_success() {
            return Err(Error::unavailable(format!("kms.vault.role: the sign-in was refused with {}", answer.status())));
        }
        let answer: LoginAnswer = answer.json().await.map_err(away)?;
        Ok((Zeroizing::new(answer.auth.client_token), Duration::from_secs(answer.auth.lease_duration) * 2 / 3))
    }

    async fn call<T: DeserializeOwned>(&self, method: Method, path: &str, body: Option<&Value>) -> Result<T> {
        let mut anew = false;
        loop {
            let token = self.token(anew).await?;
            let mut request = self.request(method.clone(), path)?.header("X-Vault-Token", token.as_str());
            if let Some(body) = body {
                request = request.json(body);
            }
            let answer = request.send().await.map_err(away)?;
            match answer.status() {
                status if status.is_success() => {
                    let answer: Answer<T> = answer.json().await.map_err(away)?;
                    return Ok(answer.data);
                }
                // The token may have been renewed or its time may be over: once more with a new one.
                StatusCode::FORBIDDEN if !anew => anew = true,
                StatusCode::FORBIDDEN => return Err(Error::unavailable(format!("the key management service refuses our token at {path}"))),
                StatusCode::NOT_FOUND => return Err(Error::unavailable(format!("the key management service knows no {path}"))),
                // Of a wrapped key that is another's or was changed; the words of the answer are not repeated.
                StatusCode::BAD_REQUEST => return Err(Error::fault("the key management service refuses a wrapped key")),
                status => return Err(Error::unavailable(format!("the key management service answers {status}"))),
            }
        }
    }

    async fn post<T: DeserializeOwned>(&self, verb: &str, body: Value) -> Result<T> {
        let mut body = body;
        let answer = self.call(Method::POST, &format!("{}/{verb}", self.section.mount), Some(&body)).await;
        if let Some(Value::String(text)) = body.get_mut("plaintext") {
            text.zeroize();
        }
        answer
    }

    async fn info(&self, key: &str) -> Result<KeyInfo> {
        self.call(Method::GET, &format!("{}/keys/{key}", self.section.mount), None).await
    }

    async fn rewrap_some(&self, items: &[Wrapped]) -> Result<Vec<Vec<u8>>> {
        #[derive(Serialize)]
        struct Item<'a> {
            ciphertext: &'a str,
            context: String,
        }
        let mut input = Vec::with_capacity(items.len());
        for item in items {
            input.push(Item { ciphertext: text(&item.wrapped)?, context: STANDARD.encode(&item.aad) });
        }
        let answer: Batch = self.post(&format!("rewrap/{}", self.section.key), json!({ "batch_input": input })).await?;
        if answer.batch_results.len() != items.len() || answer.batch_results.iter().any(|r| !r.error.is_empty() || r.ciphertext.is_empty()) {
            return Err(Error::fault("the key management service could not re-wrap every key"));
        }
        Ok(answer.batch_results.into_iter().map(|r| r.ciphertext.into_bytes()).collect())
    }
}

impl Kms for Vault {
    fn generate<'a>(&'a self, aad: &'a [u8]) -> BoxFuture<'a, Result<(Key, Vec<u8>)>> {
        Box::pin(async move {
            let made: DataKey = self.post(&format!("datakey/plaintext/{}", self.section.key), json!({ "context": STANDARD.encode(aad), "bits": 256 })).await?;
            Ok((key(&made.plaintext)?, made.ciphertext.clone().into_bytes()))
        })
    }

    fn wrap<'a>(&'a self, aad: &'a [u8], key: &'a Key) -> BoxFuture<'a, Result<Vec<u8>>> {
        Box::pin(async move {
            let body = json!({ "plaintext": STANDARD.encode(key.bytes()), "context": STANDARD.encode(aad) });
            let made: Cipher = self.post(&format!("encrypt/{}", self.section.key), body).await?;
            Ok(made.ciphertext.into_bytes())
        })
    }

    fn unwrap<'a>(&'a self, aad: &'a [u8], wrapped: &'a [u8]) -> BoxFuture<'a, Result<Key>> {
        Box::pin(async move {
            let body = json!({ "ciphertext": text(wrapped)?, "context": STANDARD.encode(aad) });
            let plain: Plain = self.post(&format!("decrypt/{}", self.section.key), body).await?;
            key(&plain.plaintext)
        })
    }

    fn rewrap<'a>(&'a self, items: &'a [Wrapped]) -> BoxFuture<'a, Result<Vec<Option<Vec<u8>>>>> {
        Box::pin(async move {
            let prefix = format!("vault:v{}:", self.info(&self.section.key).await?.latest_version);
            let old: Vec<Wrapped> = items.iter().filter(|i| !i.wrapped.starts_with(prefix.as_bytes())).cloned().collect();
            let mut made = Vec::with_capacity(old.len());
            for batch in old.chunks(BATCH) {
                made.extend(self.rewrap_some(batch).await?);
            }
            let mut made = made.into_iter();
            Ok(items.iter().map(|i| if i.wrapped.starts_with(prefix.as_bytes()) { None } else { made.next() }).collect())
        })
    }

    fn derive<'a>(&'a self, info: &'a [u8]) -> BoxFuture<'a, Result<Key>> {
        Box::pin(async move {
            let body = json!({ "input": STANDARD.encode(info), "key_version": 1 });
            let mut made: Mac = self.post(&format!("hmac/{}/sha2-256", self.section.derivation_key), body).await?;
            let derived = made.hmac.strip_prefix("vault:v1:").ok_or_else(|| Error::fault("the key management service made no first version")).and_then(key);
            made.hmac.zeroize();
            derived
        })
    }

    fn health(&self) -> BoxFuture<'_, Result<()>> {
        Box::pin(async move {
            let info = self.info(&self.section.key).await?;
            if !info.derived {
                return Err(Error::fault("kms.vault.key: this transit key must be made with derived=true"));
            }
            if info.exportable {
                return Err(Error::fault("kms.vault.key: this transit key can be exported; make one that cannot"));
            }
            self.info(&self.section.derivation_key).await.map(drop)
        })
    }
}

/// The address of a failed call is not repeated; what went wrong is.
fn away(error: reqwest::Error) -> Error {
    Error::unavailable("the key management service does not answer").source(error.without_url())
}

fn text(wrapped: &[u8]) -> Result<&str> {
    std::str::from_utf8(wrapped).ok().filter(|text| text.starts_with("vault:v")).ok_or_else(|| Error::fault("this key was not wrapped by the transit engine"))
}

fn key(text: &str) -> Result<Key> {
    let bytes = Zeroizing::new(STANDARD.decode(text).map_err(|_| Error::fault("the key management service sent no base64"))?);
    Key::from_slice(&bytes)
}
