//! Security headers of every answer, and the refusal of posts from other sites.

use axum::{extract::{ConnectInfo, Request, State}, middleware::Next, response::{IntoResponse, Response}};
use http::{HeaderName, HeaderValue, Method, StatusCode, header};

use crate::{page::is_from_elsewhere, state::App, view::INLINE_SCRIPT_HASH};

/// Sets the headers. Assets keep their own caching; everything else is never stored.
pub async fn secure(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let policy = format!(
        "default-src 'none'; script-src 'self' '{INLINE_SCRIPT_HASH}'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    );
    let headers = response.headers_mut();
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    if let Ok(policy) = HeaderValue::try_from(policy) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    for (name, value) in [
        ("strict-transport-security", "max-age=63072000; includeSubDomains"),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("permissions-policy", "camera=(), geolocation=(), microphone=(), payment=()"),
        ("x-frame-options", "DENY"),
    ] {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    response
}

/// Refuses posts that another site caused, and asks an address that posts too often to wait.
pub async fn guard_posts(State(app): State<App>, request: Request, next: Next) -> Response {
    if is_from_elsewhere(request.method(), request.headers()) {
        return (StatusCode::FORBIDDEN, "This form was sent from another site.").into_response();
    }
    if request.method() == Method::POST
        && let Some(ConnectInfo(from)) = request.extensions().get::<ConnectInfo<std::net::SocketAddr>>().copied()
        && !app.limiter.allow(from.ip()).await
    {
        return (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, "60")], "There were too many requests. Wait a minute, then go back and send the form again: what you typed is still there.").into_response();
    }
    next.run(request).await
}
