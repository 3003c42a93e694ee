//! Records what a participant said about a purpose. A withdrawal takes effect at once (domain.md 3.11).

use platform::{Ctx, Db, Error, Result, db::Tx};
use proto::{
    FieldClass, ResourceType,
    case::v1::{RecordConsentRequest, RecordConsentResponse},
};

use crate::{
    commands::set_participation_status,
    domain::{consent, fields::{self, Fields}, participant},
    queries::person_access,
    store::{cases, consents::{self, ConsentRow}, participants, people_blobs::WordsBlob, timeline},
};

/// States that nobody tells us, so that there is no way in which they were told.
const UNTOLD: [&str; 3] = ["REQUESTED", "REVIEW_DUE", "EXPIRED"];

/// Does it. Withdrawing from taking part also withdraws the participant.
///
/// # Errors
/// `InvalidArgument`; `NotFound`; `PermissionDenied`; `FailedPrecondition` where the state does not follow from what is
/// recorded.
pub async fn record_consent(db: &Db, ctx: &Ctx, req: RecordConsentRequest) -> Result<RecordConsentResponse> {
    let mut check = Fields::new();
    let participant_id = check.id("participant_id", &req.participant_id);
    let purpose = check.code("purpose", "consent_purpose", &req.purpose);
    let state = check.code("state", "consent_state", &req.state);
    let how = if UNTOLD.contains(&state.as_str()) { check.optional_code("how", "consent_how", &req.how) } else { check.code("how", "consent_how", &req.how) };
    let at = check.past("at", req.at.map(|t| (t.seconds, t.nanos)), ctx.now());
    let note = check.text("note", &req.note, fields::TEXT);
    check.finish()?;

    let mut tx = Tx::begin(db, ctx, ctx.permit()).await?;
    let classes: &[FieldClass] = if note.is_empty() { &[FieldClass::Reference] } else { &[FieldClass::Reference, FieldClass::Notes] };
    person_access::may_update_participant(&mut tx, participant_id, classes).await?;
    if let Some(answer) = tx.replay(&req.request_id, &req).await? {
        return Ok(answer);
    }
    let row = participants::get_for_update(&mut tx, participant_id).await?.ok_or_else(Error::not_found)?;
    let states = consents::states(&mut tx, participant_id).await?;
    consent::check_move(states.get(&purpose).map_or("", String::as_str), &state)?;
    let id = ctx.new_id();
    let c_notes = match note.as_str() {
        "" => None,
        _ => Some(tx.seal(row.person_id, FieldClass::Notes, id, &WordsBlob { text: note }).await?),
    };
    let by = ctx.principal().label();
    let entry = ConsentRow { id, participant_id, purpose, state, how, at, recorded_by: by, c_notes };
    consents::insert(&mut tx, &entry).await?;
    timeline::add(&mut tx, row.case_id, "CONSENT", &[&entry.purpose, &entry.state], Some(id), Some(participant_id)).await?;
    let left = entry.purpose == "TAKE_PART" && entry.state == "WITHDRAWN";
    if left && participant::check_move(&row.status, "WITHDRAWN", false).is_ok() {
        set_participation_status::move_to(&mut tx, &row, "WITHDRAWN", "").await?;
    } else {
        participants::bump(&mut tx, participant_id).await?;
    }
    cases::touch(&mut tx, row.case_id).await?;
    tx.changed(ResourceType::Participant, participant_id);
    tx.commit_with(RecordConsentResponse { consent_id: id.to_string() }).await
}
