//! Between messages and values: texts with their limits, instants, fingerprints, page tokens, and the facts of records
//! that are not secret inside a tenant.

use access::facts::Facts;
use aws_lc_rs::digest;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use platform::{Error, Result};
use proto::ResourceType;
use prost_types::Timestamp;
use uuid::Uuid;

/// An instant as a message.
pub fn timestamp(at: DateTime<Utc>) -> Timestamp {
    Timestamp { seconds: at.timestamp(), nanos: i32::try_from(at.timestamp_subsec_nanos()).unwrap_or(0) }
}

/// An instant of a message.
///
/// # Errors
/// `InvalidArgument` that names the field.
pub fn instant(field: &str, at: Option<Timestamp>) -> Result<Option<DateTime<Utc>>> {
    let Some(at) = at else { return Ok(None) };
    let nanos = u32::try_from(at.nanos).unwrap_or(0);
    DateTime::from_timestamp(at.seconds, nanos).map(Some).ok_or_else(|| Error::invalid().field(field, "This is not a date and time."))
}

/// A text without surrounding space; notes in `wrong` where it is empty, too long or more than one line.
pub fn text(wrong: &mut Error, field: &str, text: &str, longest: usize, empty: &str) -> String {
    let tidy = text.trim();
    let mistake = if tidy.is_empty() {
        Some(empty.to_owned())
    } else if tidy.chars().count() > longest {
        Some(format!("Enter {longest} characters or fewer."))
    } else if tidy.chars().any(char::is_control) {
        Some("Enter one line of text.".to_owned())
    } else {
        None
    };
    if let Some(mistake) = mistake {
        let before = std::mem::replace(wrong, Error::invalid());
        *wrong = before.field(field, mistake);
    }
    tidy.to_owned()
}

/// Takes over the wrong fields of another error.
#[must_use]
pub fn with_fields_of(wrong: Error, other: &Error) -> Error {
    other.fields().iter().fold(wrong, |wrong, f| wrong.field(f.field.clone(), f.message.clone()))
}

/// SHA-256 of a certificate from hexadecimal text; colons and capitals, as tools print them, are taken.
pub fn fingerprint(text: &str) -> Option<Vec<u8>> {
    let digits: String = text.chars().filter(|c| !matches!(c, ':' | ' ')).collect();
    hex::decode(digits).ok().filter(|bytes| bytes.len() == 32)
}

/// A number of an enum as its column holds it.
pub fn small(number: i32) -> i16 {
    i16::try_from(number).unwrap_or(0)
}

/// Facts of a node: it owns itself.
pub fn node_facts(node: Uuid) -> Facts<'static> {
    Facts::new(ResourceType::Node).owned_by(node)
}

/// Facts of a role at the node where it is given; the list of roles belongs to the root.
pub fn role_facts(node: Uuid) -> Facts<'static> {
    Facts::new(ResourceType::Role).owned_by(node)
}

/// Facts of the tenant: the root owns it.
pub fn tenant_facts(root: Uuid) -> Facts<'static> {
    Facts::new(ResourceType::Tenant).owned_by(root)
}

/// Rows on a page: 50 unless the caller says otherwise, 200 at the most.
pub fn page_size(wanted: i32) -> i64 {
    if wanted <= 0 { 50 } else { i64::from(wanted.min(200)) }
}

/// A page token: where the page ended, bound to the filters it was asked with.
pub fn page_token(filters: &str, last: Uuid) -> String {
    let mut bytes = digest::digest(&digest::SHA256, filters.as_bytes()).as_ref()[..8].to_vec();
    bytes.extend_from_slice(last.as_bytes());
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Where the page before ended; nil for the first page.
///
/// # Errors
/// `InvalidArgument` on `page_token`, also for a token of other filters.
pub fn after(filters: &str, token: &str) -> Result<Uuid> {
    if token.is_empty() {
        return Ok(Uuid::nil());
    }
    let wrong = || Error::invalid().field("page_token", "This page token does not belong to this list. Start from the first page.");
    let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| wrong())?;
    let last = bytes.get(8..).and_then(|b| Uuid::from_slice(b).ok()).ok_or_else(wrong)?;
    if page_token(filters, last) == token { Ok(last) } else { Err(wrong()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_token_belongs_to_its_filters() {
        let id = Uuid::from_u128(7);
        let token = page_token("a", id);
        assert_eq!(after("a", &token).unwrap(), id);
        assert_eq!(after("a", "").unwrap(), Uuid::nil());
        for (filters, token) in [("b", token.as_str()), ("a", "x"), ("a", "!!"), ("a", &token[..20])] {
            assert_eq!(after(filters, token).unwrap_err().fields()[0].field, "page_token");
        }
    }

    #[test]
    fn fingerprints_are_taken_as_tools_print_them() {
        let plain = "ab".repeat(32);
        let printed = vec!["AB"; 32].join(":");
        assert_eq!(fingerprint(&plain), fingerprint(&printed));
        assert_eq!(fingerprint(&plain).map(|f| f.len()), Some(32));
        assert!(fingerprint("abcd").is_none() && fingerprint(&"xy".repeat(32)).is_none());
    }

    #[test]
    fn every_wrong_text_is_noted() {
        let mut wrong = Error::invalid();
        assert_eq!(text(&mut wrong, "name", "  Ada Quill ", 100, "Enter a name."), "Ada Quill");
        text(&mut wrong, "empty", "  ", 100, "Enter a name.");
        text(&mut wrong, "long", "abc", 2, "Enter a name.");
        text(&mut wrong, "lines", "a\nb", 10, "Enter a name.");
        assert_eq!(wrong.fields().iter().map(|f| f.field.as_str()).collect::<Vec<_>>(), ["empty", "long", "lines"]);
    }

    #[test]
    fn pages_are_bounded() {
        assert_eq!([0, -1, 7, 1000].map(page_size), [50, 50, 7, 200]);
    }
}
