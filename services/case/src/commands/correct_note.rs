//! Corrects a note by a new version; the old one stays.

use platform::{Ctx, Db, Error, Result, Tx};
use proto::{Action, FieldClass, ResourceType, case::v1::{CorrectNoteRequest, CorrectNoteResponse}};

use super::{add_note, case_input::{Check, FREE}};
use crate::{
    domain::{note, side::Side},
    queries::visible,
    store::{case_blobs::NoteBlob, cases, notes::{self, NoteRow}},
};

/// Adds the corrected version, for the same side and readers.
///
/// # Errors
/// `InvalidArgument`; `NotFound`, also of a note for supervisors to whom it is not shown; `PermissionDenied`;
/// `FailedPrecondition` (`ALREADY_CORRECTED`).
pub async fn run(db: &Db, ctx: &Ctx, request: CorrectNoteRequest) -> Result<CorrectNoteResponse> {
    let mut check = Check::new();
    let id = check.id("note_id", &request.note_id);
    let text = check.required("text", &request.text, FREE, "Enter the note as it should be.");
    let reason = check.required("reason", &request.reason, FREE, "Enter why the note is corrected.");
    check.done()?;

    let mut tx = Tx::begin(db, ctx, ctx.permit()).await?;
    let old = notes::get_for_update(&mut tx, id).await?.ok_or_else(Error::not_found)?;
    let worked = cases::load(&mut tx, old.case_id).await?;
    if old.readers == note::SUPERVISORS && !visible::reads_supervisor(ctx, &worked) {
        return Err(Error::not_found());
    }
    let allocated = worked.of_side(Side::parse(&old.side).unwrap_or_default());
    let mut facts = worked.access(ResourceType::Note, &allocated);
    facts.made_by = old.made_by;
    let decision = ctx.decide(Action::Update, id, &facts)?;
    add_note::check_write(&decision, &old.readers)?;
    if let Some(answer) = tx.replay(&request.request_id, &request).await? {
        return Ok(answer);
    }
    if old.corrected_by_id.is_some() {
        return Err(Error::precondition("ALREADY_CORRECTED", "This note was corrected already. Correct the newest version."));
    }
    let note_id = ctx.new_id();
    let blob = NoteBlob { text, correction_reason: reason };
    let row = NoteRow {
        id: note_id,
        recorded_at: tx.now(),
        recorded_by: ctx.principal().label(),
        made_by: Some(ctx.subject()?),
        corrects_id: Some(id),
        corrected_by_id: None,
        c_notes: tx.seal(old.case_id, FieldClass::Notes, note_id, &blob).await?,
        ..old
    };
    tx.changed(ResourceType::Note, id);
    add_note::save(&mut tx, &row).await?;
    tx.commit_with(CorrectNoteResponse { note_id: note_id.to_string() }).await
}
