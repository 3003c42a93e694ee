//! A request for a method that `records.rs` says nothing special of: each field is filled by its name and type. So a new
//! method is in the matrix from its first day, and only what names do not tell needs words.

use bytes::Bytes;
use integration_tests::rpc::Rpc;
use prost::Message;
use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, Value};

use crate::records::{Records, STALE};

/// The request of the method at a path, with the flaw that `rpc_matrix.rs` describes: a stale etag where it takes one, else
/// no request id.
pub fn request(rpc: &Rpc<'_>, records: &Records, path: &str) -> Bytes {
    let (service, method) = path
        .trim_start_matches('/')
        .split_once('/')
        .expect("a path");
    let service = proto::pool()
        .get_service_by_name(service)
        .expect("a service of the contracts");
    let method = service
        .methods()
        .find(|m| m.name() == method)
        .expect("a method of the contracts");
    let mut message = filled(rpc, records, &method.input());
    let input = method.input();
    if let Some(field) = input.get_field_by_name("request_id") {
        let key = match input.get_field_by_name("etag") {
            Some(_) => rpc.new_id(),
            None => String::new(),
        };
        message.set_field(&field, Value::String(key));
    }
    message.encode_to_vec().into()
}

fn filled(rpc: &Rpc<'_>, records: &Records, of: &MessageDescriptor) -> DynamicMessage {
    let mut message = DynamicMessage::new(of.clone());
    if of.full_name() == "google.protobuf.Timestamp" {
        let soon = rpc.clock().now() + chrono::TimeDelta::days(30);
        message.set_field_by_name("seconds", Value::I64(soon.timestamp()));
        return message;
    }
    for field in of.fields() {
        // One member of each `oneof`, the first.
        let first = field
            .containing_oneof()
            .is_none_or(|one| one.fields().next().is_some_and(|f| f == field));
        let own = matches!(field.kind(), Kind::Message(inner) if inner == *of);
        let paging = ["page_size", "page_token"].contains(&field.name());
        if !first || own || paging || field.name() == "masked_paths" {
            continue;
        }
        let value = value(rpc, records, &field);
        // Commands hold no maps, whose encoding has no fixed order.
        let value = if field.is_list() {
            Value::List(vec![value])
        } else {
            value
        };
        message.set_field(&field, value);
    }
    message
}

fn value(rpc: &Rpc<'_>, records: &Records, field: &FieldDescriptor) -> Value {
    match field.kind() {
        Kind::String => Value::String(text(rpc, records, field.name())),
        Kind::Bool => Value::Bool(true),
        Kind::Enum(kind) => {
            let first = kind.values().find(|v| v.number() != 0);
            Value::EnumNumber(first.map_or(0, |v| v.number()))
        }
        Kind::Message(inner) => Value::Message(filled(rpc, records, &inner)),
        Kind::Bytes => Value::Bytes(Bytes::from_static(b"bytes")),
        Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => Value::I32(1),
        Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => Value::I64(1),
        Kind::Uint32 | Kind::Fixed32 => Value::U32(1),
        Kind::Uint64 | Kind::Fixed64 => Value::U64(1),
        Kind::Float => Value::F32(1.0),
        Kind::Double => Value::F64(1.0),
    }
}

fn text(rpc: &Rpc<'_>, records: &Records, name: &str) -> String {
    let ends = |words: &[&str]| words.iter().any(|w| name.ends_with(w));
    match name {
        "etag" => STALE.into(),
        "slug" => "northvale".into(),
        "session_secret" | "enrolment_secret" | "challenge" | "secret" => "x".repeat(43),
        "source" => "192.0.2.1".into(),
        "email" => "somebody@example.org".into(),
        _ if ends(&["case_id", "case_ids", "record_id"]) => records.case.clone(),
        _ if ends(&["participant_id", "participant_ids"]) => records.participant.clone(),
        _ if ends(&["person_id", "person_ids", "subject_id"]) => records.person.clone(),
        _ if ends(&["contact_point_id"]) => records.contact_point.clone(),
        _ if ends(&["allocation_id"]) => records.allocation.clone(),
        _ if ends(&["assignment_id"]) => records.assignment.clone(),
        _ if ends(&["account_id"]) => records.account.clone(),
        _ if ends(&["referral_id"]) => records.referral.clone(),
        _ if ends(&["meeting_id"]) => records.meeting.clone(),
        _ if ends(&["tenant_id"]) => records.tenant.clone(),
        _ if ends(&["user_id", "user_ids"]) => records.user.clone(),
        _ if ends(&["note_id"]) => records.note.clone(),
        _ if ends(&["node_id", "node_ids", "parent_id"]) => records.node.clone(),
        _ if ends(&["role_id"]) => records.role.clone(),
        // Of kinds that the records have none of.
        _ if ends(&["_id", "_ids"]) => rpc.new_id(),
        _ if ends(&["_on", "_date", "from", "to", "until"]) => {
            let soon = rpc.clock().now() + chrono::TimeDelta::days(30);
            soon.date_naive().to_string()
        }
        _ => "words".into(),
    }
}
