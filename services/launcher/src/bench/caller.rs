//! Calls as a person of the demonstration, with the gateway's certificate. A token is made anew before it ends, as the
//! gateway keeps one per session.

use std::{future::Future, path::PathBuf, sync::{Arc, Mutex}, time::{Duration, Instant}};

use anyhow::{Context, Result};
use figment::Figment;
use platform::{
    Clock,
    config::{PeersSection, Reader, TlsSection},
    grpc::{PeerChannel, Peers, call::{as_workload_of, with_token}},
    ids,
    tls::{Identity, TlsFiles},
    tokens::{Mint, Strength, TokenKind, TokenSigner},
};
use tonic::{Request, Response, Status};
use uuid::Uuid;

/// Services that the token reaches.
const AUDIENCE: [&str; 5] = ["identity", "referral", "case", "notification", "reporting"];
/// Time for one call.
const TIME: Duration = Duration::from_secs(10);
/// How long a token is used; it lives for 60 seconds.
const KEEP: Duration = Duration::from_secs(40);

/// The way to the services of one tenant.
#[derive(Clone)]
pub struct Caller {
    peers: Peers,
    signer: Arc<TokenSigner>,
    clock: Clock,
    tenant: Uuid,
    epoch: u64,
    held: Arc<Mutex<Option<HeldToken>>>,
}

/// Of whom, the token, and since when it is held.
type HeldToken = (Uuid, Arc<str>, Instant);

impl Caller {
    /// With the gateway's certificate and the key for tokens, both of which lie in the stack's folder.
    ///
    /// # Errors
    /// Where a file cannot be read.
    pub fn open(figment: &Figment, tenant: Uuid, epoch: u64) -> Result<Self> {
        let mut reader = Reader::new(figment);
        let (peers, tls): (PeersSection, TlsSection) = (reader.section(), reader.section());
        reader.finish()?;
        let path = |key: &str| figment.extract_inner::<PathBuf>(key).with_context(|| format!("{key} is not set"));
        let files = TlsFiles { certificate: path("gateway.certificate")?, private_key: path("gateway.private_key")?, ca: tls.ca.clone() };
        let identity = Identity::load(files).map_err(fault)?;
        let key = std::fs::read_to_string(path("identity.settings.signing_key.file")?)?;
        let clock = Clock::system();
        let signer = Arc::new(TokenSigner::from_pem(&key, clock.clone()).map_err(fault)?);
        Ok(Self { peers: Peers::connect(&peers, &identity).map_err(fault)?, signer, clock, tenant, epoch, held: Arc::default() })
    }

    /// A new id.
    pub fn new_id(&self) -> String {
        ids::new_id(self.clock.now()).to_string()
    }

    fn token(&self, user: Uuid) -> Result<Arc<str>> {
        let mut held = self.held.lock().map_err(|_| anyhow::anyhow!("a call panicked"))?;
        if let Some((of, token, since)) = held.as_ref()
            && *of == user
            && since.elapsed() < KEEP
        {
            return Ok(Arc::clone(token));
        }
        let mint = Mint {
            kind: TokenKind::User,
            subject: user,
            tenant: self.tenant,
            audience: AUDIENCE.map(str::to_owned).into(),
            epoch: self.epoch,
            session: Some(ids::new_id(self.clock.now())),
            strength: Strength::TwoFactors,
        };
        let token: Arc<str> = self.signer.mint_proved_at(mint, self.clock.now()).map_err(fault)?.into();
        *held = Some((user, Arc::clone(&token), Instant::now()));
        Ok(token)
    }

    /// Calls a method as a person.
    ///
    /// # Errors
    /// The service's.
    pub async fn call<T, A, F, C>(&self, user: Uuid, service: &str, message: T, call: F) -> Result<A>
    where
        F: FnOnce(PeerChannel, Request<T>) -> C,
        C: Future<Output = Result<Response<A>, Status>>,
    {
        let request = with_token(&self.token(user)?, ids::new_id(self.clock.now()), TIME, message);
        let channel = self.peers.channel(service).map_err(fault)?;
        call(channel, request).await.map(Response::into_inner).map_err(words)
    }

    /// Calls a method that lists the gateway as workload.
    ///
    /// # Errors
    /// The service's.
    pub async fn as_gateway<T, A, F, C>(&self, service: &str, message: T, call: F) -> Result<A>
    where
        F: FnOnce(PeerChannel, Request<T>) -> C,
        C: Future<Output = Result<Response<A>, Status>>,
    {
        let request = as_workload_of(self.tenant, ids::new_id(self.clock.now()), TIME, message);
        let channel = self.peers.channel(service).map_err(fault)?;
        call(channel, request).await.map(Response::into_inner).map_err(words)
    }
}

/// The internal half of an error belongs on the screen of who measures.
pub fn fault(error: platform::Error) -> anyhow::Error {
    anyhow::anyhow!("{error:?}")
}

fn words(status: Status) -> anyhow::Error {
    let error = platform::Error::from(status);
    let fields: Vec<String> = error.fields().iter().map(|f| format!("{}: {}", f.field, f.message)).collect();
    anyhow::anyhow!("{error} ({:?}) {}", error.kind(), fields.join("; "))
}

/// Calls a service's method as a person: `ask!(caller, user, "case", CaseServiceClient::get_case, message)`.
#[macro_export]
macro_rules! ask {
    ($caller:expr, $user:expr, $service:literal, $client:ident :: $method:ident, $message:expr) => {{
        let message = $message;
        $caller.call($user, $service, message, |channel, request| async move { $client::new(channel).$method(request).await }).await
    }};
}
