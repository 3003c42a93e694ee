//! Identifiers: UUIDv7 for machines, references with a check character for people.

use chrono::{DateTime, Utc};
use uuid::{NoContext, Timestamp, Uuid};

/// A new UUIDv7 for the given instant.
pub fn new_id(at: DateTime<Utc>) -> Uuid {
    let seconds = u64::try_from(at.timestamp()).unwrap_or(0);
    Uuid::new_v7(Timestamp::from_unix(NoContext, seconds, at.timestamp_subsec_nanos()))
}

/// Reads an id from a request field.
///
/// # Errors
/// `InvalidArgument` that names the field.
pub fn parse_id(field: &str, text: &str) -> crate::Result<Uuid> {
    Uuid::parse_str(text).map_err(|_| crate::Error::invalid().field(field, "This is not an identifier."))
}

/// Crockford's alphabet and its five extra check symbols, of which the modulus 37 needs all.
const ALPHABET: &[u8; 37] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ*~$=U";

/// The reference that people read, say and type: `RJ-7K4M-2QX9-C` (domain.md 2.1).
///
/// The eight characters are the 40 random low bits of the id; the last is Crockford's check symbol.
pub fn reference(prefix: &str, id: Uuid) -> String {
    let bits = (id.as_u128() & 0xff_ffff_ffff) as u64;
    let digit = |n: u32| char::from(ALPHABET[(bits >> (5 * n) & 31) as usize]);
    let mut text = format!("{prefix}-");
    for n in (0..8).rev() {
        text.push(digit(n));
        if n == 4 {
            text.push('-');
        }
    }
    text.push('-');
    text.push(char::from(ALPHABET[(bits % 37) as usize]));
    text
}

/// Reads a reference as typed by a person: any case, spaces for hyphens, O for 0, I and L for 1.
/// Answers its canonical form, or `None` where the check character does not fit.
pub fn parse_reference(typed: &str) -> Option<String> {
    let (prefix, rest) = typed.trim().split_once(['-', ' '])?;
    if prefix.is_empty() || prefix.len() > 4 || !prefix.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return None;
    }
    let mut symbols = Vec::with_capacity(9);
    for c in rest.chars().filter(|c| !matches!(c, '-' | ' ')) {
        let c = match c.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            c => c,
        };
        symbols.push(ALPHABET.iter().position(|a| char::from(*a) == c)?);
    }
    let (check, digits) = symbols.split_last()?;
    if digits.len() != 8 || digits.iter().any(|d| *d > 31) {
        return None;
    }
    let bits = digits.iter().fold(0u64, |bits, d| bits << 5 | *d as u64);
    if bits % 37 != *check as u64 {
        return None;
    }
    Some(reference(&prefix.to_ascii_uppercase(), Uuid::from_u128(u128::from(bits))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_is_read_back_in_any_common_spelling() {
        let id = new_id(DateTime::from_timestamp(1_800_000_000, 0).unwrap());
        let reference = reference("RJ", id);
        assert_eq!(parse_reference(&reference), Some(reference.clone()));
        assert_eq!(parse_reference(&reference.to_lowercase()), Some(reference.clone()));
        assert_eq!(parse_reference(&reference.replace('-', " ")), Some(reference.clone()));
        assert_eq!(parse_reference(&reference.replace('0', "o")), Some(reference));
    }

    #[test]
    fn one_wrong_character_is_noticed() {
        let reference = reference("RJ", Uuid::from_u128(0x12_3456_789a));
        let mut wrong = reference.clone().into_bytes();
        wrong[4] = if wrong[4] == b'2' { b'3' } else { b'2' };
        assert_eq!(parse_reference(std::str::from_utf8(&wrong).unwrap()), None);
    }
}
