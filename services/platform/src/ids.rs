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

/// Crockford's alphabet.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// The check symbol of eight symbols: a polynomial code over GF(32), x⁵ + x² + 1. Two symbols exchanged and one mistaken are
/// always noticed, as with Crockford's modulus 37, whose five further symbols nobody can say on the telephone.
fn check_symbol(digits: impl IntoIterator<Item = usize>) -> usize {
    digits.into_iter().fold(0, |sum, digit| {
        let shifted = (sum ^ digit) << 1;
        if shifted & 32 == 0 { shifted } else { shifted ^ 0b10_0101 }
    })
}

/// The reference that people read, say and type: `RJ-7K4M-2QX9-C` (domain.md 2.1).
///
/// The eight characters are the 40 random low bits of the id; the last is [`check_symbol`].
pub fn reference(prefix: &str, id: Uuid) -> String {
    let bits = id.as_u128();
    let digits: Vec<usize> = (0..8).rev().map(|n| (bits >> (5 * n) & 31) as usize).collect();
    let word = |digits: &[usize]| digits.iter().map(|d| char::from(ALPHABET[*d])).collect::<String>();
    let check = check_symbol(digits.iter().copied());
    format!("{prefix}-{}-{}-{}", word(&digits[..4]), word(&digits[4..]), word(&[check]))
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
    if digits.len() != 8 || check_symbol(digits.iter().copied()) != *check {
        return None;
    }
    let bits = digits.iter().fold(0u64, |bits, d| bits << 5 | *d as u64);
    Some(reference(&prefix.to_ascii_uppercase(), Uuid::from_u128(u128::from(bits))))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

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

    proptest! {
        #[test]
        fn one_wrong_character_and_two_exchanged_are_noticed(id: u128, place in 0..9usize, other in 0..9usize, letter in 0..32usize) {
            let right = reference("RJ", Uuid::from_u128(id));
            let places: Vec<usize> = right.char_indices().skip(3).filter(|(_, c)| *c != '-').map(|(n, _)| n).collect();
            let mut wrong = right.clone().into_bytes();
            wrong[places[place]] = ALPHABET[letter];
            let mut exchanged = right.clone().into_bytes();
            exchanged.swap(places[place], places[other]);
            for typed in [wrong, exchanged].map(|bytes| String::from_utf8(bytes).unwrap()) {
                prop_assert_eq!(parse_reference(&typed).is_some(), typed == right, "{} for {}", typed, right);
            }
        }
    }
}
