//! What a page's handler takes: the tenant, the person and the way to the services.

use std::{future::Future, net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    extract::{ConnectInfo, FromRequestParts, OptionalFromRequestParts, OriginalUri},
    response::{IntoResponse, Redirect, Response},
};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header, request::Parts};
use platform::{Error, Kind, error::{STALE_TOKEN, STEP_UP_REQUIRED}, grpc::{PeerChannel, call::with_token, retry_read}};
use proto::identity::v1::MintTokenResponse;
use tonic::{Request, Status};
use uuid::Uuid;

use crate::{
    cookies,
    error_page::{self, ErrorPage},
    forms::{FormState, csrf::CsrfKey},
    state::{App, Tenant},
    view::{BrandColour, Flash, FlashKind, NavItem, PageFrame, PageTemplate, TenantFrame, UserFrame},
};

/// Time that a page gives all its calls together.
const PAGE_TIME: Duration = Duration::from_secs(5);

/// What a handler answers.
pub type PageResult = Result<Response, ErrorPage>;

/// A page of a tenant, with or without a session.
#[derive(Clone)]
pub struct TenantPage {
    /// Shared state.
    pub app: App,
    /// The tenant of the address.
    pub tenant: Tenant,
    /// Id of this request, for logs and audit.
    pub request_id: Uuid,
    /// Address of the browser.
    pub from: SocketAddr,
    flash: Option<Flash>,
}

impl TenantPage {
    /// A frame without user or navigation.
    pub fn frame(&self, title: &str) -> PageFrame {
        let facts = &self.tenant.facts;
        let colour = BrandColour::parse(&facts.colour).unwrap_or_default();
        let mut frame = PageFrame::public(TenantFrame::new(&facts.slug, &facts.name, colour)).titled(title);
        frame.demo = facts.demonstration;
        frame.flash = self.flash.clone();
        frame
    }

    /// An address of this tenant: `path` begins with a slash, or is empty for its home.
    pub fn href(&self, path: &str) -> String {
        format!("/t/{}{path}", self.tenant.facts.slug)
    }

    /// A new form.
    pub fn form(&self) -> FormState {
        FormState::new(self.app.new_id())
    }

    /// The page. A message of the act before has been shown with it, and goes.
    pub fn render<P: PageTemplate>(&self, frame: &PageFrame, page: &P) -> PageResult {
        let mut response = self.app.views.render(frame, page);
        if frame.flash.is_some() {
            cookies::clear(response.headers_mut(), &cookies::flash(&self.tenant.facts.slug));
        }
        Ok(response)
    }

    /// Leads on after a post.
    pub fn redirect(&self, path: &str) -> PageResult {
        Ok(Redirect::to(&self.href(path)).into_response())
    }

    /// Leads on after a post, with a message on the next page. `text` holds no name, as it travels in a cookie.
    pub fn done(&self, path: &str, text: &str) -> PageResult {
        self.flashed(path, FlashKind::Success, text)
    }

    /// The same with another kind of message.
    pub fn flashed(&self, path: &str, kind: FlashKind, text: &str) -> PageResult {
        let mut response = Redirect::to(&self.href(path)).into_response();
        cookies::set_flash(response.headers_mut(), &self.tenant.facts.slug, &Flash { kind, text: text.to_owned() });
        Ok(response)
    }
}

/// A page behind sign-in.
#[derive(Clone)]
pub struct StaffPage {
    /// The page.
    pub page: TenantPage,
    /// The person and their token.
    pub session: Arc<MintTokenResponse>,
    secret: Arc<str>,
    csrf: CsrfKey,
    path: String,
}

impl std::ops::Deref for StaffPage {
    type Target = TenantPage;

    fn deref(&self) -> &TenantPage {
        &self.page
    }
}

impl StaffPage {
    /// The frame with user, navigation and session.
    pub fn frame(&self, title: &str) -> PageFrame {
        let mut frame = self.page.frame(title);
        frame.user = Some(UserFrame { name: self.session.user_name.clone(), roles: self.session.role_names.clone(), email: None });
        frame.nav = self.navigation();
        frame.csrf = self.csrf.token();
        let left = crate::text::instant(self.session.idle_ends_at.as_ref()).map_or(20, |end| (end - self.app.clock.now()).num_minutes());
        frame.idle_minutes = u32::try_from(left.max(1)).unwrap_or(20);
        frame
    }

    /// Whether the person may do something somewhere ("case.allocate"): for what a page offers, never a decision.
    pub fn may(&self, permission: &str) -> bool {
        self.session.permissions.iter().any(|p| p == permission)
    }

    /// Opens a form only to people who may do somewhere what it is for: whether they may do it to this record is the
    /// service's decision when the form is sent.
    ///
    /// # Errors
    /// The page for what is not permitted.
    pub fn require(&self, permission: &str) -> Result<(), ErrorPage> {
        if self.may(permission) { Ok(()) } else { Err(error_page::of(self, Error::denied().into_status())) }
    }

    /// Secret of the session, for sign-out.
    pub fn secret(&self) -> &str {
        &self.secret
    }

    fn navigation(&self) -> Vec<NavItem> {
        let all = [
            ("Home", "", true),
            ("Referrals", "/referrals", self.may("referral.list") || self.may("referral.create")),
            ("Cases", "/cases", self.may("case.list")),
            ("People", "/people", self.may("person.search")),
            ("Reports", "/reports", self.may("report.list")),
            ("Users", "/users", self.may("user.create")),
            ("Roles", "/roles", self.may("role.manage")),
            ("Organisation", "/organisation", self.may("node.manage")),
            ("Audit", "/audit", self.may("audit_event.list")),
            ("Help", "/help", true),
        ];
        all.into_iter()
            .filter(|(_, _, shown)| *shown)
            .map(|(text, path, _)| NavItem {
                text: text.to_owned(),
                href: self.href(path),
                active: if path.is_empty() { self.path == self.href("") } else { self.path == self.href(path) || self.path.starts_with(&self.href(&format!("{path}/"))) },
            })
            .collect()
    }

    /// Calls a service as this person. A token that a service finds too old is minted anew, once.
    ///
    /// # Errors
    /// The service's.
    pub async fn rpc<T, A, F, C>(&self, service: &'static str, message: T, call: F) -> Result<A, Status>
    where
        T: Clone,
        F: Fn(PeerChannel, Request<T>) -> C,
        C: Future<Output = Result<tonic::Response<A>, Status>>,
    {
        let mut session = self.session.clone();
        for anew in [true, false] {
            let answer = retry_read(|| async {
                let channel = self.app.peers.channel(service)?;
                call(channel, with_token(&session.token, self.request_id, PAGE_TIME, message.clone())).await
            })
            .await;
            match answer {
                // A proof that was given at another gateway is in a newer token only.
                Err(error) if anew && matches!(error.reason(), STALE_TOKEN | STEP_UP_REQUIRED) => {
                    session = self.app.token(self.tenant.id, &self.secret, true).await?;
                }
                Err(error) => return Err(error.into_status()),
                Ok(answer) => return Ok(answer),
            }
        }
        Err(Error::stale_token().into_status())
    }
}

/// Calls a service's method as the person of a [`StaffPage`]:
/// `rpc!(page, "case", CaseServiceClient::get_case, GetCaseRequest { .. }).await?`.
#[macro_export]
macro_rules! rpc {
    ($page:expr, $service:literal, $client:ident :: $method:ident, $message:expr) => {
        $page.rpc($service, $message, |channel, request| async move { $client::new(channel).$method(request).await })
    };
}

/// A page for anybody, such as the self-referral.
#[derive(Clone)]
pub struct PublicPage(pub TenantPage);

impl std::ops::Deref for PublicPage {
    type Target = TenantPage;

    fn deref(&self) -> &TenantPage {
        &self.0
    }
}

impl PublicPage {
    /// Calls a service as the public of this tenant.
    ///
    /// # Errors
    /// The service's.
    pub async fn rpc<T, A, F, C>(&self, service: &'static str, message: T, call: F) -> Result<A, Status>
    where
        T: Clone,
        F: Fn(PeerChannel, Request<T>) -> C,
        C: Future<Output = Result<tonic::Response<A>, Status>>,
    {
        let token = self.app.public_token(self.tenant.id).await?;
        retry_read(|| async { call(self.app.peers.channel(service)?, with_token(&token, self.request_id, PAGE_TIME, message.clone())).await }).await.map_err(Error::into_status)
    }
}

impl FromRequestParts<App> for TenantPage {
    type Rejection = ErrorPage;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ErrorPage> {
        if let Some(page) = parts.extensions.get::<Self>() {
            return Ok(page.clone());
        }
        let slug = full_path(parts).strip_prefix("/t/").and_then(|rest| rest.split('/').next()).unwrap_or_default().to_owned();
        let tenant = app.tenant(&slug).await.map_err(|error| error_page::without_tenant(app, &error))?;
        let from = parts.extensions.get::<ConnectInfo<SocketAddr>>().map_or(SocketAddr::from(([0, 0, 0, 0], 0)), |info| info.0);
        let page = Self { app: app.clone(), tenant, request_id: app.new_id(), from, flash: cookies::read_flash(&parts.headers, &slug) };
        parts.extensions.insert(page.clone());
        Ok(page)
    }
}

impl FromRequestParts<App> for PublicPage {
    type Rejection = ErrorPage;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ErrorPage> {
        Ok(Self(<TenantPage as FromRequestParts<App>>::from_request_parts(parts, app).await?))
    }
}

impl FromRequestParts<App> for StaffPage {
    type Rejection = ErrorPage;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ErrorPage> {
        if let Some(page) = parts.extensions.get::<Self>() {
            return Ok(page.clone());
        }
        let page = <TenantPage as FromRequestParts<App>>::from_request_parts(parts, app).await?;
        let Some(secret) = cookies::session(&parts.headers, &page.tenant.facts.slug) else { return Err(ask_to_sign_in(parts, &page)) };
        let session = match app.token(page.tenant.id, &secret, false).await {
            Ok(session) => session,
            Err(error) if error.kind() == Kind::Unauthenticated => return Err(ask_to_sign_in(parts, &page)),
            Err(error) => return Err(error_page::with_tenant(&page, error.into_status())),
        };
        let csrf = CsrfKey::new(secret.as_bytes(), "session");
        parts.extensions.insert(csrf.clone());
        let page = Self { page, session, secret: secret.into(), csrf, path: full_path(parts).trim_end_matches('/').to_owned() };
        parts.extensions.insert(page.clone());
        Ok(page)
    }
}

impl OptionalFromRequestParts<App> for StaffPage {
    type Rejection = ErrorPage;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Option<Self>, ErrorPage> {
        Ok(<Self as FromRequestParts<App>>::from_request_parts(parts, app).await.ok())
    }
}

/// A page asked for without a session leads to sign-in and back; a post without one says that nothing was saved.
fn ask_to_sign_in(parts: &Parts, page: &TenantPage) -> ErrorPage {
    if parts.method == Method::GET || parts.method == Method::HEAD {
        let next: String = url::form_urlencoded::byte_serialize(full_path(parts).as_bytes()).collect();
        return ErrorPage::leading_to(&format!("{}?next={next}", page.href("/sign-in")));
    }
    error_page::timed_out(page)
}

/// The path as the browser asked for it; a nested router sees it without its beginning.
fn full_path(parts: &Parts) -> &str {
    parts.extensions.get::<OriginalUri>().map_or_else(|| parts.uri.path(), |uri| uri.path())
}

/// Where the browser says a request comes from; another site may not post.
pub fn is_from_elsewhere(method: &Method, headers: &HeaderMap) -> bool {
    if matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS) {
        return false;
    }
    headers.get("sec-fetch-site").is_some_and(|site| site != HeaderValue::from_static("same-origin") && site != HeaderValue::from_static("none"))
}

/// A short answer without a page, for scripts.
pub fn empty(status: StatusCode) -> Response {
    (status, [(header::CACHE_CONTROL, "no-store")]).into_response()
}
