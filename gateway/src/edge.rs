//! The gRPC edge for partner systems: certificate → service account → token; frames are forwarded undecoded.
//!
//! Only methods whose policy says `EXPOSURE_PARTNER` pass; inbound metadata passes by allow-list.

use std::{collections::HashMap, sync::{Arc, Mutex}, time::{Duration, Instant}};

use access::policy::PolicyTable;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, header};
use hyper::body::Incoming;
use platform::{Error, Kind, Result, error::STALE_TOKEN, grpc::call::as_workload_of, tls::PeerIdentity};
use proto::{Exposure, identity::v1::{MintServiceAccountTokenRequest, session_service_client::SessionServiceClient}};
use tonic::{Status, body::Body};
use tower::ServiceExt;
use uuid::Uuid;

use crate::{listener::Peer, state::{App, IDENTITY_TIME}};

/// Metadata that a partner may set.
const PASSED: [&str; 5] = ["content-type", "te", "grpc-timeout", "grpc-encoding", "grpc-accept-encoding"];
/// How long a minted token is used again.
const TOKEN_FOR: Duration = Duration::from_secs(45);
/// The most a partner may ask to wait.
const LONGEST: &str = "10S";

/// Tokens by the fingerprint of a certificate, with the instant of their minting.
type Tokens = HashMap<[u8; 32], (Instant, Arc<str>)>;

/// The edge. Cheap to clone.
#[derive(Clone)]
pub struct Edge {
    app: App,
    policies: Arc<PolicyTable>,
    tokens: Arc<Mutex<Tokens>>,
}

impl Edge {
    /// An edge over the same state as the pages.
    pub fn new(app: App, policies: Arc<PolicyTable>) -> Self {
        Self { app, policies, tokens: Arc::default() }
    }

    /// Answers one call.
    pub async fn handle(self, peer: Peer, request: Request<Incoming>) -> Response<Body> {
        match self.forward(peer, request).await {
            Ok(response) => response,
            Err(error) => error.into_status().into_http(),
        }
    }

    async fn forward(&self, peer: Peer, request: Request<Incoming>) -> Result<Response<Body>> {
        let path = request.uri().path().to_owned();
        let unknown = || Error::new(Kind::NotFound, "UNKNOWN_METHOD", "There is no such method for partner systems.");
        let policy = self.policies.get(&path).filter(|m| m.exposure == Exposure::Partner).ok_or_else(unknown)?;
        let service = policy.path.strip_prefix("/accord.").and_then(|rest| rest.split('.').next()).ok_or_else(unknown)?;
        let identity = PeerIdentity::of_certificate(peer.certificate.as_deref().ok_or_else(Error::unauthenticated)?)?;
        let token = self.token(&identity).await?;

        let (parts, body) = request.into_parts();
        let mut forwarded = Request::new(Body::new(body));
        *forwarded.method_mut() = parts.method;
        *forwarded.uri_mut() = path.parse().map_err(|_| unknown())?;
        *forwarded.version_mut() = http::Version::HTTP_2;
        *forwarded.headers_mut() = self.headers(&parts.headers, &token)?;
        let response = self.app.peers.channel(service)?.oneshot(forwarded).await.map_err(Error::from)?.map(Body::new);
        if response.headers().get("grpc-status").is_some_and(|code| code == "16") && Status::from_header_map(response.headers()).map(Error::from).is_some_and(|e| e.reason() == STALE_TOKEN) {
            // The body is spent, so the partner repeats the call under its request_id; the next token is a new one.
            self.forget(&identity);
            return Err(Error::unavailable("permissions changed while the call ran"));
        }
        Ok(response)
    }

    fn headers(&self, inbound: &HeaderMap, token: &str) -> Result<HeaderMap> {
        let mut headers = HeaderMap::new();
        for name in PASSED {
            if let Some(value) = inbound.get(name) {
                headers.insert(HeaderName::from_static(name), value.clone());
            }
        }
        headers.entry("grpc-timeout").or_insert(HeaderValue::from_static(LONGEST));
        let mut bearer = HeaderValue::try_from(format!("Bearer {token}")).map_err(|_| Error::fault("token does not fit a header"))?;
        bearer.set_sensitive(true);
        headers.insert(header::AUTHORIZATION, bearer);
        let request_id = HeaderValue::try_from(self.app.new_id().to_string()).map_err(|_| Error::fault("id does not fit a header"))?;
        headers.insert(HeaderName::from_static(platform::auth::authenticate::REQUEST_ID), request_id);
        platform::telemetry::inject(&mut headers);
        Ok(headers)
    }

    async fn token(&self, identity: &PeerIdentity) -> Result<Arc<str>> {
        let known = self.tokens.lock().ok().and_then(|t| t.get(&identity.fingerprint).filter(|(at, _)| at.elapsed() < TOKEN_FOR).map(|(_, token)| token.clone()));
        if let Some(token) = known {
            return Ok(token);
        }
        let message = MintServiceAccountTokenRequest {
            certificate_fingerprint: hex::encode(identity.fingerprint),
            partner_name: identity.partner.clone().unwrap_or_default(),
        };
        let mut client = SessionServiceClient::new(self.app.peers.channel("identity")?);
        let minted = client.mint_service_account_token(as_workload_of(Uuid::nil(), self.app.new_id(), IDENTITY_TIME, message)).await?.into_inner();
        let token: Arc<str> = minted.token.into();
        if let Ok(mut tokens) = self.tokens.lock() {
            tokens.retain(|_, (at, _)| at.elapsed() < TOKEN_FOR);
            tokens.insert(identity.fingerprint, (Instant::now(), token.clone()));
        }
        Ok(token)
    }

    fn forget(&self, identity: &PeerIdentity) {
        if let Ok(mut tokens) = self.tokens.lock() {
            tokens.remove(&identity.fingerprint);
        }
    }
}
