//! Which sides of a case, and which readers' notes, the caller sees.

use std::collections::BTreeSet;

use access::class::ClassSet;
use chrono::{DateTime, Utc};
use platform::{Ctx, Result, Tx};
use proto::{Action, FieldClass, ResourceType};
use uuid::Uuid;

use crate::{
    domain::{case_file::Worked, meeting, side::Side},
    store::{guards, meetings::{self, Filter}, participants},
};

/// Sides of which the caller may read records of this type in the case.
pub fn sides(ctx: &Ctx, worked: &Worked, resource: ResourceType) -> Vec<String> {
    let seen = Side::ALL.into_iter().filter(|side| {
        let allocated = worked.of_side(*side);
        ctx.may(Action::Read, &worked.access(resource, &allocated))
    });
    seen.map(|side| side.code().to_owned()).collect()
}

/// Whether the caller may read notes for supervisors in the case: a grant that reaches its notes reads that class.
pub fn reads_supervisor(ctx: &Ctx, worked: &Worked) -> bool {
    let facts = worked.access(ResourceType::Note, worked.everyone());
    ctx.allowed(Action::Read, &facts).is_some_and(|d| d.read.contains(FieldClass::SupervisorOnly))
}

/// Start of the next meeting that the caller sees: who works one side does not learn when the other one meets.
///
/// # Errors
/// Of the database.
pub async fn next_meeting(tx: &mut Tx, ctx: &Ctx, worked: &Worked) -> Result<Option<DateTime<Utc>>> {
    let Some(next) = worked.case.next_meeting_at else { return Ok(None) };
    if sides(ctx, worked, ResourceType::Meeting).len() == Side::ALL.len() {
        return Ok(Some(next));
    }
    let Ok(scope) = ctx.scope(ResourceType::Meeting, Action::List, ClassSet::NONE) else { return Ok(None) };
    let filter = Filter { case_id: Some(worked.case.id), from: Some(next), state: Some(meeting::SCHEDULED.to_owned()), ..Filter::default() };
    let me = ctx.subject()?;
    let reach = guards::reach(tx, &scope, me).await?;
    let rows = meetings::page(tx, me, &scope, &reach, &filter, None, 1).await?;
    Ok(rows.first().map(|row| row.starts_at))
}

/// Participants of the case whom the caller may read.
///
/// # Errors
/// Of the database.
pub async fn participants(tx: &mut Tx, ctx: &Ctx, worked: &Worked) -> Result<BTreeSet<Uuid>> {
    let sides = sides(ctx, worked, ResourceType::Participant);
    let rows = participants::of_case(tx, worked.case.id).await?;
    let restricted = &worked.guard.restricted_people;
    Ok(rows.into_iter().filter(|row| sides.contains(&row.side) && !restricted.contains(&row.person_id)).map(|row| row.id).collect())
}
