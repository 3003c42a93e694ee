//! A browser that keeps cookies and reads forms, and follows no redirect by itself.

use std::{collections::BTreeMap, sync::Arc};

use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use rustls::{ClientConfig, RootCertStore, crypto::aws_lc_rs};
use rustls_pki_types::{CertificateDer, ServerName, pem::PemObject};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use url::form_urlencoded;

use crate::{
    demo::{Tenant, User},
    stack::Stack,
    totp,
};

/// A browser with its cookies.
pub struct Browser {
    tls: TlsConnector,
    port: u16,
    cookies: BTreeMap<String, String>,
    /// What the browser says of where a request came from; a real one says `same-origin` on this site's pages.
    pub fetch_site: &'static str,
}

/// What came back.
#[derive(Debug)]
pub struct Page {
    /// Status.
    pub status: StatusCode,
    /// Headers.
    pub headers: HeaderMap,
    /// Body as text.
    pub text: String,
}

impl Browser {
    /// A browser without cookies that trusts the stack's authority.
    ///
    /// # Panics
    /// Where the authority's certificate cannot be read.
    pub fn new(stack: &Stack) -> Self {
        let mut roots = RootCertStore::empty();
        roots
            .add(
                CertificateDer::from_pem_file(&stack.demo.ca).expect("the authority's certificate"),
            )
            .expect("an authority");
        let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("TLS versions")
            .with_root_certificates(roots)
            .with_no_client_auth();
        let url: url::Url = stack.demo.web.parse().expect("the pages' address");
        Self {
            tls: TlsConnector::from(Arc::new(config)),
            port: url.port().expect("the pages' port"),
            cookies: BTreeMap::new(),
            fetch_site: "same-origin",
        }
    }

    /// Puts a cookie into the jar.
    pub fn set_cookie(&mut self, name: &str, value: &str) {
        self.cookies.insert(name.to_owned(), value.to_owned());
    }

    /// Puts a person's session into the jar, in the cookie of a tenant's pages.
    pub fn set_session(&mut self, slug: &str, secret: &str) {
        self.set_cookie(&format!("__Host-accord-{slug}"), secret);
    }

    /// Opens a page.
    ///
    /// # Panics
    /// Where there is no answer.
    pub async fn get(&mut self, path: &str) -> Page {
        self.send(Method::GET, path, None).await
    }

    /// Posts a form.
    ///
    /// # Panics
    /// Where there is no answer.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Page {
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        self.send(Method::POST, path, Some(body)).await
    }

    /// Sends the one form of a page whose action or address is `path`, its hidden fields included.
    ///
    /// # Panics
    /// Where there is no answer.
    pub async fn submit(&mut self, page: &Page, path: &str, typed: &[(&str, &str)]) -> Page {
        let hidden = page.hidden();
        let mut fields: Vec<(&str, &str)> = hidden
            .iter()
            .map(|(n, v)| (n.as_str(), v.as_str()))
            .collect();
        fields.retain(|(name, _)| !typed.iter().any(|(other, _)| other == name));
        fields.extend_from_slice(typed);
        self.post(path, &fields).await
    }

    /// Signs in by the pages, with the authenticator's code of a step.
    ///
    /// # Panics
    /// Where a page does not lead on.
    pub async fn sign_in(&mut self, tenant: &Tenant, user: &User, step: i64) -> Page {
        let path = tenant.sign_in.clone();
        let first = self.get(&path).await;
        assert_eq!(first.status, StatusCode::OK, "{}", first.text);
        let second = self
            .submit(
                &first,
                &path,
                &[("email", &user.email), ("password", &user.password)],
            )
            .await;
        assert_eq!(second.status, StatusCode::OK, "{}", second.text);
        self.submit(
            &second,
            &format!("{path}/code"),
            &[("code", &totp::code(&user.totp_secret, step))],
        )
        .await
    }

    async fn send(&mut self, method: Method, path: &str, form: Option<String>) -> Page {
        let tcp = TcpStream::connect(("127.0.0.1", self.port))
            .await
            .expect("the pages' port is open");
        let tls = self
            .tls
            .connect(ServerName::try_from("localhost").expect("a name"), tcp)
            .await
            .expect("a TLS connection to the pages");
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(tls))
            .await
            .expect("an HTTP connection to the pages");
        let driver = tokio::spawn(connection);
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, format!("localhost:{}", self.port))
            .header("sec-fetch-site", self.fetch_site);
        if !self.cookies.is_empty() {
            let all: Vec<String> = self
                .cookies
                .iter()
                .map(|(name, value)| format!("{name}={value}"))
                .collect();
            request = request.header(header::COOKIE, all.join("; "));
        }
        if form.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        }
        let request = request
            .body(Full::new(Bytes::from(form.unwrap_or_default())))
            .expect("a request");
        let response = sender
            .send_request(request)
            .await
            .unwrap_or_else(|e| panic!("{path}: {e}"));
        let (parts, body) = response.into_parts();
        let body = body
            .collect()
            .await
            .unwrap_or_else(|e| panic!("{path}: {e}"))
            .to_bytes();
        driver.abort();
        self.keep(&parts.headers);
        Page {
            status: parts.status,
            headers: parts.headers,
            text: String::from_utf8_lossy(&body).into_owned(),
        }
    }

    fn keep(&mut self, headers: &HeaderMap) {
        for cookie in headers
            .get_all(header::SET_COOKIE)
            .iter()
            .filter_map(|v| v.to_str().ok())
        {
            let Some((name, value)) = cookie
                .split(';')
                .next()
                .and_then(|pair| pair.split_once('='))
            else {
                continue;
            };
            if cookie.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }
}

impl Page {
    /// Where it leads to.
    pub fn location(&self) -> &str {
        self.headers
            .get(header::LOCATION)
            .and_then(|v| v.to_str().ok())
            .unwrap_or_default()
    }

    /// Names and values of the hidden fields.
    pub fn hidden(&self) -> Vec<(String, String)> {
        self.text
            .split("<input")
            .skip(1)
            .filter_map(|rest| rest.split('>').next())
            .filter(|tag| attribute(tag, "type").as_deref() == Some("hidden"))
            .filter_map(|tag| {
                Some((
                    attribute(tag, "name")?,
                    attribute(tag, "value").unwrap_or_default(),
                ))
            })
            .collect()
    }
}

/// The value of an attribute in a tag, its character references read.
fn attribute(tag: &str, name: &str) -> Option<String> {
    let at = tag.find(&format!(" {name}=\""))? + name.len() + 3;
    let value = tag[at..].split('"').next()?;
    Some(
        value
            .replace("&quot;", "\"")
            .replace("&#x27;", "'")
            .replace("&#39;", "'")
            .replace("&#x2f;", "/")
            .replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&amp;", "&"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_fields_are_read_with_their_references() {
        let text = "<form><input class=\"a\" type=\"hidden\" name=\"_csrf\" value=\"a&amp;b&#x2f;c\"><input type=\"text\" name=\"x\" value=\"1\"><input name=\"n\" type=\"hidden\"></form>";
        let page = Page {
            status: StatusCode::OK,
            headers: HeaderMap::new(),
            text: text.into(),
        };
        assert_eq!(
            page.hidden(),
            [
                ("_csrf".to_owned(), "a&b/c".to_owned()),
                ("n".to_owned(), String::new())
            ]
        );
    }
}
