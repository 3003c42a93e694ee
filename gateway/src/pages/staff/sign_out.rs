//! The end of a session, and the sign that it is still in use.

use axum::response::{IntoResponse, Redirect, Response};
use http::{HeaderName, HeaderValue, StatusCode};
use proto::identity::v1::{SignOutEverywhereRequest, SignOutRequest};

use super::before::{as_gateway, sessions};
use crate::{
    cookies,
    error_page,
    forms::ProtectedForm,
    page::{PageResult, StaffPage, empty},
};

/// Leads to sign-in without cookie and with nothing kept in the browser. Cookies of other tenants stay.
fn ended(page: &StaffPage, how: &str) -> Response {
    page.app.forget_token(page.secret());
    let mut response = Redirect::to(&page.href(&format!("/sign-in?signed-out={how}"))).into_response();
    cookies::clear(response.headers_mut(), &cookies::session_name(&page.tenant.facts.slug));
    response.headers_mut().insert(HeaderName::from_static("clear-site-data"), HeaderValue::from_static("\"cache\", \"storage\""));
    response
}

/// Signs out here.
pub async fn post(page: StaffPage, _form: ProtectedForm) -> PageResult {
    let request = SignOutRequest { tenant_id: page.tenant.id.to_string(), session_secret: page.secret().to_owned() };
    sessions(&page)?.sign_out(as_gateway(&page, request)).await.map_err(|status| error_page::with_tenant(&page, status))?;
    Ok(ended(&page, "1"))
}

/// Signs out everywhere.
pub async fn everywhere(page: StaffPage, _form: ProtectedForm) -> PageResult {
    let request = SignOutEverywhereRequest { tenant_id: page.tenant.id.to_string(), session_secret: page.secret().to_owned() };
    sessions(&page)?.sign_out_everywhere(as_gateway(&page, request)).await.map_err(|status| error_page::with_tenant(&page, status))?;
    page.app.forget_tokens_of(&page.session.user_id);
    Ok(ended(&page, "everywhere"))
}

/// Moves the session's idle end: a token is minted anew, as a cached one would not move it.
pub async fn keep_alive(page: StaffPage, _form: ProtectedForm) -> PageResult {
    page.app.token(page.tenant.id, page.secret(), true).await.map_err(|error| error_page::of(&page, error.into_status()))?;
    Ok(empty(StatusCode::NO_CONTENT))
}
