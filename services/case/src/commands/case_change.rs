//! What every change of a case does besides its own: stages with their stays, notices, facts, the etag.

use chrono::{DateTime, Utc};
use platform::{Ctx, Error, Result, Tx};
use proto::{
    Action, FieldClass, ResourceType,
    events::v1::{AllocationEnded, CaseAllocated, CaseStageChanged},
};
use uuid::Uuid;

use crate::{
    api::case_convert::stamp,
    domain::{case_file::{Allocation, CaseFile, Worked}, lifecycle::{By, Known}, side::Side},
    events::case_facts,
    store::{allocations, case_blobs::TextBlob, cases, guards, outcomes, stages, timeline},
};

/// Moves a loaded case to a stage and begins its stay there; the caller saves it.
///
/// # Errors
/// Of the database.
pub async fn enter_stage(tx: &mut Tx, case: &mut CaseFile, stage: &str, reason: &str) -> Result<()> {
    let entry = tx.ctx().new_id();
    let sealed = match reason {
        "" => None,
        text => Some(tx.seal(case.id, FieldClass::Notes, entry, &TextBlob { text: text.to_owned() }).await?),
    };
    stages::enter(tx, entry, case.id, stage, sealed.as_deref()).await?;
    case.stage = stage.to_owned();
    case.stage_since = tx.now();
    Ok(())
}

/// Saves a changed case and publishes its fact.
///
/// # Errors
/// Of the database.
pub async fn save(tx: &mut Tx, case: &mut CaseFile) -> Result<()> {
    cases::save(tx, case).await?;
    tx.changed(ResourceType::Case, case.id);
    case_facts::publish_case(tx, case).await
}

/// Tells of a new stage, in the timeline and to other services; call it after [`save`].
///
/// # Errors
/// Of the database.
pub async fn stage_told(tx: &mut Tx, case: &CaseFile) -> Result<()> {
    timeline::add(tx, case.id, "STAGE", &[case.stage.as_str()], None, None).await?;
    tx.publish(case.id, case.version, &CaseStageChanged { case_id: case.id.to_string(), stage: case.stage.clone() }).await
}

/// What moves of the case depend on besides its stage.
///
/// # Errors
/// Of the database.
pub async fn known(tx: &mut Tx, worked: &Worked) -> Result<Known> {
    let case = &worked.case;
    let life = case.lifecycle()?;
    let mut delivered = false;
    if life.moves.iter().any(|m| m.from == case.stage && m.by == By::Intervention) {
        let since = stages::last_entered(tx, case.id, life.round).await?.unwrap_or(case.opened_at);
        delivered = outcomes::delivered_since(tx, case.id, since).await?;
    }
    Ok(Known { on_hold: case.on_hold, allocated: !worked.current.is_empty(), delivered })
}

/// Stores an allocation, which ends by itself at `until`; it is told by [`allocation_told`] once the case is saved.
///
/// # Errors
/// Of the database.
pub async fn allocate(tx: &mut Tx, case: &mut CaseFile, user_id: Uuid, side: Side, lead: bool, until: Option<DateTime<Utc>>) -> Result<Allocation> {
    let row = Allocation { id: tx.ctx().new_id(), case_id: case.id, user_id, side, lead, from_at: tx.now(), to_at: None, end_reason: None, until };
    allocations::insert(tx, &row).await?;
    if case.first_allocated_at.is_none() {
        case.first_allocated_at = Some(row.from_at);
    }
    Ok(row)
}

/// Tells of an allocation: the person is told, and sees the case from the commit on.
///
/// # Errors
/// Of the database.
pub async fn allocation_told(tx: &mut Tx, case: &CaseFile, row: &Allocation) -> Result<()> {
    timeline::add(tx, case.id, "ALLOCATED", &[row.side.code()], Some(row.id), None).await?;
    let event = CaseAllocated {
        case_id: case.id.to_string(),
        allocation_id: row.id.to_string(),
        user_id: row.user_id.to_string(),
        side: row.side.code().into(),
        case_reference: case.reference.clone(),
        until: row.until.map(stamp),
    };
    tx.publish(case.id, case.version, &event).await
}

/// Ends an allocation and tells of it; `version` is the one that the case has after the change.
///
/// # Errors
/// Of the database.
pub async fn end_allocation(tx: &mut Tx, row: &Allocation, reason: &str, version: i64) -> Result<()> {
    allocations::end(tx, row.id, reason).await?;
    timeline::add(tx, row.case_id, "ALLOCATION_ENDED", &[row.side.code(), reason], Some(row.id), None).await?;
    let event = AllocationEnded { case_id: row.case_id.to_string(), allocation_id: row.id.to_string(), user_id: row.user_id.to_string() };
    tx.publish(row.case_id, version, &event).await
}

/// Checks that a user's roles let them work cases now: an allocation to anybody else would show them nothing.
///
/// # Errors
/// `InvalidArgument` on `field`.
pub fn check_worker(ctx: &Ctx, field: &str, user_id: Uuid) -> Result<()> {
    let snapshot = ctx.snapshot().ok_or_else(|| Error::fault("no permissions to look for a worker in"))?;
    let subject = access::decide::Subject { id: user_id, kind: proto::PrincipalKind::User, at: ctx.now().timestamp() };
    if access::scope::may_ever(snapshot, &subject, ResourceType::Case, Action::Read) {
        return Ok(());
    }
    Err(Error::invalid().field(field, "Choose somebody whose role lets them work cases."))
}

/// Checks that a user may be allocated to this case: no conflict of interest, and among the people of its lock. Why a
/// colleague cannot is told no further than that they cannot.
///
/// # Errors
/// `FailedPrecondition` (`CANNOT_WORK_CASE`, `NOT_IN_LOCK`); of the database.
pub async fn check_fit(tx: &mut Tx, worked: &Worked, user_id: Uuid) -> Result<()> {
    let theirs = guards::of_cases_for(tx, &[worked.case.id], Some(user_id)).await?;
    if theirs.iter().any(|guard| guard.conflict) {
        return Err(Error::precondition("CANNOT_WORK_CASE", "This person cannot work this case. Choose somebody else."));
    }
    if worked.guard.locked_to.as_ref().is_some_and(|people| !people.contains(&user_id)) {
        return Err(Error::precondition("NOT_IN_LOCK", "The case is locked to named people. Add this person to the lock first."));
    }
    Ok(())
}
