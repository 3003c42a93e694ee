//! The people whom lists and headers name: the harmed and the harmers whom the caller may see, each decided about alone.

use platform::{Ctx, Result, Tx};
use proto::{FieldClass, ResourceType, case::v1::ParticipantName};
use uuid::Uuid;

use crate::{
    domain::{case_file::Worked, participant},
    store::{participants, people_blobs::IdentityBlob},
};

/// Somebody whom the caller may see, with the name where they may read it.
pub struct Named {
    /// The case.
    pub case_id: Uuid,
    /// The person, whose contact points the header looks at.
    pub person_id: Uuid,
    /// What the answer shows.
    pub shown: ParticipantName,
}

/// Those of these cases.
///
/// # Errors
/// Of the database.
pub async fn named(tx: &mut Tx, ctx: &Ctx, cases: &[Worked]) -> Result<Vec<Named>> {
    let ids: Vec<Uuid> = cases.iter().map(|w| w.case.id).collect();
    let mut rows = Vec::new();
    for row in participants::names(tx, &ids).await? {
        let Some(worked) = cases.iter().find(|w| w.case.id == row.case_id) else { continue };
        let allocated = worked.of_side(participant::side_of(&row.role));
        let facts = worked.access_about(row.person_id, ResourceType::Participant, &allocated);
        if let Some(decision) = ctx.see(row.participant_id, &facts) {
            rows.push((row, decision.read.contains(FieldClass::Identity)));
        }
    }
    let mut people: Vec<Uuid> = rows.iter().filter(|(_, reads)| *reads).map(|(row, _)| row.person_id).collect();
    people.sort_unstable();
    people.dedup();
    tx.load_subject_keys(&people).await?;
    let mut named = Vec::with_capacity(rows.len());
    for (row, reads) in rows {
        let mut name = String::new();
        if reads {
            name = match tx.open::<IdentityBlob>(row.person_id, FieldClass::Identity, row.person_id, &row.name_blob).await {
                Ok(blob) => blob.full_name(),
                // The case of an erased person goes on without their name.
                Err(error) if error.reason() == "ERASED" => String::new(),
                Err(error) => return Err(error),
            };
        }
        let shown = ParticipantName { id: row.participant_id.to_string(), masked_paths: Vec::new(), role: row.role, status: row.status, name };
        named.push(Named { case_id: row.case_id, person_id: row.person_id, shown });
    }
    Ok(named)
}
