//! Pages for what went wrong: one table from gRPC kinds to status and words; public text only.

use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use platform::{Error, Kind};
use serde::Serialize;
use tonic::Status;

use crate::{page::{StaffPage, TenantPage}, view::{PageFrame, PageTemplate}};

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
    if error.kind() == Kind::Unauthenticated {
        return ErrorPage::leading_to(&format!("{}?timed-out=1", page.href("/sign-in")));
    }
    problem(page, page.frame(""), &error)
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

/// The answer where not even the tenant is known.
pub fn without_tenant(error: &Error) -> ErrorPage {
    let (heading, status) = match error.kind() {
        Kind::NotFound | Kind::InvalidArgument => ("Page not found", StatusCode::NOT_FOUND),
        kind => ("Sorry, there is a problem with the service", kind.http()),
    };
    let html = format!("<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{heading}</title></head><body><main><h1>{heading}</h1><p>Check the address, or try again later.</p></main></body></html>");
    ErrorPage(Box::new((status, axum::response::Html(html)).into_response()))
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
