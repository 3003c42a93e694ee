//! A fresh proof of who is there, by passkey or by password and code.

use axum::{Json, extract::RawQuery, response::{IntoResponse, Response}};
use platform::{Error, Kind};
use proto::identity::v1::{BeginPasskeySignInRequest, CompletePasskeySignInRequest, StepUpRequest};
use serde::Serialize;

use super::{
    before::{account, as_gateway},
    sign_in::{safe_next, typed},
};
use crate::{
    error_page::{self, ErrorPage},
    forms::{FormData, FormState, ProtectedForm},
    page::{PageResult, StaffPage},
    step_up::{ask, go_on},
};

/// What a script asks the browser for.
#[derive(Serialize)]
pub struct PasskeyOptions {
    /// Goes back with the answer.
    pub ceremony: String,
    /// Options for the browser, as JSON in a text.
    pub options: String,
}

fn target(page: &StaffPage, wanted: &str) -> String {
    let home = page.href("");
    safe_next(&home, wanted).map_or_else(|| page.href("/account"), str::to_owned)
}

/// Asks before a page is opened.
pub async fn get(page: StaffPage, RawQuery(query): RawQuery) -> PageResult {
    let query = FormData::parse(query.unwrap_or_default().as_bytes());
    let to = target(&page, query.get("next"));
    ask(&page, page.form(), to, None)
}

/// Takes the proof; what was sent before goes on.
pub async fn post(page: StaffPage, ProtectedForm { data, .. }: ProtectedForm) -> PageResult {
    let mut form = FormState::sent(data);
    let (to, sent, carry) = (target(&page, form.get("to")), form.get("sent") == "yes", form.get("carry").to_owned());
    let again = |form: FormState| {
        let mut kept = FormState::default();
        for error in form.errors() {
            kept.fail(&error.field, error.message.clone());
        }
        ask(&page, kept, to.clone(), sent.then(|| carry.clone()))
    };
    let (tenant_id, session_secret) = (page.tenant.id.to_string(), page.secret().to_owned());
    let credential_json = form.get("credential").to_owned();
    let answer = if credential_json.is_empty() {
        if typed(&form, "password").is_empty() {
            form.fail("password", "Enter your password");
        }
        let code = form.required("code", "Enter the 6 digits that your authenticator app shows");
        if !form.is_valid() {
            return again(form);
        }
        let request = StepUpRequest { tenant_id, session_secret, password: typed(&form, "password").to_owned(), code, source: page.from.ip().to_string() };
        account(&page)?.step_up(as_gateway(&page, request)).await.map(|_| ())
    } else {
        let request = CompletePasskeySignInRequest { tenant_id, session_secret, ceremony: form.get("ceremony").to_owned(), credential_json, ..CompletePasskeySignInRequest::default() };
        account(&page)?.complete_passkey_sign_in(as_gateway(&page, request)).await.map(|_| ())
    };
    match answer {
        Ok(()) => {
            page.app.forget_token(page.secret());
            go_on(&page, to, &carry, sent)
        }
        Err(status) if form.take_violations(&status, &[]) => again(form),
        Err(status) => {
            let error = Error::from(status);
            if error.kind() == Kind::ResourceExhausted || error.reason() == "PASSKEY_REFUSED" {
                form.fail("", error.public().trim_end_matches('.'));
                return again(form);
            }
            Err(error_page::of(&page, error.into_status()))
        }
    }
}

/// Options for a proof by passkey.
pub async fn passkey_options(page: StaffPage, _form: ProtectedForm) -> Result<Response, ErrorPage> {
    let request = BeginPasskeySignInRequest { tenant_id: page.tenant.id.to_string(), session_secret: page.secret().to_owned() };
    let asked = account(&page)?.begin_passkey_sign_in(as_gateway(&page, request)).await.map_err(|status| error_page::of(&page, status))?.into_inner();
    Ok(Json(PasskeyOptions { ceremony: asked.ceremony, options: asked.options_json }).into_response())
}
