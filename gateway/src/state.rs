//! What every page reaches: views, clients of the services, tenants, sessions and limits.

use std::{collections::HashMap, sync::{Arc, Mutex}, time::{Duration, Instant}};

use platform::{Clock, Result, grpc::{Peers, call::as_workload_of, retry_read}, ids};
use proto::identity::v1::{MintPublicTokenRequest, MintTokenRequest, MintTokenResponse, ResolveTenantRequest, ResolveTenantResponse, session_service_client::SessionServiceClient};
use uuid::Uuid;

use crate::{limit::Limiter, view::Views};

/// How long a minted token is used again; below its life of 60 seconds.
const TOKEN_FOR: Duration = Duration::from_secs(45);
/// How long a tenant's name and colour may be old.
const TENANT_FOR: Duration = Duration::from_secs(30);
/// Time that identity has for an answer.
pub const IDENTITY_TIME: Duration = Duration::from_secs(4);

/// The gateway's shared state. Cheap to clone.
#[derive(Clone)]
pub struct App {
    /// Templates and assets.
    pub views: Views,
    /// Channels to the services.
    pub peers: Peers,
    /// The time.
    pub clock: Clock,
    /// Limits of posts by address.
    pub limiter: Limiter,
    caches: Arc<Caches>,
}

/// Tokens by the hash of a session's secret, with the instant of their minting.
type Tokens = HashMap<[u8; 32], (Instant, Arc<MintTokenResponse>)>;

#[derive(Default)]
struct Caches {
    tenants: Mutex<HashMap<String, (Instant, Tenant)>>,
    tokens: Mutex<Tokens>,
    public: Mutex<HashMap<Uuid, (Instant, Arc<str>)>>,
}

/// A tenant as its address names it.
#[derive(Clone, Debug)]
pub struct Tenant {
    /// Its id.
    pub id: Uuid,
    /// What identity says of it.
    pub facts: Arc<ResolveTenantResponse>,
}

impl App {
    /// Puts the state together.
    pub fn new(views: Views, peers: Peers, clock: Clock, limiter: Limiter) -> Self {
        Self { views, peers, clock, limiter, caches: Arc::default() }
    }

    /// A new id for a request, a form or a command.
    pub fn new_id(&self) -> Uuid {
        ids::new_id(self.clock.now())
    }

    fn sessions(&self) -> Result<SessionServiceClient<platform::grpc::PeerChannel>> {
        Ok(SessionServiceClient::new(self.peers.channel("identity")?))
    }

    /// The tenant of an address.
    ///
    /// # Errors
    /// `NotFound`, or identity's.
    pub async fn tenant(&self, slug: &str) -> Result<Tenant> {
        if let Some(tenant) = fresh(&self.caches.tenants, slug, TENANT_FOR) {
            return Ok(tenant);
        }
        let facts = retry_read(|| async {
            self.sessions()?.resolve_tenant(as_workload_of(Uuid::nil(), self.new_id(), IDENTITY_TIME, ResolveTenantRequest { slug: slug.to_owned() })).await
        })
        .await?;
        let tenant = Tenant { id: ids::parse_id("tenant_id", &facts.tenant_id)?, facts: Arc::new(facts) };
        keep(&self.caches.tenants, slug.to_owned(), tenant.clone(), TENANT_FOR);
        Ok(tenant)
    }

    /// Forgets what is known of a tenant, after its settings changed.
    pub fn forget_tenant(&self, slug: &str) {
        if let Ok(mut tenants) = self.caches.tenants.lock() {
            tenants.remove(slug);
        }
    }

    /// The token of a session; `anew` mints even where one is known, after a service found it too old.
    ///
    /// # Errors
    /// `Unauthenticated` where the session has ended.
    pub async fn token(&self, tenant: Uuid, secret: &str, anew: bool) -> Result<Arc<MintTokenResponse>> {
        let key = session_key(secret);
        if !anew && let Some(token) = fresh(&self.caches.tokens, &key, TOKEN_FOR) {
            return Ok(token);
        }
        let minted = retry_read(|| async {
            let message = MintTokenRequest { tenant_id: tenant.to_string(), session_secret: secret.to_owned() };
            self.sessions()?.mint_token(as_workload_of(tenant, self.new_id(), IDENTITY_TIME, message)).await
        })
        .await
        .inspect_err(|_| self.forget_token(secret))?;
        let minted = Arc::new(minted);
        keep(&self.caches.tokens, key, minted.clone(), TOKEN_FOR);
        Ok(minted)
    }

    /// Drops the token of a session that was signed out.
    pub fn forget_token(&self, secret: &str) {
        if let Ok(mut tokens) = self.caches.tokens.lock() {
            tokens.remove(&session_key(secret));
        }
    }

    /// Drops the tokens of a person in a tenant who signed out everywhere.
    pub fn forget_tokens_of(&self, user_id: &str) {
        if let Ok(mut tokens) = self.caches.tokens.lock() {
            tokens.retain(|_, (_, token)| token.user_id != user_id);
        }
    }

    /// A token for a tenant's public pages.
    ///
    /// # Errors
    /// Identity's.
    pub async fn public_token(&self, tenant: Uuid) -> Result<Arc<str>> {
        if let Some(token) = fresh(&self.caches.public, &tenant, TOKEN_FOR) {
            return Ok(token);
        }
        let minted = retry_read(|| async {
            self.sessions()?.mint_public_token(as_workload_of(tenant, self.new_id(), IDENTITY_TIME, MintPublicTokenRequest { tenant_id: tenant.to_string() })).await
        })
        .await?;
        let token: Arc<str> = minted.token.into();
        keep(&self.caches.public, tenant, token.clone(), TOKEN_FOR);
        Ok(token)
    }
}

/// Caches are keyed by the hash of a secret, so that a dump of memory's maps holds no cookie.
fn session_key(secret: &str) -> [u8; 32] {
    let mut key = [0; 32];
    key.copy_from_slice(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, secret.as_bytes()).as_ref());
    key
}

fn fresh<K: std::hash::Hash + Eq + std::borrow::Borrow<Q>, Q: std::hash::Hash + Eq + ?Sized, V: Clone>(cache: &Mutex<HashMap<K, (Instant, V)>>, key: &Q, life: Duration) -> Option<V> {
    let cache = cache.lock().ok()?;
    cache.get(key).filter(|(at, _)| at.elapsed() < life).map(|(_, value)| value.clone())
}

fn keep<K: std::hash::Hash + Eq, V>(cache: &Mutex<HashMap<K, (Instant, V)>>, key: K, value: V, life: Duration) {
    if let Ok(mut cache) = cache.lock() {
        if cache.len() >= 10_000 {
            cache.retain(|_, (at, _)| at.elapsed() < life);
        }
        cache.insert(key, (Instant::now(), value));
    }
}
