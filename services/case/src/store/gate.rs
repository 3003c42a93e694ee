//! SQL that only the safety gate asks.

use platform::{Result, db::Tx};
use uuid::Uuid;

use crate::domain::safety_gate::Meeting;

/// What the gate must know of a meeting: whether it is still to come in this case, and whether the participant attends.
///
/// # Errors
/// Of the database.
pub async fn meeting(tx: &mut Tx, meeting: Uuid, case_id: Uuid, participant: Uuid) -> Result<Meeting> {
    let row = sqlx::query!(
        r#"select m.state, exists (select from cases.meeting_attendee a
                  where a.tenant_id = $1 and a.meeting_id = m.id and a.participant_id = $4) as "attends!"
           from cases.meeting m where m.tenant_id = $1 and m.id = $2 and m.case_id = $3"#,
        tx.tenant(), meeting, case_id, participant
    );
    Ok(match row.fetch_optional(tx.conn()).await? {
        Some(row) if row.state == "SCHEDULED" => Meeting::Scheduled { concerns: row.attends },
        _ => Meeting::Gone,
    })
}
