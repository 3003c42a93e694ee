//! Rows of meetings and of who is asked to them.

use access::scope::ListScope;
use chrono::{DateTime, Utc};
use platform::{Error, Result, Tx};
use uuid::Uuid;

use super::guards::Reach;

/// One meeting; its place stays sealed under the case's key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MeetingRow {
    /// Its id.
    pub id: Uuid,
    /// The case.
    pub case_id: Uuid,
    /// Side of all who are asked, BOTH where they are of more than one.
    pub side: String,
    /// Code of list intervention, or PREPARATION.
    pub kind: String,
    /// When it begins.
    pub starts_at: DateTime<Utc>,
    /// How long it takes.
    pub minutes: i32,
    /// IN_PERSON, PHONE or VIDEO.
    pub mode: String,
    /// SCHEDULED, CANCELLED, HELD or NOT_HELD.
    pub state: String,
    /// Why it was cancelled.
    pub cancel_reason: Option<String>,
    /// How it went.
    pub result: Option<String>,
    /// Why it went so.
    pub result_reason: Option<String>,
    /// Who made it, as a label.
    pub scheduled_by: String,
    /// Who made it, as decisions ask for it.
    pub made_by: Option<Uuid>,
    /// The etag.
    pub version: i64,
    /// Sealed place.
    pub c_contact: Option<Vec<u8>>,
}

/// Somebody who is asked to a meeting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttendeeRow {
    /// The meeting.
    pub meeting_id: Uuid,
    /// The participant.
    pub participant_id: Uuid,
    /// Wants a text the day before.
    pub remind_by_text: bool,
    /// Wants an e-mail the day before.
    pub remind_by_email: bool,
    /// UNKNOWN, CAME or DID_NOT_COME.
    pub attendance: String,
}

/// Stores a new meeting with its attendees.
///
/// # Errors
/// Of the database.
pub async fn insert(tx: &mut Tx, row: &MeetingRow, attendees: &[AttendeeRow]) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query!(
        "INSERT INTO cases.meeting (tenant_id, id, case_id, side, kind, starts_at, minutes, mode, state, scheduled_by, made_by, version, c_contact)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        tenant, row.id, row.case_id, row.side, row.kind, row.starts_at, row.minutes, row.mode, row.state, row.scheduled_by, row.made_by,
        row.version, row.c_contact.as_deref()
    )
    .execute(tx.conn())
    .await?;
    for attendee in attendees {
        sqlx::query!(
            "INSERT INTO cases.meeting_attendee (tenant_id, meeting_id, participant_id, remind_by_text, remind_by_email) VALUES ($1, $2, $3, $4, $5)",
            tenant, row.id, attendee.participant_id, attendee.remind_by_text, attendee.remind_by_email
        )
        .execute(tx.conn())
        .await?;
    }
    Ok(())
}

/// One meeting.
///
/// # Errors
/// Of the database.
pub async fn get(tx: &mut Tx, id: Uuid) -> Result<Option<MeetingRow>> {
    let tenant = tx.tenant();
    Ok(sqlx::query_as!(
        MeetingRow,
        "SELECT id, case_id, side, kind, starts_at, minutes, mode, state, cancel_reason, result, result_reason, scheduled_by, made_by,
                version, c_contact
         FROM cases.meeting WHERE tenant_id = $1 AND id = $2",
        tenant, id
    )
    .fetch_optional(tx.conn())
    .await?)
}

/// Stores a changed meeting under the next version; its case is locked by the caller. The row then holds what is stored.
///
/// # Errors
/// Of the database; `Conflict` where it changed in between.
pub async fn save(tx: &mut Tx, row: &mut MeetingRow) -> Result<()> {
    let tenant = tx.tenant();
    let done = sqlx::query!(
        "UPDATE cases.meeting SET starts_at = $3, minutes = $4, state = $5, cancel_reason = $6, result = $7, result_reason = $8,
             c_contact = $9, version = version + 1
         WHERE tenant_id = $1 AND id = $2 AND version = $10",
        tenant, row.id, row.starts_at, row.minutes, row.state, row.cancel_reason.as_deref(), row.result.as_deref(),
        row.result_reason.as_deref(), row.c_contact.as_deref(), row.version
    )
    .execute(tx.conn())
    .await?;
    if done.rows_affected() != 1 {
        return Err(Error::stale_etag());
    }
    row.version += 1;
    Ok(())
}

/// Records whether somebody came.
///
/// # Errors
/// Of the database.
pub async fn set_attendance(tx: &mut Tx, meeting_id: Uuid, participant_id: Uuid, attendance: &str) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query!(
        "UPDATE cases.meeting_attendee SET attendance = $4 WHERE tenant_id = $1 AND meeting_id = $2 AND participant_id = $3",
        tenant, meeting_id, participant_id, attendance
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Who is asked to these meetings.
///
/// # Errors
/// Of the database.
pub async fn attendees(tx: &mut Tx, meeting_ids: &[Uuid]) -> Result<Vec<AttendeeRow>> {
    let tenant = tx.tenant();
    Ok(sqlx::query_as!(
        AttendeeRow,
        "SELECT meeting_id, participant_id, remind_by_text, remind_by_email, attendance FROM cases.meeting_attendee
         WHERE tenant_id = $1 AND meeting_id = ANY($2) ORDER BY meeting_id, participant_id",
        tenant, meeting_ids
    )
    .fetch_all(tx.conn())
    .await?)
}

/// Whether a meeting of the case is scheduled of which it is not recorded how it went.
///
/// # Errors
/// Of the database.
pub async fn any_scheduled(tx: &mut Tx, case_id: Uuid) -> Result<bool> {
    let tenant = tx.tenant();
    Ok(sqlx::query_scalar!(
        "SELECT EXISTS (SELECT FROM cases.meeting WHERE tenant_id = $1 AND case_id = $2 AND state = 'SCHEDULED') AS \"yes!\"",
        tenant, case_id
    )
    .fetch_one(tx.conn())
    .await?)
}

/// Which meetings a list is of.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Of this case.
    pub case_id: Option<Uuid>,
    /// Of cases that the caller works, for a side that they work.
    pub mine: bool,
    /// That begin at or after this.
    pub from: Option<DateTime<Utc>>,
    /// That begin before this.
    pub to: Option<DateTime<Utc>>,
    /// In this state.
    pub state: Option<String>,
}

/// A page of meetings that the scope reaches, earliest first, beyond the given place.
///
/// # Errors
/// Of the database.
pub async fn page(tx: &mut Tx, me: Uuid, scope: &ListScope, reach: &Reach, filter: &Filter, beyond: Option<(DateTime<Utc>, Uuid)>, most: i64) -> Result<Vec<MeetingRow>> {
    let tenant = tx.tenant();
    let (at, id) = beyond.unzip();
    Ok(sqlx::query_as!(
        MeetingRow,
        "SELECT m.id, m.case_id, m.side, m.kind, m.starts_at, m.minutes, m.mode, m.state, m.cancel_reason, m.result, m.result_reason,
                m.scheduled_by, m.made_by, m.version, m.c_contact
         FROM cases.meeting m JOIN cases.case_file c ON c.tenant_id = m.tenant_id AND c.id = m.case_id
         WHERE m.tenant_id = $1
           AND NOT c.restricted AND c.id <> ALL($18) AND (NOT c.locked OR c.id = ANY($17))
           AND ($2 OR c.owner_node_id = ANY($3) OR ($4 AND m.made_by = $5) OR c.id = ANY($16) OR EXISTS (SELECT FROM cases.share s
                WHERE s.tenant_id = $1 AND s.case_id = c.id AND s.node_id = ANY($19) AND s.ends_at > $15 AND s.classes & $20 = $20) OR ($6 AND EXISTS (SELECT FROM cases.allocation a
                WHERE a.tenant_id = $1 AND a.case_id = m.case_id AND a.user_id = $5 AND a.to_at IS NULL AND (a.until IS NULL OR a.until > $15)
                  AND (a.side = 'BOTH' OR m.side = 'BOTH' OR a.side = m.side))))
           AND (NOT $7 OR EXISTS (SELECT FROM cases.allocation a
                WHERE a.tenant_id = $1 AND a.case_id = m.case_id AND a.user_id = $5 AND a.to_at IS NULL AND (a.until IS NULL OR a.until > $15)
                  AND (a.side = 'BOTH' OR m.side = 'BOTH' OR a.side = m.side)))
           AND ($8::uuid IS NULL OR m.case_id = $8) AND ($9::timestamptz IS NULL OR m.starts_at >= $9)
           AND ($10::timestamptz IS NULL OR m.starts_at < $10) AND ($11::text IS NULL OR m.state = $11)
           AND ($12::timestamptz IS NULL OR (m.starts_at, m.id) > ($12, $13::uuid))
         ORDER BY m.starts_at, m.id LIMIT $14",
        tenant, scope.everything, &scope.nodes, scope.own, me, scope.allocated, filter.mine, filter.case_id, filter.from, filter.to,
        filter.state.as_deref(), at, id, most, reach.at, &reach.broken, &reach.unlocked, &reach.conflicts, &reach.share_nodes, reach.share_classes
    )
    .fetch_all(tx.conn())
    .await?)
}
