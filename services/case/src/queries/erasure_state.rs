//! What is asked before a person is erased: what holds it back and how much would go.

use access::facts::Facts;
use platform::{Ctx, Result, db::Tx, local_time};
use proto::{Action, ResourceType};
use uuid::Uuid;

use crate::{
    domain::erasure::{self, Blocker},
    queries::person_access,
    store::{erasures, participations::ParticipationRow},
};

/// Decides whether the caller may erase the person: only who may manage people.
///
/// # Errors
/// `NotFound` where no visible case shows them; `PermissionDenied`.
pub fn may_manage(ctx: &Ctx, person: Uuid, rows: &[ParticipationRow]) -> Result<()> {
    person_access::decide_person(ctx, Action::Manage, person, rows).map(drop)
}

/// Everything that holds the erasure back now, open cases first. A case that the caller may not see is named by nothing.
///
/// # Errors
/// Of the database.
pub async fn blockers(tx: &mut Tx, ctx: &Ctx, person: Uuid, rows: &[ParticipationRow]) -> Result<Vec<Blocker>> {
    let mut found: Vec<Blocker> = Vec::new();
    let mut seen: Vec<Uuid> = Vec::new();
    for row in rows.iter().filter(|r| r.person_id == person && r.case_open) {
        if !seen.contains(&row.case_id) {
            seen.push(row.case_id);
            let facts = Facts::new(ResourceType::Case).owned_by(row.owner_node_id).allocated(&row.allocated_to_case);
            found.push(Blocker::OpenCase(ctx.may(Action::Read, &facts).then(|| row.case_reference.clone())));
        }
    }
    let today = local_time::today(tx.now());
    for hold in erasures::holds(tx, person).await? {
        if erasure::holds_on(hold.until, today) {
            found.push(Blocker::Hold(hold.id, hold.kind, hold.until));
        }
    }
    Ok(found)
}
