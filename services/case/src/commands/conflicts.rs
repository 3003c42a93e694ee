//! Conflicts of interest (domain.md I8): somebody must neither work nor see a case, or any case that a person is concerned
//! in. Declared by oneself or, for a colleague, by who manages the case.

use access::class::ClassSet;
use platform::{Ctx, Db, Error, Result, Tx};
use proto::{
    Action, FieldClass, ResourceType,
    case::v1::{DeclareConflictRequest, DeclareConflictResponse, EndConflictRequest, EndConflictResponse},
};
use uuid::Uuid;

use super::{case_change, case_input::{Check, FREE}};
use crate::{
    domain::case_file::Worked,
    queries::person_access,
    store::{case_blobs::TextBlob, cases, conflicts::{self, ConflictRow}, participations},
};

/// Declares one. Allocations that it stands against end at once, for the reason CONFLICT.
///
/// # Errors
/// `InvalidArgument`; `NotFound`; `PermissionDenied`. Who declares it again is told of no other.
pub async fn declare(db: &Db, ctx: &Ctx, request: DeclareConflictRequest) -> Result<DeclareConflictResponse> {
    let mut check = Check::new();
    let me = ctx.subject()?;
    let user_id = check.optional_id("user_id", &request.user_id).unwrap_or(me);
    let case_id = check.optional_id("case_id", &request.case_id);
    let person_id = check.optional_id("person_id", &request.person_id);
    if case_id.is_some() == person_id.is_some() {
        check.wrong("case_id", "Choose a case or a person.");
    }
    let reason = check.required("reason", &request.reason, FREE, "Enter what the conflict of interest is.");
    check.done()?;
    ctx.scope(ResourceType::Case, Action::Read, ClassSet::NONE)?;

    let mut tx = Tx::begin(db, ctx, ctx.permit()).await?;
    // Asked before the record is: who declares their own sees it no longer.
    if let Some(answer) = tx.replay(&request.request_id, &request).await? {
        return Ok(answer);
    }
    let wanted = if user_id == me { Action::Read } else { Action::Manage };
    let (subject, worked) = match (case_id, person_id) {
        (Some(id), _) => {
            ctx.decide(wanted, id, &cases::load(&mut tx, id).await?.facts())?;
            (id, vec![id])
        }
        (None, Some(id)) => {
            manages_person(&mut tx, ctx, wanted, id).await?;
            (id, conflicts::worked_with(&mut tx, user_id, id).await?)
        }
        (None, None) => return Err(Error::not_found()),
    };
    let id = ctx.new_id();
    let sealed = tx.seal(subject, FieldClass::Notes, id, &TextBlob { text: reason }).await?;
    conflicts::insert(&mut tx, id, user_id, case_id, person_id, &sealed).await?;
    for case in worked {
        end_work(&mut tx, case, user_id).await?;
    }
    match case_id {
        Some(case) => tx.changed(ResourceType::Case, case),
        None => tx.changed(ResourceType::Person, subject),
    }
    tx.commit_with(DeclareConflictResponse { conflict_id: id.to_string() }).await
}

/// Whether the caller sees the person and, to act for a colleague, manages a case that they see them in.
async fn manages_person(tx: &mut Tx, ctx: &Ctx, wanted: Action, person: Uuid) -> Result<()> {
    let rows = participations::of_people(tx, &[person]).await?;
    person_access::decide_person(ctx, Action::Read, person, &rows)?;
    let manages = rows.iter().any(|row| ctx.may(Action::Manage, &person_access::case_facts(row)));
    if wanted == Action::Read || manages { Ok(()) } else { Err(Error::denied()) }
}

async fn end_work(tx: &mut Tx, case_id: Uuid, user_id: Uuid) -> Result<()> {
    let mut worked: Worked = cases::load_for_update(tx, case_id).await?;
    let theirs: Vec<_> = worked.current.iter().filter(|a| a.user_id == user_id).cloned().collect();
    if theirs.is_empty() {
        return Ok(());
    }
    case_change::save(tx, &mut worked.case).await?;
    for row in &theirs {
        case_change::end_allocation(tx, row, "CONFLICT", worked.case.version).await?;
    }
    Ok(())
}

/// Ends one, as who manages the case; it is nobody's own to end, as they do not see what it is about.
///
/// # Errors
/// `InvalidArgument`; `NotFound`; `PermissionDenied`.
pub async fn end(db: &Db, ctx: &Ctx, request: EndConflictRequest) -> Result<EndConflictResponse> {
    let mut check = Check::new();
    let id = check.id("conflict_id", &request.conflict_id);
    let reason = check.required("reason", &request.reason, FREE, "Enter why the conflict of interest is over.");
    check.done()?;
    ctx.scope(ResourceType::Case, Action::Manage, ClassSet::NONE)?;

    let mut tx = Tx::begin(db, ctx, ctx.permit()).await?;
    if let Some(answer) = tx.replay(&request.request_id, &request).await? {
        return Ok(answer);
    }
    let row: ConflictRow = conflicts::get(&mut tx, id).await?.ok_or_else(Error::not_found)?;
    let subject = match (row.case_id, row.person_id) {
        (Some(case), _) => {
            ctx.decide(Action::Manage, case, &cases::load(&mut tx, case).await?.facts())?;
            tx.changed(ResourceType::Case, case);
            case
        }
        (None, Some(person)) => {
            manages_person(&mut tx, ctx, Action::Manage, person).await?;
            tx.changed(ResourceType::Person, person);
            person
        }
        (None, None) => return Err(Error::not_found()),
    };
    let sealed = tx.seal(subject, FieldClass::Notes, id, &TextBlob { text: reason }).await?;
    conflicts::end(&mut tx, id, &sealed).await?;
    tx.commit_with(EndConflictResponse {}).await
}
