//! Sets or clears a warning on a participant.

use platform::{Ctx, Db, Error, Result, db::Tx};
use proto::{
    FieldClass, ResourceType,
    case::v1::{SetFlagRequest, SetFlagResponse},
};
use uuid::Uuid;

use crate::{
    domain::{fields::{self, Fields}, participant},
    queries::person_access,
    store::{cases, flags, participants, people_blobs::FlagBlob},
};

/// Does it: the same flag set again gets the new words; one that is not set is cleared without complaint.
///
/// # Errors
/// `InvalidArgument`; `NotFound`; `PermissionDenied`.
pub async fn set_flag(db: &Db, ctx: &Ctx, req: SetFlagRequest) -> Result<SetFlagResponse> {
    let mut check = Fields::new();
    let participant_id = check.id("participant_id", &req.participant_id);
    if !participant::FLAGS.contains(&req.code.as_str()) {
        check.wrong("code", "Choose one of the list.");
    }
    let text = check.text("text", &req.text, fields::LINE * 5);
    if req.code == "OTHER" && text.is_empty() && !req.clear {
        check.wrong("text", "Say what to be careful about.");
    }
    check.finish()?;

    let mut tx = Tx::begin(db, ctx, ctx.permit()).await?;
    person_access::may_update_participant(&mut tx, participant_id, &[FieldClass::Risk]).await?;
    if let Some(answer) = tx.replay(&req.request_id, &req).await? {
        return Ok(answer);
    }
    let row = participants::get_for_update(&mut tx, participant_id).await?.ok_or_else(Error::not_found)?;
    let set: Vec<Uuid> = flags::of_cases(&mut tx, &[row.case_id])
        .await?
        .into_iter()
        .filter(|f| f.row.participant_id == participant_id && f.blob.code == req.code)
        .map(|f| f.row.id)
        .collect();
    let by = ctx.principal().label();
    flags::clear(&mut tx, &set, &by).await?;
    if !req.clear {
        let id = ctx.new_id();
        let blob = tx.seal(row.person_id, FieldClass::Risk, id, &FlagBlob { code: req.code.clone(), text }).await?;
        flags::insert(&mut tx, id, participant_id, &by, &blob).await?;
    }
    participants::bump(&mut tx, participant_id).await?;
    cases::touch(&mut tx, row.case_id).await?;
    tx.changed(ResourceType::Participant, participant_id);
    tx.commit_with(SetFlagResponse {}).await
}
