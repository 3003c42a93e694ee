//! Lists and counts of cases.

use access::class::ClassSet;
use platform::{Ctx, Db, Kind, Result, Tx, ids, page::Page};
use proto::{
    Action, ResourceType,
    case::v1::{CountCasesResponse, ListCasesRequest, ListCasesResponse},
};
use uuid::Uuid;

use super::{case_names, visible};
use crate::{
    api::case_convert,
    commands::case_input::Check,
    domain::side::Side,
    store::{case_lists::{self, Filter}, cases, guards},
};

/// Counting stops here: more is "more than 1,000".
const MOST: i64 = 1_001;

/// A page of a tab.
///
/// # Errors
/// `InvalidArgument`; `PermissionDenied` where no role of the caller lists cases.
pub async fn list(db: &Db, ctx: &Ctx, request: ListCasesRequest) -> Result<ListCasesResponse> {
    let mut check = Check::new();
    let tab = case_convert::tab(request.tab).unwrap_or_else(|| {
        check.wrong("tab", "Choose a tab.");
        ""
    });
    let order = case_convert::order(&request.order).unwrap_or_else(|error| {
        check.add(&error);
        Default::default()
    });
    let person = check.optional_id("person_id", &request.person_id);
    let mut filter = Filter {
        tab,
        stage: some(&request.stage),
        kind: some(&request.kind),
        owner_node_id: check.optional_id("owner_node_id", &request.owner_node_id),
        allocated_to: check.optional_id("allocated_to_user_id", &request.allocated_to_user_id),
        reference: some(&reference(&check.text("reference", &request.reference, 40))),
        among: None,
    };
    check.done()?;
    let page = Page::read(request.page_size, &request.page_token, &format!("{filter:?} {order:?} {person:?}"))?;
    let scope = ctx.scope(ResourceType::Case, Action::List, ClassSet::NONE)?;
    let me = ctx.subject()?;

    let mut tx = Tx::begin(db, ctx, ctx.permit()).await?;
    if let Some(person) = person {
        filter.among = Some(concerning(&mut tx, ctx, person).await?);
    }
    let reach = guards::reach(&mut tx, &scope, me).await?;
    let mut rows = case_lists::page(&mut tx, me, &scope, &reach, &filter, order, page.place, page.rows()).await?;
    let next_page_token = page.cut(&mut rows, |row| (order.key(row), row.id));
    let mut worked = cases::worked_all(&mut tx, rows).await?;
    worked.retain(|w| ctx.see(w.case.id, &w.facts()).is_some());
    let named = case_names::named(&mut tx, ctx, &worked).await?;
    let mut meetings = Vec::with_capacity(worked.len());
    for w in &worked {
        meetings.push(visible::next_meeting(&mut tx, ctx, w).await?);
    }
    tx.commit().await?;

    let mut cases = Vec::with_capacity(worked.len());
    for (w, next_meeting) in worked.iter().zip(meetings) {
        let mut shown = case_convert::case(&w.case);
        shown.next_meeting_at = next_meeting.map(case_convert::stamp);
        shown.allocations = w.current.iter().map(case_convert::allocation).collect();
        shown.participants = named.iter().filter(|n| n.case_id == w.case.id).map(|n| n.shown.clone()).collect();
        cases.push(shown);
    }
    Ok(ListCasesResponse { cases, next_page_token })
}

/// Counts of the tabs.
///
/// # Errors
/// Of the database.
pub async fn count(db: &Db, ctx: &Ctx) -> Result<CountCasesResponse> {
    let scope = match ctx.scope(ResourceType::Case, Action::List, ClassSet::NONE) {
        Ok(scope) => scope,
        Err(error) if error.kind() == Kind::PermissionDenied => return Ok(CountCasesResponse::default()),
        Err(error) => return Err(error),
    };
    let me = ctx.subject()?;
    let mut tx = Tx::begin(db, ctx, ctx.permit()).await?;
    let reach = guards::reach(&mut tx, &scope, me).await?;
    let mut counts = [0; 4];
    for (n, tab) in ["MINE", "OPEN", "UNALLOCATED", "CLOSED"].into_iter().enumerate() {
        counts[n] = u32::try_from(case_lists::count(&mut tx, me, &scope, &reach, tab, MOST).await?).unwrap_or(u32::MAX);
    }
    tx.commit().await?;
    let [mine, open, unallocated, closed] = counts;
    Ok(CountCasesResponse { mine, open, unallocated, closed })
}

/// Cases in which the caller may see that this person is concerned.
async fn concerning(tx: &mut Tx, ctx: &Ctx, person: Uuid) -> Result<Vec<Uuid>> {
    let roles = case_lists::of_person(tx, person).await?;
    let case_ids: Vec<Uuid> = roles.iter().map(|(id, _)| *id).collect();
    let rows = case_lists::by_ids(tx, &case_ids).await?;
    let mut seen = Vec::new();
    for worked in cases::worked_all(tx, rows).await? {
        let shown = roles.iter().filter(|(id, _)| *id == worked.case.id).any(|(_, side)| {
            let Some(side) = Side::parse(side) else { return false };
            let allocated = worked.of_side(side);
            ctx.may(Action::Read, &worked.access_about(person, ResourceType::Participant, &allocated))
        });
        if shown {
            seen.push(worked.case.id);
        }
    }
    Ok(seen)
}

fn some(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

/// A whole reference in its usual spelling, or the beginning of one in capitals.
fn reference(typed: &str) -> String {
    ids::parse_reference(typed).unwrap_or_else(|| typed.to_ascii_uppercase().replace(' ', "-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_is_found_as_people_type_it() {
        let whole = ids::reference("RJ", Uuid::from_u128(0x12_3456_789a));
        assert_eq!(reference(&whole.to_lowercase().replace('-', " ")), whole);
        assert_eq!(reference("rj 7k"), "RJ-7K");
    }

    #[test]
    fn an_unknown_order_is_refused() {
        assert!(case_convert::order("NAME").is_err_and(|e| e.fields()[0].field == "order"));
    }
}
