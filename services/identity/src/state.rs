//! What every command and query of identity is given.

use std::{path::PathBuf, sync::Arc};

use platform::{
    Clock, Ctx, Db, Error, Result, Tx,
    app::Deps,
    config::{Secret, Section},
    grpc::{client::Peers, snapshots::SnapshotSource},
    jobs::JobCtx,
    tokens::TokenSigner,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{breached::Breached, cache::Sessions, passkeys::Passkeys, passwords::Passwords};

/// `[identity.settings]`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Private Ed25519 key (PKCS#8 PEM) that tokens are signed with; usually `{ file = "…" }`.
    pub signing_key: Secret,
    /// Addresses of the pages, `https://host[:port]`: passkeys are bound to them.
    pub origins: Vec<String>,
    /// Domain that passkeys belong to, which every origin stands at or below; empty: the host of the first origin. It cannot be
    /// changed without losing every passkey.
    pub passkey_domain: String,
    /// Filter of breached passwords, made by `accord breached-passwords`; empty for none but the common ones that are built in.
    pub breached_passwords: PathBuf,
}

impl Default for Settings {
    fn default() -> Self {
        Self { signing_key: Secret::default(), origins: vec!["https://localhost:8443".into()], passkey_domain: String::new(), breached_passwords: PathBuf::new() }
    }
}

impl Section for Settings {
    const PATH: &'static str = "identity.settings";

    fn validate(&self) -> Vec<String> {
        let mut lines = Vec::new();
        if !self.signing_key.is_set() {
            lines.push("signing_key: name the file of the private Ed25519 key".into());
        } else if TokenSigner::from_pem(self.signing_key.expose(), Clock::system()).is_err() {
            lines.push("signing_key: this is no Ed25519 key (PKCS#8 PEM)".into());
        }
        if Passkeys::new(&self.origins, &self.passkey_domain).is_err() {
            lines.push("origins: give https addresses of the pages, all at passkey_domain or below it".into());
        }
        if Breached::open(&self.breached_passwords).is_err() {
            lines.push("breached_passwords: this is no filter made by `accord breached-passwords`".into());
        }
        lines
    }
}

/// The parts of the running service.
pub struct State {
    /// The database.
    pub db: Db,
    /// The other services, which are told of a new epoch.
    pub peers: Peers,
    /// Permissions as this process knows them.
    pub snapshots: SnapshotSource,
    /// Signs tokens.
    pub signer: TokenSigner,
    /// Asks browsers for passkeys.
    pub passkeys: Passkeys,
    /// Hashes and judges passwords.
    pub passwords: Passwords,
    /// Live sessions.
    pub sessions: Sessions,
    jobs: JobCtx,
}

impl State {
    /// Puts the parts together.
    ///
    /// # Errors
    /// `Internal` where the signing key is none.
    pub async fn new(deps: Deps) -> Result<Arc<Self>> {
        let settings: Settings = deps.settings()?;
        Ok(Arc::new(Self {
            signer: TokenSigner::from_pem(settings.signing_key.expose(), deps.clock.clone())?,
            passkeys: Passkeys::new(&settings.origins, &settings.passkey_domain)?,
            passwords: Passwords::new(Breached::open(&settings.breached_passwords)?).await?,
            sessions: Sessions::new(deps.redis, deps.redis_prefix),
            jobs: JobCtx::new(deps.name, deps.db.clone(), deps.clock, deps.shutdown),
            db: deps.db,
            peers: deps.peers,
            snapshots: deps.snapshots,
        }))
    }

    /// Begins the transaction of a request.
    ///
    /// # Errors
    /// Those of [`Tx::begin`].
    pub async fn begin(&self, ctx: &Ctx) -> Result<Tx> {
        Tx::begin(&self.db, ctx, ctx.permit()).await
    }

    /// The service's own context in a tenant: for what was found before the tenant was known, and for the bookkeeping
    /// after a commit that made the caller's own token too old. `cause` is the request's id.
    pub fn own(&self, tenant: Uuid, cause: Uuid) -> Ctx {
        self.jobs.ctx_for(tenant, cause)
    }
}

/// The tenant that a request of the gateway names must be the one that it speaks for.
///
/// # Errors
/// `InvalidArgument` on `tenant_id`.
pub fn same_tenant(ctx: &Ctx, tenant_id: &str) -> Result<()> {
    let named = platform::ids::parse_id("tenant_id", tenant_id)?;
    if named == ctx.tenant() && !named.is_nil() {
        return Ok(());
    }
    Err(Error::invalid().field("tenant_id", "This is not the tenant of the call."))
}
