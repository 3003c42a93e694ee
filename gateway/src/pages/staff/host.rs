//! The host name by which the browser reached us, for links that are sent on.

use std::convert::Infallible;

use axum::extract::{FromRequestParts, OriginalUri};
use http::{header, request::Parts};

/// Host and port, where they have the form of such; HTTP/2 says them in the address, HTTP/1.1 in a header.
pub struct Host(pub Option<String>);

impl<S: Send + Sync> FromRequestParts<S> for Host {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        let uri = parts.extensions.get::<OriginalUri>().map_or(&parts.uri, |uri| &uri.0);
        let said = uri.authority().map(|a| a.as_str().to_owned()).or_else(|| parts.headers.get(header::HOST).and_then(|v| v.to_str().ok()).map(str::to_owned));
        Ok(Self(said.filter(|host| fits(host))))
    }
}

fn fits(host: &str) -> bool {
    !host.is_empty() && host.len() <= 255 && host.bytes().all(|b| b.is_ascii_alphanumeric() || b".-:[]".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_form_of_a_host_is_taken() {
        assert!(fits("localhost:8443") && fits("[::1]:8443") && fits("accord.example.org"));
        assert!(!fits("") && !fits("a/b") && !fits("user@host") && !fits("a b"));
    }
}
