//! Sums over a tenant's events, for who oversees the use of the system.

use chrono::{DateTime, Utc};
use proto::{AuditOperation, ResourceType};

use super::unusual::Hour;
use crate::{Result, Tx};

/// What one actor did in one month.
pub(super) struct Month {
    pub(super) actor: String,
    /// Number of the month in the bounds, from 1.
    pub(super) month: i32,
    pub(super) looks: i64,
    pub(super) changes: i64,
    pub(super) refusals: i64,
}

/// Records about people.
fn about_people() -> Vec<i16> {
    use ResourceType as R;
    [R::Referral, R::Case, R::Participant, R::Person, R::Note, R::Meeting].iter().map(|r| *r as i16).collect()
}

/// `bounds` are the begins of the months, ascending.
pub(super) async fn by_actor_and_month(tx: &mut Tx, from: DateTime<Utc>, to: DateTime<Utc>, bounds: &[DateTime<Utc>]) -> Result<Vec<Month>> {
    let tenant = tx.tenant();
    let looks = [AuditOperation::Consultation as i16, AuditOperation::Disclosure as i16];
    Ok(sqlx::query_as!(
        Month,
        "SELECT actor, width_bucket(at, $4::timestamptz[]) AS \"month!\",
                count(*) FILTER (WHERE outcome = 'ok' AND operation = ANY($5::smallint[])) AS \"looks!\",
                count(*) FILTER (WHERE outcome = 'ok' AND operation <> ALL($5::smallint[])) AS \"changes!\",
                count(*) FILTER (WHERE outcome <> 'ok') AS \"refusals!\"
         FROM platform.audit_event
         WHERE tenant_id = $1 AND at >= $2 AND at < $3 AND (actor LIKE 'user:%' OR actor LIKE 'account:%')
         GROUP BY 1, 2 ORDER BY 2, 1",
        tenant,
        from,
        to,
        bounds,
        &looks[..]
    )
    .fetch_all(tx.conn())
    .await?)
}

/// Hours in which anybody did anything that a rule asks for.
pub(super) async fn by_actor_and_hour(tx: &mut Tx, from: DateTime<Utc>, to: DateTime<Utc>) -> Result<Vec<Hour>> {
    let tenant = tx.tenant();
    Ok(sqlx::query_as!(
        Hour,
        "WITH event AS (
             SELECT sequence, actor, date_trunc('hour', at, 'UTC') AS begin, outcome, apart, record_ids,
                    resource = ANY($4::smallint[]) AND outcome = 'ok' AND operation = $5 AS look
             FROM platform.audit_event WHERE tenant_id = $1 AND at >= $2 AND at < $3 AND (actor LIKE 'user:%' OR actor LIKE 'account:%')),
         record AS (
             SELECT e.actor, e.begin, r.id, bool_or(cardinality(e.record_ids) = 1) AS opened, bool_or(cardinality(e.record_ids) = 1 AND e.apart = 1) AS apart
             FROM event e CROSS JOIN unnest(e.record_ids) AS r (id) WHERE e.look GROUP BY 1, 2, 3),
         seen AS (
             SELECT actor, begin, count(*) FILTER (WHERE opened) AS opened, count(*) FILTER (WHERE apart) AS apart, count(*) AS listed FROM record GROUP BY 1, 2),
         refused AS (
             SELECT actor, begin, count(*) AS refused FROM event WHERE outcome IN ('denied', 'not_found') GROUP BY 1, 2)
         SELECT coalesce(s.actor, r.actor) AS \"actor!\", coalesce(s.begin, r.begin) AS \"begin!\", coalesce(s.opened, 0) AS \"opened!\",
                coalesce(s.apart, 0) AS \"apart!\", coalesce(s.listed, 0) AS \"listed!\", coalesce(r.refused, 0) AS \"refused!\"
         FROM seen s FULL JOIN refused r ON r.actor = s.actor AND r.begin = s.begin",
        tenant,
        from,
        to,
        &about_people(),
        AuditOperation::Consultation as i16
    )
    .fetch_all(tx.conn())
    .await?)
}
