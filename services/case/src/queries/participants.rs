//! The people concerned in a case, and one of them with everything that belongs to them.

use std::collections::HashMap;

use platform::{Ctx, Db, Error, Result, db::Tx, local_time};
use proto::{Action, FieldClass, ResourceType};
use uuid::Uuid;

use crate::{
    domain::{consent, participant},
    queries::person_access,
    store::{
        consents::{self, ConsentRow},
        contact_attempts::{self, AttemptRow},
        contact_points,
        flags::{self, OpenedFlag},
        opened::{self, Depth, Opened},
        participants::{self, ParticipantRow},
        participations,
        people_blobs::{AttemptBlob, WordsBlob},
    },
};

/// A participant as an answer shows them.
#[derive(Clone, Debug)]
pub struct ParticipantView {
    /// The row.
    pub row: ParticipantRow,
    /// The person; none where they were erased.
    pub person: Option<Opened>,
    /// Entries of all purposes, newest first, with their notes.
    pub consents: Vec<(ConsentRow, String)>,
    /// Attempts to reach them, newest first; of one participant only.
    pub attempts: Vec<(AttemptRow, AttemptBlob)>,
    /// Warnings.
    pub flags: Vec<OpenedFlag>,
    /// Some contact point is verified as safe.
    pub has_safe_contact: bool,
    /// Statuses they may move to.
    pub allowed_statuses: Vec<&'static str>,
}

/// Everyone concerned in a case whom the caller may see, without attempts to reach them.
///
/// # Errors
/// `NotFound` where the caller may not know of the case.
pub async fn list_participants(db: &Db, ctx: &Ctx, case_id: Uuid) -> Result<Vec<ParticipantView>> {
    let mut tx = Tx::begin(db, ctx, ctx.permit()).await?;
    let case = participations::case_access(&mut tx, case_id).await?.ok_or_else(Error::not_found)?;
    ctx.decide(Action::Read, case_id, &person_access::facts_of(ResourceType::Case, &case, &case.allocated))?;
    let access = participations::of_case(&mut tx, case_id).await?;
    let mut rows = participants::of_case(&mut tx, case_id).await?;
    rows.retain(|row| {
        let facts = access.iter().find(|a| a.participant_id == row.id).map(person_access::participant_facts);
        facts.is_some_and(|facts| ctx.see(row.id, &facts).is_some())
    });
    let views = views(&mut tx, rows, case.open).await?;
    tx.commit().await?;
    Ok(views)
}

/// One participant with consents, attempts and flags.
///
/// # Errors
/// `NotFound` where the caller may not know of them.
pub async fn get_participant(db: &Db, ctx: &Ctx, id: Uuid) -> Result<ParticipantView> {
    let mut tx = Tx::begin(db, ctx, ctx.permit()).await?;
    let access = participations::of_participant(&mut tx, id).await?.ok_or_else(Error::not_found)?;
    ctx.decide(Action::Read, id, &person_access::participant_facts(&access))?;
    let row = participants::get(&mut tx, id).await?.ok_or_else(Error::not_found)?;
    let mut view = views(&mut tx, vec![row], access.case_open).await?.pop().ok_or_else(Error::not_found)?;
    if view.person.is_some() {
        for attempt in contact_attempts::of_participant(&mut tx, id).await? {
            let blob = tx.open(access.person_id, FieldClass::Contact, attempt.id, &attempt.c_contact).await?;
            view.attempts.push((attempt, blob));
        }
    }
    tx.commit().await?;
    Ok(view)
}

async fn views(tx: &mut Tx, rows: Vec<ParticipantRow>, case_open: bool) -> Result<Vec<ParticipantView>> {
    let ids: Vec<Uuid> = rows.iter().map(|r| r.id).collect();
    let mut people_ids: Vec<Uuid> = rows.iter().map(|r| r.person_id).collect();
    people_ids.sort_unstable();
    people_ids.dedup();
    let mut cases: Vec<Uuid> = rows.iter().map(|r| r.case_id).collect();
    cases.dedup();
    let people: HashMap<Uuid, Opened> = opened::get_many(tx, &people_ids, Depth::Whole).await?.into_iter().map(|p| (p.row.id, p)).collect();
    let today = local_time::today(tx.now());
    let safe = contact_points::safely_reachable(tx, &people_ids, today).await?;
    let flags = flags::of_cases(tx, &cases).await?;
    let consents = consents::of_participants(tx, &ids).await?;
    let mut views = Vec::with_capacity(rows.len());
    for row in rows {
        let person = people.get(&row.person_id).cloned();
        let mut own = Vec::new();
        for entry in consents.iter().filter(|c| c.participant_id == row.id) {
            let note: WordsBlob = match (&entry.c_notes, &person) {
                (Some(blob), Some(_)) => tx.open(row.person_id, FieldClass::Notes, entry.id, blob).await?,
                _ => WordsBlob::default(),
            };
            own.push((entry.clone(), note.text));
        }
        // Newest first, so the first of a purpose is its state.
        let takes_part = own.iter().find(|(c, _)| c.purpose == "TAKE_PART").is_some_and(|(c, _)| consent::holds(&c.state));
        views.push(ParticipantView {
            consents: own,
            attempts: Vec::new(),
            flags: flags.iter().filter(|f| f.row.participant_id == row.id).cloned().collect(),
            has_safe_contact: safe.contains(&row.person_id),
            allowed_statuses: if case_open { participant::allowed(&row.status, takes_part) } else { Vec::new() },
            person,
            row,
        });
    }
    Ok(views)
}
