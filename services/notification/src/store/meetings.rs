//! Versions of meetings and the reminders that are in force.

use platform::{Result, Tx};
use uuid::Uuid;

use crate::domain::template::Name;

/// Takes note of a version and of the meeting's lock; answers `false` where a newer one was seen.
///
/// # Errors
/// The database's.
pub async fn advance(tx: &mut Tx, meeting: Uuid, version: i64) -> Result<bool> {
    let tenant = tx.tenant();
    let rows = sqlx::query!(
        "insert into notification.meeting as m (tenant_id, id, version) values ($1, $2, $3)
         on conflict (tenant_id, id) do update set version = excluded.version where m.version < excluded.version",
        tenant,
        meeting,
        version
    )
    .execute(tx.conn())
    .await?;
    Ok(rows.rows_affected() == 1)
}

/// Locks the messages of this kind that are in force for a meeting and answers their ids.
///
/// # Errors
/// The database's.
pub async fn in_force(tx: &mut Tx, meeting: Uuid, template: Name) -> Result<Vec<Uuid>> {
    let tenant = tx.tenant();
    Ok(sqlx::query_scalar!(
        "select id from notification.message
         where tenant_id = $1 and meeting_id = $2 and template = $3 and not superseded order by id for update",
        tenant,
        meeting,
        template.code()
    )
    .fetch_all(tx.conn())
    .await?)
}
