//! Acts on the reader's own account: password, authenticator, recovery codes, passkeys, sessions, mail.

use axum::{Json, extract::Path, response::{IntoResponse, Response}};
use proto::identity::v1::{
    AssessPasswordRequest, BeginAuthenticatorRequest, BeginPasskeyRequest, ChangePasswordRequest, CompleteAuthenticatorRequest, CompletePasskeyRequest, EndOtherSessionsRequest,
    EndSessionRequest, GetAccountRequest, GetAccountResponse, RemovePasskeyRequest, RenewRecoveryCodesRequest, SetNoticesRequest,
};
use serde::Serialize;

use super::{
    before::{BeforeSignIn, account, as_gateway},
    confirm::{Question, ask},
    enrol::picture,
    sign_in::typed,
    step_up::PasskeyOptions,
};
use crate::{
    error_page::{self, ErrorPage, OrErrorPage},
    forms::{FormData, FormState, ProtectedForm},
    page::{PageResult, StaffPage, TenantPage},
    view::PageTemplate,
};

/// Another password.
#[derive(Serialize)]
pub struct PasswordPage {
    form: FormState,
}

/// Another authenticator.
#[derive(Serialize)]
pub struct AuthenticatorPage {
    form: FormState,
    ceremony: String,
    otpauth: String,
    secret: String,
    qr: Option<String>,
}

/// Recovery codes, shown once.
#[derive(Serialize)]
pub struct RecoveryCodesPage {
    codes: Vec<String>,
    /// Where to go on.
    href: String,
    text: String,
}

/// A new passkey.
#[derive(Serialize)]
pub struct PasskeyPage {
    form: FormState,
}

/// What a script shows as somebody types a password.
#[derive(Serialize)]
struct Assessed {
    words: String,
    strength: u32,
}

impl PageTemplate for PasswordPage {
    const TEMPLATE: &'static str = "pages/staff/own_password.html";

    fn samples() -> Vec<Self> {
        let mut wrong = FormState::default();
        wrong.fail("password", "Your password must be at least 12 characters long");
        vec![Self { form: FormState::default() }, Self { form: wrong }]
    }
}

impl PageTemplate for AuthenticatorPage {
    const TEMPLATE: &'static str = "pages/staff/own_authenticator.html";

    fn samples() -> Vec<Self> {
        let page = |form| Self::new(form, "c", "otpauth://totp/Example?secret=ABCD", "ABCD EFGH");
        let mut wrong = FormState::default();
        wrong.fail("code", "This code is not right");
        let mut bare = page(FormState::default());
        bare.qr = None;
        vec![page(FormState::default()), page(wrong), bare]
    }
}

impl AuthenticatorPage {
    fn new(form: FormState, ceremony: &str, otpauth: &str, secret: &str) -> Self {
        Self { form, ceremony: ceremony.to_owned(), otpauth: otpauth.to_owned(), secret: secret.to_owned(), qr: picture(otpauth) }
    }
}

impl PageTemplate for RecoveryCodesPage {
    const TEMPLATE: &'static str = "pages/staff/recovery_codes.html";

    fn samples() -> Vec<Self> {
        vec![Self { codes: vec!["ABCD-EFGH-IJKL-MNOP".into(), "QRST-UVWX-YZ23-4567".into()], href: "/t/example/account".into(), text: "Go to your account".into() }]
    }
}

impl PageTemplate for PasskeyPage {
    const TEMPLATE: &'static str = "pages/staff/own_passkey.html";

    fn samples() -> Vec<Self> {
        let mut wrong = FormState::default();
        wrong.fail("name", "Enter a name for the passkey");
        vec![Self { form: FormState::default() }, Self { form: wrong }]
    }
}

/// Shows recovery codes, the only time that they are seen.
pub fn recovery_codes(page: &TenantPage, frame: crate::view::PageFrame, codes: Vec<String>, path: &str, text: &str) -> PageResult {
    page.render(&frame.titled("Keep your recovery codes"), &RecoveryCodesPage { codes, href: page.href(path), text: text.to_owned() })
}

fn ids(page: &StaffPage) -> (String, String) {
    (page.tenant.id.to_string(), page.secret().to_owned())
}

/// The reader's own account.
///
/// # Errors
/// The error page.
pub async fn own(page: &StaffPage) -> Result<GetAccountResponse, ErrorPage> {
    let (tenant_id, session_secret) = ids(page);
    let request = GetAccountRequest { tenant_id, session_secret };
    account(page)?.get_account(as_gateway(page, request)).await.map(tonic::Response::into_inner).or_page(page)
}

/// A page about factors is opened with a fresh proof only, so that nobody fills in a form for nothing.
async fn fresh(page: &StaffPage) -> Result<(), ErrorPage> {
    if own(page).await?.fresh_until.is_some() { Ok(()) } else { Err(error_page::step_up()) }
}

/// Notes what is wrong; anything else becomes a page.
fn wrong(page: &StaffPage, form: &mut FormState, status: tonic::Status, fields: &[(&str, &str)]) -> Result<(), ErrorPage> {
    super::common::refused(page, form, status, fields).map(|_| ())
}

fn frame(page: &StaffPage, title: &str) -> crate::view::PageFrame {
    page.frame(title).back("Back to your account", page.href("/account"))
}

/// Asks for another password.
pub async fn get_password(page: StaffPage) -> PageResult {
    fresh(&page).await?;
    page.render(&frame(&page, "Change your password"), &PasswordPage { form: page.form() })
}

/// Changes it.
pub async fn post_password(page: StaffPage, ProtectedForm { data, .. }: ProtectedForm) -> PageResult {
    let mut form = FormState::sent(data);
    if typed(&form, "password").is_empty() {
        form.fail("password", "Enter a password");
    } else {
        let (tenant_id, session_secret) = ids(&page);
        let request = ChangePasswordRequest { tenant_id, session_secret, password: typed(&form, "password").to_owned() };
        match account(&page)?.change_password(as_gateway(&page, request)).await {
            Ok(_) => {
                page.app.forget_tokens_of(&page.session.user_id);
                return page.done("/account", "Password changed. You are signed out everywhere else");
            }
            Err(status) => wrong(&page, &mut form, status, &[])?,
        }
    }
    page.render(&frame(&page, "Change your password"), &PasswordPage { form })
}

/// Shows the key of another authenticator.
pub async fn get_authenticator(page: StaffPage) -> PageResult {
    let (tenant_id, session_secret) = ids(&page);
    let begun = account(&page)?.begin_authenticator(as_gateway(&page, BeginAuthenticatorRequest { tenant_id, session_secret })).await.or_page(&page)?.into_inner();
    let context = AuthenticatorPage::new(page.form(), &begun.ceremony, &begun.otpauth_url, &begun.totp_secret);
    page.render(&frame(&page, "Change your authenticator app"), &context)
}

/// Puts it in force.
pub async fn post_authenticator(page: StaffPage, ProtectedForm { data, .. }: ProtectedForm) -> PageResult {
    let mut form = FormState::sent(data);
    let code = form.required("code", "Enter the 6 digits that your authenticator app shows");
    if form.is_valid() {
        let (tenant_id, session_secret) = ids(&page);
        let request = CompleteAuthenticatorRequest { tenant_id, session_secret, ceremony: form.get("ceremony").to_owned(), code };
        match account(&page)?.complete_authenticator(as_gateway(&page, request)).await {
            Ok(_) => {
                page.app.forget_tokens_of(&page.session.user_id);
                return page.done("/account", "Authenticator app changed. You are signed out everywhere else");
            }
            Err(status) => wrong(&page, &mut form, status, &[])?,
        }
    }
    let (ceremony, otpauth, secret) = (form.get("ceremony").to_owned(), form.get("otpauth").to_owned(), form.get("secret").to_owned());
    page.render(&frame(&page, "Change your authenticator app"), &AuthenticatorPage::new(form, &ceremony, &otpauth, &secret))
}

fn codes_question() -> Question<'static> {
    Question { title: "Make new recovery codes?", text: "Your older recovery codes stop working now. We show the new ones once.", button: "Make new codes", action: "/account/recovery-codes".into(), cancel: "/account".into() }
}

/// Asks before making codes.
pub async fn get_codes(page: StaffPage) -> PageResult {
    fresh(&page).await?;
    ask(&page, page.form(), &codes_question())
}

/// Makes codes and shows them once.
pub async fn post_codes(page: StaffPage, _form: ProtectedForm) -> PageResult {
    let (tenant_id, session_secret) = ids(&page);
    let made = account(&page)?.renew_recovery_codes(as_gateway(&page, RenewRecoveryCodesRequest { tenant_id, session_secret })).await.or_page(&page)?.into_inner();
    recovery_codes(&page, page.frame(""), made.recovery_codes, "/account", "Go to your account")
}

/// Asks for the name of a passkey; the browser makes it.
pub async fn get_passkey(page: StaffPage) -> PageResult {
    fresh(&page).await?;
    page.render(&frame(&page, "Add a passkey"), &PasskeyPage { form: page.form() })
}

/// Options for a new passkey, for a script.
pub async fn passkey_options(page: StaffPage, _form: ProtectedForm) -> Result<Response, ErrorPage> {
    let (tenant_id, session_secret) = ids(&page);
    let asked = account(&page)?.begin_passkey(as_gateway(&page, BeginPasskeyRequest { tenant_id, session_secret })).await.or_page(&page)?.into_inner();
    Ok(Json(PasskeyOptions { ceremony: asked.ceremony, options: asked.options_json }).into_response())
}

/// Adds the passkey that the browser made.
pub async fn post_passkey(page: StaffPage, ProtectedForm { data, .. }: ProtectedForm) -> PageResult {
    let mut form = FormState::sent(data);
    let name = form.required("name", "Enter a name for the passkey");
    if form.is_valid() && form.get("credential").is_empty() {
        form.fail("", "Your browser made no passkey. It needs JavaScript and a device that can hold passkeys");
    }
    if form.is_valid() {
        let (tenant_id, session_secret) = ids(&page);
        let request = CompletePasskeyRequest { tenant_id, session_secret, ceremony: form.get("ceremony").to_owned(), credential_json: form.get("credential").to_owned(), name };
        match account(&page)?.complete_passkey(as_gateway(&page, request)).await {
            Ok(_) => return page.done("/account", "Passkey added. You can sign in with it from now on"),
            Err(status) => wrong(&page, &mut form, status, &[("credential_json", "")])?,
        }
    }
    page.render(&frame(&page, "Add a passkey"), &PasskeyPage { form })
}

fn remove_question(id: &str) -> Question<'static> {
    Question { title: "Remove this passkey?", text: "You cannot sign in with it any more, and you are signed out everywhere else. Remove it from your device too.", button: "Remove the passkey", action: format!("/account/passkeys/{id}/remove"), cancel: "/account".into() }
}

/// Asks before a passkey is removed.
pub async fn get_remove(page: StaffPage, Path((_, id)): Path<(String, String)>) -> PageResult {
    fresh(&page).await?;
    ask(&page, page.form(), &remove_question(&id))
}

/// Removes it.
pub async fn post_remove(page: StaffPage, Path((_, passkey_id)): Path<(String, String)>, _form: ProtectedForm) -> PageResult {
    let (tenant_id, session_secret) = ids(&page);
    account(&page)?.remove_passkey(as_gateway(&page, RemovePasskeyRequest { tenant_id, session_secret, passkey_id })).await.or_page(&page)?;
    page.app.forget_tokens_of(&page.session.user_id);
    page.done("/account", "Passkey removed")
}

/// Ends one of the other sessions.
pub async fn end_session(page: StaffPage, Path((_, session_id)): Path<(String, String)>, _form: ProtectedForm) -> PageResult {
    let (tenant_id, session_secret) = ids(&page);
    account(&page)?.end_session(as_gateway(&page, EndSessionRequest { tenant_id, session_secret, session_id })).await.or_page(&page)?;
    page.app.forget_tokens_of(&page.session.user_id);
    page.done("/account", "Session ended")
}

/// Ends all other sessions.
pub async fn end_others(page: StaffPage, _form: ProtectedForm) -> PageResult {
    let (tenant_id, session_secret) = ids(&page);
    account(&page)?.end_other_sessions(as_gateway(&page, EndOtherSessionsRequest { tenant_id, session_secret })).await.or_page(&page)?;
    page.app.forget_tokens_of(&page.session.user_id);
    page.done("/account", "You are signed out everywhere else")
}

/// Keeps which mail is wanted.
pub async fn notices(page: StaffPage, ProtectedForm { data, .. }: ProtectedForm) -> PageResult {
    let form = FormState::sent(data);
    let (tenant_id, session_secret) = ids(&page);
    let request = SetNoticesRequest { tenant_id, session_secret, case_mail: form.data().has("notices", "cases") };
    account(&page)?.set_notices(as_gateway(&page, request)).await.or_page(&page)?;
    page.done("/account", "Your choice is saved")
}

/// What a password is worth, for a script: asked by who is signed in.
pub async fn strength(page: StaffPage, ProtectedForm { data, .. }: ProtectedForm) -> Result<Response, ErrorPage> {
    let (tenant_id, session_secret) = ids(&page);
    assess(&page, &data, AssessPasswordRequest { tenant_id, session_secret, ..AssessPasswordRequest::default() }).await
}

/// The same for who holds an enrolment link.
pub async fn strength_of_link(before: BeforeSignIn, ProtectedForm { data, .. }: ProtectedForm) -> Result<Response, ErrorPage> {
    let request = AssessPasswordRequest { tenant_id: before.tenant.id.to_string(), enrolment_secret: data.get("key").to_owned(), ..AssessPasswordRequest::default() };
    assess(&before, &data, request).await
}

async fn assess(page: &TenantPage, data: &FormData, request: AssessPasswordRequest) -> Result<Response, ErrorPage> {
    let password = data.all("password").first().cloned().unwrap_or_default();
    let request = AssessPasswordRequest { password, ..request };
    let judged = account(page)?.assess_password(as_gateway(page, request)).await.map_err(|status| error_page::with_tenant(page, status))?.into_inner();
    let words = match (judged.mistake.is_empty(), judged.strength) {
        (false, _) => judged.mistake,
        (true, 4..) => "This password is very strong.".to_owned(),
        (true, _) => "This password is strong enough.".to_owned(),
    };
    Ok(Json(Assessed { words, strength: judged.strength }).into_response())
}
