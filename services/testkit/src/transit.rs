//! The transit secrets engine of Vault and OpenBao, as far as its documented HTTP API is used here.
//!
//! Their servers cannot be had from the package registries that builds use, so this one answers in their place: over TLS,
//! with tokens and the Kubernetes sign-in, key versions, contexts of derived keys, batches, and the documented refusals
//! (403 without a good token, 404 for an unknown key, 400 for a ciphertext or context that does not fit, 503 when sealed).
//! Keys never leave it but as a data key's plaintext.

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard},
};

use axum::{Json, Router, body::Bytes, extract::State, http::{HeaderMap, Method, StatusCode, Uri}, serve::Listener};
use base64::{Engine, engine::general_purpose::STANDARD};
use platform::keys::cipher::{self, Key};
use rustls::ServerConfig;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use serde_json::{Value, json};
use tokio::{net::{TcpListener, TcpStream}, task::JoinHandle};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

use crate::tls::Ca;

/// Token of the documented `X-Vault-Token` that the server takes from the start.
pub const TOKEN: &str = "hvs.accord-test";
/// Token of a service account that the Kubernetes sign-in takes.
pub const JWT: &str = "a.service.account";
/// Its role.
pub const ROLE: &str = "accord";

/// A running transit engine. Dropped, it answers no more.
pub struct Transit {
    /// `https://localhost:<port>`.
    pub address: String,
    /// PEM file of the authority of its certificate.
    pub ca: PathBuf,
    /// A file that holds [`TOKEN`].
    pub token_file: PathBuf,
    inside: Arc<Mutex<Inside>>,
    port: SocketAddr,
    config: Arc<ServerConfig>,
    serving: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Inside {
    keys: BTreeMap<String, TransitKey>,
    tokens: BTreeSet<String>,
    sealed: bool,
    calls: Vec<String>,
}

struct TransitKey {
    versions: Vec<Key>,
    derived: bool,
    min_decryption_version: usize,
}

type Refusal = (StatusCode, &'static str);

const BAD: Refusal = (StatusCode::BAD_REQUEST, "invalid request");

impl Transit {
    /// Starts one with the keys `accord` (derived) and `accord-derivation`; its files go into the folder.
    ///
    /// # Panics
    /// Where it cannot listen or its files cannot be written.
    pub async fn start(folder: &Path) -> Self {
        let authority = folder.join("transit");
        std::fs::create_dir_all(&authority).expect("a folder");
        let ca = Ca::new(&authority);
        let files = ca.write("transit", "spiffe://vault/transit", "localhost", false);
        let chain = CertificateDer::pem_file_iter(&files.certificate).and_then(Iterator::collect).expect("a certificate");
        let key = PrivateKeyDer::from_pem_file(&files.private_key).expect("a private key");
        let config = Arc::new(ServerConfig::builder().with_no_client_auth().with_single_cert(chain, key).expect("TLS"));
        let token_file = folder.join("transit-token");
        std::fs::write(&token_file, format!("{TOKEN}\n")).expect("a token");
        let mut inside = Inside { tokens: BTreeSet::from([TOKEN.to_owned()]), ..Inside::default() };
        for (name, derived) in [("accord", true), ("accord-derivation", false)] {
            inside.keys.insert(name.into(), TransitKey { versions: vec![Key::random().expect("a key")], derived, min_decryption_version: 1 });
        }
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("a port");
        let mut transit = Self {
            address: format!("https://localhost:{}", port.port()),
            ca: ca.certificate(),
            token_file,
            inside: Arc::new(Mutex::new(inside)),
            port,
            config,
            serving: None,
        };
        transit.serve(listener);
        transit
    }

    fn serve(&mut self, listener: TcpListener) {
        let app = Router::new().fallback(answer).with_state(Arc::clone(&self.inside));
        let listener = Tls { listener, acceptor: TlsAcceptor::from(Arc::clone(&self.config)) };
        self.serving = Some(tokio::spawn(async move {
            axum::serve(listener, app).await.expect("the transit engine serves");
        }));
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().expect("the engine's state")
    }

    /// Nobody listens any more.
    ///
    /// # Panics
    /// Where the server failed before.
    pub async fn stop(&mut self) {
        let Some(serving) = self.serving.take() else { return };
        serving.abort();
        assert!(serving.await.is_err_and(|e| e.is_cancelled()));
        // Connections that are open go on in their own tasks; sealed, they refuse.
        self.inside().sealed = true;
    }

    /// Listens again at the same address with the same keys.
    ///
    /// # Panics
    /// Where the port was taken.
    pub async fn start_again(&mut self) {
        self.inside().sealed = false;
        let listener = TcpListener::bind(self.port).await.expect("the same port");
        self.serve(listener);
    }

    /// Seals it: it answers 503.
    ///
    /// # Panics
    /// Where a request panicked.
    pub fn seal(&self, sealed: bool) {
        self.inside().sealed = sealed;
    }

    /// A new version of a key, as `POST /v1/transit/keys/<key>/rotate`.
    ///
    /// # Panics
    /// Where there is no such key.
    pub fn rotate(&self, key: &str) {
        self.inside().keys.get_mut(key).expect("a key").versions.push(Key::random().expect("a key"));
    }

    /// Refuses what lies under older versions, as `min_decryption_version` does.
    ///
    /// # Panics
    /// Where there is no such key.
    pub fn set_min_decryption_version(&self, key: &str, version: usize) {
        self.inside().keys.get_mut(key).expect("a key").min_decryption_version = version;
    }

    /// Takes this token alone from now on.
    ///
    /// # Panics
    /// Where a request panicked.
    pub fn accept_only(&self, token: &str) {
        self.inside().tokens = BTreeSet::from([token.to_owned()]);
    }

    /// Methods and paths of the calls so far.
    ///
    /// # Panics
    /// Where a request panicked.
    pub fn calls(&self) -> Vec<String> {
        self.inside().calls.clone()
    }
}

impl Drop for Transit {
    fn drop(&mut self) {
        if let Some(serving) = &self.serving {
            serving.abort();
        }
    }
}

/// A listener that shakes hands before axum sees the connection.
struct Tls {
    listener: TcpListener,
    acceptor: TlsAcceptor,
}

impl Listener for Tls {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            let Ok((stream, peer)) = self.listener.accept().await else { continue };
            if let Ok(stream) = self.acceptor.accept(stream).await {
                return (stream, peer);
            }
        }
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.listener.local_addr()
    }
}

async fn answer(State(inside): State<Arc<Mutex<Inside>>>, method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> (StatusCode, Json<Value>) {
    let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
    let mut inside = inside.lock().expect("the engine's state");
    inside.calls.push(format!("{method} {}", uri.path()));
    match inside.handle(&method, uri.path(), &headers, &body) {
        Ok(answer) => (StatusCode::OK, Json(answer)),
        Err((status, words)) => (status, Json(json!({ "errors": [words] }))),
    }
}

impl Inside {
    fn handle(&mut self, method: &Method, path: &str, headers: &HeaderMap, body: &Value) -> Result<Value, Refusal> {
        if self.sealed {
            return Err((StatusCode::SERVICE_UNAVAILABLE, "Vault is sealed"));
        }
        let parts: Vec<&str> = path.trim_start_matches("/v1/").split('/').collect();
        if parts == ["auth", "kubernetes", "login"] {
            if body["role"] != ROLE || body["jwt"] != JWT {
                return Err((StatusCode::FORBIDDEN, "permission denied"));
            }
            let token = format!("hvs.login-{}", self.tokens.len());
            self.tokens.insert(token.clone());
            return Ok(json!({ "auth": { "client_token": token, "lease_duration": 3600, "renewable": true } }));
        }
        let token = headers.get("X-Vault-Token").and_then(|t| t.to_str().ok()).unwrap_or_default();
        if !self.tokens.contains(token) {
            return Err((StatusCode::FORBIDDEN, "permission denied"));
        }
        let (verb, name) = match parts.as_slice() {
            ["transit", "datakey", "plaintext", name] => ("datakey", *name),
            ["transit", "hmac", name, "sha2-256"] => ("hmac", *name),
            ["transit", verb, name] => (*verb, *name),
            _ => return Err((StatusCode::NOT_FOUND, "no handler for route")),
        };
        let key = self.keys.get(name).ok_or((StatusCode::NOT_FOUND, "encryption key not found"))?;
        let data = match (method.as_str(), verb) {
            ("GET", "keys") => json!({
                "name": name, "type": "aes256-gcm96", "latest_version": key.versions.len(), "derived": key.derived, "exportable": false,
                "min_decryption_version": key.min_decryption_version, "supports_derivation": true,
            }),
            ("POST", "encrypt") => each(body, &["ciphertext"], |item| Ok(json!({ "ciphertext": key.encrypt(item, &bytes(&item["plaintext"])?)?, "key_version": key.versions.len() })))?,
            ("POST", "decrypt") => each(body, &["plaintext"], |item| Ok(json!({ "plaintext": STANDARD.encode(key.decrypt(item)?) })))?,
            ("POST", "rewrap") => each(body, &["ciphertext"], |item| Ok(json!({ "ciphertext": key.encrypt(item, &key.decrypt(item)?)?, "key_version": key.versions.len() })))?,
            ("POST", "datakey") => {
                let made = Key::random().map_err(|_| BAD)?;
                json!({ "plaintext": STANDARD.encode(made.bytes()), "ciphertext": key.encrypt(body, made.bytes())?, "key_version": key.versions.len() })
            }
            ("POST", "hmac") => {
                let version = body["key_version"].as_u64().map_or(key.versions.len(), |v| usize::try_from(v).unwrap_or(0));
                let over = version.checked_sub(1).and_then(|n| key.versions.get(n)).ok_or(BAD)?;
                json!({ "hmac": format!("vault:v{version}:{}", STANDARD.encode(cipher::mac(over, &bytes(&body["input"])?))) })
            }
            _ => return Err((StatusCode::METHOD_NOT_ALLOWED, "unsupported operation")),
        };
        Ok(json!({ "request_id": "test", "lease_id": "", "renewable": false, "lease_duration": 0, "data": data }))
    }
}

impl TransitKey {
    /// The key of a context, where the transit key is a derived one; then a context must be there.
    fn over(&self, item: &Value, version: usize) -> Result<Key, Refusal> {
        let key = version.checked_sub(1).and_then(|n| self.versions.get(n)).filter(|_| version >= self.min_decryption_version).ok_or(BAD)?;
        if !self.derived {
            return Ok(key.clone());
        }
        let context = bytes(&item["context"])?;
        if context.is_empty() {
            return Err((StatusCode::BAD_REQUEST, "missing 'context' for key derivation; the key was created using a derived key"));
        }
        cipher::derive(key, &context).map_err(|_| BAD)
    }

    fn encrypt(&self, item: &Value, plain: &[u8]) -> Result<String, Refusal> {
        let version = self.versions.len();
        let sealed = cipher::encrypt(&self.over(item, version)?, b"", plain).map_err(|_| BAD)?;
        Ok(format!("vault:v{version}:{}", STANDARD.encode(sealed)))
    }

    fn decrypt(&self, item: &Value) -> Result<Vec<u8>, Refusal> {
        let text = item["ciphertext"].as_str().and_then(|t| t.strip_prefix("vault:v")).ok_or(BAD)?;
        let (version, text) = text.split_once(':').ok_or(BAD)?;
        let version = version.parse().map_err(|_| BAD)?;
        cipher::decrypt(&self.over(item, version)?, b"", &STANDARD.decode(text).map_err(|_| BAD)?).map_err(|_| BAD)
    }
}

/// One item, or each of `batch_input`: a batch answers item by item, with an error in the place of one that failed.
fn each(body: &Value, fields: &[&str], one: impl Fn(&Value) -> Result<Value, Refusal>) -> Result<Value, Refusal> {
    let Some(items) = body["batch_input"].as_array() else { return one(body) };
    let results: Vec<Value> = items
        .iter()
        .map(|item| {
            one(item).unwrap_or_else(|(_, words)| {
                let mut failed = json!({ "error": words });
                for field in fields {
                    failed[*field] = json!("");
                }
                failed
            })
        })
        .collect();
    Ok(json!({ "batch_results": results }))
}

fn bytes(value: &Value) -> Result<Vec<u8>, Refusal> {
    STANDARD.decode(value.as_str().unwrap_or_default()).map_err(|_| BAD)
}
