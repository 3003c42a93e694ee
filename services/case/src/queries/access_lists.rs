//! Lists around access: locked cases by reference, conflicts, restrictions, agreements, uses of break-glass, and which of
//! some cases the caller may read.

use access::class::ClassSet;
use chrono::{DateTime, Utc};
use platform::{Ctx, Db, Error, Result, Tx, page::Page};
use proto::{
    Action, ResourceType,
    case::v1::{
        Agreement, ListAgreementsRequest, ListAgreementsResponse, ListBreakGlassRequest, ListBreakGlassResponse, ListConflictsRequest,
        ListConflictsResponse, ListLocksRequest, ListLocksResponse, ListRestrictionsRequest, ListRestrictionsResponse, ListedConflict,
        ListedGlass, LockedCase, Restriction, VisibleCasesRequest, VisibleCasesResponse,
    },
};
use uuid::Uuid;

use super::{get_case_access::about, person_access};
use crate::{
    api::case_convert::stamp,
    commands::{agreements::is_lead, break_glass::{Standing, standing}, case_input::Check, restrictions::require_everywhere},
    store::{agreements, break_glass, case_lists, cases, conflicts, locks, participations, restrictions},
};

/// Most ids of one question.
const MOST: usize = 200;
/// Rows that are looked at together where the caller may not see all of them.
const LOOKED_AT: i64 = 100;
/// Rounds of that for one page.
const ROUNDS: usize = 20;

type Place = (DateTime<Utc>, Uuid);

/// Those of the cases that the caller may read at this moment.
///
/// # Errors
/// `InvalidArgument`; of the database.
pub async fn visible(db: &Db, ctx: &Ctx, request: VisibleCasesRequest) -> Result<VisibleCasesResponse> {
    let mut check = Check::new();
    if request.case_ids.len() > MOST {
        check.wrong("case_ids", format!("Ask for no more than {MOST} cases at once."));
    }
    let ids: Vec<Uuid> = request.case_ids.iter().take(MOST).map(|id| check.id("case_ids", id)).collect();
    check.done()?;
    ctx.scope(ResourceType::Case, Action::Read, ClassSet::NONE)?;
    let mut tx = Tx::begin(db, ctx, ctx.permit()).await?;
    let rows = case_lists::by_ids(&mut tx, &ids).await?;
    let seen = cases::worked_all(&mut tx, rows).await?;
    tx.commit().await?;
    let seen = seen.iter().filter(|w| ctx.may(Action::Read, &w.facts())).map(|w| w.case.id.to_string());
    Ok(VisibleCasesResponse { case_ids: seen.collect() })
}

/// Locked cases for an administrator.
///
/// # Errors
/// `InvalidArgument` on `page_token`.
pub async fn list_locks(db: &Db, ctx: &Ctx, request: ListLocksRequest) -> Result<ListLocksResponse> {
    let page = Page::<Place>::read(request.page_size, &request.page_token, "locks")?;
    ctx.scope(ResourceType::Tenant, Action::Read, ClassSet::NONE)?;
    let mut tx = Tx::begin(db, ctx, ctx.permit()).await?;
    let mut rows = locks::page(&mut tx, page.place, page.rows()).await?;
    tx.commit().await?;
    let next_page_token = page.cut(&mut rows, |row| (row.locked_at, row.id));
    let shown = rows.into_iter().map(|row| LockedCase {
        lock_id: row.id.to_string(),
        case_reference: row.case_reference,
        at: Some(stamp(row.locked_at)),
        by: row.locked_by,
        member_user_ids: row.members.iter().map(Uuid::to_string).collect(),
    });
    Ok(ListLocksResponse { locks: shown.collect(), next_page_token })
}

/// Restrictions in force for who may lift them.
///
/// # Errors
/// `InvalidArgument` on `page_token`; `PermissionDenied`.
pub async fn list_restrictions(db: &Db, ctx: &Ctx, request: ListRestrictionsRequest) -> Result<ListRestrictionsResponse> {
    let page = Page::<Place>::read(request.page_size, &request.page_token, "restrictions")?;
    require_everywhere(ctx)?;
    let mut tx = Tx::begin(db, ctx, ctx.permit()).await?;
    let mut rows = restrictions::page(&mut tx, page.place, page.rows()).await?;
    tx.commit().await?;
    let next_page_token = page.cut(&mut rows, |row| (row.set_at, row.id));
    let shown = rows.into_iter().map(|row| Restriction {
        id: row.id.to_string(),
        about: about(row.case_id).into(),
        reference: row.reference,
        at: Some(stamp(row.set_at)),
        by: row.set_by,
    });
    Ok(ListRestrictionsResponse { restrictions: shown.collect(), next_page_token })
}

/// Agreements, for everybody who manages cases.
///
/// # Errors
/// `PermissionDenied`.
pub async fn list_agreements(db: &Db, ctx: &Ctx, request: ListAgreementsRequest) -> Result<ListAgreementsResponse> {
    ctx.scope(ResourceType::Case, Action::Manage, ClassSet::NONE)?;
    let mut tx = Tx::begin(db, ctx, ctx.permit()).await?;
    let rows = agreements::list(&mut tx, request.in_force).await?;
    let now = tx.now();
    tx.commit().await?;
    let shown = rows.into_iter().map(|(row, shares)| Agreement {
        in_force: row.in_force(now),
        id: row.id.to_string(),
        name: row.name,
        purpose: row.purpose,
        party_node_ids: row.parties.iter().map(Uuid::to_string).collect(),
        classes: row.classes.iter().map(|c| c as i32).collect(),
        starts_at: Some(stamp(row.starts_at)),
        ends_at: Some(stamp(row.ends_at)),
        by: row.made_by,
        shares: u32::try_from(shares).unwrap_or(u32::MAX),
    });
    Ok(ListAgreementsResponse { agreements: shown.collect(), may_manage: is_lead(ctx) })
}

/// Conflicts on cases and people that the caller sees and manages; nobody finds their own here.
///
/// # Errors
/// `InvalidArgument` on `page_token`; `PermissionDenied`.
pub async fn list_conflicts(db: &Db, ctx: &Ctx, request: ListConflictsRequest) -> Result<ListConflictsResponse> {
    let page = Page::<Place>::read(request.page_size, &request.page_token, "conflicts")?;
    ctx.scope(ResourceType::Case, Action::Manage, ClassSet::NONE)?;
    let mut tx = Tx::begin(db, ctx, ctx.permit()).await?;
    let (mut shown, mut below) = (Vec::new(), page.place);
    for _ in 0..ROUNDS {
        let rows = conflicts::page(&mut tx, below, LOOKED_AT).await?;
        let last = rows.len() < usize::try_from(LOOKED_AT).unwrap_or(usize::MAX);
        below = rows.last().map(|row| (row.declared_at, row.id)).or(below);
        for row in rows {
            let Some((case_id, case_reference)) = managed_case(&mut tx, ctx, row.case_id, row.person_id).await? else { continue };
            let listed = ListedConflict {
                id: row.id.to_string(),
                user_id: row.user_id.to_string(),
                about: about(row.case_id).into(),
                case_id: case_id.to_string(),
                case_reference,
                person_reference: row.person_reference.unwrap_or_default(),
                at: Some(stamp(row.declared_at)),
                by: row.declared_by,
            };
            shown.push(((row.declared_at, row.id), listed));
        }
        if last || shown.len() as i64 >= page.rows() {
            break;
        }
    }
    tx.commit().await?;
    shown.truncate(usize::try_from(page.rows()).unwrap_or(usize::MAX));
    let next_page_token = page.cut(&mut shown, |(place, _)| *place);
    Ok(ListConflictsResponse { conflicts: shown.into_iter().map(|(_, row)| row).collect(), next_page_token })
}

/// A case that the caller manages: this one, or the first in which they see this person.
async fn managed_case(tx: &mut Tx, ctx: &Ctx, case_id: Option<Uuid>, person_id: Option<Uuid>) -> Result<Option<(Uuid, String)>> {
    if let Some(id) = case_id {
        return match cases::load(tx, id).await {
            Ok(worked) => Ok(ctx.may(Action::Manage, &worked.facts()).then(|| (id, worked.case.reference.clone()))),
            Err(error) if error.kind() == platform::Kind::NotFound => Ok(None),
            Err(error) => Err(error),
        };
    }
    let Some(person) = person_id else { return Ok(None) };
    let rows = participations::of_people(tx, &[person]).await?;
    let managed = rows.iter().find(|row| {
        ctx.may(Action::Manage, &person_access::case_facts(row)) && ctx.may(Action::Read, &person_access::person_facts(row))
    });
    Ok(managed.map(|row| (row.case_id, row.case_reference.clone())))
}

/// Uses of break-glass that the caller may review, and their own.
///
/// # Errors
/// `InvalidArgument` on `page_token`; `PermissionDenied`.
pub async fn list_break_glass(db: &Db, ctx: &Ctx, request: ListBreakGlassRequest) -> Result<ListBreakGlassResponse> {
    let page = Page::<Place>::read(request.page_size, &request.page_token, &format!("glass {}", request.open))?;
    ctx.scope(ResourceType::Case, Action::Review, ClassSet::NONE)?;
    let mut tx = Tx::begin(db, ctx, ctx.permit()).await?;
    let (mut shown, mut below) = (Vec::new(), page.place);
    for _ in 0..ROUNDS {
        let rows = break_glass::page(&mut tx, request.open, below, LOOKED_AT).await?;
        let last = rows.len() < usize::try_from(LOOKED_AT).unwrap_or(usize::MAX);
        below = rows.last().map(|row| (row.broken_at, row.id)).or(below);
        let mut ids: Vec<Uuid> = rows.iter().map(|row| row.case_id).collect();
        ids.sort_unstable();
        ids.dedup();
        let found = case_lists::by_ids(&mut tx, &ids).await?;
        let worked = cases::worked_all(&mut tx, found).await?;
        for row in rows {
            let case = worked.iter().find(|w| w.case.id == row.case_id).ok_or_else(|| Error::fault("a use of no case"))?;
            let stands = standing(ctx, &row, case)?;
            if stands == Standing::None {
                continue;
            }
            let sees = ctx.may(Action::Read, &case.facts());
            let listed = ListedGlass {
                id: row.id.to_string(),
                case_id: if sees { row.case_id.to_string() } else { String::new() },
                case_reference: row.case_reference,
                user_id: row.user_id.to_string(),
                at: Some(stamp(row.broken_at)),
                ends_at: Some(stamp(row.ends_at)),
                reviewed_by: row.reviewed_by.map(|u| u.to_string()).unwrap_or_default(),
                reviewed_at: row.reviewed_at.map(stamp),
                outcome: row.outcome.unwrap_or_default(),
                may_review: row.reviewed_at.is_none() && stands != Standing::Own,
            };
            shown.push(((row.broken_at, row.id), listed));
        }
        if last || shown.len() as i64 >= page.rows() {
            break;
        }
    }
    tx.commit().await?;
    shown.truncate(usize::try_from(page.rows()).unwrap_or(usize::MAX));
    let next_page_token = page.cut(&mut shown, |(place, _)| *place);
    Ok(ListBreakGlassResponse { uses: shown.into_iter().map(|(_, row)| row).collect(), next_page_token })
}
