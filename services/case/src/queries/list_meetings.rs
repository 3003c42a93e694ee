//! Meetings: of a case, or the caller's own of a period.

use access::class::ClassSet;
use platform::{Ctx, Db, Error, Result, Tx, page::Page};
use proto::{
    Action, FieldClass, ResourceType,
    case::v1::{ListMeetingsRequest, ListMeetingsResponse, Meeting},
};
use uuid::Uuid;

use crate::{
    api::case_convert,
    commands::case_input::Check,
    domain::{case_file::Worked, side::Side},
    store::{case_blobs::TextBlob, case_lists, cases, guards, meetings::{self, AttendeeRow, Filter, MeetingRow}},
};

/// A page of them, earliest first.
///
/// # Errors
/// `InvalidArgument`; `NotFound` for a case that the caller does not see; `PermissionDenied`.
pub async fn list(db: &Db, ctx: &Ctx, request: ListMeetingsRequest) -> Result<ListMeetingsResponse> {
    let mut check = Check::new();
    let filter = Filter {
        case_id: check.optional_id("case_id", &request.case_id),
        mine: request.mine,
        from: check.optional_at("from", request.from),
        to: check.optional_at("to", request.to),
        state: (!request.state.is_empty())
            .then(|| check.one("state", &request.state, matches!(request.state.as_str(), "SCHEDULED" | "CANCELLED" | "HELD" | "NOT_HELD"))),
    };
    check.done()?;
    let page = Page::read(request.page_size, &request.page_token, &format!("{filter:?}"))?;
    let scope = ctx.scope(ResourceType::Meeting, Action::List, ClassSet::NONE)?;
    let me = ctx.subject()?;

    let mut tx = Tx::begin(db, ctx, ctx.permit()).await?;
    if let Some(case_id) = filter.case_id {
        let worked = cases::load(&mut tx, case_id).await?;
        ctx.decide(Action::Read, case_id, &worked.facts())?;
    }
    let reach = guards::reach(&mut tx, &scope, me).await?;
    let mut rows = meetings::page(&mut tx, me, &scope, &reach, &filter, page.place, page.rows()).await?;
    let next_page_token = page.cut(&mut rows, |row| (row.starts_at, row.id));
    let ids: Vec<Uuid> = rows.iter().map(|r| r.id).collect();
    let mut case_ids: Vec<Uuid> = rows.iter().map(|r| r.case_id).collect();
    case_ids.sort_unstable();
    case_ids.dedup();
    let attendees = meetings::attendees(&mut tx, &ids).await?;
    let found = case_lists::by_ids(&mut tx, &case_ids).await?;
    let worked = cases::worked_all(&mut tx, found).await?;
    tx.load_subject_keys(&case_ids).await?;
    let mut meetings = Vec::with_capacity(rows.len());
    for row in &rows {
        let Some(worked) = worked.iter().find(|w| w.case.id == row.case_id) else { continue };
        let allocated = worked.of_side(Side::parse(&row.side).unwrap_or_default());
        let mut facts = worked.access(ResourceType::Meeting, &allocated);
        facts.made_by = row.made_by;
        let Some(decision) = ctx.see(row.id, &facts) else { continue };
        meetings.push(shown(&mut tx, row, worked, &attendees, decision.read.contains(FieldClass::Contact)).await?);
    }
    tx.commit().await?;
    Ok(ListMeetingsResponse { meetings, next_page_token })
}

/// One meeting.
///
/// # Errors
/// `NotFound`; `PermissionDenied`.
pub async fn get(db: &Db, ctx: &Ctx, id: Uuid) -> Result<Meeting> {
    let mut tx = Tx::begin(db, ctx, ctx.permit()).await?;
    let row = meetings::get(&mut tx, id).await?.ok_or_else(Error::not_found)?;
    let worked = cases::load(&mut tx, row.case_id).await?;
    let allocated = worked.of_side(Side::parse(&row.side).unwrap_or_default());
    let mut facts = worked.access(ResourceType::Meeting, &allocated);
    facts.made_by = row.made_by;
    let decision = ctx.decide(Action::Read, id, &facts)?;
    let attendees = meetings::attendees(&mut tx, &[id]).await?;
    let meeting = shown(&mut tx, &row, &worked, &attendees, decision.read.contains(FieldClass::Contact)).await?;
    tx.commit().await?;
    Ok(meeting)
}

async fn shown(tx: &mut Tx, row: &MeetingRow, worked: &Worked, attendees: &[AttendeeRow], reads_place: bool) -> Result<Meeting> {
    let mut meeting = case_convert::meeting(row, worked.case.reference.clone(), attendees);
    if let Some(blob) = row.c_contact.as_deref().filter(|_| reads_place) {
        meeting.place = match tx.open::<TextBlob>(row.case_id, FieldClass::Contact, row.id, blob).await {
            Ok(blob) => blob.text,
            Err(error) if error.reason() == "ERASED" => String::new(),
            Err(error) => return Err(error),
        };
    }
    Ok(meeting)
}
