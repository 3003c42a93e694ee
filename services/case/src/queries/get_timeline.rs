//! What happened in a case.

use platform::{Ctx, Db, Result, Tx, page::Page};
use proto::{
    Action, ResourceType,
    case::v1::{GetTimelineRequest, GetTimelineResponse},
};

use super::visible;
use crate::{
    api::case_convert,
    commands::case_input::Check,
    store::{cases, timeline::{self, Visible}},
};

/// A page of it, newest first. An entry about a person, a note or a meeting is as visible as that.
///
/// # Errors
/// `InvalidArgument`; `NotFound`; `PermissionDenied`.
pub async fn get(db: &Db, ctx: &Ctx, request: GetTimelineRequest) -> Result<GetTimelineResponse> {
    let mut check = Check::new();
    let id = check.id("case_id", &request.case_id);
    check.done()?;
    let page = Page::read(request.page_size, &request.page_token, &id.to_string())?;

    let mut tx = Tx::begin(db, ctx, ctx.permit()).await?;
    let worked = cases::load(&mut tx, id).await?;
    ctx.decide(Action::Read, id, &worked.facts())?;
    let visible = Visible {
        participant_sides: visible::sides(ctx, &worked, ResourceType::Participant),
        note_sides: visible::sides(ctx, &worked, ResourceType::Note),
        supervisor: visible::reads_supervisor(ctx, &worked),
        meeting_sides: visible::sides(ctx, &worked, ResourceType::Meeting),
        restricted_people: worked.guard.restricted_people.clone(),
    };
    let mut rows = timeline::page(&mut tx, id, &visible, page.place, page.rows()).await?;
    tx.commit().await?;
    let next_page_token = page.cut(&mut rows, |row| (row.at, row.id));
    Ok(GetTimelineResponse { entries: rows.into_iter().map(case_convert::entry).collect(), next_page_token })
}
