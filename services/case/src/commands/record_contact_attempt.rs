//! Records an attempt to reach a participant.

use platform::{Ctx, Db, Error, Result, db::Tx};
use proto::{
    FieldClass, ResourceType,
    case::v1::{RecordContactAttemptRequest, RecordContactAttemptResponse},
};

use crate::{
    domain::fields::{self, Fields},
    events::case_facts,
    queries::person_access,
    store::{cases, contact_attempts::{self, AttemptRow}, participants, people_blobs::AttemptBlob, timeline},
};

/// Does it. The first time that somebody is reached counts as the case's first contact (domain.md 2.10).
///
/// # Errors
/// `InvalidArgument`; `NotFound`; `PermissionDenied`.
pub async fn record_contact_attempt(db: &Db, ctx: &Ctx, req: RecordContactAttemptRequest) -> Result<RecordContactAttemptResponse> {
    let mut check = Fields::new();
    let participant_id = check.id("participant_id", &req.participant_id);
    let at = check.past("at", req.at.map(|t| (t.seconds, t.nanos)), ctx.now());
    let channel = check.code("channel", "contact_kind", &req.channel);
    let result = check.code("result", "contact_result", &req.result);
    let note = check.text("note", &req.note, fields::TEXT);
    check.finish()?;

    let mut tx = Tx::begin(db, ctx, ctx.permit()).await?;
    person_access::may_update_participant(&mut tx, participant_id, &[FieldClass::Contact]).await?;
    if let Some(answer) = tx.replay(&req.request_id, &req).await? {
        return Ok(answer);
    }
    let row = participants::get_for_update(&mut tx, participant_id).await?.ok_or_else(Error::not_found)?;
    let (id, reached) = (ctx.new_id(), result == "REACHED");
    let c_contact = tx.seal(row.person_id, FieldClass::Contact, id, &AttemptBlob { channel, result, note }).await?;
    contact_attempts::insert(&mut tx, &AttemptRow { id, participant_id, at, recorded_by: ctx.principal().label(), c_contact }).await?;
    // Channel and result are of class contact: the timeline only says that there was an attempt.
    timeline::add::<&str>(&mut tx, row.case_id, "CONTACT", &[], Some(id), Some(participant_id)).await?;
    participants::bump(&mut tx, participant_id).await?;
    if reached && let Some(case) = cases::first_contact(&mut tx, row.case_id, at).await? {
        case_facts::publish_case(&mut tx, &case).await?;
    }
    cases::touch(&mut tx, row.case_id).await?;
    tx.changed(ResourceType::Participant, participant_id);
    tx.commit_with(RecordContactAttemptResponse { contact_attempt_id: id.to_string() }).await
}
