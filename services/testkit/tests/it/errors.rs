//! Errors on the wire: google.rpc details, and nothing of what only the log may hold.

use platform::ids;
use tonic::Code;
use tonic_types::StatusExt;
use uuid::Uuid;

use crate::notes::{Office, reason};

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_request_names_every_field_and_what_to_do() {
    let office = Office::open().await;
    let refused = office.add(office.note("", "")).await.unwrap_err();
    let details = refused.get_error_details();
    let info = details.error_info().unwrap();
    assert_eq!((refused.code(), info.reason.as_str(), info.domain.as_str()), (Code::InvalidArgument, "INVALID_ARGUMENT", "accord"));
    let fields: Vec<_> = details.bad_request().unwrap().field_violations.iter().map(|v| (v.field.as_str(), v.description.as_str())).collect();
    assert_eq!(fields, [("text", "Enter the note."), ("happened_at", "Enter when it happened.")]);
    office.service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fault_says_nothing_about_itself() {
    let office = Office::open().await;
    for (word, request) in [("a check of the database", office.note("forbidden words", "")), ("a cast", office.note("Ada", "cast"))] {
        let fault = office.add(request).await.unwrap_err();
        assert_eq!((fault.code(), reason(&fault).as_str()), (Code::Internal, "INTERNAL"), "{word}");
        let all = format!("{} {:?}", fault.message(), String::from_utf8_lossy(fault.details()));
        for private in ["forbidden", "Ada", "tiny", "note", "uuid"] {
            assert!(!all.contains(private), "{word}: {private} in {all}");
        }
    }
    let panicked = office.ask("panic").await.unwrap_err();
    assert_eq!((panicked.code(), reason(&panicked).as_str()), (Code::Internal, "INTERNAL"));
    assert_eq!(office.ask("").await.unwrap(), "0", "the service lives on");
    office.service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_without_a_decision_is_not_given() {
    let office = Office::open().await;
    let refused = office.ask("undecided").await.unwrap_err();
    assert_eq!(refused.code(), Code::Internal);
    office.service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_and_what_another_tenant_owns_have_the_same_answer() {
    let office = Office::open().await;
    let mut answers = Vec::new();
    for owner in [Uuid::from_u128(7), ids::new_id(office.service.clock.now())] {
        let mut look = office.look("");
        look.side = owner.to_string();
        let request = office.service.as_user(office.reader, look);
        answers.push(office.client().list_notes(request).await.unwrap_err());
    }
    let bytes = |n: usize| (answers[n].code(), answers[n].message().to_owned(), answers[n].details().to_vec());
    assert_eq!(bytes(0).0, Code::NotFound);
    assert_eq!(bytes(0), bytes(1));
    office.service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_method_that_looks_can_change_nothing() {
    let office = Office::open().await;
    assert_eq!(office.ask("mode").await.unwrap(), "on");
    assert_eq!(office.ask("write").await.unwrap_err().code(), Code::Internal);
    assert_eq!(office.ask("").await.unwrap(), "0");
    office.service.stop().await;
}
