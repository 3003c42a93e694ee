//! The same command sent twice has one effect and one answer.

use testkit::eventually;
use tonic::Code;

use crate::{notes::{Gate, Office, count, reason}, tiny::{Another, Tiny}};

const NOTES: &str = "SELECT count(*) FROM tiny.note";
const EVENTS: &str = "SELECT count(*) FROM platform.outbox";
const WAITING: &str = "SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database
                       WHERE d.datname = current_database() AND l.locktype = 'advisory' AND NOT l.granted";

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_command_gets_the_answer_of_the_first() {
    let office = Office::open().await;
    let note = office.note("once", "");
    let first = office.add(note.clone()).await.unwrap();
    assert_eq!(office.add(note.clone()).await.unwrap(), first);

    // After the process that did it is gone.
    let later = Another::serve::<Tiny>(&office.service.figment, &office.service.clock).await;
    let request = office.service.as_user(office.lead, note.clone());
    assert_eq!(office.client_at(later.address()).add_note(request).await.unwrap().into_inner().note_id, first);
    later.stop().await;
    assert_eq!((office.count(NOTES).await, office.count(EVENTS).await), (1, 1));

    // A key belongs to who made it.
    let request = office.service.as_user(office.other_lead, note);
    assert_ne!(office.client().add_note(request).await.unwrap().into_inner().note_id, first);
    assert_eq!(office.count(NOTES).await, 2);
    office.service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_comes_with_another_request_is_refused() {
    let office = Office::open().await;
    let note = office.note("one", "");
    office.add(note.clone()).await.unwrap();
    let mut other = note;
    other.text = "another".into();
    let refused = office.add(other).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::Aborted, "IDEMPOTENCY_KEY_REUSED"));

    let mut keyless = office.note("none", "");
    keyless.request_id.clear();
    let refused = platform::Error::from(office.add(keyless).await.unwrap_err());
    assert_eq!(refused.fields()[0].field, "request_id");
    assert_eq!(office.count(NOTES).await, 1);
    office.service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_permit_is_checked_before_a_replay() {
    let office = Office::open().await;
    let note = office.note("once", "");
    office.add(note.clone()).await.unwrap();
    // The same user, whose only role now is to read.
    office.service.world.advance();
    let mut snapshot = office.service.world.snapshot();
    let role = snapshot.roles.iter().find(|r| r.built_in == "read_only").unwrap().id.clone();
    for assignment in snapshot.assignments.iter_mut().filter(|a| a.subject_id == office.lead.to_string()) {
        assignment.role_id.clone_from(&role);
    }
    office.service.running.snapshots.advance(office.service.world.tenant, &snapshot).await.unwrap();
    assert_eq!(office.add(note).await.unwrap_err().code(), Code::PermissionDenied);
    office.service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_with_one_key_at_the_same_time_have_one_effect() {
    let office = Office::open().await;
    let note = office.note("once", "wait");
    let send = || {
        let (mut client, request) = (office.client(), office.service.as_user(office.lead, note.clone()));
        tokio::spawn(async move { client.add_note(request).await.map(|r| r.into_inner().note_id) })
    };
    let gate = Gate::of(&office.case_id);
    let first = send();
    gate.entered().await;
    let others = [send(), send()];
    let mut database = office.service.db.connect().await;
    eventually(async || count(&mut database, WAITING).await == 2).await;
    gate.open();
    let answer = first.await.unwrap().unwrap();
    for other in others {
        assert_eq!(other.await.unwrap().unwrap(), answer);
    }
    assert_eq!((count(&mut database, NOTES).await, count(&mut database, EVENTS).await), (1, 1));
    office.service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_was_given_up_leaves_its_key_free() {
    let office = Office::open().await;
    let note = office.note("once", "wait");
    let send = || {
        let (mut client, request) = (office.client(), office.service.as_user(office.lead, note.clone()));
        tokio::spawn(async move { client.add_note(request).await.map(|r| r.into_inner().note_id) })
    };
    let gate = Gate::of(&office.case_id);
    let first = send();
    gate.entered().await;
    let second = send();
    let mut database = office.service.db.connect().await;
    eventually(async || count(&mut database, WAITING).await == 1).await;
    first.abort();
    // Only the second one's handler comes to the gate now: the first one's change was rolled back.
    gate.entered().await;
    gate.open();
    second.await.unwrap().unwrap();
    assert_eq!((count(&mut database, NOTES).await, count(&mut database, EVENTS).await), (1, 1));
    office.service.stop().await;
}
