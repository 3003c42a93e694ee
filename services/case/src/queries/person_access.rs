//! Decisions about people and participants. A person is visible through a participation in a visible case and by nothing
//! else, so a decision about a person unites those about each of their participations (architecture 7).

use access::{class::ClassSet, decide::Decision, facts::Facts};
use platform::{Ctx, Error, Kind, Result, db::Tx};
use proto::{Action, FieldClass, ResourceType};
use uuid::Uuid;

use crate::store::participations::{self, CaseAccessRow, ParticipationRow};

/// Facts of the person, as this participation shows them.
pub fn person_facts(row: &ParticipationRow) -> Facts<'_> {
    row.guard.complete_about(row.person_id, Facts::new(ResourceType::Person).owned_by(row.owner_node_id).allocated(&row.allocated))
}

/// Facts of the participant.
pub fn participant_facts(row: &ParticipationRow) -> Facts<'_> {
    row.guard.complete_about(row.person_id, Facts::new(ResourceType::Participant).owned_by(row.owner_node_id).allocated(&row.allocated))
}

/// Facts of the participation's case.
pub fn case_facts(row: &ParticipationRow) -> Facts<'_> {
    row.guard.complete(Facts::new(ResourceType::Case).owned_by(row.owner_node_id).allocated(&row.allocated_to_case))
}

/// Facts of a case, and of what would be made in it for everybody who works it.
pub fn facts_of<'a>(resource: ResourceType, case: &'a CaseAccessRow, allocated: &'a [Uuid]) -> Facts<'a> {
    case.guard.complete(Facts::new(resource).owned_by(case.owner_node_id).allocated(allocated))
}

/// Decides about one person by their participations; classes that any of them opens may be read or written.
///
/// # Errors
/// `NotFound` where no participation shows them, `PermissionDenied` where none that does allows the action.
pub fn decide_person(ctx: &Ctx, action: Action, person: Uuid, rows: &[ParticipationRow]) -> Result<Decision> {
    let mut united = Err(Error::not_found());
    for row in rows.iter().filter(|r| r.person_id == person) {
        match (ctx.decide(action, person, &person_facts(row)), &united) {
            (Ok(one), Ok(all)) => united = Ok(unite(one, *all)),
            (Ok(one), Err(_)) => united = Ok(one),
            (Err(error), Err(_)) if error.kind() == Kind::PermissionDenied => united = Err(error),
            (Err(_), _) => {}
        }
    }
    united
}

/// Records that a person is shown in a list; `None` where they must not be.
pub fn see_person(ctx: &Ctx, person: Uuid, rows: &[ParticipationRow]) -> Option<Decision> {
    rows.iter().filter(|r| r.person_id == person).filter_map(|row| ctx.see(person, &person_facts(row))).reduce(unite)
}

fn unite(a: Decision, b: Decision) -> Decision {
    Decision { visible: true, allow: a.allow || b.allow, read: a.read.union(b.read), write: a.write.union(b.write), why: a.why }
}

/// Cases among the participations of a person that the caller may read, with their references.
pub fn visible_cases(ctx: &Ctx, person: Uuid, rows: &[ParticipationRow]) -> Vec<(Uuid, String)> {
    let mut cases: Vec<(Uuid, String)> = Vec::new();
    for row in rows.iter().filter(|r| r.person_id == person) {
        if !cases.iter().any(|(id, _)| *id == row.case_id) && ctx.may(Action::Read, &case_facts(row)) && ctx.may(Action::Read, &participant_facts(row)) {
            cases.push((row.case_id, row.case_reference.clone()));
        }
    }
    cases
}

/// Refuses a change of classes that the caller may not write on this record.
///
/// # Errors
/// `PermissionDenied`.
pub fn require_write(decision: &Decision, classes: &[FieldClass]) -> Result<()> {
    if decision.write.contains_all(ClassSet::of(classes)) { Ok(()) } else { Err(Error::denied()) }
}

/// Decides whether the caller may change a person.
///
/// # Errors
/// As [`decide_person`] and [`require_write`].
pub async fn may_update(tx: &mut Tx, person: Uuid, classes: &[FieldClass]) -> Result<Decision> {
    let rows = participations::of_people(tx, &[person]).await?;
    let decision = decide_person(tx.ctx(), Action::Update, person, &rows)?;
    require_write(&decision, classes)?;
    Ok(decision)
}

/// Decides whether the caller may change a participant, and answers what is known of the case.
///
/// # Errors
/// `NotFound` where the caller may not know of them, `PermissionDenied` where they may not write these classes.
pub async fn may_update_participant(tx: &mut Tx, participant: Uuid, classes: &[FieldClass]) -> Result<ParticipationRow> {
    let row = participations::of_participant(tx, participant).await?.ok_or_else(Error::not_found)?;
    let decision = tx.ctx().decide(Action::Update, participant, &participant_facts(&row))?;
    require_write(&decision, classes)?;
    Ok(row)
}
