//! The codes of an authenticator (RFC 6238: SHA-1, six digits, 30 seconds), as a person's telephone shows them.

use aws_lc_rs::hmac;

/// Seconds that a code is shown.
pub const STEP: i64 = 30;

/// The code of a step (seconds since 1970 divided by [`STEP`]) for a base32 secret.
///
/// # Panics
/// Where the secret is not base32.
pub fn code(secret: &str, step: i64) -> String {
    let key = data_encoding::BASE32_NOPAD
        .decode(secret.trim_end_matches('=').as_bytes())
        .expect("a base32 secret");
    let tag = hmac::sign(
        &hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &key),
        &step.to_be_bytes(),
    );
    let bytes = tag.as_ref();
    let at = usize::from(bytes[19] & 15);
    let number = u32::from_be_bytes([
        bytes[at] & 0x7f,
        bytes[at + 1],
        bytes[at + 2],
        bytes[at + 3],
    ]) % 1_000_000;
    format!("{number:06}")
}

#[cfg(test)]
mod tests {
    #[test]
    fn codes_are_those_of_rfc_6238() {
        // Appendix B, the last six of eight digits.
        let secret = data_encoding::BASE32_NOPAD.encode(b"12345678901234567890");
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(super::code(&secret, seconds / super::STEP), code);
        }
    }
}
