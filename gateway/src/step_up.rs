//! What asks for a fresh proof of who is there: the page that was sent is kept, the proof is asked, and what was sent goes on.
//!
//! A service refuses with `STEP_UP_REQUIRED`. The middleware has kept the body of the post, and puts it into the page that asks for the
//! proof; after it, a page sends the same form again. So nothing that was typed is lost, with or without JavaScript. Passwords and codes
//! are never carried.

use axum::{
    body::{Body, Bytes, to_bytes},
    extract::{FromRequestParts, Request, State},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use http::{Method, StatusCode, header};
use serde::Serialize;

use crate::{error_page::ErrorPage, forms::FormState, page::{PageResult, StaffPage}, state::App, view::PageTemplate};

/// Most of a body that is kept; axum takes no longer form either.
const MOST: usize = 2 * 1024 * 1024;
/// What is never carried: the token of the form, which is made anew, and secrets.
const LEFT_OUT: [&str; 4] = ["_csrf", "password", "code", "credential"];

/// Marks an answer that a fresh proof would change.
#[derive(Clone, Copy)]
pub struct Needed;

/// The page that asks for the proof.
#[derive(Serialize)]
pub struct StepUpPage {
    form: FormState,
    /// Where what was sent goes on; a page to open where nothing was sent.
    to: String,
    /// What was sent, as the browser wrote it; empty for a page to open.
    carry: String,
    sent: bool,
}

/// The page that sends the form again.
#[derive(Serialize)]
pub struct GoOnPage {
    to: String,
    fields: Vec<(String, String)>,
}

impl PageTemplate for StepUpPage {
    const TEMPLATE: &'static str = "pages/staff/step_up.html";

    fn samples() -> Vec<Self> {
        let mut wrong = FormState::default();
        wrong.fail("code", "Your password or code is not right");
        vec![
            Self { form: FormState::default(), to: "/t/example/account".into(), carry: String::new(), sent: false },
            Self { form: wrong, to: "/t/example/users/1/roles/add".into(), carry: "role=1".into(), sent: true },
        ]
    }
}

impl PageTemplate for GoOnPage {
    const TEMPLATE: &'static str = "pages/staff/go_on.html";

    fn samples() -> Vec<Self> {
        vec![Self { to: "/t/example/users/1/roles/add".into(), fields: vec![("role".into(), "1".into())] }]
    }
}

/// Asks for the proof. `carry` is the body that was sent; `None` for a page that is to be opened.
pub fn ask(page: &StaffPage, form: FormState, to: String, carry: Option<String>) -> PageResult {
    let context = StepUpPage { form, to, sent: carry.is_some(), carry: carry.unwrap_or_default() };
    page.render(&page.frame("Confirm that it is you").back("Back", page.href("")), &context)
}

/// After the proof: opens the page, or the page that sends the form again.
pub fn go_on(page: &StaffPage, to: String, carry: &str, sent: bool) -> PageResult {
    if !sent {
        return Ok(Redirect::to(&to).into_response());
    }
    let fields = url::form_urlencoded::parse(carry.as_bytes()).into_owned().filter(|(name, _)| !LEFT_OUT.contains(&name.as_str())).collect();
    page.render(&page.frame("Thank you"), &GoOnPage { to, fields })
}

/// The body without what must not be carried.
fn carried(body: &[u8]) -> String {
    let fields = url::form_urlencoded::parse(body).filter(|(name, _)| !LEFT_OUT.contains(&name.as_ref()));
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

/// Asks for the proof in place of the answer that wants one.
pub async fn carry(State(app): State<App>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let is_form = parts.headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).is_some_and(|v| v.starts_with("application/x-www-form-urlencoded"));
    let (kept, body) = if parts.method == Method::POST && is_form && parts.uri.path().starts_with("/t/") {
        match to_bytes(body, MOST).await {
            Ok(bytes) => (Some(bytes.clone()), Body::from(bytes)),
            Err(_) => return crate::forms::FormRejection::Body.into_response(),
        }
    } else {
        (None::<Bytes>, body)
    };
    let asked = parts.clone();
    let response = next.run(Request::from_parts(std::mem::replace(&mut parts, asked), body)).await;
    if response.extensions().get::<Needed>().is_none() {
        return response;
    }
    let to = parts.uri.path_and_query().map_or_else(|| parts.uri.path().to_owned(), |p| p.as_str().to_owned());
    match <StaffPage as FromRequestParts<App>>::from_request_parts(&mut parts, &app).await {
        Ok(page) => match kept {
            Some(body) => ask(&page, page.form(), to, Some(carried(&body))).into_response(),
            None => {
                let next: String = url::form_urlencoded::byte_serialize(to.as_bytes()).collect();
                ErrorPage::leading_to(&format!("{}?next={next}", page.href("/step-up"))).into_response()
            }
        },
        Err(other) => other.into_response(),
    }
}

/// The answer that the middleware replaces.
pub fn needed() -> Response {
    let mut response = StatusCode::FORBIDDEN.into_response();
    response.extensions_mut().insert(Needed);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_carried_but_secrets() {
        assert_eq!(carried(b"_csrf=t&role=1&role=2&note=a+b%26c&password=p&code=123456&_request_id=r"), "role=1&role=2&note=a+b%26c&_request_id=r");
    }
}
