//! gRPC calls to the services and to the partner edge, as anybody who could try.

use std::{
    collections::HashMap,
    sync::Mutex,
    time::{Duration, Instant},
};

use bytes::Bytes;
use platform::{
    Clock,
    config::PeersSection,
    grpc::{
        Peers,
        call::{as_workload_of, with_token},
    },
    ids,
};
use prost::Message;
use proto::identity::v1::{
    BeginSignInRequest, BeginSignInResponse, CompleteSignInRequest, CompleteSignInResponse,
    MintPublicTokenRequest, MintPublicTokenResponse, MintServiceAccountTokenRequest,
    MintServiceAccountTokenResponse, MintTokenRequest, MintTokenResponse,
};
use tonic::{Code, Status};
use uuid::Uuid;

pub use crate::edge::Edge;
use crate::{
    demo::{Account, Tenant, User},
    edge::{fingerprint, identity, plain, unary},
    stack::Stack,
    totp,
};

/// Services that have an address.
pub const SERVICES: [&str; 5] = ["identity", "referral", "case", "notification", "reporting"];
/// Everything that has a certificate of a service.
pub const WORKLOADS: [&str; 6] = [
    "gateway",
    "identity",
    "referral",
    "case",
    "notification",
    "reporting",
];
/// Time for one call; the machine may be busy.
pub(crate) const TIME: Duration = Duration::from_secs(10);
/// How long a session of the tests counts as proved just now; below the 5 minutes of the services.
const PROOF_FOR: Duration = Duration::from_secs(240);
/// How long a token of 60 seconds is used again.
const TOKEN_FOR: Duration = Duration::from_secs(30);

/// Who calls.
#[derive(Clone, Debug)]
pub enum Caller {
    /// The gateway's certificate and nothing else.
    Nobody,
    /// A person who signed in.
    User(Tenant, User),
    /// A partner system's token, on the inside.
    Account(Account),
    /// Somebody on a tenant's public form.
    Public(Tenant),
    /// A service by its certificate alone, for a cause in a tenant.
    Workload(&'static str, Tenant),
}

impl Caller {
    /// A person of a tenant.
    pub fn user(tenant: &Tenant, user: &User) -> Self {
        Self::User(tenant.clone(), user.clone())
    }
}

/// Calls to one stack. One per test: its connections live in the test's runtime.
pub struct Rpc<'s> {
    /// The stack.
    pub stack: &'s Stack,
    peers: HashMap<&'static str, Peers>,
    clock: Clock,
    tokens: Mutex<HashMap<String, (Instant, String)>>,
}

impl<'s> Rpc<'s> {
    /// Calls to a stack whose services are where it says. Must be called inside a runtime.
    ///
    /// # Panics
    /// Where its certificates cannot be read.
    pub fn new(stack: &'s Stack) -> Self {
        Self::at(stack, &stack.addresses())
    }

    /// Calls to services at these addresses, with the stack's certificates.
    ///
    /// # Panics
    /// As [`Rpc::new`].
    pub fn at(stack: &'s Stack, addresses: &HashMap<String, String>) -> Self {
        let of = |service: &str| addresses.get(service).cloned().unwrap_or_default();
        let section = PeersSection {
            identity: of("identity"),
            referral: of("referral"),
            case: of("case"),
            notification: of("notification"),
            reporting: of("reporting"),
        };
        let peers = WORKLOADS.into_iter().map(|name| {
            let (certificate, private_key) = stack.certificate(name);
            (
                name,
                Peers::connect(&section, &identity(stack, certificate, private_key))
                    .expect("channels to the services"),
            )
        });
        Self {
            stack,
            peers: peers.collect(),
            clock: Clock::system(),
            tokens: Mutex::default(),
        }
    }

    /// A new id, for a request.
    pub fn new_id(&self) -> String {
        self.id().to_string()
    }

    fn id(&self) -> Uuid {
        ids::new_id(self.clock.now())
    }

    /// The time of this machine.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Calls `package.Service/Method` (below `accord.`) and expects its answer.
    ///
    /// # Errors
    /// The service's.
    pub async fn ask<A: Message + Default>(
        &self,
        caller: &Caller,
        method: &str,
        message: &impl Message,
    ) -> Result<A, Status> {
        let answer = self
            .raw(
                caller,
                service_of(method),
                &format!("/accord.{method}"),
                message.encode_to_vec().into(),
            )
            .await?;
        A::decode(answer).map_err(|e| Status::internal(e.to_string()))
    }

    /// [`Rpc::ask`] for a call that must be answered.
    ///
    /// # Panics
    /// Where it is refused, with the words and fields of the refusal.
    #[track_caller]
    pub fn must<A: Message + Default>(
        &self,
        caller: &Caller,
        method: &str,
        message: &impl Message,
    ) -> impl Future<Output = A> {
        let place = std::panic::Location::caller();
        async move {
            self.ask(caller, method, message)
                .await
                .unwrap_or_else(|status| panic!("{place}: {method}: {}", words(status)))
        }
    }

    /// Sends bytes to a method of a service and gives those of its answer.
    ///
    /// # Errors
    /// The service's.
    pub async fn raw(
        &self,
        caller: &Caller,
        service: &str,
        path: &str,
        message: Bytes,
    ) -> Result<Bytes, Status> {
        let (as_who, request) = match caller {
            Caller::Nobody => ("gateway", plain(message)),
            Caller::Workload(name, tenant) => (
                *name,
                as_workload_of(tenant_id(tenant), self.id(), TIME, message),
            ),
            _ => (
                "gateway",
                with_token(&self.token(caller).await?, self.id(), TIME, message),
            ),
        };
        let channel = self.peers[as_who].channel(service)?;
        unary(channel, path, request).await
    }

    /// The token of a caller who has one.
    async fn token(&self, caller: &Caller) -> Result<String, Status> {
        let key = match caller {
            Caller::User(_, user) => user.id.clone(),
            Caller::Account(account) => account.id.clone(),
            Caller::Public(tenant) => tenant.id.clone(),
            Caller::Nobody | Caller::Workload(..) => {
                return Err(Status::unauthenticated("this caller has no token"));
            }
        };
        let known = |tokens: &HashMap<String, (Instant, String)>| {
            tokens
                .get(&key)
                .filter(|(at, _)| at.elapsed() < TOKEN_FOR)
                .map(|(_, token)| token.clone())
        };
        if let Some(token) = known(&self.tokens.lock().expect("no test panicked in here")) {
            return Ok(token);
        }
        let token = match caller {
            Caller::User(tenant, user) => {
                let message = MintTokenRequest {
                    tenant_id: tenant.id.clone(),
                    session_secret: self.session(tenant, user).await?,
                };
                self.gateway::<MintTokenResponse>(tenant_id(tenant), "MintToken", &message)
                    .await?
                    .token
            }
            Caller::Public(tenant) => {
                let message = MintPublicTokenRequest {
                    tenant_id: tenant.id.clone(),
                };
                self.gateway::<MintPublicTokenResponse>(
                    tenant_id(tenant),
                    "MintPublicToken",
                    &message,
                )
                .await?
                .token
            }
            Caller::Account(account) => {
                let message = MintServiceAccountTokenRequest {
                    certificate_fingerprint: fingerprint(account),
                    partner_name: account.name.clone(),
                };
                self.gateway::<MintServiceAccountTokenResponse>(
                    Uuid::nil(),
                    "MintServiceAccountToken",
                    &message,
                )
                .await?
                .token
            }
            Caller::Nobody | Caller::Workload(..) => unreachable!("answered above"),
        };
        self.tokens
            .lock()
            .expect("no test panicked in here")
            .insert(key, (Instant::now(), token.clone()));
        Ok(token)
    }

    /// Secret of a person's session, as the cookie holds it. Who has not signed in to this stack does, with password and
    /// authenticator.
    ///
    /// # Errors
    /// Identity's.
    pub async fn session(&self, tenant: &Tenant, user: &User) -> Result<String, Status> {
        let mut sessions = self.stack.sessions.lock().await;
        // What asks for a fresh proof is asked too, so a session is used for less than its proof is fresh.
        if let Some((since, secret)) = sessions.get(&user.id)
            && since.elapsed() < PROOF_FOR
        {
            return Ok(secret.clone());
        }
        let now = self.clock.now().timestamp() / totp::STEP;
        let secret = match self.sign_in(tenant, user, now).await {
            // Another program of this run used the code that is shown now; the next one is taken within tolerance.
            Err(status) if status.code() == Code::Unauthenticated => {
                self.sign_in(tenant, user, now + 1).await?
            }
            answer => answer?,
        };
        sessions.insert(user.id.clone(), (Instant::now(), secret.clone()));
        Ok(secret)
    }

    /// Signs in with the authenticator's code of a step.
    ///
    /// # Errors
    /// Identity's.
    pub async fn sign_in(&self, tenant: &Tenant, user: &User, step: i64) -> Result<String, Status> {
        let source = "127.0.0.1".to_owned();
        let begin = BeginSignInRequest {
            tenant_id: tenant.id.clone(),
            email: user.email.clone(),
            password: user.password.clone(),
            source: source.clone(),
            ..BeginSignInRequest::default()
        };
        let begun: BeginSignInResponse = self
            .gateway(tenant_id(tenant), "BeginSignIn", &begin)
            .await?;
        let complete = CompleteSignInRequest {
            tenant_id: tenant.id.clone(),
            challenge: begun.challenge,
            code: totp::code(&user.totp_secret, step),
            source,
            ..CompleteSignInRequest::default()
        };
        Ok(self
            .gateway::<CompleteSignInResponse>(tenant_id(tenant), "CompleteSignIn", &complete)
            .await?
            .session_secret)
    }

    /// A token as the gateway gets it for a caller who has one.
    ///
    /// # Errors
    /// Identity's.
    pub async fn token_of(&self, caller: &Caller) -> Result<String, Status> {
        self.token(caller).await
    }

    /// Sends bytes with a token as it stands, from the gateway.
    ///
    /// # Errors
    /// The service's.
    pub async fn with_token(
        &self,
        token: &str,
        service: &str,
        path: &str,
        message: Bytes,
    ) -> Result<Bytes, Status> {
        let channel = self.peers["gateway"].channel(service)?;
        unary(channel, path, with_token(token, self.id(), TIME, message)).await
    }

    /// Calls a method of the session service as the gateway does.
    async fn gateway<A: Message + Default>(
        &self,
        tenant: Uuid,
        method: &str,
        message: &impl Message,
    ) -> Result<A, Status> {
        let request = as_workload_of(tenant, self.id(), TIME, message.encode_to_vec().into());
        let answer = unary(
            self.peers["gateway"].channel("identity")?,
            &format!("/accord.identity.v1.SessionService/{method}"),
            request,
        )
        .await?;
        A::decode(answer).map_err(|e| Status::internal(e.to_string()))
    }
}

/// The service that answers a method: the people register is the case service's.
pub fn service_of(method: &str) -> &str {
    match method.trim_start_matches("/accord.").split('.').next() {
        Some("people") => "case",
        Some(package) => package,
        None => "",
    }
}

/// A refusal in words, with the fields that were wrong.
pub fn words(status: Status) -> String {
    let error = platform::Error::from(status);
    let fields: Vec<String> = error
        .fields()
        .iter()
        .map(|f| format!("{}: {}", f.field, f.message))
        .collect();
    format!(
        "{:?} {}: {} {}",
        error.kind(),
        error.reason(),
        error.public(),
        fields.join("; ")
    )
}

/// Id of a tenant.
///
/// # Panics
/// Where it is none.
pub fn tenant_id(tenant: &Tenant) -> Uuid {
    tenant.id.parse().expect("the tenant's id")
}
