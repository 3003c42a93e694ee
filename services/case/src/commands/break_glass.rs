//! Break-glass (domain.md I17): a case beyond lock or agency is opened to its caller for an hour, for looking. It takes a
//! right, a reason and a proof of identity made just now; supervisors are told at once, and another person closes the review.

use access::{class::ClassSet, decide::{Subject, decide}, snapshot::Snapshot};
use chrono::TimeDelta;
use platform::{Ctx, Db, Error, Result, Tx, ids};
use proto::{
    Action, FieldClass, PrincipalKind, ResourceType,
    case::v1::{BreakGlassRequest, BreakGlassResponse, ReviewBreakGlassRequest, ReviewBreakGlassResponse},
    events::v1::BreakGlassUsed,
};
use uuid::Uuid;

use super::case_input::{Check, FREE};
use crate::{
    api::case_convert::stamp,
    domain::case_file::Worked,
    store::{break_glass::{self, UseRow}, case_blobs::TextBlob, cases, guards, timeline},
};

/// How long the case stays open to who broke the glass.
const LASTS: TimeDelta = TimeDelta::hours(1);
/// Supervisors who are told.
const TOLD: usize = 20;
/// What a review may find.
pub const OUTCOMES: [&str; 3] = ["APPROPRIATE", "NOT_NEEDED", "WRONG"];

/// Opens a case by its whole reference. A reference of nothing, a case in conflict with the caller and a restricted one are
/// answered alike.
///
/// # Errors
/// `InvalidArgument`; `NotFound`; `PermissionDenied`; `FailedPrecondition` (`SEEN_ALREADY`) where no glass is in the way.
pub async fn run(db: &Db, ctx: &Ctx, request: BreakGlassRequest) -> Result<BreakGlassResponse> {
    let mut check = Check::new();
    let reference = ids::parse_reference(&request.case_reference);
    if reference.is_none() {
        check.wrong("case_reference", "Enter the whole reference of the case, for example RJ-7K4M-2QX9-C.");
    }
    let reason = check.required("reason", &request.reason, FREE, "Enter why you need to see this case now.");
    check.done()?;
    ctx.scope(ResourceType::Case, Action::BreakGlass, ClassSet::NONE)?;
    ctx.require_step_up()?;
    let me = ctx.subject()?;

    let mut tx = Tx::begin(db, ctx, ctx.permit()).await?;
    if let Some(answer) = tx.replay(&request.request_id, &request).await? {
        return Ok(answer);
    }
    let id = break_glass::case_by_reference(&mut tx, &reference.unwrap_or_default()).await?.ok_or_else(Error::not_found)?;
    let worked = cases::load(&mut tx, id).await?;
    if ctx.may(Action::Read, &worked.facts()) {
        return Err(Error::precondition("SEEN_ALREADY", "You can see this case. Open it from your cases."));
    }
    // What the caller would see with broken glass decides: restriction and conflict still hide it.
    ctx.decide(Action::Read, id, &worked.seen_by(worked.guard.conflict, true).facts())?;
    let (use_id, ends_at) = (ctx.new_id(), tx.now() + LASTS);
    let sealed = tx.seal(id, FieldClass::Notes, use_id, &TextBlob { text: reason }).await?;
    break_glass::insert(&mut tx, use_id, id, me, ends_at, &sealed).await?;
    timeline::add(&mut tx, id, "ACCESS", &["BREAK_GLASS"], Some(use_id), None).await?;
    tx.changed(ResourceType::Case, id);
    let tell = supervisors(&mut tx, ctx, &worked, me).await?;
    let event = BreakGlassUsed { case_id: id.to_string(), use_id: use_id.to_string(), tell_user_ids: tell.iter().map(Uuid::to_string).collect() };
    tx.publish(use_id, 1, &event).await?;
    tx.commit_with(BreakGlassResponse { use_id: use_id.to_string(), case_id: id.to_string(), ends_at: Some(stamp(ends_at)) }).await
}

/// Who is told: those who manage the case, nearest first, and where there is nobody else, who may review every use.
async fn supervisors(tx: &mut Tx, ctx: &Ctx, worked: &Worked, me: Uuid) -> Result<Vec<Uuid>> {
    let snapshot = ctx.snapshot().ok_or_else(|| Error::fault("no permissions to look for supervisors in"))?;
    let at = ctx.now().timestamp();
    let mut told = Vec::new();
    for user in snapshot.subjects().into_iter().filter(|user| *user != me) {
        let subject = Subject { id: user, kind: PrincipalKind::User, at };
        if !manages(snapshot, &subject, worked) {
            continue;
        }
        let theirs = guards::of_cases_for(tx, &[worked.case.id], Some(user)).await?;
        if theirs.iter().all(|guard| !guard.conflict) {
            told.push(user);
        }
        if told.len() == TOLD {
            break;
        }
    }
    if told.is_empty() {
        let oversees = |user: &Uuid| {
            let subject = Subject { id: *user, kind: PrincipalKind::User, at };
            access::scope::list_scope(snapshot, &subject, ResourceType::Case, Action::Restrict).everything
        };
        told = snapshot.subjects().into_iter().filter(|user| *user != me && oversees(user)).take(TOLD).collect();
    }
    Ok(told)
}

fn manages(snapshot: &Snapshot, subject: &Subject, worked: &Worked) -> bool {
    decide(snapshot, subject, Action::Review, &worked.seen_by(false, false).facts()).allow
}

/// Closes the review of a use.
///
/// # Errors
/// `InvalidArgument`; `NotFound`; `PermissionDenied`, also for one's own; `FailedPrecondition` (`REVIEWED`).
pub async fn review(db: &Db, ctx: &Ctx, request: ReviewBreakGlassRequest) -> Result<ReviewBreakGlassResponse> {
    let mut check = Check::new();
    let id = check.id("use_id", &request.use_id);
    let outcome = check.one("outcome", &request.outcome, OUTCOMES.contains(&request.outcome.as_str()));
    let note = check.text("note", &request.note, FREE);
    if outcome == "WRONG" && note.is_empty() {
        check.wrong("note", "Enter what was wrong and what follows from it.");
    }
    check.done()?;
    ctx.scope(ResourceType::Case, Action::Review, ClassSet::NONE)?;

    let mut tx = Tx::begin(db, ctx, ctx.permit()).await?;
    let row = break_glass::get_for_update(&mut tx, id).await?.ok_or_else(Error::not_found)?;
    let worked = cases::load(&mut tx, row.case_id).await?;
    match standing(ctx, &row, &worked)? {
        Standing::None => return Err(Error::not_found()),
        Standing::Own => return Err(Error::denied()),
        Standing::ByCase | Standing::ByReference => {}
    }
    if let Some(answer) = tx.replay(&request.request_id, &request).await? {
        return Ok(answer);
    }
    if row.reviewed_at.is_some() {
        return Err(Error::precondition("REVIEWED", "Somebody closed this review already."));
    }
    let words = match note {
        note if note.is_empty() => None,
        text => Some(tx.seal(row.case_id, FieldClass::Notes, id, &TextBlob { text }).await?),
    };
    break_glass::review(&mut tx, id, ctx.subject()?, &outcome, words.as_deref()).await?;
    timeline::add(&mut tx, row.case_id, "ACCESS", &["BREAK_GLASS_REVIEWED"], Some(id), None).await?;
    tx.changed(ResourceType::Case, row.case_id);
    tx.commit_with(ReviewBreakGlassResponse {}).await
}

/// How somebody stands to a use of break-glass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// They may not know of it.
    None,
    /// It is their own.
    Own,
    /// They see the case and may review its uses.
    ByCase,
    /// They oversee every use, and know the case by its reference only.
    ByReference,
}

/// How the caller stands to a use.
///
/// # Errors
/// Of the context.
pub fn standing(ctx: &Ctx, row: &UseRow, worked: &Worked) -> Result<Standing> {
    if ctx.subject()? == row.user_id {
        return Ok(Standing::Own);
    }
    if worked.guard.conflict {
        return Ok(Standing::None);
    }
    // Who broke the glass of the case themself sees it for looking only, which is no right to review.
    if ctx.may(Action::Review, &worked.facts()) {
        return Ok(Standing::ByCase);
    }
    let oversees = ctx.scope(ResourceType::Case, Action::Restrict, ClassSet::NONE).is_ok_and(|scope| scope.everything);
    Ok(if oversees { Standing::ByReference } else { Standing::None })
}
