//! An invented record of any type, every field of it filled in, and its fields as a page lists them.

use access::{decide::REFERENCE, class::ClassSet, mask::{Tree, filter}};
use proto::ResourceType;
use prost::Message;
use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MapKey, MessageDescriptor, ReflectMessage, Value};

use crate::{text, view::Shown};

/// The id that every invented record has.
const ID: &str = "00000000-0000-7000-8000-000000000001";
/// Nesting at which an invented record ends.
const DEEPEST: usize = 4;

/// One field of a record: its label, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// "Contact points: value".
    pub label: String,
    /// The dotted path.
    pub path: String,
}

/// Fields of a record that a page would show, in the order of the contract. Ids, etags and what stands in other records are
/// left out.
pub fn fields(message: &MessageDescriptor) -> Vec<Field> {
    let mut found = Vec::new();
    walk(message, "", "", 0, &mut found);
    found
}

fn walk(message: &MessageDescriptor, path: &str, label: &str, depth: usize, found: &mut Vec<Field>) {
    for field in message.fields() {
        if is_plumbing(&field) {
            continue;
        }
        let name = field.name();
        let path = if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
        let label = if label.is_empty() { text::humanise(name) } else { format!("{label}: {}", text::humanise(name).to_lowercase()) };
        match below(&field) {
            Some(inner) if is_record(&inner) || depth >= DEEPEST => {}
            Some(inner) => walk(&inner, &path, &label, depth + 1, found),
            None => found.push(Field { label, path }),
        }
    }
}

/// What pages never show as such.
fn is_plumbing(field: &FieldDescriptor) -> bool {
    let name = field.name();
    name == "id" || name == "etag" || name == "masked_paths" || name.ends_with("_id") || name.ends_with("_ids") || name.starts_with("allowed_")
}

fn below(field: &FieldDescriptor) -> Option<MessageDescriptor> {
    match field.kind() {
        Kind::Message(m) if !field.is_map() && !m.full_name().starts_with("google.protobuf.") => Some(m),
        _ => None,
    }
}

fn is_record(message: &MessageDescriptor) -> bool {
    message.parent_pool().get_extension_by_name("accord.resource").is_some_and(|resource| message.options().has_extension(&resource))
}

/// An invented record with every field filled in.
pub fn record(message: &MessageDescriptor) -> DynamicMessage {
    filled(message, 0)
}

fn filled(message: &MessageDescriptor, depth: usize) -> DynamicMessage {
    let mut out = DynamicMessage::new(message.clone());
    for field in message.fields() {
        let value = match below(&field) {
            Some(_) if depth >= DEEPEST => continue,
            Some(inner) => Value::Message(filled(&inner, depth + 1)),
            None if field.is_map() => Value::Map(std::collections::HashMap::from([(MapKey::String("A".into()), Value::String("B".into()))])),
            None => scalar(&field),
        };
        let value = if field.is_list() { Value::List(vec![value]) } else { value };
        // A value that does not fit its field (a map of other types) leaves the field empty.
        let _unset = out.try_set_field(&field, value).is_err();
    }
    // No path is masked before the filter has looked.
    out.clear_field_by_name("masked_paths");
    out
}

fn scalar(field: &FieldDescriptor) -> Value {
    match field.kind() {
        Kind::Bool => Value::Bool(true),
        Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => Value::I32(60),
        Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => Value::I64(60),
        Kind::Uint32 | Kind::Fixed32 => Value::U32(3),
        Kind::Uint64 | Kind::Fixed64 => Value::U64(3),
        Kind::Float => Value::F32(1.0),
        Kind::Double => Value::F64(1.0),
        Kind::Bytes => Value::Bytes(b"file".to_vec().into()),
        Kind::Enum(e) => Value::EnumNumber(e.values().map(|v| v.number()).find(|n| *n != 0).unwrap_or(0)),
        Kind::String => Value::String(invent(field.name()).to_owned()),
        Kind::Message(m) => {
            // 4 May 2027, 2:30pm.
            let mut at = DynamicMessage::new(m);
            if let Some(seconds) = at.descriptor().get_field_by_name("seconds") {
                at.set_field(&seconds, Value::I64(1_809_437_400));
            }
            Value::Message(at)
        }
    }
}

/// A text that fits the name of a field. Nobody and nothing real.
fn invent(name: &str) -> &'static str {
    match name {
        n if n == "id" || n.ends_with("_id") || n.ends_with("_ids") || n.ends_with("_by") => ID,
        "reference" | "case_reference" | "case_references" => "RJ-2027-00012",
        "given_name" | "known_as" => "Sam",
        "family_name" => "Example",
        "aliases" => "Sammy",
        "name" | "full_name" => "Sam Example",
        "date_of_birth" => "1990-03-31",
        "postcode" => "ZZ1 1AA",
        "value" | "phone" => "07700 900123",
        "email" => "sam@mail.example.org",
        "place" | "harm_place" => "Community centre, Example Street",
        "what_happened" => "A window was broken at night.",
        "harm_type" => "Criminal damage",
        "crime_reference" => "EX/0012/27",
        "risks" => "Do not call at the home address.",
        "needs" => "A room without stairs.",
        "language" => "Welsh",
        "text" => "Sam would like to ask why it happened.",
        "hold_reason" => "Sam is away until June.",
        n if n.ends_with("_on") || n.ends_with("_date") => "2027-05-04",
        n if n.contains("ethnic") || n.contains("religion") || n.contains("gender") || n.contains("sexual") || n.contains("disab") => "An answer that Sam gave",
        _ => "An example",
    }
}

/// A record as somebody who may read these classes gets it: filtered by the same mask as every answer of a service. None
/// where nothing of it can be shown.
pub fn masked(record: &DynamicMessage, resource: ResourceType, read: ClassSet) -> Option<DynamicMessage> {
    let tree = Tree::compile(&record.descriptor(), REFERENCE);
    let answer = filter(&tree, &record.encode_to_vec(), &|of, _| (of == resource).then_some(read)).ok()?;
    DynamicMessage::decode(record.descriptor(), answer.as_slice()).ok()
}

/// A field of a masked record: restricted where the mask names its path.
pub fn shown(record: &DynamicMessage, path: &str) -> Shown {
    let hidden: Vec<String> = match record.get_field_by_name("masked_paths").as_deref() {
        Some(Value::List(paths)) => paths.iter().filter_map(|p| p.as_str().map(str::to_owned)).collect(),
        _ => Vec::new(),
    };
    Shown::field(path, &hidden, value_at(record, path))
}

fn value_at(message: &DynamicMessage, path: &str) -> String {
    let (head, rest) = path.split_once('.').map_or((path, None), |(head, rest)| (head, Some(rest)));
    let Some(field) = message.descriptor().get_field_by_name(head) else { return String::new() };
    if !message.has_field(&field) {
        return String::new();
    }
    let value = message.get_field(&field);
    let one = match value.as_ref() {
        Value::List(values) => values.first(),
        other => Some(other),
    };
    match (one, rest) {
        (Some(Value::Message(inner)), Some(rest)) => value_at(inner, rest),
        (Some(value), None) => said(&field, value),
        _ => String::new(),
    }
}

fn said(field: &FieldDescriptor, value: &Value) -> String {
    match value {
        Value::Bool(true) => "Yes".to_owned(),
        Value::Bool(false) => "No".to_owned(),
        Value::I32(n) => n.to_string(),
        Value::I64(n) => n.to_string(),
        Value::U32(n) => n.to_string(),
        Value::U64(n) => n.to_string(),
        Value::String(s) if s == ID => "A colleague".to_owned(),
        Value::String(s) => s.clone(),
        Value::EnumNumber(n) => match field.kind() {
            Kind::Enum(e) => e.get_value(*n).map(|v| text::humanise(v.name())).unwrap_or_default(),
            _ => String::new(),
        },
        Value::Message(at) => at
            .get_field_by_name("seconds")
            .and_then(|s| s.as_i64())
            .and_then(|seconds| text::instant(Some(&prost_types::Timestamp { seconds, nanos: 0 })))
            .map(text::date_time)
            .unwrap_or_default(),
        _ => "Something".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use proto::FieldClass;

    use super::*;

    fn message(name: &str) -> MessageDescriptor {
        proto::pool().get_message_by_name(name).expect("known")
    }

    #[test]
    fn a_record_is_masked_as_an_answer_is() {
        let person = record(&message("accord.people.v1.Person"));
        let names = masked(&person, ResourceType::Person, ClassSet::of(&[FieldClass::Identity])).expect("shown");
        assert_eq!(shown(&names, "family_name"), Shown::text("Example"));
        assert_eq!(shown(&names, "postcode"), Shown::restricted());
        assert_eq!(shown(&names, "contact_points.value"), Shown::restricted());
        assert_eq!(shown(&names, "reference"), Shown::text("RJ-2027-00012"));
        let all = masked(&person, ResourceType::Person, ClassSet::ALL).expect("shown");
        assert_eq!(shown(&all, "date_of_birth"), Shown::text("1990-03-31"));
        assert!(masked(&person, ResourceType::Case, ClassSet::ALL).is_none(), "without a decision nothing is shown");
    }

    #[test]
    fn every_field_of_an_invented_record_has_a_value() {
        for name in ["accord.case.v1.Case", "accord.case.v1.Participant", "accord.people.v1.Person", "accord.case.v1.Note", "accord.case.v1.Meeting", "accord.notification.v1.Message"] {
            let message = message(name);
            let record = record(&message);
            let fields = fields(&message);
            assert!(fields.len() > 5, "{name}");
            for field in fields {
                assert!(!value_at(&record, &field.path).is_empty(), "{name} {}", field.path);
            }
        }
    }
}
