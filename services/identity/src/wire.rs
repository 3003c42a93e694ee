//! Between messages and values: texts with their limits, instants, fingerprints, and the facts of records
//! that are not secret inside a tenant.

use access::{class::ClassSet, facts::{Facts, Share}, snapshot::Snapshot};
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

/// Every node of the tree, see [`role_facts_for_readers`].
pub fn all_nodes(snapshot: &Snapshot) -> Vec<Share> {
    snapshot.nodes().iter().map(|n| Share { node: n.id, classes: ClassSet::ALL }).collect()
}

/// Facts of a role for who reads it: it may be given anywhere, so whoever reads roles at some node reads it. Whether they
/// may change or give it is asked with [`role_facts`].
pub fn role_facts_for_readers<'n>(snapshot: &Snapshot, nodes: &'n [Share]) -> Facts<'n> {
    Facts::new(ResourceType::Role).owned_by(snapshot.root()).shared(nodes)
}

/// Facts of the tenant: the root owns it.
pub fn tenant_facts(root: Uuid) -> Facts<'static> {
    Facts::new(ResourceType::Tenant).owned_by(root)
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
