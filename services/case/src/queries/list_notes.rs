//! Notes of a case.

use platform::{Ctx, Db, Result, Tx, page::Page};
use proto::{
    Action, FieldClass, ResourceType,
    case::v1::{ListNotesRequest, ListNotesResponse},
};

use super::visible;
use crate::{
    api::case_convert,
    commands::case_input::Check,
    domain::{note, side::Side},
    store::{case_blobs::NoteBlob, cases, notes::{self, Visible}},
};

/// A page of them, newest first, old versions with them. A note for supervisors is not there for anybody else.
///
/// # Errors
/// `InvalidArgument`; `NotFound`; `PermissionDenied`.
pub async fn list(db: &Db, ctx: &Ctx, request: ListNotesRequest) -> Result<ListNotesResponse> {
    let mut check = Check::new();
    let id = check.id("case_id", &request.case_id);
    let only = (!request.side.is_empty()).then(|| check.side("side", &request.side).code().to_owned());
    check.done()?;
    let page = Page::read(request.page_size, &request.page_token, &format!("{id} {only:?}"))?;

    let mut tx = Tx::begin(db, ctx, ctx.permit()).await?;
    let worked = cases::load(&mut tx, id).await?;
    ctx.decide(Action::Read, id, &worked.facts())?;
    let visible = Visible {
        sides: visible::sides(ctx, &worked, ResourceType::Note),
        own: Some(ctx.subject()?),
        supervisor: visible::reads_supervisor(ctx, &worked),
        only,
    };
    let mut rows = notes::page(&mut tx, id, &visible, page.place, page.rows()).await?;
    let next_page_token = page.cut(&mut rows, |row| (row.recorded_at, row.id));
    let mut shown = Vec::with_capacity(rows.len());
    for row in rows {
        let allocated = worked.of_side(Side::parse(&row.side).unwrap_or_default());
        let mut facts = worked.access(ResourceType::Note, &allocated);
        facts.made_by = row.made_by;
        let Some(decision) = ctx.see(row.id, &facts) else { continue };
        if row.readers == note::SUPERVISORS && !decision.read.contains(FieldClass::SupervisorOnly) {
            continue;
        }
        let mut blob = NoteBlob::default();
        if decision.read.contains(FieldClass::Notes) {
            blob = match tx.open(id, FieldClass::Notes, row.id, &row.c_notes).await {
                Ok(blob) => blob,
                Err(error) if error.reason() == "ERASED" => NoteBlob::default(),
                Err(error) => return Err(error),
            };
        }
        let mut note = case_convert::note(row);
        note.text = blob.text;
        note.correction_reason = blob.correction_reason;
        shown.push(note);
    }
    tx.commit().await?;
    Ok(ListNotesResponse { notes: shown, next_page_token })
}
