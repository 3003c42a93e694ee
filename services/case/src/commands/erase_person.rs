//! Asks for the erasure of a person; nothing is destroyed before somebody else approved it.

use platform::{Ctx, Db, Error, Result, db::Tx};
use proto::{
    ResourceType,
    people::v1::{ErasePersonRequest, ErasePersonResponse},
};

use crate::{
    api::erasure_convert,
    domain::{erasure, fields::Fields},
    queries::erasure_state,
    store::{erasures, participations, people},
};

/// Does it, or with `dry_run` tells what would be destroyed and what holds it back.
///
/// # Errors
/// `InvalidArgument`; `NotFound`; `PermissionDenied`; `FailedPrecondition` (`ALREADY_ERASED`, `ERASURE_UNDER_WAY`,
/// `ERASURE_HELD_BACK` with the reasons in words, `NO_SHRED_LIST`).
pub async fn erase_person(db: &Db, ctx: &Ctx, req: ErasePersonRequest) -> Result<ErasePersonResponse> {
    let mut check = Fields::new();
    let person_id = check.id("person_id", &req.person_id);
    if !req.dry_run && !erasure::REASONS.contains(&req.reason.as_str()) {
        check.wrong("reason", "Select why this person is to be erased.");
    }
    check.finish()?;

    let mut tx = Tx::begin(db, ctx, ctx.permit()).await?;
    let rows = participations::of_people(&mut tx, &[person_id]).await?;
    erasure_state::may_manage(ctx, person_id, &rows)?;
    if !req.dry_run
        && let Some(answer) = tx.replay(&req.request_id, &req).await?
    {
        return Ok(answer);
    }
    // Everything of a person is changed under this lock: a case that they join waits for it.
    people::get_for_update(&mut tx, person_id).await?.ok_or_else(Error::not_found)?;
    if erasures::erased_at(&mut tx, person_id).await?.is_some() {
        return Err(Error::precondition("ALREADY_ERASED", "This person was erased already."));
    }
    let blockers = erasure_state::blockers(&mut tx, ctx, person_id, &rows).await?;
    let extent = erasures::extent(&mut tx, person_id).await?;
    let told = |erasure_id: String| ErasePersonResponse {
        erasure_id,
        blockers: blockers.iter().map(erasure_convert::blocker).collect(),
        extent: Some(erasure_convert::extent(&extent)),
    };
    if req.dry_run {
        tx.commit().await?;
        return Ok(told(String::new()));
    }
    ctx.require_step_up()?;
    db.shred_list()?;
    if erasures::newest_of(&mut tx, person_id).await?.is_some_and(|e| matches!(e.state.as_str(), "REQUESTED" | "RUNNING")) {
        return Err(Error::precondition("ERASURE_UNDER_WAY", "The erasure of this person was asked for already."));
    }
    erasure::nothing_holds(&blockers)?;
    let id = ctx.new_id();
    erasures::insert(&mut tx, id, person_id, &req.reason, ctx.subject()?).await?;
    tx.changed(ResourceType::Person, person_id);
    let answer = told(id.to_string());
    tx.commit_with(answer).await
}
