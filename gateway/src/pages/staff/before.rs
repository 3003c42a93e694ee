//! Pages before sign-in that post: a cookie of its own protects their forms, as there is no session yet.

use axum::{extract::FromRequestParts, response::Response};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use http::request::Parts;
use platform::grpc::{PeerChannel, call::as_workload_of};
use proto::identity::v1::{account_service_client::AccountServiceClient, session_service_client::SessionServiceClient};
use tonic::Request;

use crate::{
    cookies,
    error_page::{self, ErrorPage},
    forms::csrf::CsrfKey,
    page::TenantPage,
    state::{App, IDENTITY_TIME},
    view::PageFrame,
};

/// Characters of the cookie: 256 bits in base64.
const LENGTH: usize = 43;

/// A page of a tenant before sign-in. Take it before [`crate::forms::ProtectedForm`].
#[derive(Clone)]
pub struct BeforeSignIn {
    page: TenantPage,
    csrf: CsrfKey,
    /// Secret of the cookie by which the browser is known again; empty where it has none.
    pub device: String,
    /// Browser and system in words.
    pub agent: String,
    value: String,
    fresh: bool,
}

impl std::ops::Deref for BeforeSignIn {
    type Target = TenantPage;

    fn deref(&self) -> &TenantPage {
        &self.page
    }
}

impl BeforeSignIn {
    /// A frame without a person, with a token for the form.
    pub fn frame(&self, title: &str) -> PageFrame {
        let mut frame = self.page.frame(title);
        frame.csrf = self.csrf.token();
        frame
    }

    /// Adds the cookie to the answer where the browser has none yet.
    pub fn keep(&self, mut response: Response) -> Response {
        if self.fresh {
            cookies::set(response.headers_mut(), &cookies::before_sign_in(&self.tenant.facts.slug), &self.value);
        }
        response
    }
}

impl FromRequestParts<App> for BeforeSignIn {
    type Rejection = ErrorPage;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ErrorPage> {
        let page = <TenantPage as FromRequestParts<App>>::from_request_parts(parts, app).await?;
        let known = cookies::read(&parts.headers, &cookies::before_sign_in(&page.tenant.facts.slug)).filter(|v| v.len() == LENGTH);
        let fresh = known.is_none();
        let value = known.unwrap_or_else(|| URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>()));
        let csrf = CsrfKey::new(value.as_bytes(), "before");
        parts.extensions.insert(csrf.clone());
        let device = cookies::read(&parts.headers, &cookies::device(&page.tenant.facts.slug)).filter(|v| v.len() == LENGTH).unwrap_or_default();
        let agent = crate::agent::words(&parts.headers);
        Ok(Self { page, csrf, device, agent, value, fresh })
    }
}

/// Identity's client for sign-in and sessions.
///
/// # Errors
/// The error page where there is no channel.
pub fn sessions(page: &TenantPage) -> Result<SessionServiceClient<PeerChannel>, ErrorPage> {
    page.app.peers.channel("identity").map(SessionServiceClient::new).map_err(|error| error_page::with_tenant(page, error.into_status()))
}

/// Identity's client for a person's own account.
///
/// # Errors
/// The error page where there is no channel.
pub fn account(page: &TenantPage) -> Result<AccountServiceClient<PeerChannel>, ErrorPage> {
    page.app.peers.channel("identity").map(AccountServiceClient::new).map_err(|error| error_page::with_tenant(page, error.into_status()))
}

/// A call of the gateway itself, caused by this request.
pub fn as_gateway<T>(page: &TenantPage, message: T) -> Request<T> {
    as_workload_of(page.tenant.id, page.request_id, IDENTITY_TIME, message)
}
