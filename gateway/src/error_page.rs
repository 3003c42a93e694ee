//! Pages for what went wrong: one table from gRPC kinds to status and words; public text only.

use axum::{
    extract::{FromRequestParts, Request, State},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use http::{StatusCode, request::Parts};
use platform::{Error, Kind, error::STEP_UP_REQUIRED};
use serde::Serialize;
use tonic::Status;

use crate::{
    forms::FormRejection,
    page::{StaffPage, TenantPage},
    state::App,
    view::{BrandColour, PageFrame, PageTemplate, TenantFrame, Views},
};

/// A finished answer that ends a handler early.
#[derive(Debug)]
pub struct ErrorPage(Box<Response>);

impl IntoResponse for ErrorPage {
    fn into_response(self) -> Response {
        *self.0
    }
}

impl ErrorPage {
    /// Leads the browser elsewhere.
    pub fn leading_to(href: &str) -> Self {
        Self(Box::new(Redirect::to(href).into_response()))
    }
}

/// The page's context.
#[derive(Serialize)]
pub struct ProblemPage {
    heading: String,
    text: String,
    /// What to tell support; an id without meaning.
    reference: String,
    link_text: String,
    link_href: String,
}

impl PageTemplate for ProblemPage {
    const TEMPLATE: &'static str = "pages/problem.html";

    fn samples() -> Vec<Self> {
        [("There is a problem", "Try again.", "7f3k"), ("Page not found", "Check the address.", "")]
            .map(|(heading, text, reference)| Self { heading: heading.into(), text: text.into(), reference: reference.into(), link_text: "Home".into(), link_href: "/t/example".into() })
            .into()
    }
}

fn words(kind: Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::NotFound => ("Page not found", "The record does not exist, or you do not have access to it. If you need it for your work, ask your coordinator."),
        Kind::PermissionDenied => ("You do not have permission to do this", "If you need this for your work, ask your coordinator or administrator."),
        Kind::Conflict => ("Somebody changed this while you were editing", "Your change was not saved. Go back, reload the page, compare and enter your change again."),
        Kind::AlreadyExists => ("This exists already", "Go back and check what you entered."),
        Kind::FailedPrecondition => ("This cannot be done now", ""),
        Kind::InvalidArgument => ("Some of what was sent is not right", "Go back and check what you entered."),
        Kind::ResourceExhausted => ("Please wait a moment", "There were too many requests. Wait a minute and try again."),
        Kind::Unauthenticated => ("Sign in again", "For security we signed you out."),
        Kind::Unavailable | Kind::DeadlineExceeded => ("Sorry, the service is busy", "Try again in a moment. Nothing you had saved is lost."),
        Kind::Internal => ("Sorry, there is a problem with the service", "Try again later. Nothing you had saved is lost."),
    }
}

fn problem(page: &TenantPage, frame: PageFrame, error: &Error) -> ErrorPage {
    let kind = error.kind();
    let (heading, text) = words(kind);
    let text = match (kind, error.fields().first()) {
        (Kind::FailedPrecondition | Kind::AlreadyExists, _) => error.public().to_owned(),
        (Kind::InvalidArgument, Some(field)) => field.message.clone(),
        _ => text.to_owned(),
    };
    let reference = if matches!(kind, Kind::Internal | Kind::Unavailable | Kind::DeadlineExceeded) { page.request_id.simple().to_string() } else { String::new() };
    let context = ProblemPage { heading: heading.into(), text, reference, link_text: "Go to the home page".into(), link_href: page.href("") };
    ErrorPage(Box::new(page.app.views.render_with(kind.http(), &frame.titled(heading), &context)))
}

/// The answer to a failed call on a staff page.
pub fn of(page: &StaffPage, status: Status) -> ErrorPage {
    let error = Error::from(status);
    if error.reason() == STEP_UP_REQUIRED {
        return step_up();
    }
    if error.kind() == Kind::Unauthenticated {
        return ErrorPage::leading_to(&format!("{}?timed-out=1", page.href("/sign-in")));
    }
    problem(page, page.frame(""), &error)
}

/// The answer where a fresh proof is asked for: [`crate::step_up::carry`] puts the page in its place.
pub fn step_up() -> ErrorPage {
    ErrorPage(Box::new(crate::step_up::needed()))
}

/// The answer to a failed call on a page without a person.
pub fn with_tenant(page: &TenantPage, status: Status) -> ErrorPage {
    problem(page, page.frame(""), &Error::from(status))
}

/// The answer to a post after the session had ended.
pub fn timed_out(page: &TenantPage) -> ErrorPage {
    let context = ProblemPage {
        heading: "For security we signed you out".into(),
        text: "What you sent was not saved. Use your browser's back button to see and copy it, then sign in again.".into(),
        reference: String::new(),
        link_text: "Sign in".into(),
        link_href: page.href("/sign-in"),
    };
    ErrorPage(Box::new(page.app.views.render_with(StatusCode::UNAUTHORIZED, &page.frame("For security we signed you out"), &context)))
}

/// A page outside of every tenant.
#[derive(Serialize)]
pub struct OutsidePage {
    heading: String,
    text: String,
}

impl PageTemplate for OutsidePage {
    const TEMPLATE: &'static str = "pages/outside.html";

    fn samples() -> Vec<Self> {
        vec![Self { heading: "Page not found".into(), text: "Check the address, or try again later.".into() }]
    }
}

fn outside(views: &Views, status: StatusCode, heading: &str, text: &str) -> Response {
    let frame = PageFrame::public(TenantFrame::new("", "Accord", BrandColour::default())).titled(heading);
    views.render_with(status, &frame, &OutsidePage { heading: heading.into(), text: text.into() })
}

/// The answer where not even the tenant is known.
pub fn without_tenant(app: &App, error: &Error) -> ErrorPage {
    let (heading, status) = match error.kind() {
        Kind::NotFound | Kind::InvalidArgument => ("Page not found", StatusCode::NOT_FOUND),
        kind => ("Sorry, there is a problem with the service", kind.http()),
    };
    ErrorPage(Box::new(outside(&app.views, status, heading, "Check the address, or try again later.")))
}

/// The address without a tenant. It names none: who works with this platform is nobody else's business.
pub async fn front(State(app): State<App>) -> Response {
    let text = "Each organisation has its own address here. Use the one that your organisation gave you, or the link in its message to you.";
    outside(&app.views, StatusCode::OK, "Use the address of your organisation", text)
}

/// A page inside a tenant that no handler draws, with the person's frame where somebody is signed in.
async fn inside(app: &App, parts: &mut Parts, status: StatusCode, heading: &str, text: &str) -> Result<Response, ErrorPage> {
    let page = <TenantPage as FromRequestParts<App>>::from_request_parts(parts, app).await?;
    let frame = match <StaffPage as FromRequestParts<App>>::from_request_parts(parts, app).await {
        Ok(staff) => staff.frame(heading),
        Err(_) => page.frame(heading),
    };
    let context = ProblemPage { heading: heading.into(), text: text.into(), reference: String::new(), link_text: "Go to the home page".into(), link_href: page.href("") };
    Ok(app.views.render_with(status, &frame, &context))
}

/// The page for an address that leads nowhere; one with a slash too many leads to the page that was meant.
pub async fn not_found(State(app): State<App>, request: Request) -> Response {
    let mut parts = request.into_parts().0;
    if !parts.uri.path().starts_with("/t/") {
        return without_tenant(&app, &Error::not_found()).into_response();
    }
    if let Some(meant) = without_slash(parts.uri.path()).filter(|_| parts.method.is_safe()) {
        return Redirect::permanent(&parts.uri.query().map_or_else(|| meant.to_owned(), |query| format!("{meant}?{query}"))).into_response();
    }
    inside(&app, &mut parts, StatusCode::NOT_FOUND, "Page not found", words(Kind::NotFound).1).await.into_response()
}

/// The path without slashes at its end, where it has some and something is left of it.
fn without_slash(path: &str) -> Option<&str> {
    let meant = path.trim_end_matches('/');
    (meant.len() < path.len() && meant.len() > "/t/".len()).then_some(meant)
}

/// Puts a page around refusals that have none: forms that were not accepted, and methods that an address does not know.
pub async fn dress(State(app): State<App>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let mut asked = parts.clone();
    let response = next.run(Request::from_parts(parts, body)).await;
    let status = response.status();
    let (heading, text) = if let Some(rejection) = response.extensions().get::<FormRejection>() {
        ("We could not accept this form", rejection.advice())
    } else if status == StatusCode::METHOD_NOT_ALLOWED {
        ("Page not found", "This address cannot be opened by itself. Go back, or start from the home page.")
    } else {
        return response;
    };
    if !asked.uri.path().starts_with("/t/") {
        return response;
    }
    inside(&app, &mut asked, status, heading, text).await.into_response()
}

/// Shortens `map_err` in handlers.
pub trait OrErrorPage<T> {
    /// Answers the error page of a staff page.
    ///
    /// # Errors
    /// The page.
    fn or_page(self, page: &StaffPage) -> Result<T, ErrorPage>;
}

impl<T> OrErrorPage<T> for Result<T, Status> {
    fn or_page(self, page: &StaffPage) -> Result<T, ErrorPage> {
        self.map_err(|status| of(page, status))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slash_too_many_is_known() {
        assert_eq!(without_slash("/t/example/"), Some("/t/example"));
        assert_eq!(without_slash("/t/example/cases//"), Some("/t/example/cases"));
        assert_eq!(without_slash("/t/example"), None);
        assert_eq!(without_slash("/t/"), None, "no tenant is meant");
    }
}
