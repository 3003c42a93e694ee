//! Adds a note to a case.

use access::decide::Decision;
use chrono::TimeDelta;
use platform::{Ctx, Db, Error, Result, Tx};
use proto::{Action, FieldClass, ResourceType, case::v1::{AddNoteRequest, AddNoteResponse}};
use uuid::Uuid;

use super::case_input::{Check, FREE};
use crate::{
    domain::{case_file::Worked, note, side::Side},
    store::{case_blobs::NoteBlob, cases, notes::{self, NoteRow}, participants, timeline},
};

/// How far a caller's clock may be ahead.
pub const AHEAD: TimeDelta = TimeDelta::minutes(5);

/// Adds a note for a side; in a closed case too, where something is heard later.
///
/// # Errors
/// `InvalidArgument`; `NotFound`; `PermissionDenied`, also where the caller may not write for that side or those readers.
pub async fn run(db: &Db, ctx: &Ctx, request: AddNoteRequest) -> Result<AddNoteResponse> {
    let mut check = Check::new();
    let id = check.id("case_id", &request.case_id);
    let side = check.side("side", &request.side);
    let readers = check.one("readers", &request.readers, note::is_readers(&request.readers));
    let kind = if request.kind.is_empty() { note::GENERAL } else { request.kind.as_str() };
    let kind = check.one("kind", kind, note::is_kind(kind));
    let text = check.required("text", &request.text, FREE, "Enter the note.");
    let happened_at = check.optional_at("happened_at", request.happened_at).unwrap_or(ctx.now());
    if happened_at > ctx.now() + AHEAD {
        check.wrong("happened_at", "Enter a date and time that is not in the future.");
    }
    let participant_id = check.optional_id("participant_id", &request.participant_id);
    check.done()?;

    let mut tx = Tx::begin(db, ctx, ctx.permit()).await?;
    let worked = cases::load(&mut tx, id).await?;
    ctx.decide(Action::Update, id, &worked.facts())?;
    if let Some(answer) = tx.replay(&request.request_id, &request).await? {
        return Ok(answer);
    }
    let note_id = ctx.new_id();
    let author = ctx.subject()?;
    let allocated = worked.of_side(side);
    let decision = ctx.decide_create(note_id, &worked.access(ResourceType::Note, &allocated).made(author))?;
    check_write(&decision, &readers)?;
    if let Some(participant_id) = participant_id
        && !fits(&mut tx, ctx, &worked, side, participant_id).await?
    {
        return Err(Error::invalid().field("participant_id", "Choose somebody of this case and of the side of the note."));
    }
    let blob = NoteBlob { text, correction_reason: String::new() };
    let row = NoteRow {
        id: note_id,
        case_id: id,
        side: side.code().into(),
        readers,
        kind,
        participant_id,
        happened_at,
        recorded_at: tx.now(),
        recorded_by: ctx.principal().label(),
        made_by: Some(author),
        corrects_id: None,
        corrected_by_id: None,
        c_notes: tx.seal(id, FieldClass::Notes, note_id, &blob).await?,
    };
    save(&mut tx, &row).await?;
    tx.commit_with(AddNoteResponse { note_id: note_id.to_string() }).await
}

/// Whether the words, and those readers, are the caller's to write.
///
/// # Errors
/// `PermissionDenied`.
pub fn check_write(decision: &Decision, readers: &str) -> Result<()> {
    let supervisors = readers == note::SUPERVISORS && !decision.write.contains(FieldClass::SupervisorOnly);
    if supervisors || !decision.write.contains(FieldClass::Notes) { Err(Error::denied()) } else { Ok(()) }
}

/// Stores a note and what goes with it.
///
/// # Errors
/// Of the database.
pub async fn save(tx: &mut Tx, row: &NoteRow) -> Result<()> {
    notes::insert(tx, row).await?;
    tx.changed(ResourceType::Note, row.id);
    timeline::add(tx, row.case_id, "NOTE", &[row.side.as_str(), row.kind.as_str()], Some(row.id), None).await?;
    cases::touch(tx, row.case_id).await
}

/// Whether the participant is one of this case whom the caller sees, and whom a note of this side may name.
async fn fits(tx: &mut Tx, ctx: &Ctx, worked: &Worked, side: Side, participant_id: Uuid) -> Result<bool> {
    let Some(row) = participants::get(tx, participant_id).await?.filter(|p| p.case_id == worked.case.id) else { return Ok(false) };
    let Some(theirs) = Side::parse(&row.side) else { return Ok(false) };
    let allocated = worked.of_side(theirs);
    let seen = ctx.may(Action::Read, &worked.access_about(row.person_id, ResourceType::Participant, &allocated));
    Ok(seen && (side == theirs || theirs == Side::Both || side == Side::Both))
}
