//! Who may see messages: owners of cases and referrals, and the users that cases are allocated to.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use platform::{Result, Tx};
use uuid::Uuid;

/// Keeps the owner of a case or referral; an older version changes nothing.
///
/// # Errors
/// The database's.
pub async fn keep_owner(tx: &mut Tx, subject: Uuid, owner_node: Uuid, version: i64) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query!(
        "insert into notification.subject as s (tenant_id, id, owner_node_id, version) values ($1, $2, $3, $4)
         on conflict (tenant_id, id) do update set owner_node_id = excluded.owner_node_id, version = excluded.version
         where s.version < excluded.version",
        tenant,
        subject,
        owner_node,
        version
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Keeps an allocation; answers `false` where it is there already, for instance because its end came first.
///
/// # Errors
/// The database's.
pub async fn allocate(
    tx: &mut Tx, allocation: Uuid, case: Uuid, user: Uuid, side: &str, case_reference: &str, until: Option<DateTime<Utc>>,
) -> Result<bool> {
    let tenant = tx.tenant();
    let rows = sqlx::query!(
        "insert into notification.case_reader (tenant_id, allocation_id, case_id, user_id, case_reference, side, until, ended)
         values ($1, $2, $3, $4, $5, $6, $7, false) on conflict do nothing",
        tenant,
        allocation,
        case,
        user,
        case_reference,
        side,
        until
    )
    .execute(tx.conn())
    .await?;
    Ok(rows.rows_affected() == 1)
}

/// Ends an allocation, also one that is not known yet; answers the reference of the case where the begin was known.
///
/// # Errors
/// The database's.
pub async fn end_allocation(tx: &mut Tx, allocation: Uuid, case: Uuid, user: Uuid) -> Result<Option<String>> {
    let tenant = tx.tenant();
    let reference = sqlx::query_scalar!(
        "insert into notification.case_reader (tenant_id, allocation_id, case_id, user_id, case_reference, ended)
         values ($1, $2, $3, $4, '', true)
         on conflict (tenant_id, allocation_id) do update set ended = true
         returning case_reference",
        tenant,
        allocation,
        case,
        user
    )
    .fetch_one(tx.conn())
    .await?;
    Ok(Some(reference).filter(|r| !r.is_empty()))
}

/// Owners of these cases and referrals.
///
/// # Errors
/// The database's.
pub async fn owners(tx: &mut Tx, subjects: &[Uuid]) -> Result<HashMap<Uuid, Uuid>> {
    let tenant = tx.tenant();
    let rows = sqlx::query!("select id, owner_node_id from notification.subject where tenant_id = $1 and id = any($2)", tenant, subjects)
        .fetch_all(tx.conn())
        .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.owner_node_id)).collect())
}

/// Users that the cases of these messages are allocated to, for each message those whose side it belongs to: an
/// allocation to one side never reaches a message to a participant of the other.
///
/// # Errors
/// The database's.
pub async fn readers(tx: &mut Tx, messages: &[Uuid]) -> Result<HashMap<Uuid, Vec<Uuid>>> {
    let (tenant, now) = (tx.tenant(), tx.now());
    let rows = sqlx::query!(
        "select distinct m.id, r.user_id from notification.message m
         join notification.case_reader r on r.tenant_id = m.tenant_id and r.case_id = m.case_id and not r.ended
              and (r.until is null or r.until > $3)
         where m.tenant_id = $1 and m.id = any($2)
           and (m.participant_id is null or r.side = 'BOTH' or r.side <> '' and (m.side = 'BOTH' or m.side = r.side))",
        tenant,
        messages,
        now
    )
    .fetch_all(tx.conn())
    .await?;
    let mut readers: HashMap<Uuid, Vec<Uuid>> = HashMap::new();
    for row in rows {
        readers.entry(row.id).or_default().push(row.user_id);
    }
    Ok(readers)
}
