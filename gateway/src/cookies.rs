//! The gateway's cookies. All carry the prefix `__Host-`: HTTPS only, this host only, every path.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use http::{HeaderMap, HeaderValue, header};

use crate::view::Flash;

/// Name of the session's cookie in a tenant.
pub fn session_name(slug: &str) -> String {
    format!("__Host-accord-{slug}")
}

/// Name of the cookie that protects forms before sign-in.
pub fn before_sign_in(slug: &str) -> String {
    format!("__Host-form-{slug}")
}

/// Name of the cookie with the message of the act before.
pub fn flash(slug: &str) -> String {
    format!("__Host-flash-{slug}")
}

/// The value of a cookie.
pub fn read(headers: &HeaderMap, name: &str) -> Option<String> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|v| v.to_str().ok())
        .flat_map(|v| v.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value.to_owned())
}

/// The session's secret.
pub fn session(headers: &HeaderMap, slug: &str) -> Option<String> {
    read(headers, &session_name(slug)).filter(|secret| (32..=128).contains(&secret.len()))
}

/// Sets a cookie that ends with the browser.
pub fn set(headers: &mut HeaderMap, name: &str, value: &str) {
    push(headers, format!("{name}={value}; Path=/; Secure; HttpOnly; SameSite=Lax"));
}

/// Name of the cookie by which a browser is known again at sign-in.
pub fn device(slug: &str) -> String {
    format!("__Host-device-{slug}")
}

/// Sets a cookie that stays for 400 days, the longest that browsers keep one.
pub fn set_lasting(headers: &mut HeaderMap, name: &str, value: &str) {
    push(headers, format!("{name}={value}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=34560000"));
}

/// Ends a cookie.
pub fn clear(headers: &mut HeaderMap, name: &str) {
    push(headers, format!("{name}=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0"));
}

fn push(headers: &mut HeaderMap, cookie: String) {
    if let Ok(value) = HeaderValue::from_str(&cookie) {
        headers.append(header::SET_COOKIE, value);
    }
}

/// Keeps a message for the next page.
pub fn set_flash(headers: &mut HeaderMap, slug: &str, message: &Flash) {
    if let Ok(json) = serde_json::to_vec(message) {
        set(headers, &flash(slug), &URL_SAFE_NO_PAD.encode(json));
    }
}

/// The message of the act before.
pub fn read_flash(headers: &HeaderMap, slug: &str) -> Option<Flash> {
    let value = read(headers, &flash(slug)).filter(|v| v.len() < 2_000)?;
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(value).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::FlashKind;

    #[test]
    fn a_message_survives_its_cookie() {
        let mut sent = HeaderMap::new();
        set_flash(&mut sent, "a", &Flash { kind: FlashKind::Success, text: "Note added; done=1".into() });
        let cookie = sent[header::SET_COOKIE].to_str().unwrap();
        assert!(cookie.contains("; Secure; HttpOnly; SameSite=Lax"));
        let mut back = HeaderMap::new();
        back.insert(header::COOKIE, format!("x=1; {}", cookie.split(';').next().unwrap()).parse().unwrap());
        assert_eq!(read_flash(&back, "a").unwrap().text, "Note added; done=1");
        assert!(read_flash(&back, "b").is_none());
    }
}
