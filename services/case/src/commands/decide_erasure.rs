//! A second person approves an erasure, or somebody takes it back.

use platform::{Ctx, Db, Error, Result, db::Tx};
use proto::{
    ResourceType,
    events::v1::PersonErased,
    people::v1::{ApproveErasureRequest, ApproveErasureResponse, CancelErasureRequest, CancelErasureResponse},
};
use uuid::Uuid;

use crate::{
    domain::{
        erasure::{self, Move, State},
        fields::Fields,
    },
    queries::erasure_state,
    store::{
        erasures::{self, ErasureRow},
        participations, people,
    },
};

/// Approves: tells every service to destroy what it holds of the person. Nothing undoes it.
///
/// # Errors
/// `InvalidArgument`; `NotFound`; `PermissionDenied`; `Conflict`; `FailedPrecondition` (`SECOND_PERSON_NEEDED`,
/// `ERASURE_STATE`, `ERASURE_HELD_BACK`, `NO_SHRED_LIST`).
pub async fn approve_erasure(db: &Db, ctx: &Ctx, req: ApproveErasureRequest) -> Result<ApproveErasureResponse> {
    let mut check = Fields::new();
    let (person_id, erasure_id) = (check.id("person_id", &req.person_id), check.id("erasure_id", &req.erasure_id));
    check.finish()?;
    let mut tx = Tx::begin(db, ctx, ctx.permit()).await?;
    let rows = participations::of_people(&mut tx, &[person_id]).await?;
    erasure_state::may_manage(ctx, person_id, &rows)?;
    if let Some(answer) = tx.replay(&req.request_id, &req).await? {
        return Ok(answer);
    }
    ctx.require_step_up()?;
    db.shred_list()?;
    let mut row = load(&mut tx, person_id, erasure_id, &req.etag).await?;
    row.state = state(&row)?.after(Move::Approve)?.word().to_owned();
    let approver = ctx.subject()?;
    erasure::second_person(row.requested_by, approver)?;
    // What has begun since the request counts as well.
    erasure::nothing_holds(&erasure_state::blockers(&mut tx, ctx, person_id, &rows).await?)?;
    (row.approved_by, row.approved_at) = (Some(approver), Some(tx.now()));
    let version = erasures::save(&mut tx, &row).await?;
    let party_ids = erasures::parties(&mut tx, person_id).await?.iter().map(Uuid::to_string).collect();
    let notice = PersonErased { erasure_id: erasure_id.to_string(), person_id: person_id.to_string(), party_ids };
    tx.publish(person_id, version, &notice).await?;
    tx.changed(ResourceType::Person, person_id);
    tx.commit_with(ApproveErasureResponse { etag: version.to_string() }).await
}

/// Takes a request back, or refuses it.
///
/// # Errors
/// `InvalidArgument`; `NotFound`; `PermissionDenied`; `Conflict`; `FailedPrecondition` (`ERASURE_STATE`).
pub async fn cancel_erasure(db: &Db, ctx: &Ctx, req: CancelErasureRequest) -> Result<CancelErasureResponse> {
    let mut check = Fields::new();
    let (person_id, erasure_id) = (check.id("person_id", &req.person_id), check.id("erasure_id", &req.erasure_id));
    check.finish()?;
    let mut tx = Tx::begin(db, ctx, ctx.permit()).await?;
    let rows = participations::of_people(&mut tx, &[person_id]).await?;
    erasure_state::may_manage(ctx, person_id, &rows)?;
    if let Some(answer) = tx.replay(&req.request_id, &req).await? {
        return Ok(answer);
    }
    let mut row = load(&mut tx, person_id, erasure_id, &req.etag).await?;
    row.state = state(&row)?.after(Move::Cancel)?.word().to_owned();
    let version = erasures::save(&mut tx, &row).await?;
    tx.changed(ResourceType::Person, person_id);
    tx.commit_with(CancelErasureResponse { etag: version.to_string() }).await
}

/// The request under the locks of the person and its own; another person's is none.
async fn load(tx: &mut Tx, person: Uuid, erasure: Uuid, etag: &str) -> Result<ErasureRow> {
    people::get_for_update(tx, person).await?.ok_or_else(Error::not_found)?;
    let row = erasures::get_for_update(tx, erasure).await?.filter(|e| e.person_id == person).ok_or_else(Error::not_found)?;
    Fields::etag(etag, row.version)?;
    Ok(row)
}

/// Reads the state of a row.
///
/// # Errors
/// A fault where the word is not known.
pub fn state(row: &ErasureRow) -> Result<State> {
    State::parse(&row.state).ok_or_else(|| Error::fault("the state of an erasure is not known"))
}
