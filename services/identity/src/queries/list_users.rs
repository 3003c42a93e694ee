//! Users of the tenant: the staff directory and the page for administrators.

use access::class::ClassSet;
use platform::{Ctx, Error, Result, page::Page};
use proto::{
    Action, ResourceType,
    identity::v1::{ListUsersRequest, ListUsersResponse},
};
use uuid::Uuid;

use super::get_user::show;
use crate::{
    commands::manage::{node, permissions},
    state::State,
    store::{roles, users::{self, Filter}},
};

/// Ids that one call may ask names for.
const MOST_IDS: usize = 500;

/// A page of users in the order of their making: names are sealed, so no order by name can be had from the database.
///
/// # Errors
/// `InvalidArgument`, `PermissionDenied`.
pub async fn list_users(state: &State, ctx: &Ctx, req: ListUsersRequest) -> Result<ListUsersResponse> {
    let scope = ctx.scope(ResourceType::User, Action::List, ClassSet::NONE)?;
    if req.ids.len() > MOST_IDS {
        return Err(Error::invalid().field("ids", format!("Ask for {MOST_IDS} users at most.")));
    }
    let ids: Vec<Uuid> = req.ids.iter().map(|id| platform::ids::parse_id("ids", id)).collect::<Result<_>>()?;
    let nodes = match req.node_id.as_str() {
        "" => None,
        id => {
            let snapshot = permissions(ctx)?;
            let top = node(snapshot, "node_id", id)?;
            Some(snapshot.nodes().iter().map(|n| n.id).filter(|n| snapshot.is_within(*n, top)).collect())
        }
    };
    let filters = format!("{}|{}|{}|{}", req.node_id, req.built_in_role, req.include_disabled, req.ids.join(","));
    let mut page = Page::read(req.page_size, &req.page_token, &filters)?;
    if !ids.is_empty() {
        page.size = MOST_IDS as i64;
    }
    let filter = Filter { nodes, built_in_role: req.built_in_role, include_disabled: req.include_disabled || !ids.is_empty(), ids };

    let mut tx = state.begin(ctx).await?;
    let mut rows = users::list(&mut tx, &scope, ctx.subject()?, &filter, page.place.unwrap_or_default(), page.rows()).await?;
    let next_page_token = page.cut(&mut rows, |last| last.id);
    let found: Vec<Uuid> = rows.iter().map(|r| r.id).collect();
    tx.load_subject_keys(&found).await?;
    let held = roles::held_by(&mut tx, &found).await?;
    let mut users = Vec::with_capacity(rows.len());
    for row in &rows {
        if let Some(decision) = ctx.see(row.id, &row.facts()) {
            users.push(show(&mut tx, row, &decision, &held).await?);
        }
    }
    tx.commit().await?;
    Ok(ListUsersResponse { users, next_page_token })
}
