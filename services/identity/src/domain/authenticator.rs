//! Codes of an authenticator: RFC 6238 with SHA-1, six digits, 30 seconds, one step of tolerance, each good once.

use totp_rs::{Builder, Totp};

/// Bytes of a secret.
pub const SECRET_BYTES: usize = 20;

/// Why an authenticator could not be made: the secret is no secret of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the authenticator's secret is not right")]
pub struct BadSecret;

fn authenticator(secret: &[u8]) -> Result<Totp, BadSecret> {
    Builder::new().with_secret(secret.to_vec()).build().map_err(|_| BadSecret)
}

/// The step that a code belongs to, where it is right at this instant (seconds since 1970) and newer than the last
/// step taken. Spaces are ignored.
///
/// # Errors
/// [`BadSecret`].
pub fn check(secret: &[u8], code: &str, at: i64, last_step: i64) -> Result<Option<i64>, BadSecret> {
    let code: String = code.chars().filter(|c| !c.is_whitespace()).collect();
    let Ok(at) = u64::try_from(at) else { return Ok(None) };
    if code.len() != 6 || !code.bytes().all(|b| b.is_ascii_digit()) {
        return Ok(None);
    }
    let step = authenticator(secret)?.check(&code, at).and_then(|step| i64::try_from(step).ok());
    Ok(step.filter(|step| *step > last_step))
}

/// The `otpauth://` address that an authenticator scans; colons, which it cannot hold, become spaces.
///
/// # Errors
/// [`BadSecret`].
pub fn address(secret: &[u8], issuer: &str, account: &str) -> Result<String, BadSecret> {
    let tidy = |text: &str| text.replace(':', " ");
    Builder::new()
        .with_secret(secret.to_vec())
        .with_issuer(Some(tidy(issuer)))
        .with_account_name(tidy(account))
        .build()
        .and_then(|totp| totp.to_url())
        .map_err(|_| BadSecret)
}

/// The secret for typing, base32 without padding.
pub fn for_typing(secret: &[u8]) -> String {
    data_encoding::BASE32_NOPAD.encode(secret)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &[u8] = b"12345678901234567890";

    #[test]
    fn the_codes_are_those_of_rfc_6238() {
        // Appendix B, the last six of eight digits.
        for (at, code) in [(59, "287082"), (1_111_111_109, "081804"), (2_000_000_000, "279037")] {
            assert_eq!(check(SECRET, code, at, 0).unwrap(), Some(at / 30));
        }
    }

    #[test]
    fn a_code_is_good_once_and_within_one_step() {
        assert_eq!(check(SECRET, "287 082", 59, 0).unwrap(), Some(1));
        assert_eq!(check(SECRET, "287082", 59, 1).unwrap(), None, "taken before");
        assert_eq!(check(SECRET, "287082", 89, 0).unwrap(), Some(1), "one step late");
        assert_eq!(check(SECRET, "287082", 90, 0).unwrap(), None, "two steps late");
        for bad in ["", "28708", "2870822", "28708a", "２８７０８２"] {
            assert_eq!(check(SECRET, bad, 59, 0).unwrap(), None);
        }
        assert_eq!(check(b"short", "287082", 59, 0), Err(BadSecret));
    }

    #[test]
    fn the_address_holds_the_secret_for_typing() {
        let url = address(SECRET, "North: moor", "ada@northmoor.example.org").unwrap();
        assert!(url.starts_with("otpauth://totp/") && url.contains(&for_typing(SECRET)), "{url}");
    }
}
