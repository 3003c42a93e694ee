//! Which sides of a case, and which readers' notes, the caller sees.

use std::collections::BTreeSet;

use access::class::ClassSet;
use platform::{Ctx, Result, Tx};
use proto::{Action, FieldClass, ResourceType};
use uuid::Uuid;

use crate::{
    domain::{case_file::{Worked, access_facts}, side::Side},
    store::participants,
};

/// Sides of which the caller may read records of this type in the case.
pub fn sides(ctx: &Ctx, worked: &Worked, resource: ResourceType) -> Vec<String> {
    let seen = Side::ALL.into_iter().filter(|side| {
        let allocated = worked.of_side(*side);
        ctx.may(Action::Read, &access_facts(resource, &worked.case, &allocated))
    });
    seen.map(|side| side.code().to_owned()).collect()
}

/// Whether the caller may read notes for supervisors in the case: a grant that reaches its notes reads that class.
pub fn reads_supervisor(ctx: &Ctx, worked: &Worked) -> bool {
    let Ok(scope) = ctx.scope(ResourceType::Note, Action::Read, ClassSet::of(&[FieldClass::SupervisorOnly])) else { return false };
    let works_it = ctx.subject().is_ok_and(|me| worked.everyone().contains(&me));
    scope.everything || scope.nodes.contains(&worked.case.owner_node_id) || (scope.allocated && works_it)
}

/// Participants of the case whom the caller may read.
///
/// # Errors
/// Of the database.
pub async fn participants(tx: &mut Tx, ctx: &Ctx, worked: &Worked) -> Result<BTreeSet<Uuid>> {
    let sides = sides(ctx, worked, ResourceType::Participant);
    let rows = participants::of_case(tx, worked.case.id).await?;
    Ok(rows.into_iter().filter(|row| sides.contains(&row.side)).map(|row| row.id).collect())
}
