//! The audit trail: a look is committed before its answer, a change with its rows.

use testkit::eventually;
use tonic::{Code, Request};
use uuid::Uuid;

use crate::notes::{Office, count};

type Row = (String, String, String, Vec<Uuid>);

/// Events of a request, in order.
async fn events(office: &Office, request_id: &str) -> Vec<Row> {
    let mut database = office.service.db.connect().await;
    sqlx::query_as("SELECT actor, method, outcome, record_ids FROM platform.audit_event WHERE request_id = $1::text::uuid ORDER BY sequence")
        .bind(request_id)
        .fetch_all(&mut database)
        .await
        .unwrap()
}

fn id_of<T>(request: &Request<T>) -> String {
    request.metadata().get("accord-request-id").unwrap().to_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_look_is_committed_when_its_answer_comes() {
    let office = Office::open().await;
    for _ in 0..5 {
        let request = office.service.as_user(office.lead, office.look(""));
        let id = id_of(&request);
        office.client().list_notes(request).await.unwrap();
        let record = office.case_id.parse().unwrap();
        let expected = (format!("user:{}", office.lead), "/accord.case.v1.NoteService/ListNotes".into(), "ok".into(), vec![record]);
        assert_eq!(events(&office, &id).await, [expected]);
    }
    office.service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_waits_for_the_commit_of_its_look() {
    let office = Office::open().await;
    let (mut locker, mut watcher) = (office.service.db.connect().await, office.service.db.connect().await);
    sqlx::raw_sql("BEGIN; LOCK TABLE platform.audit_event IN SHARE MODE").execute(&mut locker).await.unwrap();
    let request = office.service.as_user(office.lead, office.look(""));
    let (id, mut client) = (id_of(&request), office.client());
    let call = tokio::spawn(async move { client.list_notes(request).await });
    let waiting = "SELECT count(*) FROM pg_locks WHERE relation = 'platform.audit_event'::regclass AND NOT granted";
    eventually(async || count(&mut watcher, waiting).await == 1).await;
    assert!(!call.is_finished());
    sqlx::raw_sql("ROLLBACK").execute(&mut locker).await.unwrap();
    call.await.unwrap().unwrap();
    assert_eq!(events(&office, &id).await.len(), 1);
    office.service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_look_that_cannot_be_recorded_is_not_answered() {
    let office = Office::open().await;
    let mut database = office.service.db.connect().await;
    sqlx::raw_sql("REVOKE INSERT ON platform.audit_event FROM case_platform").execute(&mut database).await.unwrap();
    let refused = office.ask("").await.unwrap_err();
    assert_eq!(refused.code(), Code::Unavailable);
    // Changes do not need the writer of looks: their rows are in their own transaction.
    office.add(office.note("a change", "")).await.unwrap();
    sqlx::raw_sql("GRANT INSERT ON platform.audit_event TO case_platform").execute(&mut database).await.unwrap();
    assert_eq!(office.ask("").await.unwrap(), "1");
    office.service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_and_its_event_are_one_transaction() {
    let office = Office::open().await;
    let request = office.service.as_user(office.lead, office.note("a change", ""));
    let id = id_of(&request);
    let note = office.client().add_note(request).await.unwrap().into_inner().note_id;
    let rows = events(&office, &id).await;
    assert!(rows.iter().any(|(_, _, outcome, records)| outcome == "ok" && *records == [note.parse::<Uuid>().unwrap()]), "{rows:?}");
    let together = "SELECT count(DISTINCT xmin::text) FROM (SELECT xmin FROM tiny.note UNION ALL SELECT xmin FROM platform.outbox
                    UNION ALL SELECT xmin FROM platform.idempotency UNION ALL SELECT xmin FROM platform.audit_event WHERE resource <> 0) AS rows";
    assert_eq!(office.count(together).await, 1);

    // A change that is given up leaves nothing.
    let before = office.count("SELECT count(*) FROM platform.audit_event WHERE outcome = 'ok'").await;
    assert_eq!(office.add(office.note("given up", "fail")).await.unwrap_err().code(), Code::FailedPrecondition);
    assert_eq!(office.count("SELECT count(*) FROM platform.audit_event WHERE outcome = 'ok'").await, before);
    // And one whose event cannot be written is no change.
    let mut database = office.service.db.connect().await;
    sqlx::raw_sql("REVOKE INSERT ON platform.audit_event FROM case_app").execute(&mut database).await.unwrap();
    assert!(office.add(office.note("unrecorded", "")).await.is_err());
    assert_eq!((office.count("SELECT count(*) FROM tiny.note").await, office.count("SELECT count(*) FROM platform.outbox").await), (1, 1));
    office.service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_recorded_too() {
    let office = Office::open().await;
    let request = office.service.as_user(office.reader, office.note("a change", ""));
    let id = id_of(&request);
    assert_eq!(office.client().add_note(request).await.unwrap_err().code(), Code::PermissionDenied);
    let rows = events(&office, &id).await;
    assert_eq!(rows.iter().map(|row| row.2.as_str()).collect::<Vec<_>>(), ["denied"]);
    office.service.stop().await;
}
