//! Holds: what forbids to erase a person.

use platform::{Ctx, Db, Error, Result, db::Tx, local_time};
use proto::{
    ResourceType,
    people::v1::{LiftHoldRequest, LiftHoldResponse, PlaceHoldRequest, PlaceHoldResponse},
};

use crate::{
    domain::{erasure, fields::Fields},
    queries::erasure_state,
    store::{erasures, participations, people},
};

/// Places a hold.
///
/// # Errors
/// `InvalidArgument`; `NotFound`; `PermissionDenied`; `FailedPrecondition` (`ALREADY_ERASED`).
pub async fn place_hold(db: &Db, ctx: &Ctx, req: PlaceHoldRequest) -> Result<PlaceHoldResponse> {
    let mut check = Fields::new();
    let person_id = check.id("person_id", &req.person_id);
    if !erasure::HOLDS.contains(&req.kind.as_str()) {
        check.wrong("kind", "Select a legal hold or a duty to keep the data.");
    }
    let until = check.date("until", &req.until);
    if until.is_none() && req.until.is_empty() && req.kind == "RETENTION" {
        check.wrong("until", "Enter the last day on which the data must be kept.");
    }
    if until.is_some_and(|until| until < local_time::today(ctx.now())) {
        check.wrong("until", "Enter today or a day to come.");
    }
    check.finish()?;

    let mut tx = Tx::begin(db, ctx, ctx.permit()).await?;
    let rows = participations::of_people(&mut tx, &[person_id]).await?;
    erasure_state::may_manage(ctx, person_id, &rows)?;
    if let Some(answer) = tx.replay(&req.request_id, &req).await? {
        return Ok(answer);
    }
    // Under the lock that an approval takes, so that a hold is seen by it or comes too late.
    people::get_for_update(&mut tx, person_id).await?.ok_or_else(Error::not_found)?;
    let running = erasures::newest_of(&mut tx, person_id).await?.is_some_and(|e| e.state == "RUNNING");
    if running || erasures::erased_at(&mut tx, person_id).await?.is_some() {
        return Err(Error::precondition("ALREADY_ERASED", "This person was erased already."));
    }
    let id = ctx.new_id();
    erasures::insert_hold(&mut tx, id, person_id, &req.kind, until, ctx.subject()?).await?;
    tx.changed(ResourceType::Person, person_id);
    tx.commit_with(PlaceHoldResponse { hold_id: id.to_string() }).await
}

/// Ends a hold.
///
/// # Errors
/// `InvalidArgument`; `NotFound`; `PermissionDenied`.
pub async fn lift_hold(db: &Db, ctx: &Ctx, req: LiftHoldRequest) -> Result<LiftHoldResponse> {
    let mut check = Fields::new();
    let (person_id, hold_id) = (check.id("person_id", &req.person_id), check.id("hold_id", &req.hold_id));
    check.finish()?;
    let mut tx = Tx::begin(db, ctx, ctx.permit()).await?;
    let rows = participations::of_people(&mut tx, &[person_id]).await?;
    erasure_state::may_manage(ctx, person_id, &rows)?;
    if let Some(answer) = tx.replay(&req.request_id, &req).await? {
        return Ok(answer);
    }
    if !erasures::lift_hold(&mut tx, hold_id, person_id, ctx.subject()?).await? {
        return Err(Error::not_found());
    }
    tx.changed(ResourceType::Person, person_id);
    tx.commit_with(LiftHoldResponse {}).await
}
