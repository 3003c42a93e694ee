//! The list of referrals, page by page.

use access::class::ClassSet;
use platform::{Ctx, Error, Result, Tx, ids, page::Page};
use proto::{
    Action, FieldClass, ResourceType,
    referral::v1::{ListReferralsRequest, ListReferralsResponse},
};

use super::view;
use crate::{
    Parts,
    api::convert,
    rights,
    store::{
        listing::{self, After, Filter},
        referrals,
    },
};

/// One page: what waits longest first where all states asked for are open, else what changed last.
///
/// # Errors
/// `InvalidArgument` that names the field; `PermissionDenied`.
pub async fn list_referrals(parts: &Parts, ctx: &Ctx, req: ListReferralsRequest) -> Result<ListReferralsResponse> {
    let filter = filter(&req)?;
    let page = Page::read(req.page_size, &req.page_token, &format!("{filter:?}"))?;
    let scope = ctx.scope(ResourceType::Referral, Action::List, ClassSet::of(&[FieldClass::Reference]))?;
    let mut tx = Tx::begin(&parts.db, ctx, ctx.permit()).await?;
    let after = page.place.map(|(since, id)| After { since, id });
    let mut rows: Vec<After> = listing::page(&mut tx, &scope, ctx.subject()?, &filter, after, page.rows()).await?;
    let next_page_token = page.cut(&mut rows, |last| (last.since, last.id));
    let found = referrals::by_ids(&mut tx, &rows.iter().map(|row| row.id).collect::<Vec<_>>()).await?;
    let seen: Vec<_> = found.into_iter().filter(|s| ctx.see(s.referral.id, &rights::facts(&s.referral)).is_some()).collect();
    let referrals = view::rows(&mut tx, &seen).await?;
    tx.commit().await?;
    Ok(ListReferralsResponse { referrals, next_page_token })
}

fn filter(req: &ListReferralsRequest) -> Result<Filter> {
    let states = req.states().map(convert::state_from).collect::<Option<Vec<_>>>().filter(|s| s.len() == req.states.len());
    let states = states.ok_or_else(|| Error::invalid().field("states", "Select states from the list."))?;
    let owner_node = match req.owner_node_id.as_str() {
        "" => None,
        id => Some(ids::parse_id("owner_node_id", id)?),
    };
    Ok(Filter { states, owner_node, source: Some(req.source.clone()).filter(|s| !s.is_empty()), mine: req.mine })
}
