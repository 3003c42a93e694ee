//! Locks a case to named people, and takes the lock off (domain.md I8). From the commit on the case does not exist for
//! anybody else: single reads, lists, counts, search, duplicates and other services' lists ask the same guard.

use access::class::ClassSet;
use platform::{Ctx, Db, Error, Result, Tx};
use proto::{
    Action, FieldClass, ResourceType,
    case::v1::{
        LockCaseRequest, LockCaseResponse, ReleaseLockRequest, ReleaseLockResponse, UnlockCaseRequest, UnlockCaseResponse,
    },
};
use uuid::Uuid;

use super::{case_change, case_input::{Check, FREE}};
use crate::store::{case_blobs::TextBlob, cases, locks, timeline};

/// Most people of one lock.
const MOST: usize = 20;

/// Locks, or changes who the people of the lock are.
///
/// # Errors
/// `InvalidArgument`; `NotFound`; `PermissionDenied`.
pub async fn lock(db: &Db, ctx: &Ctx, request: LockCaseRequest) -> Result<LockCaseResponse> {
    let mut check = Check::new();
    let id = check.id("case_id", &request.case_id);
    let reason = check.required("reason", &request.reason, FREE, "Enter why the case is locked.");
    let mut members: Vec<Uuid> = request.member_user_ids.iter().map(|m| check.id("member_user_ids", m)).collect();
    members.sort_unstable();
    members.dedup();
    if members.is_empty() || members.len() > MOST {
        check.wrong("member_user_ids", format!("Choose from 1 to {MOST} people who may see the case."));
    }
    check.done()?;
    ctx.scope(ResourceType::Case, Action::Manage, ClassSet::NONE)?;

    let mut tx = Tx::begin(db, ctx, ctx.permit()).await?;
    // Asked before the case is: who locks a case to others and repeats the call sees it no longer.
    if let Some(answer) = tx.replay(&request.request_id, &request).await? {
        return Ok(answer);
    }
    let worked = cases::load_for_update(&mut tx, id).await?;
    ctx.decide(Action::Manage, id, &worked.facts())?;
    for member in &members {
        case_change::check_worker(ctx, "member_user_ids", *member)?;
    }
    let lock_id = ctx.new_id();
    let sealed = tx.seal(id, FieldClass::Notes, lock_id, &TextBlob { text: reason }).await?;
    let before = sealed_as_before(&mut tx, id, "The people of the lock were changed.").await?;
    let changed = locks::release(&mut tx, id, &before).await?;
    locks::insert(&mut tx, lock_id, id, &members, &sealed).await?;
    timeline::add(&mut tx, id, "ACCESS", &[if changed { "LOCK_CHANGED" } else { "LOCKED" }], Some(lock_id), None).await?;
    tx.changed(ResourceType::Case, id);
    tx.commit_with(LockCaseResponse { lock_id: lock_id.to_string() }).await
}

/// Words sealed for the lock that is on the case now; empty where there is none.
async fn sealed_as_before(tx: &mut Tx, case_id: Uuid, words: &str) -> Result<Vec<u8>> {
    match locks::of_case(tx, case_id).await? {
        Some(old) => tx.seal(case_id, FieldClass::Notes, old.id, &TextBlob { text: words.to_owned() }).await,
        None => Ok(Vec::new()),
    }
}

/// Takes the lock off, as one of its people who may manage the case.
///
/// # Errors
/// `InvalidArgument`; `NotFound`; `PermissionDenied`; `FailedPrecondition` (`NOT_LOCKED`).
pub async fn unlock(db: &Db, ctx: &Ctx, request: UnlockCaseRequest) -> Result<UnlockCaseResponse> {
    let mut check = Check::new();
    let id = check.id("case_id", &request.case_id);
    let reason = check.required("reason", &request.reason, FREE, "Enter why the lock is taken off.");
    check.done()?;

    let mut tx = Tx::begin(db, ctx, ctx.permit()).await?;
    let worked = cases::load_for_update(&mut tx, id).await?;
    ctx.decide(Action::Manage, id, &worked.facts())?;
    if let Some(answer) = tx.replay(&request.request_id, &request).await? {
        return Ok(answer);
    }
    take_off(&mut tx, id, &reason).await?;
    tx.commit_with(UnlockCaseResponse {}).await
}

/// Takes a lock off as an administrator, who knows the case by its reference only and does not see it afterwards either.
///
/// # Errors
/// `InvalidArgument`; `NotFound`; `PermissionDenied`.
pub async fn release(db: &Db, ctx: &Ctx, request: ReleaseLockRequest) -> Result<ReleaseLockResponse> {
    let mut check = Check::new();
    let lock_id = check.id("lock_id", &request.lock_id);
    let reason = check.required("reason", &request.reason, FREE, "Enter why the lock is taken off.");
    check.done()?;
    // The gate has asked for the right to manage the tenant; no record of the tenant is named here.
    ctx.scope(ResourceType::Tenant, Action::Read, ClassSet::NONE)?;

    let mut tx = Tx::begin(db, ctx, ctx.permit()).await?;
    if let Some(answer) = tx.replay(&request.request_id, &request).await? {
        return Ok(answer);
    }
    let case_id = locks::case_of(&mut tx, lock_id).await?.ok_or_else(Error::not_found)?;
    cases::get_for_update(&mut tx, case_id).await?.ok_or_else(Error::not_found)?;
    take_off(&mut tx, case_id, &reason).await?;
    tx.commit_with(ReleaseLockResponse {}).await
}

async fn take_off(tx: &mut Tx, case_id: Uuid, reason: &str) -> Result<()> {
    let sealed = sealed_as_before(tx, case_id, reason).await?;
    if !locks::release(tx, case_id, &sealed).await? {
        return Err(Error::precondition("NOT_LOCKED", "The case is not locked."));
    }
    timeline::add(tx, case_id, "ACCESS", &["UNLOCKED"], None, None).await?;
    tx.changed(ResourceType::Case, case_id);
    Ok(())
}
