//! Calls to the services with the gateway's certificate, as the gateway makes them for a person.

use std::{future::Future, sync::Arc, time::Duration};

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

/// Services that a person's token reaches.
const AUDIENCE: [&str; 5] = ["identity", "referral", "case", "notification", "reporting"];
/// Time for one call; the machine is busy while the demonstration loads.
const TIME: Duration = Duration::from_secs(5);

/// The way to the services.
#[derive(Clone)]
pub struct Client {
    peers: Peers,
    /// Channels with the case service's certificate.
    as_case: Peers,
    signer: Arc<TokenSigner>,
    /// The clock that all services share.
    pub clock: Clock,
}

/// Who calls.
#[derive(Clone, Copy, Debug)]
pub enum As {
    /// A person.
    User(Uuid),
    /// A partner system.
    Account(Uuid),
    /// Anybody on the public form.
    Public,
}

impl Client {
    /// With the gateway's certificate and the stack's own key for tokens, both of which lie in its folder.
    ///
    /// # Errors
    /// Where a file cannot be read.
    pub fn open(figment: &Figment, clock: Clock) -> Result<Self> {
        let mut reader = Reader::new(figment);
        let (peers, tls): (PeersSection, TlsSection) = (reader.section(), reader.section());
        reader.finish()?;
        let fault = |e: platform::Error| anyhow::anyhow!("{e:?}");
        let path = |key: &str| figment.extract_inner::<std::path::PathBuf>(key).with_context(|| format!("{key} is not set"));
        let load = |section: &str| -> Result<Identity> {
            Identity::load(TlsFiles { certificate: path(&format!("{section}.certificate"))?, private_key: path(&format!("{section}.private_key"))?, ca: tls.ca.clone() }).map_err(fault)
        };
        let (identity, case) = (load("gateway")?, load("case")?);
        let key = std::fs::read_to_string(path("identity.settings.signing_key.file")?)?;
        let as_case = Peers::connect(&peers, &case).map_err(fault)?;
        Ok(Self { peers: Peers::connect(&peers, &identity).map_err(fault)?, as_case, signer: Arc::new(TokenSigner::from_pem(&key, clock.clone()).map_err(fault)?), clock })
    }

    /// A new id at the present of the story.
    pub fn new_id(&self) -> String {
        ids::new_id(self.clock.now()).to_string()
    }

    /// Calls a method that lists the gateway as workload.
    ///
    /// # Errors
    /// The service's, with its words.
    pub async fn as_gateway<T, A, F, C>(&self, tenant: Uuid, service: &str, message: T, call: F) -> Result<A>
    where
        F: FnOnce(PeerChannel, Request<T>) -> C,
        C: Future<Output = Result<Response<A>, Status>>,
    {
        let request = as_workload_of(tenant, ids::new_id(self.clock.now()), TIME, message);
        let channel = self.peers.channel(service).map_err(|e| anyhow::anyhow!("{e:?}"))?;
        call(channel, request).await.map(Response::into_inner).map_err(words)
    }

    /// Asks identity for a tenant's snapshot, which it gives to services only.
    ///
    /// # Errors
    /// Identity's, with its words.
    pub async fn snapshot<T, A, F, C>(&self, tenant: Uuid, message: T, call: F) -> Result<A>
    where
        F: FnOnce(PeerChannel, Request<T>) -> C,
        C: Future<Output = Result<Response<A>, Status>>,
    {
        let request = as_workload_of(tenant, ids::new_id(self.clock.now()), TIME, message);
        let channel = self.as_case.channel("identity").map_err(|e| anyhow::anyhow!("{e:?}"))?;
        call(channel, request).await.map(Response::into_inner).map_err(words)
    }

    /// Calls a method as a person, a partner system or the public.
    ///
    /// # Errors
    /// The service's, with its words.
    pub async fn call<T, A, F, C>(&self, tenant: Uuid, epoch: u64, caller: As, service: &str, message: T, call: F) -> Result<A>
    where
        F: FnOnce(PeerChannel, Request<T>) -> C,
        C: Future<Output = Result<Response<A>, Status>>,
    {
        let (kind, subject) = match caller {
            As::User(id) => (TokenKind::User, id),
            As::Account(id) => (TokenKind::ServiceAccount, id),
            As::Public => (TokenKind::Public, tenant),
        };
        let id = ids::new_id(self.clock.now());
        let mint = Mint { kind, subject, tenant, audience: AUDIENCE.map(str::to_owned).into(), epoch, session: (kind == TokenKind::User).then_some(id), strength: Strength::TwoFactors };
        let token = self.signer.mint_proved_at(mint, self.clock.now()).map_err(|e| anyhow::anyhow!("{e:?}"))?;
        let channel = self.peers.channel(service).map_err(|e| anyhow::anyhow!("{e:?}"))?;
        call(channel, with_token(&token, id, TIME, message)).await.map(Response::into_inner).map_err(words)
    }
}

/// A refusal in words, with the fields that were wrong.
fn words(status: Status) -> anyhow::Error {
    let error = platform::Error::from(status);
    let fields: Vec<String> = error.fields().iter().map(|f| format!("{}: {}", f.field, f.message)).collect();
    anyhow::anyhow!("{} ({:?}) {}", error, error.kind(), fields.join("; "))
}

/// Calls a service's method: `call!(desk, caller, "case", CaseServiceClient::get_case, message)`.
#[macro_export]
macro_rules! call {
    ($desk:expr, $caller:expr, $service:literal, $client:ident :: $method:ident, $message:expr) => {
        async {
            let message = $message;
            $desk.client
                .call($desk.tenant, $desk.epoch, $caller, $service, message, |channel, request| async move { $client::new(channel).$method(request).await })
                .await
                .with_context(|| stringify!($method))
        }
    };
}
