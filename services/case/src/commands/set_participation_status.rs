//! Moves a participant's status along the table of `domain::participant`.

use platform::{Ctx, Db, Error, Result, db::Tx};
use proto::{
    FieldClass, ResourceType,
    case::v1::{SetParticipationStatusRequest, SetParticipationStatusResponse},
};
use uuid::Uuid;

use crate::{
    domain::{consent, fields::{self, Fields}, participant},
    queries::person_access,
    store::{cases, consents, participants::{self, ParticipantRow}, people_blobs::WordsBlob, timeline},
};

/// Does it.
///
/// # Errors
/// `InvalidArgument`; `NotFound`; `PermissionDenied`; `Conflict` where the participant changed meanwhile;
/// `FailedPrecondition` where the table has no such move, consent is missing, or the case is closed.
pub async fn set_participation_status(db: &Db, ctx: &Ctx, req: SetParticipationStatusRequest) -> Result<SetParticipationStatusResponse> {
    let mut check = Fields::new();
    let id = check.id("participant_id", &req.participant_id);
    let status = check.code("status", "participation_status", &req.status);
    let reason = check.text("reason", &req.reason, fields::TEXT);
    check.finish()?;

    let mut tx = Tx::begin(db, ctx, ctx.permit()).await?;
    let classes: &[FieldClass] = if reason.is_empty() { &[FieldClass::Reference] } else { &[FieldClass::Reference, FieldClass::Notes] };
    let access = person_access::may_update_participant(&mut tx, id, classes).await?;
    if let Some(answer) = tx.replay(&req.request_id, &req).await? {
        return Ok(answer);
    }
    let row = participants::get_for_update(&mut tx, id).await?.ok_or_else(Error::not_found)?;
    Fields::etag(&req.etag, row.version)?;
    if !access.case_open {
        return Err(Error::precondition("CASE_CLOSED", "Reopen the case first."));
    }
    let takes_part = takes_part(&mut tx, id).await?;
    participant::check_move(&row.status, &status, takes_part)?;
    let version = move_to(&mut tx, &row, &status, &reason).await?;
    tx.commit_with(SetParticipationStatusResponse { etag: version.to_string() }).await
}

/// Whether consent to take part holds.
///
/// # Errors
/// Of the database.
pub async fn takes_part(tx: &mut Tx, participant: Uuid) -> Result<bool> {
    Ok(consents::states(tx, participant).await?.get("TAKE_PART").is_some_and(|state| consent::holds(state)))
}

/// Stores a move that was checked, with its entry on the timeline; answers the new version.
///
/// # Errors
/// Of the database; `FailedPrecondition` (`ERASED`).
pub async fn move_to(tx: &mut Tx, row: &ParticipantRow, status: &str, reason: &str) -> Result<i64> {
    let sealed = match reason {
        "" => None,
        words => Some(tx.seal(row.person_id, FieldClass::Notes, row.id, &WordsBlob { text: words.to_owned() }).await?),
    };
    let version = participants::set_status(tx, row.id, status, sealed.as_deref()).await?;
    timeline::add(tx, row.case_id, "PARTICIPANT", &[row.role.as_str(), status], Some(row.id), Some(row.id)).await?;
    cases::touch(tx, row.case_id).await?;
    tx.changed(ResourceType::Participant, row.id);
    Ok(version)
}
