//! Adds a known or a new person to a case.

use platform::{Ctx, Db, Error, Kind, Result, db::Tx, local_time};
use proto::{
    Action, FieldClass, ResourceType,
    case::v1::{AddParticipantRequest, AddParticipantResponse},
};

use crate::{
    commands::new_person,
    domain::{fields::{self, Fields}, participant, side::Side},
    queries::person_access,
    store::{cases, participants, participations, people_blobs::IdentityBlob, timeline},
};

/// Does it.
///
/// # Errors
/// `InvalidArgument`; `NotFound` of the case or the person; `PermissionDenied`; `FailedPrecondition` (`CASE_CLOSED`);
/// `AlreadyExists` where the person has this role in the case.
pub async fn add_participant(db: &Db, ctx: &Ctx, req: AddParticipantRequest) -> Result<AddParticipantResponse> {
    let mut check = Fields::new();
    let case_id = check.id("case_id", &req.case_id);
    let role = check.code("role", "participant_role", &req.role);
    let known = check.optional_id("person_id", &req.person_id);
    let given_name = check.text("given_name", &req.given_name, fields::NAME);
    let family_name = check.text("family_name", &req.family_name, fields::NAME);
    let birth = check.birth_date("date_of_birth", &req.date_of_birth, local_time::today(ctx.now()));
    if known.is_none() && given_name.is_empty() && family_name.is_empty() {
        check.wrong("given_name", "Choose a known person, or enter a given name or a family name.");
    }
    check.finish()?;

    let mut tx = Tx::begin(db, ctx, ctx.permit()).await?;
    let case = participations::case_access(&mut tx, case_id).await?.ok_or_else(Error::not_found)?;
    ctx.decide(Action::Update, case_id, &person_access::facts_of(ResourceType::Case, &case, &case.allocated))?;
    let side = match participant::side_of(&role) {
        Side::Both => &case.allocated,
        Side::Harmed => &case.allocated_harmed,
        Side::Harmer => &case.allocated_harmer,
    };
    let (id, new) = (ctx.new_id(), ctx.new_id());
    // Nothing of the caller's may be left in the recorder for a record that a replay did not make: asked, not recorded.
    let (made, person) = (person_access::facts_of(ResourceType::Participant, &case, side), person_access::facts_of(ResourceType::Person, &case, side));
    if !ctx.may(Action::Create, &made) || (known.is_none() && !ctx.may(Action::Create, &person)) {
        return Err(Error::denied());
    }
    if let Some(known) = known {
        let rows = participations::of_people(&mut tx, &[known]).await?;
        person_access::decide_person(ctx, Action::Read, known, &rows)?;
    }
    if let Some(answer) = tx.replay(&req.request_id, &req).await? {
        return Ok(answer);
    }
    if !case.open {
        return Err(Error::precondition("CASE_CLOSED", "Reopen the case first."));
    }
    let person_id = match known {
        Some(known) => known,
        None => {
            person_access::require_write(&ctx.decide_create(new, &person)?, &[FieldClass::Identity])?;
            let identity = IdentityBlob { given_name, family_name, ..IdentityBlob::default() };
            new_person::insert(&mut tx, new, identity, birth).await?;
            new
        }
    };
    if participants::find(&mut tx, case_id, person_id, &role).await?.is_some() {
        return Err(Error::new(Kind::AlreadyExists, "PARTICIPANT_EXISTS", "This person has this role in the case already."));
    }
    ctx.decide_create(id, &made)?;
    participants::insert(&mut tx, id, case_id, person_id, &role).await?;
    timeline::add(&mut tx, case_id, "PARTICIPANT", &[role.as_str(), participant::FIRST_STATUS], Some(id), Some(id)).await?;
    cases::touch(&mut tx, case_id).await?;
    tx.changed(ResourceType::Participant, id);
    tx.commit_with(AddParticipantResponse { participant_id: id.to_string(), person_id: person_id.to_string() }).await
}
