//! Restriction of processing (UK GDPR article 18): what is known of a case or a person is stored and nothing else is done
//! with it. Who may restrict, usually the data protection officer, may lift.

use access::class::ClassSet;
use platform::{Ctx, Db, Error, Result, Tx};
use proto::{
    Action, FieldClass, ResourceType,
    case::v1::{LiftRestrictionRequest, LiftRestrictionResponse, SetRestrictionRequest, SetRestrictionResponse},
};

use super::case_input::{Check, FREE};
use crate::{
    queries::person_access,
    store::{case_blobs::TextBlob, cases, participations, people, restrictions},
};

/// Restricts a case or a person that the caller sees.
///
/// # Errors
/// `InvalidArgument`; `NotFound`; `PermissionDenied`.
pub async fn set(db: &Db, ctx: &Ctx, request: SetRestrictionRequest) -> Result<SetRestrictionResponse> {
    let mut check = Check::new();
    let case_id = check.optional_id("case_id", &request.case_id);
    let person_id = check.optional_id("person_id", &request.person_id);
    if case_id.is_some() == person_id.is_some() {
        check.wrong("case_id", "Choose a case or a person.");
    }
    let reason = check.required("reason", &request.reason, FREE, "Enter why processing is restricted.");
    check.done()?;
    ctx.scope(ResourceType::Case, Action::Restrict, ClassSet::NONE)?;

    let mut tx = Tx::begin(db, ctx, ctx.permit()).await?;
    // Asked before the record is: nobody sees it afterwards, the caller neither.
    if let Some(answer) = tx.replay(&request.request_id, &request).await? {
        return Ok(answer);
    }
    let subject = match (case_id, person_id) {
        (Some(id), _) => {
            let worked = cases::load_for_update(&mut tx, id).await?;
            ctx.decide(Action::Restrict, id, &worked.facts())?;
            tx.changed(ResourceType::Case, id);
            id
        }
        (None, Some(id)) => {
            people::get_for_update(&mut tx, id).await?.ok_or_else(Error::not_found)?;
            let rows = participations::of_people(&mut tx, &[id]).await?;
            person_access::decide_person(ctx, Action::Read, id, &rows)?;
            if !rows.iter().any(|row| ctx.may(Action::Restrict, &person_access::case_facts(row))) {
                return Err(Error::denied());
            }
            tx.changed(ResourceType::Person, id);
            id
        }
        (None, None) => return Err(Error::not_found()),
    };
    let id = ctx.new_id();
    let sealed = tx.seal(subject, FieldClass::Notes, id, &TextBlob { text: reason }).await?;
    restrictions::insert(&mut tx, id, case_id, person_id, &sealed).await?;
    tx.commit_with(SetRestrictionResponse { restriction_id: id.to_string() }).await
}

/// Lifts a restriction. It is known by its reference only, so the right to restrict everywhere is asked and no record.
///
/// # Errors
/// `InvalidArgument`; `NotFound`; `PermissionDenied`.
pub async fn lift(db: &Db, ctx: &Ctx, request: LiftRestrictionRequest) -> Result<LiftRestrictionResponse> {
    let mut check = Check::new();
    let id = check.id("restriction_id", &request.restriction_id);
    let reason = check.required("reason", &request.reason, FREE, "Enter why the restriction is lifted.");
    check.done()?;
    require_everywhere(ctx)?;

    let mut tx = Tx::begin(db, ctx, ctx.permit()).await?;
    if let Some(answer) = tx.replay(&request.request_id, &request).await? {
        return Ok(answer);
    }
    let row = restrictions::get(&mut tx, id).await?.ok_or_else(Error::not_found)?;
    let subject = row.case_id.or(row.person_id).ok_or_else(Error::not_found)?;
    match row.case_id {
        Some(case) => tx.changed(ResourceType::Case, case),
        None => tx.changed(ResourceType::Person, subject),
    }
    let sealed = tx.seal(subject, FieldClass::Notes, id, &TextBlob { text: reason }).await?;
    restrictions::lift(&mut tx, &row, &sealed).await?;
    tx.commit_with(LiftRestrictionResponse {}).await
}

/// Asks for the right to restrict any case: what is restricted is visible to nobody, so no record can be asked.
///
/// # Errors
/// `PermissionDenied`.
pub fn require_everywhere(ctx: &Ctx) -> Result<()> {
    let scope = ctx.scope(ResourceType::Case, Action::Restrict, ClassSet::NONE)?;
    if scope.everything { Ok(()) } else { Err(Error::denied()) }
}
