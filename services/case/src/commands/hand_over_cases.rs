//! Hands one or all of a colleague's cases to another.

use platform::{Ctx, Db, Error, Kind, Result, Tx};
use proto::{Action, ResourceType, case::v1::{HandOverCasesRequest, HandOverCasesResponse, HandOverResult}};
use access::class::ClassSet;
use uuid::Uuid;

use super::{case_change, case_input::Check, end_allocation};
use crate::store::{allocations, cases};

/// Most cases of one call; who has more hands over the rest with the next.
const MOST: usize = 500;

/// Hands over, each case with its own result. The new worker gets the sides of the old one, and leads where they led.
///
/// # Errors
/// `InvalidArgument`; `PermissionDenied`; of the database. What stands in the way of one case stands in its result:
/// NOT_FOUND, NOT_ALLOWED, CASE_CLOSED, NOT_ALLOCATED, ALREADY_ALLOCATED, CANNOT_WORK_CASE or NOT_IN_LOCK.
pub async fn run(db: &Db, ctx: &Ctx, request: HandOverCasesRequest) -> Result<HandOverCasesResponse> {
    let mut check = Check::new();
    let from = check.id("from_user_id", &request.from_user_id);
    let to = check.id("to_user_id", &request.to_user_id);
    if from == to {
        check.wrong("to_user_id", "Choose somebody else.");
    }
    if request.case_ids.len() > MOST {
        check.wrong("case_ids", format!("Hand over no more than {MOST} cases at once."));
    }
    let mut ids: Vec<Uuid> = request.case_ids.iter().map(|id| check.id("case_ids", id)).collect();
    let valid = request.reason.is_empty() || end_allocation::REASONS.contains(&request.reason.as_str());
    let reason = check.one("reason", &request.reason, valid);
    let reason = if reason.is_empty() { "HANDED_OVER".to_owned() } else { reason };
    check.done()?;
    ctx.scope(ResourceType::Case, Action::Allocate, ClassSet::NONE)?;

    let mut tx = Tx::begin(db, ctx, ctx.permit()).await?;
    if let Some(answer) = tx.replay(&request.request_id, &request).await? {
        return Ok(answer);
    }
    case_change::check_worker(ctx, "to_user_id", to)?;
    let all = ids.is_empty();
    if all {
        ids = allocations::open_cases_of(&mut tx, from, i64::try_from(MOST).unwrap_or(i64::MAX)).await?;
    }
    // One order of locking for everybody.
    ids.sort_unstable();
    ids.dedup();

    let mut results = Vec::with_capacity(ids.len());
    for id in ids {
        let outcome = one(&mut tx, ctx, id, from, to, &reason).await;
        let code = match outcome {
            Ok(()) => "",
            Err(error) => match error.kind() {
                // Cases that the caller may not hand over are no part of "all".
                Kind::NotFound | Kind::PermissionDenied if all => continue,
                Kind::NotFound => "NOT_FOUND",
                Kind::PermissionDenied => "NOT_ALLOWED",
                Kind::FailedPrecondition => error.reason(),
                _ => return Err(error),
            },
        };
        results.push(HandOverResult { case_id: id.to_string(), handed_over: code.is_empty(), reason: code.into() });
    }
    tx.commit_with(HandOverCasesResponse { results }).await
}

/// One case; everything is checked before the first write, so that a refusal leaves nothing behind.
async fn one(tx: &mut Tx, ctx: &Ctx, id: Uuid, from: Uuid, to: Uuid, reason: &str) -> Result<()> {
    let mut worked = cases::load_for_update(tx, id).await?;
    ctx.decide(Action::Allocate, id, &worked.facts())?;
    if worked.case.is_closed() {
        return Err(Error::precondition("CASE_CLOSED", "The case is closed."));
    }
    let theirs: Vec<_> = worked.current.iter().filter(|a| a.user_id == from).cloned().collect();
    if theirs.is_empty() {
        return Err(Error::precondition("NOT_ALLOCATED", "They do not work this case."));
    }
    if worked.current.iter().any(|a| a.user_id == to) {
        return Err(Error::precondition("ALREADY_ALLOCATED", "The other person works this case already."));
    }
    case_change::check_fit(tx, &worked, to).await?;
    let case = &mut worked.case;
    let mut given = Vec::with_capacity(theirs.len());
    case_change::save(tx, case).await?;
    for row in &theirs {
        case_change::end_allocation(tx, row, reason, case.version).await?;
        given.push(case_change::allocate(tx, case, to, row.side, row.lead, row.until).await?);
    }
    for row in &given {
        case_change::allocation_told(tx, case, row).await?;
    }
    Ok(())
}
