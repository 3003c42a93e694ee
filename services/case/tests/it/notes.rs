//! Notes: for a side, for readers, corrected and never changed.

use proto::case::v1::{AddNoteRequest, CorrectNoteRequest, GetTimelineRequest, ListNotesRequest, Note};
use tonic::{Code, Status};
use uuid::Uuid;

use crate::case_office::{Office, fields, reason};

impl Office {
    async fn note(&self, user: Uuid, case_id: &str, side: &str, readers: &str, text: &str) -> Result<String, Status> {
        let request = AddNoteRequest {
            request_id: self.key(),
            case_id: case_id.into(),
            side: side.into(),
            readers: readers.into(),
            text: text.into(),
            ..AddNoteRequest::default()
        };
        Ok(self.notes().add_note(self.service.as_user(user, request)).await?.into_inner().note_id)
    }

    async fn read(&self, user: Uuid, case_id: &str) -> Vec<Note> {
        let request = ListNotesRequest { case_id: case_id.into(), ..ListNotesRequest::default() };
        self.notes().list_notes(self.service.as_user(user, request)).await.expect("notes").into_inner().notes
    }

    async fn noted(&self, user: Uuid, case_id: &str) -> usize {
        let request = GetTimelineRequest { case_id: case_id.into(), ..GetTimelineRequest::default() };
        let entries = self.cases().get_timeline(self.service.as_user(user, request)).await.expect("timeline").into_inner().entries;
        entries.iter().filter(|e| e.kind == "NOTE").count()
    }
}

#[tokio::test]
async fn the_other_side_and_those_below_do_not_know_of_a_note() {
    let office = Office::open().await;
    let id = office.rj().await;
    office.allocate(&id, office.facilitator, "HARMED").await.expect("allocated");
    office.allocate(&id, office.colleague, "HARMER").await.expect("allocated");
    let harmed = office.note(office.facilitator, &id, "HARMED", "EVERYONE", "She is afraid.").await.expect("a note");
    office.note(office.colleague, &id, "BOTH", "EVERYONE", "The venue is booked.").await.expect("a note");
    office.note(office.coordinator, &id, "BOTH", "SUPERVISORS", "Look at this again.").await.expect("a note");

    let texts = |notes: Vec<Note>| notes.into_iter().map(|n| n.text).collect::<Vec<_>>();
    let mut theirs = texts(office.read(office.facilitator, &id).await);
    theirs.sort();
    assert_eq!(theirs, ["She is afraid.", "The venue is booked."]);
    assert_eq!(texts(office.read(office.colleague, &id).await), ["The venue is booked."]);
    assert_eq!(office.read(office.coordinator, &id).await.len(), 3);
    assert!(office.read(office.reader, &id).await.is_empty());
    for (user, count) in [(office.facilitator, 2), (office.colleague, 1), (office.coordinator, 3), (office.reader, 0)] {
        assert_eq!(office.noted(user, &id).await, count);
    }

    let refused = office.note(office.colleague, &id, "HARMED", "EVERYONE", "x").await.expect_err("not their side");
    assert_eq!(refused.code(), Code::PermissionDenied);
    let refused = office.note(office.facilitator, &id, "HARMED", "SUPERVISORS", "x").await.expect_err("not a supervisor");
    assert_eq!(refused.code(), Code::PermissionDenied);
    assert_eq!(fields(office.note(office.facilitator, &id, "", "", "").await.expect_err("empty")), ["side", "readers", "text"]);

    let correct = |user, note_id: &str| {
        let request = CorrectNoteRequest { request_id: office.key(), note_id: note_id.into(), text: "She is uneasy.".into(), reason: "Her word.".into() };
        office.service.as_user(user, request)
    };
    assert_eq!(office.notes().correct_note(correct(office.colleague, &harmed)).await.expect_err("unseen").code(), Code::NotFound);
    let newer = office.notes().correct_note(correct(office.facilitator, &harmed)).await.expect("corrected").into_inner().note_id;
    assert_eq!(reason(office.notes().correct_note(correct(office.facilitator, &harmed)).await.expect_err("once")), "ALREADY_CORRECTED");
    let notes = office.read(office.facilitator, &id).await;
    let old = notes.iter().find(|n| n.id == harmed).expect("the old one stays");
    let new = notes.iter().find(|n| n.id == newer).expect("the new one");
    assert_eq!((old.text.as_str(), old.corrected_by_note_id.as_str()), ("She is afraid.", newer.as_str()));
    assert_eq!((new.corrects_note_id.as_str(), new.correction_reason.as_str()), (harmed.as_str(), "Her word."));
}

#[tokio::test]
async fn not_even_the_database_lets_a_note_change() {
    let office = Office::open().await;
    let id = office.rj().await;
    office.note(office.coordinator, &id, "BOTH", "EVERYONE", "Once written.").await.expect("a note");
    let mut db = office.service.db.connect().await;
    for sql in ["update cases.note set kind = 'RISK'", "delete from cases.note"] {
        assert!(sqlx::query(sql).execute(&mut db).await.is_err(), "{sql}");
    }
}
