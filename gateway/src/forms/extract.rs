//! Extractors for posted forms. Pages take these and never axum's own `Form`, which checks nothing.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use serde::de::DeserializeOwned;

use super::csrf::CsrfKey;
use super::data::FormData;

/// Why a posted form was not accepted. A copy lies in the response's extensions for
/// [`crate::error_page::dress`], which draws the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FormRejection {
    /// No token, or one of another session: the page is old or the post comes from elsewhere.
    Csrf,
    /// The route has no session layer; a mistake of the program.
    NoSession,
    /// Not `application/x-www-form-urlencoded`.
    ContentType,
    /// The body is too large or broke off.
    Body,
    /// The values do not have the shape of the form; browsers do not send such.
    Shape,
}

impl FormRejection {
    /// What the person who sent the form should do.
    #[must_use]
    pub fn advice(self) -> &'static str {
        match self {
            Self::Csrf => "The page was open for too long, or you signed in again since. Go back, copy what you typed, reload the page and send the form again.",
            Self::Body => "What you sent is too long, or the connection broke. Go back, shorten it and send the form again.",
            Self::NoSession | Self::ContentType | Self::Shape => "Go back, reload the page and send the form again.",
        }
    }
}

impl IntoResponse for FormRejection {
    fn into_response(self) -> Response {
        let status = match self {
            Self::Csrf => StatusCode::FORBIDDEN,
            Self::NoSession => StatusCode::INTERNAL_SERVER_ERROR,
            Self::ContentType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Body => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Shape => StatusCode::BAD_REQUEST,
        };
        let mut response = (status, "We could not accept this form. Go back, reload the page and send it again.").into_response();
        response.extensions_mut().insert(self);
        response
    }
}

async fn read<S: Send + Sync>(request: Request, state: &S) -> Result<FormData, FormRejection> {
    let form_type = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|v| v.to_str().ok())
        .and_then(|v| v.split(';').next())
        .is_some_and(|v| {
            v.trim()
                .eq_ignore_ascii_case("application/x-www-form-urlencoded")
        });
    if !form_type {
        return Err(FormRejection::ContentType);
    }
    let body = Bytes::from_request(request, state)
        .await
        .map_err(|_| FormRejection::Body)?;
    Ok(FormData::parse(&body))
}

/// A form that carries the token of the session. `ProtectedForm<FormData>` gives the values as they are; any other `T` is
/// read from them (see [`FormData::read`]).
#[derive(Debug, Clone)]
pub struct ProtectedForm<T = FormData> {
    /// The values, for [`super::FormState::sent`].
    pub data: FormData,
    /// The values as a struct.
    pub value: T,
}

/// What a form may be read as.
pub trait FromForm: Sized {
    /// Reads the values.
    ///
    /// # Errors
    /// [`FormRejection::Shape`].
    fn from_form(data: &FormData) -> Result<Self, FormRejection>;
}

impl<T: DeserializeOwned> FromForm for T {
    fn from_form(data: &FormData) -> Result<Self, FormRejection> {
        data.read().map_err(|_| FormRejection::Shape)
    }
}

impl<S: Send + Sync, T: FromForm> FromRequest<S> for ProtectedForm<T> {
    type Rejection = FormRejection;

    async fn from_request(request: Request, state: &S) -> Result<Self, FormRejection> {
        let key = request
            .extensions()
            .get::<CsrfKey>()
            .cloned()
            .ok_or(FormRejection::NoSession)?;
        let data = read(request, state).await?;
        if !data.csrf().is_some_and(|token| key.verify(token)) {
            return Err(FormRejection::Csrf);
        }
        let value = T::from_form(&data)?;
        Ok(Self { data, value })
    }
}

impl FromForm for FormData {
    fn from_form(data: &FormData) -> Result<Self, FormRejection> {
        Ok(data.clone())
    }
}

/// A form of a page that uses no cookie (the public self-referral): there is no session that another site could abuse.
/// Never for a page behind sign-in.
#[derive(Debug, Clone)]
pub struct OpenForm(pub FormData);

impl<S: Send + Sync> FromRequest<S> for OpenForm {
    type Rejection = FormRejection;

    async fn from_request(request: Request, state: &S) -> Result<Self, FormRejection> {
        Ok(Self(read(request, state).await?))
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    fn request(body: String, key: Option<&CsrfKey>) -> Request {
        let mut request = Request::post("/")
            .header(
                header::CONTENT_TYPE,
                "application/x-www-form-urlencoded; charset=utf-8",
            )
            .body(Body::from(body))
            .expect("request");
        if let Some(key) = key {
            request.extensions_mut().insert(key.clone());
        }
        request
    }

    #[derive(serde::Deserialize)]
    struct Typed {
        name: String,
    }

    #[tokio::test]
    async fn only_posts_with_the_sessions_token_pass() {
        let key = CsrfKey::new(&[1; 32], "session");
        let other = CsrfKey::new(&[1; 32], "another");
        let good = request(format!("name=Sam&_csrf={}", key.token()), Some(&key));
        let form = ProtectedForm::<Typed>::from_request(good, &())
            .await
            .expect("accepted");
        assert_eq!(form.value.name, "Sam");
        for (body, session, why) in [
            ("name=Sam".to_owned(), Some(&key), FormRejection::Csrf),
            (
                format!("_csrf={}", other.token()),
                Some(&key),
                FormRejection::Csrf,
            ),
            (
                format!("_csrf={}", key.token()),
                None,
                FormRejection::NoSession,
            ),
            (
                format!("_csrf={}", key.token()),
                Some(&key),
                FormRejection::Shape,
            ),
        ] {
            let got = ProtectedForm::<Typed>::from_request(request(body, session), &()).await;
            assert_eq!(got.err(), Some(why));
        }
        let response = FormRejection::Csrf.into_response();
        assert_eq!(response.status(), StatusCode::FORBIDDEN);
        assert_eq!(response.extensions().get(), Some(&FormRejection::Csrf));
    }

    #[tokio::test]
    async fn other_bodies_are_refused() {
        let plain = Request::post("/")
            .body(Body::from("name=Sam"))
            .expect("request");
        assert_eq!(
            OpenForm::from_request(plain, &()).await.err(),
            Some(FormRejection::ContentType)
        );
        let form = OpenForm::from_request(request("a=1&a=2".to_owned(), None), &())
            .await
            .expect("accepted");
        assert_eq!(form.0.all("a"), ["1", "2"]);
    }
}
