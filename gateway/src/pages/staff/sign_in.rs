//! Sign-in: e-mail address and password, then always the authenticator's code, so that nobody learns which was wrong.

use axum::{
    Json,
    extract::RawQuery,
    response::{IntoResponse, Redirect, Response},
};
use http::StatusCode;
use platform::{Error, Kind};
use proto::identity::v1::{BeginPasskeySignInRequest, BeginSignInRequest, CompletePasskeySignInRequest, CompleteSignInRequest};
use serde::Serialize;

use super::{before::{BeforeSignIn, account, as_gateway, sessions}, step_up::PasskeyOptions};
use crate::{
    cookies,
    error_page::{self, ErrorPage},
    forms::{FormData, FormState, ProtectedForm},
    page::{PageResult, StaffPage},
    view::{Flash, FlashKind, PageTemplate},
};

/// A notice above the form.
#[derive(Serialize)]
struct Notice {
    kind: &'static str,
    text: &'static str,
}

/// First step.
#[derive(Serialize)]
pub struct SignInPage {
    form: FormState,
    notice: Option<Notice>,
    next: String,
}

/// Second step.
#[derive(Serialize)]
pub struct CodePage {
    form: FormState,
    challenge: String,
    email: String,
    next: String,
}

impl PageTemplate for SignInPage {
    const TEMPLATE: &'static str = "pages/staff/sign_in.html";

    fn samples() -> Vec<Self> {
        let mut wrong = FormState::sent(FormData::parse(b"email=alex%40agency.example.org"));
        wrong.fail("", "Your email address, password or code is not right");
        let mut empty = FormState::sent(FormData::parse(b"email=&password="));
        check(&mut empty);
        vec![
            Self { form: FormState::default(), notice: None, next: String::new() },
            Self { form: FormState::default(), notice: notice(&FormData::parse(b"timed-out=1")), next: "/t/example/cases".into() },
            Self { form: wrong, notice: None, next: String::new() },
            Self { form: empty, notice: None, next: String::new() },
        ]
    }
}

impl PageTemplate for CodePage {
    const TEMPLATE: &'static str = "pages/staff/sign_in_code.html";

    fn samples() -> Vec<Self> {
        let page = |form| Self { form, challenge: "c".into(), email: "alex@agency.example.org".into(), next: "/t/example/cases".into() };
        let mut wrong = FormState::sent(FormData::parse(b"code=12"));
        code(&mut wrong);
        vec![page(FormState::default()), page(wrong)]
    }
}

fn notice(query: &FormData) -> Option<Notice> {
    let (kind, text) = match (query.get("timed-out"), query.get("signed-out")) {
        ("1", _) => ("information", "For security we signed you out. Sign in again to go on."),
        (_, "everywhere") => ("success", "You have signed out on every device."),
        (_, "1") => ("success", "You have signed out."),
        _ if query.get("enrolled") == "1" => ("success", "Your account is ready. Sign in with your new password and your authenticator app."),
        _ => return None,
    };
    Some(Notice { kind, text })
}

/// Where to go after sign-in: only a page of this tenant.
pub fn safe_next<'a>(home: &str, next: &'a str) -> Option<&'a str> {
    let rest = next.strip_prefix(home)?;
    let fits = rest.is_empty() || rest.starts_with('/') || rest.starts_with('?');
    let plain = next.len() <= 1_000 && next.bytes().all(|b| b.is_ascii_graphic() && b != b'\\') && !next.contains("//") && !next.contains("..");
    let useful = !rest.starts_with("/sign-") && !rest.starts_with("/enrol") && !rest.starts_with("/step-up");
    (fits && plain && useful).then_some(next)
}

/// The password exactly as it was typed.
pub fn typed<'a>(form: &'a FormState, name: &str) -> &'a str {
    form.data().all(name).first().map_or("", String::as_str)
}

fn check(form: &mut FormState) -> bool {
    form.required("email", "Enter your email address");
    if typed(form, "password").is_empty() {
        form.fail("password", "Enter your password");
    }
    form.is_valid()
}

/// Six digits, or a recovery code, whose form only identity knows.
fn code(form: &mut FormState) -> String {
    let code: String = form.get("code").chars().filter(|c| !c.is_whitespace()).collect();
    let digits = code.len() == 6 && code.bytes().all(|b| b.is_ascii_digit());
    if !digits && !(16..=24).contains(&code.len()) {
        form.fail("code", "Enter the 6 digits that your authenticator app shows, or one of your recovery codes");
    }
    code
}

fn show(before: &BeforeSignIn, status: Option<StatusCode>, form: FormState, notice: Option<Notice>, next: &str) -> PageResult {
    let page = SignInPage { form, notice, next: next.to_owned() };
    let frame = before.frame("Sign in");
    let answer = match status {
        None => before.render(&frame, &page)?,
        Some(status) => before.app.views.render_with(status, &frame, &page),
    };
    Ok(before.keep(answer))
}

/// The first step. Who is signed in already goes on.
pub async fn get(before: BeforeSignIn, staff: Option<StaffPage>, RawQuery(query): RawQuery) -> PageResult {
    let query = FormData::parse(query.unwrap_or_default().as_bytes());
    let home = before.href("");
    let next = safe_next(&home, query.get("next"));
    let notice = notice(&query);
    if staff.is_some() && notice.is_none() {
        return Ok(Redirect::to(next.unwrap_or(&home)).into_response());
    }
    show(&before, None, FormState::default(), notice, next.unwrap_or_default())
}

/// Takes the first step; the answer is the second one, whatever was typed.
pub async fn post(before: BeforeSignIn, ProtectedForm { data, .. }: ProtectedForm) -> PageResult {
    let mut form = FormState::sent(data);
    let home = before.href("");
    let next = safe_next(&home, form.get("next")).unwrap_or_default().to_owned();
    if !check(&mut form) {
        return show(&before, None, form, None, &next);
    }
    let email = form.get("email").to_owned();
    let request = BeginSignInRequest {
        tenant_id: before.tenant.id.to_string(),
        email: email.clone(),
        password: typed(&form, "password").to_owned(),
        source: before.from.ip().to_string(),
        device_secret: before.device.clone(),
    };
    match sessions(&before)?.begin_sign_in(as_gateway(&before, request)).await {
        Ok(answer) => show_code(&before, FormState::default(), answer.into_inner().challenge, email, next),
        Err(status) => again(&before, status, form, &next),
    }
}

fn show_code(before: &BeforeSignIn, form: FormState, challenge: String, email: String, next: String) -> PageResult {
    let page = CodePage { form, challenge, email, next };
    Ok(before.keep(before.render(&before.frame("Enter your code").back("Back", before.href("/sign-in")), &page)?))
}

/// The second step has no address of its own to come back to: it begins with the first one.
pub async fn get_code(before: BeforeSignIn) -> PageResult {
    before.redirect("/sign-in")
}

/// Takes the code; a new session or the first step again with one message for every cause.
pub async fn post_code(before: BeforeSignIn, ProtectedForm { data, .. }: ProtectedForm) -> PageResult {
    let mut form = FormState::sent(data);
    let home = before.href("");
    let next = safe_next(&home, form.get("next")).unwrap_or_default().to_owned();
    let (challenge, email) = (form.get("challenge").to_owned(), form.get("email").to_owned());
    let code = code(&mut form);
    if !form.is_valid() {
        return show_code(&before, form, challenge, email, next);
    }
    let request = CompleteSignInRequest {
        tenant_id: before.tenant.id.to_string(),
        challenge,
        code,
        source: before.from.ip().to_string(),
        device_secret: before.device.clone(),
        agent: before.agent.clone(),
    };
    match sessions(&before)?.complete_sign_in(as_gateway(&before, request)).await {
        Ok(answer) => {
            let answer = answer.into_inner();
            let to = if answer.recovery_code_used { before.href("/account") } else if next.is_empty() { home } else { next };
            let mut response = signed_in(&before, &to, &answer.session_secret, &answer.device_secret);
            if answer.recovery_code_used {
                let text = format!("You used a recovery code. You have {} left. If you lost your authenticator app, change it now", answer.recovery_codes_left);
                cookies::set_flash(response.headers_mut(), &before.tenant.facts.slug, &Flash { kind: FlashKind::Information, text });
            }
            Ok(response)
        }
        Err(status) => again(&before, status, form, &next),
    }
}

/// Leads on with the cookies of the session and of the browser.
fn signed_in(before: &BeforeSignIn, to: &str, session: &str, device: &str) -> Response {
    let slug = &before.tenant.facts.slug;
    let mut response = Redirect::to(to).into_response();
    cookies::set(response.headers_mut(), &cookies::session_name(slug), session);
    cookies::set_lasting(response.headers_mut(), &cookies::device(slug), device);
    response
}

/// Options for a sign-in by passkey, for a script. They are the same whoever asks.
pub async fn passkey_options(before: BeforeSignIn, _form: ProtectedForm) -> Result<Response, ErrorPage> {
    let request = BeginPasskeySignInRequest { tenant_id: before.tenant.id.to_string(), session_secret: String::new() };
    let asked = account(&before)?.begin_passkey_sign_in(as_gateway(&before, request)).await.map_err(|status| error_page::with_tenant(&before, status))?.into_inner();
    Ok(Json(PasskeyOptions { ceremony: asked.ceremony, options: asked.options_json }).into_response())
}

/// Takes what the passkey signed.
pub async fn post_passkey(before: BeforeSignIn, ProtectedForm { data, .. }: ProtectedForm) -> PageResult {
    let form = FormState::sent(data);
    let home = before.href("");
    let next = safe_next(&home, form.get("next")).unwrap_or_default().to_owned();
    let request = CompletePasskeySignInRequest {
        tenant_id: before.tenant.id.to_string(),
        session_secret: String::new(),
        ceremony: form.get("ceremony").to_owned(),
        credential_json: form.get("credential").to_owned(),
        device_secret: before.device.clone(),
        agent: before.agent.clone(),
    };
    match account(&before)?.complete_passkey_sign_in(as_gateway(&before, request)).await {
        Ok(answer) => {
            let answer = answer.into_inner();
            Ok(signed_in(&before, if next.is_empty() { &home } else { &next }, &answer.session_secret, &answer.device_secret))
        }
        Err(status) => again(&before, status, form, &next),
    }
}

/// The first step again with what identity said, the address kept and no password.
fn again(before: &BeforeSignIn, status: tonic::Status, form: FormState, next: &str) -> PageResult {
    let error = Error::from(status);
    let status = match error.kind() {
        Kind::ResourceExhausted => StatusCode::TOO_MANY_REQUESTS,
        Kind::Unauthenticated | Kind::InvalidArgument => StatusCode::UNPROCESSABLE_ENTITY,
        _ => return Err(error_page::with_tenant(before, error.into_status())),
    };
    let mut kept = FormState::default().with("email", form.get("email"));
    kept.fail("", error.public().trim_end_matches('.'));
    show(before, Some(status), kept, None, next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pages_of_this_tenant_follow() {
        let next = |text| safe_next("/t/north", text);
        for good in ["/t/north", "/t/north/cases?tab=mine", "/t/north?x=1"] {
            assert_eq!(next(good), Some(good));
        }
        for bad in ["", "/t/northern", "https://example.org/t/north", "//example.org", "/t/north//example.org", "/t/north/../south", "/t/north/a\\b", "/t/south", "/t/north/\nx", "/t/north/sign-in"] {
            assert_eq!(next(bad), None, "{bad}");
        }
    }

    #[test]
    fn codes_may_have_spaces_and_passwords_keep_theirs() {
        let mut form = FormState::sent(FormData::parse(b"code=123+456&password=+a+"));
        assert_eq!(code(&mut form), "123456");
        assert!(form.is_valid());
        assert_eq!(typed(&form, "password"), " a ");
    }
}
