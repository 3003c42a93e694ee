//! The page of an enrolment link: password and authenticator, once.
//!
//! The link's key moves from the address into a hidden field at the first answer; the page is never stored and sends no referrer.

use axum::extract::RawQuery;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use platform::{Error, Kind};
use proto::identity::v1::{BeginEnrolmentRequest, CompleteEnrolmentRequest};
use qrcode::{QrCode, render::svg};
use serde::Serialize;

use super::{
    before::{BeforeSignIn, as_gateway, sessions},
    own::recovery_codes,
    sign_in::typed,
};
use crate::{
    error_page,
    forms::{FormData, FormState, ProtectedForm},
    page::PageResult,
    view::PageTemplate,
};

/// The page. What it shows of the link travels in hidden fields, so that a mistake does not make a new authenticator key.
#[derive(Serialize)]
pub struct EnrolPage {
    form: FormState,
    key: String,
    name: String,
    email: String,
    otpauth: String,
    secret: String,
    /// `data:` address of the QR code.
    qr: Option<String>,
}

impl PageTemplate for EnrolPage {
    const TEMPLATE: &'static str = "pages/staff/enrol.html";

    fn samples() -> Vec<Self> {
        let page = |form| Self::new(form, "k", "Alex Example", "alex@agency.example.org", "otpauth://totp/Example?secret=ABCD", "ABCD EFGH");
        let mut wrong = FormState::sent(FormData::parse(b"password=short&code=1"));
        check(&mut wrong);
        let mut bare = page(FormState::default());
        bare.qr = None;
        vec![page(FormState::default()), page(wrong), bare]
    }
}

impl EnrolPage {
    fn new(form: FormState, key: &str, name: &str, email: &str, otpauth: &str, secret: &str) -> Self {
        Self { form, key: key.to_owned(), name: name.to_owned(), email: email.to_owned(), otpauth: otpauth.to_owned(), secret: secret.to_owned(), qr: picture(otpauth) }
    }
}

/// The QR code as an image address; `None` where the text is no authenticator address or too long.
pub fn picture(otpauth: &str) -> Option<String> {
    let code = otpauth.starts_with("otpauth://totp/").then(|| QrCode::new(otpauth.as_bytes()).ok())??;
    let svg = code.render::<svg::Color<'_>>().min_dimensions(240, 240).quiet_zone(true).build();
    Some(format!("data:image/svg+xml;base64,{}", STANDARD.encode(svg)))
}

fn check(form: &mut FormState) -> String {
    let length = typed(form, "password").chars().count();
    if length == 0 {
        form.fail("password", "Enter a password");
    } else if !(12..=128).contains(&length) {
        form.fail("password", "Your password must be 12 to 128 characters long");
    }
    let code: String = form.get("code").chars().filter(|c| !c.is_whitespace()).collect();
    if code.len() != 6 || !code.bytes().all(|b| b.is_ascii_digit()) {
        form.fail("code", "Enter the 6 digits that your authenticator app shows");
    }
    code
}

fn show(before: &BeforeSignIn, page: &EnrolPage) -> PageResult {
    Ok(before.keep(before.render(&before.frame("Set up your account"), page)?))
}

/// Opens the link.
pub async fn get(before: BeforeSignIn, RawQuery(query): RawQuery) -> PageResult {
    let query = FormData::parse(query.unwrap_or_default().as_bytes());
    let key = query.get("key");
    let request = BeginEnrolmentRequest { tenant_id: before.tenant.id.to_string(), enrolment_secret: key.to_owned() };
    let shown = sessions(&before)?
        .begin_enrolment(as_gateway(&before, request))
        .await
        .map_err(|status| error_page::with_tenant(&before, status))?
        .into_inner();
    show(&before, &EnrolPage::new(FormState::default(), key, &shown.user_name, &shown.email, &shown.otpauth_url, &shown.totp_secret))
}

/// Sets password and authenticator, then shows the recovery codes, which lead to sign-in.
pub async fn post(before: BeforeSignIn, ProtectedForm { data, .. }: ProtectedForm) -> PageResult {
    let mut form = FormState::sent(data);
    let code = check(&mut form);
    if form.is_valid() {
        let request = CompleteEnrolmentRequest {
            tenant_id: before.tenant.id.to_string(),
            enrolment_secret: form.get("key").to_owned(),
            password: typed(&form, "password").to_owned(),
            code,
        };
        match sessions(&before)?.complete_enrolment(as_gateway(&before, request)).await {
            Ok(answer) => return recovery_codes(&before, before.frame(""), answer.into_inner().recovery_codes, "/sign-in?enrolled=1", "I have kept my codes: sign in"),
            Err(status) if form.take_violations(&status, &[]) => {}
            Err(status) => {
                let error = Error::from(status);
                if error.kind() != Kind::ResourceExhausted {
                    return Err(error_page::with_tenant(&before, error.into_status()));
                }
                form.fail("", error.public().trim_end_matches('.'));
            }
        }
    }
    let page = {
        let get = |name: &str| form.get(name).to_owned();
        let (key, name, email, otpauth, secret) = (get("key"), get("name"), get("email"), get("otpauth"), get("secret"));
        EnrolPage::new(form, &key, &name, &email, &otpauth, &secret)
    };
    show(&before, &page)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_picture_is_an_image_and_only_of_an_authenticator_address() {
        let picture = picture("otpauth://totp/Example:alex?secret=ABCDEFGH&issuer=Example").expect("drawn");
        assert!(picture.starts_with("data:image/svg+xml;base64,"));
        assert!(super::picture("https://example.org").is_none());
    }
}
