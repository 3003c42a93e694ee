//! The filter against decode, clear, encode on a small contract.

use prost::Message as _;
use std::sync::LazyLock;

use proptest::prelude::*;
use prost_reflect::{DescriptorPool, DynamicMessage, MessageDescriptor, Value};

use super::*;
use crate::policy::test_pool;

const CONTRACT: &str = r#"
syntax = "proto3";
package accord.demo.v1;
import "accord/options.proto";
import "google/protobuf/timestamp.proto";

message Name { string given = 1; string family = 2; }
message Contact {
  option (accord.message_class) = FIELD_CLASS_CONTACT;
  string phone = 1;
  repeated sint32 hours = 2;
}
message Comment {
  string text = 1 [(accord.class) = FIELD_CLASS_NOTES];
  uint32 stars = 2 [(accord.class) = FIELD_CLASS_REFERENCE];
  repeated Comment replies = 3;
}
message Person {
  option (accord.resource) = RESOURCE_TYPE_PERSON;
  string id = 1;
  repeated string masked_paths = 2;
  string reference = 3 [(accord.class) = FIELD_CLASS_REFERENCE];
  Name identity = 4 [(accord.class) = FIELD_CLASS_IDENTITY];
  Contact contact = 5;
  google.protobuf.Timestamp born = 6 [(accord.class) = FIELD_CLASS_DATE_OF_BIRTH];
  Comment comment = 7;
  map<string, string> ids = 8 [(accord.class) = FIELD_CLASS_EXTERNAL_IDS];
  map<string, Comment> by_key = 9 [(accord.class) = FIELD_CLASS_NEEDS];
  string forgotten = 10;
  repeated double scores = 11 [(accord.class) = FIELD_CLASS_RISK];
}
message Case {
  option (accord.resource) = RESOURCE_TYPE_CASE;
  string id = 1;
  repeated string masked_paths = 2;
  repeated Person people = 3;
  string story = 4 [(accord.class) = FIELD_CLASS_NOTES];
}
message ListResponse {
  repeated Case cases = 1;
  string next_page = 2 [(accord.class) = FIELD_CLASS_REFERENCE];
  string secret = 3 [(accord.class) = FIELD_CLASS_NOTES];
}
"#;

fn message(name: &str) -> MessageDescriptor {
    static POOL: LazyLock<DescriptorPool> = LazyLock::new(|| test_pool(CONTRACT));
    POOL.get_message_by_name(&format!("accord.demo.v1.{name}"))
        .expect("message")
}

fn set(m: &mut DynamicMessage, field: &str, value: Value) {
    m.set_field_by_name(field, value);
}

fn text(s: &str) -> Value {
    Value::String(s.to_owned())
}

fn comment(words: &str, depth: usize) -> DynamicMessage {
    let mut c = DynamicMessage::new(message("Comment"));
    set(&mut c, "text", text(words));
    set(&mut c, "stars", Value::U32(3));
    if depth > 0 {
        set(
            &mut c,
            "replies",
            Value::List(vec![Value::Message(comment(words, depth - 1))]),
        );
    }
    c
}

fn person(id: &str, words: &str) -> DynamicMessage {
    let mut p = DynamicMessage::new(message("Person"));
    set(&mut p, "id", text(id));
    set(&mut p, "reference", text("R1"));
    let mut name = DynamicMessage::new(message("Name"));
    set(&mut name, "given", text(words));
    set(&mut name, "family", text(words));
    set(&mut p, "identity", Value::Message(name));
    let mut contact = DynamicMessage::new(message("Contact"));
    set(&mut contact, "phone", text(words));
    set(
        &mut contact,
        "hours",
        Value::List(vec![Value::I32(-1), Value::I32(7)]),
    );
    set(&mut p, "contact", Value::Message(contact));
    let timestamp = message("Person")
        .get_field(6)
        .expect("born")
        .kind()
        .as_message()
        .expect("timestamp")
        .clone();
    let mut born = DynamicMessage::new(timestamp);
    set(&mut born, "seconds", Value::I64(99));
    set(&mut p, "born", Value::Message(born));
    set(&mut p, "comment", Value::Message(comment(words, 2)));
    let key = prost_reflect::MapKey::String(words.to_owned());
    set(
        &mut p,
        "ids",
        Value::Map([(key.clone(), text(words))].into()),
    );
    set(
        &mut p,
        "by_key",
        Value::Map([(key, Value::Message(comment(words, 1)))].into()),
    );
    set(&mut p, "forgotten", text(words));
    set(&mut p, "scores", Value::List(vec![Value::F64(1.5)]));
    p
}

fn list(people: &[(&str, &str)], words: &str) -> DynamicMessage {
    let mut case = DynamicMessage::new(message("Case"));
    set(&mut case, "id", text("c1"));
    set(&mut case, "story", text(words));
    set(
        &mut case,
        "people",
        Value::List(
            people
                .iter()
                .map(|(i, w)| Value::Message(person(i, w)))
                .collect(),
        ),
    );
    let mut all = DynamicMessage::new(message("ListResponse"));
    set(&mut all, "cases", Value::List(vec![Value::Message(case)]));
    set(&mut all, "next_page", text("n"));
    set(&mut all, "secret", text(words));
    all
}

fn run(
    name: &str,
    from: &DynamicMessage,
    d: &impl Fn(ResourceType, &str) -> Option<ClassSet>,
) -> DynamicMessage {
    let tree = Tree::compile(&message(name), REFERENCE);
    let out = filter(&tree, &from.encode_to_vec(), d).expect("filters");
    DynamicMessage::decode(message(name), &out[..]).expect("decodes")
}

fn masked(m: &DynamicMessage) -> Vec<String> {
    let paths = m.get_field_by_name("masked_paths").expect("field");
    paths
        .as_list()
        .expect("list")
        .iter()
        .filter_map(|v| v.as_str().map(str::to_owned))
        .collect()
}

#[test]
fn hidden_leaves_are_dropped_and_named() {
    let got = run("Person", &person("p", "word"), &|_, _| {
        Some(ClassSet::of(&[FieldClass::Identity]))
    });
    let mut want = DynamicMessage::new(message("Person"));
    let full = person("p", "word");
    for keep in ["id", "reference", "identity"] {
        set(
            &mut want,
            keep,
            full.get_field_by_name(keep).expect("field").into_owned(),
        );
    }
    // Stars of comments are reference: kept, without the words.
    let mut c = comment("", 2);
    fn clear(c: &mut DynamicMessage) {
        c.clear_field_by_name("text");
        if let Some(Value::List(replies)) = c.get_field_by_name_mut("replies") {
            replies.iter_mut().for_each(|r| {
                if let Value::Message(m) = r {
                    clear(m)
                }
            });
        }
    }
    clear(&mut c);
    set(&mut want, "comment", Value::Message(c));
    let hidden = [
        "contact.phone",
        "contact.hours",
        "born",
        "comment.text",
        "ids",
        "by_key",
        "by_key.text",
        "forgotten",
        "scores",
    ];
    set(
        &mut want,
        "masked_paths",
        Value::List(hidden.iter().map(|h| text(h)).collect()),
    );
    assert_eq!(masked(&got), hidden);
    assert_eq!(
        got,
        DynamicMessage::decode(message("Person"), &want.encode_to_vec()[..]).expect("decodes")
    );
}

#[test]
fn presence_does_not_leak() {
    let mut bare = DynamicMessage::new(message("Person"));
    set(&mut bare, "id", text("p"));
    let none = |_: ResourceType, _: &str| Some(ClassSet::NONE);
    assert_eq!(
        masked(&run("Person", &bare, &none)),
        masked(&run("Person", &person("p", "x"), &none))
    );
}

#[test]
fn everything_allowed_changes_nothing_but_what_has_no_class() {
    let got = run("Person", &person("p", "word"), &|_, _| Some(ClassSet::ALL));
    let mut want = person("p", "word");
    want.clear_field_by_name("forgotten");
    set(
        &mut want,
        "masked_paths",
        Value::List(vec![text("forgotten")]),
    );
    assert_eq!(got, want);
}

#[test]
fn each_record_has_its_own_decision() {
    let from = list(&[("harmed", "a"), ("harmer", "b"), ("other", "c")], "story");
    let got = run("ListResponse", &from, &|r, id| match (r, id) {
        (ResourceType::Case, "c1") => Some(ClassSet::of(&[FieldClass::Notes])),
        (ResourceType::Person, "harmed") => Some(ClassSet::ALL),
        (ResourceType::Person, "harmer") => Some(ClassSet::NONE),
        _ => None,
    });
    assert!(!got.has_field_by_name("secret") && got.has_field_by_name("next_page"));
    let cases = got.get_field_by_name("cases").expect("cases");
    let case = cases.as_list().expect("list")[0]
        .as_message()
        .expect("case");
    assert!(case.has_field_by_name("story") && masked(case).is_empty());
    let people = case.get_field_by_name("people").expect("people");
    let people: Vec<_> = people
        .as_list()
        .expect("list")
        .iter()
        .filter_map(Value::as_message)
        .collect();
    assert_eq!(people.len(), 2, "who has no decision is dropped");
    assert!(people[0].has_field_by_name("identity") && !people[1].has_field_by_name("identity"));
    let none = run("ListResponse", &from, &|_, _| None);
    assert!(!none.has_field_by_name("cases"));
}

#[test]
fn paths_passed_on_by_the_handler_stay_and_are_not_doubled() {
    let mut p = person("p", "x");
    set(
        &mut p,
        "masked_paths",
        Value::List(vec![text("born"), text("elsewhere")]),
    );
    let got = masked(&run("Person", &p, &|_, _| Some(ClassSet::NONE)));
    assert_eq!(got.iter().filter(|m| *m == "born").count(), 1);
    assert!(got.contains(&"elsewhere".to_owned()));
}

#[test]
fn unknown_fields_groups_and_rubbish() {
    let tree = Tree::compile(&message("ListResponse"), REFERENCE);
    let all = |_: ResourceType, _: &str| Some(ClassSet::ALL);
    let run = |bytes: &[u8]| filter(&tree, bytes, &all);
    assert_eq!(
        run(&[0x12, 1, b'n', 0x78, 5]),
        Ok(vec![0x12, 1, b'n']),
        "field 15 is not known"
    );
    assert_eq!(run(&[0x0b, 0x0c]), Err(MaskError::Group));
    for bad in [
        &[0x12, 5, b'n'][..],
        &[0x00],
        &[0x80],
        &[0x0d, 1],
        &[0x09, 1, 2],
        &[0x0f],
        &[0x08, 1],
        &[0xff; 11],
    ] {
        assert_eq!(run(bad), Err(MaskError::Malformed), "{bad:?}");
    }
    let person = Tree::compile(&message("Person"), REFERENCE);
    assert_eq!(
        filter(&person, &[], &|_, _| None),
        Err(MaskError::Undecided)
    );
    assert_eq!(
        filter(&person, &[0x0a, 1, 0xff], &all),
        Err(MaskError::Malformed),
        "an id is UTF-8"
    );
    let mut deep = comment("x", 120);
    let mut p = DynamicMessage::new(message("Person"));
    set(&mut deep, "text", text("x"));
    set(&mut p, "comment", Value::Message(deep));
    assert_eq!(
        filter(&person, &p.encode_to_vec(), &all),
        Err(MaskError::TooDeep)
    );
}

#[test]
fn the_last_id_counts() {
    let person = Tree::compile(&message("Person"), REFERENCE);
    let only_a = |_: ResourceType, id: &str| (id == "a").then_some(ClassSet::ALL);
    assert_eq!(
        filter(&person, &[0x0a, 1, b'a', 0x0a, 1, b'b'], &only_a),
        Err(MaskError::Undecided)
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn no_denied_word_leaves(bits: u64, outer: u64, visible: bool) {
        let classes = ClassSet::from_bits(bits & 0x1_ffff);
        let from = list(&[("p", "canary")], "story");
        let got = run("ListResponse", &from, &|r, _| match r {
            ResourceType::Case => Some(ClassSet::from_bits(outer)),
            _ => visible.then_some(classes),
        });
        let cases = got.get_field_by_name("cases").expect("cases");
        let case = cases.as_list().expect("list")[0].as_message().expect("case");
        prop_assert_eq!(case.has_field_by_name("story"), ClassSet::from_bits(outer).contains(FieldClass::Notes));
        let people = case.get_field_by_name("people").expect("people");
        let people = people.as_list().expect("list");
        prop_assert_eq!(people.len(), usize::from(visible));
        if let Some(p) = people.first().and_then(Value::as_message) {
            for (field, class) in [
                ("identity", FieldClass::Identity), ("contact", FieldClass::Contact), ("born", FieldClass::DateOfBirth),
                ("ids", FieldClass::ExternalIds), ("by_key", FieldClass::Needs), ("scores", FieldClass::Risk),
            ] {
                prop_assert_eq!(p.has_field_by_name(field), classes.contains(class), "{}", field);
                prop_assert_eq!(masked(p).iter().any(|m| m.split('.').next() == Some(field)), !classes.contains(class)
                    || field == "by_key" && !classes.contains(FieldClass::Notes));
            }
            prop_assert!(!p.has_field_by_name("forgotten"));
            let c = p.get_field_by_name("comment").expect("comment");
            prop_assert_eq!(c.as_message().expect("comment").has_field_by_name("text"), classes.contains(FieldClass::Notes));
        }
    }

    #[test]
    fn rubbish_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let tree = Tree::compile(&message("ListResponse"), REFERENCE);
        let _ = filter(&tree, &bytes, &|_, _| Some(ClassSet::ALL));
    }

    #[test]
    fn filtering_twice_is_filtering_once(bits: u64) {
        let classes = ClassSet::from_bits(bits);
        let tree = Tree::compile(&message("ListResponse"), REFERENCE);
        let body = list(&[("p", "x"), ("q", "y")], "s").encode_to_vec();
        let once = filter(&tree, &body, &|_, _| Some(classes)).expect("filters");
        prop_assert_eq!(filter(&tree, &once, &|_, _| Some(classes)).expect("filters"), once);
    }
}
