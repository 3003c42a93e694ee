//! Who sees a case and why, with everything that opens or closes it by hand.

use access::{decide::Subject, ways::{Way, ways}};
use platform::{Ctx, Db, Result, Tx};
use proto::{
    Action, FieldClass, PrincipalKind,
    case::v1::{CaseAccess, CaseConflict, CaseLock, CaseReader, CaseShare, GlassUse},
};
use uuid::Uuid;

use crate::{
    api::case_convert::stamp,
    domain::case_file::Worked,
    store::{agreements, break_glass, case_blobs::TextBlob, cases, conflicts, guards, locks},
};

/// Most readers that an answer names.
const MOST: usize = 500;

/// The case's access.
///
/// # Errors
/// `NotFound`; `PermissionDenied`.
pub async fn get(db: &Db, ctx: &Ctx, id: Uuid) -> Result<CaseAccess> {
    let mut tx = Tx::begin(db, ctx, ctx.permit()).await?;
    let worked = cases::load(&mut tx, id).await?;
    let decision = ctx.decide(Action::Read, id, &worked.facts())?;
    let (words, manages) = (decision.read.contains(FieldClass::Notes), ctx.may(Action::Manage, &worked.facts()));
    let mut shown = CaseAccess { id: id.to_string(), ..CaseAccess::default() };
    readers(&mut tx, ctx, &worked, &mut shown).await?;
    if let Some(row) = locks::of_case(&mut tx, id).await? {
        shown.lock = Some(CaseLock {
            reason: reason(&mut tx, words, id, row.id, Some(&row.c_notes)).await?,
            id: row.id.to_string(),
            at: Some(stamp(row.locked_at)),
            by: row.locked_by,
            member_user_ids: row.members.iter().map(Uuid::to_string).collect(),
        });
    }
    let now = tx.now();
    for row in agreements::shares(&mut tx, id).await? {
        shown.shares.push(CaseShare {
            id: row.id.to_string(),
            node_id: row.node_id.to_string(),
            agreement_id: row.agreement_id.to_string(),
            agreement_name: row.agreement_name,
            classes: guards::classes(row.classes).iter().map(|c| c as i32).collect(),
            from: Some(stamp(row.from_at)),
            ends_at: Some(stamp(row.ends_at)),
            by: row.shared_by,
            in_force: now < row.ends_at,
        });
    }
    if manages {
        for row in conflicts::of_case(&mut tx, id).await? {
            // Why somebody keeps away from a person is sealed under the person's key.
            let subject = row.person_id.unwrap_or(id);
            shown.conflicts.push(CaseConflict {
                reason: reason(&mut tx, words, subject, row.id, Some(&row.c_notes)).await?,
                id: row.id.to_string(),
                user_id: row.user_id.to_string(),
                about: about(row.case_id).into(),
                at: Some(stamp(row.declared_at)),
                by: row.declared_by,
            });
        }
    }
    for row in break_glass::of_case(&mut tx, id).await? {
        shown.glass.push(GlassUse {
            reason: reason(&mut tx, words, id, row.id, Some(&row.c_notes)).await?,
            review_note: reason(&mut tx, words, id, row.id, row.c_review.as_deref()).await?,
            id: row.id.to_string(),
            user_id: row.user_id.to_string(),
            at: Some(stamp(row.broken_at)),
            ends_at: Some(stamp(row.ends_at)),
            reviewed_by: row.reviewed_by.map(|u| u.to_string()).unwrap_or_default(),
            reviewed_at: row.reviewed_at.map(stamp),
            outcome: row.outcome.unwrap_or_default(),
        });
    }
    let offers = [
        ("LOCK", manages),
        ("UNLOCK", manages && shown.lock.is_some()),
        ("SHARE", manages),
        ("DECLARE_FOR_OTHERS", manages),
        ("RESTRICT", ctx.may(Action::Restrict, &worked.facts())),
    ];
    shown.allowed_actions = offers.into_iter().filter(|(_, may)| *may).map(|(action, _)| action.to_owned()).collect();
    tx.commit().await?;
    Ok(shown)
}

/// CASE or PERSON.
pub fn about(case_id: Option<Uuid>) -> &'static str {
    if case_id.is_some() { "CASE" } else { "PERSON" }
}

async fn reason(tx: &mut Tx, reads: bool, subject: Uuid, row: Uuid, blob: Option<&[u8]>) -> Result<String> {
    let Some(blob) = blob.filter(|_| reads) else { return Ok(String::new()) };
    match tx.open::<TextBlob>(subject, FieldClass::Notes, row, blob).await {
        Ok(blob) => Ok(blob.text),
        Err(error) if error.reason() == "ERASED" => Ok(String::new()),
        Err(error) => Err(error),
    }
}

/// Everybody with a role, asked one by one with their own conflict and break-glass.
async fn readers(tx: &mut Tx, ctx: &Ctx, worked: &Worked, shown: &mut CaseAccess) -> Result<()> {
    let Some(snapshot) = ctx.snapshot() else { return Ok(()) };
    let id = worked.case.id;
    let conflicted: Vec<Uuid> = conflicts::of_case(tx, id).await?.into_iter().map(|row| row.user_id).collect();
    let now = tx.now();
    let broken: Vec<Uuid> = break_glass::of_case(tx, id).await?.into_iter().filter(|row| now < row.ends_at).map(|row| row.user_id).collect();
    let at = now.timestamp();
    for user in snapshot.subjects() {
        let theirs = worked.seen_by(conflicted.contains(&user), broken.contains(&user));
        let subject = Subject { id: user, kind: PrincipalKind::User, at };
        let (decision, found) = ways(snapshot, &subject, &theirs.facts());
        if found.is_empty() {
            continue;
        }
        if shown.readers.len() == MOST {
            shown.more_readers = true;
            return Ok(());
        }
        shown.readers.push(CaseReader {
            user_id: user.to_string(),
            ways: found.into_iter().map(|way| code(way).to_owned()).collect(),
            classes: decision.read.iter().map(|c| c as i32).collect(),
        });
    }
    Ok(())
}

fn code(way: Way) -> &'static str {
    match way {
        Way::Everything => "EVERYTHING",
        Way::Agency => "AGENCY",
        Way::Allocation => "ALLOCATION",
        Way::Made => "MADE",
        Way::Share => "SHARE",
        Way::BreakGlass => "BREAK_GLASS",
    }
}
