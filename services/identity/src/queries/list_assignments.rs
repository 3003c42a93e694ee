//! Who holds, held or will hold which role.

use access::class::ClassSet;
use chrono::{DateTime, Utc};
use platform::{Ctx, Result, page::Page};
use proto::{
    Action, ResourceType,
    identity::v1::{AssignmentState, ListAssignmentsRequest, ListAssignmentsResponse, RoleAssignment},
};
use uuid::Uuid;

use crate::{
    domain::period::{Standing, standing},
    state::State,
    store::{own_roles::{self, AssignmentRow, Filter}, users},
    wire,
};

/// Assignments in the order of their making, at nodes where the caller may list roles, of users whom they may see.
///
/// # Errors
/// `InvalidArgument`, `PermissionDenied`.
pub async fn list_assignments(state: &State, ctx: &Ctx, req: ListAssignmentsRequest) -> Result<ListAssignmentsResponse> {
    let scope = ctx.scope(ResourceType::Role, Action::List, ClassSet::NONE)?;
    let wants = |wanted| req.states.is_empty() || req.states.contains(&(wanted as i32));
    let filter = Filter {
        user: wanted_id("user_id", &req.user_id)?,
        role: wanted_id("role_id", &req.role_id)?,
        coming: wants(AssignmentState::Coming),
        current: wants(AssignmentState::Current),
        ended: wants(AssignmentState::Ended),
        ends_before: wire::instant("ends_before", req.ends_before)?,
    };
    let filters = format!("{}|{}|{:?}|{:?}", req.user_id, req.role_id, req.states, filter.ends_before);
    let page = Page::read(req.page_size, &req.page_token, &filters)?;
    let mut tx = state.begin(ctx).await?;
    let mut rows = own_roles::assignments(&mut tx, &scope, &filter, page.place.unwrap_or_default(), page.rows()).await?;
    let now = tx.now();
    tx.commit().await?;
    let next_page_token = page.cut(&mut rows, |last| last.id);
    let assignments = rows
        .into_iter()
        .filter(|r| ctx.see(r.user_id, &users::facts(r.user_id, r.user_node_id)).is_some())
        .map(|r| shown(r, now))
        .collect();
    Ok(ListAssignmentsResponse { assignments, next_page_token })
}

fn wanted_id(field: &str, id: &str) -> Result<Option<Uuid>> {
    if id.is_empty() { Ok(None) } else { platform::ids::parse_id(field, id).map(Some) }
}

fn shown(row: AssignmentRow, now: DateTime<Utc>) -> RoleAssignment {
    let state = match standing(row.valid_from, row.valid_to, row.ended_at, now) {
        Standing::Coming => AssignmentState::Coming,
        Standing::Current => AssignmentState::Current,
        Standing::Ended => AssignmentState::Ended,
    };
    RoleAssignment {
        assignment_id: row.id.to_string(),
        user_id: row.user_id.to_string(),
        role_id: row.role_id.to_string(),
        role_name: row.role_name,
        node_id: row.node_id.to_string(),
        valid_from: Some(wire::timestamp(row.valid_from)),
        valid_to: row.valid_to.map(wire::timestamp),
        ended_at: row.ended_at.map(wire::timestamp),
        given_by_id: row.given_by.map(|id| id.to_string()).unwrap_or_default(),
        state: state.into(),
    }
}
