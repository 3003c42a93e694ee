//! Lists and counts of cases: the caller's scope stands in the query, so that a page holds what may be seen and no gaps.

use access::scope::ListScope;
use chrono::{DateTime, Utc};
use platform::{Result, Tx};
use uuid::Uuid;

use super::cases::CaseRow;

/// What a list sorts by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// What was worked last comes first.
    #[default]
    LastActivity,
    /// What was opened last comes first.
    Opened,
    /// What has stood in its stage longest comes first.
    StageSince,
}

impl Order {
    /// The instant of a row that the order goes by.
    pub fn key(self, case: &CaseRow) -> DateTime<Utc> {
        match self {
            Self::LastActivity => case.last_activity_at,
            Self::Opened => case.opened_at,
            Self::StageSince => case.stage_since,
        }
    }
}

/// Which cases.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// MINE, OPEN, UNALLOCATED or CLOSED.
    pub tab: &'static str,
    /// In this stage.
    pub stage: Option<String>,
    /// Of this kind.
    pub kind: Option<String>,
    /// Owned by this node.
    pub owner_node_id: Option<Uuid>,
    /// Worked by this user now.
    pub allocated_to: Option<Uuid>,
    /// Whose reference begins with this.
    pub reference: Option<String>,
    /// Among these.
    pub among: Option<Vec<Uuid>>,
}

macro_rules! page {
    ($tx:ident, $me:ident, $scope:ident, $filter:ident, $at:ident, $id:ident, $most:ident, $beyond:tt, $order:tt) => {{
        let tenant = $tx.tenant();
        sqlx::query_as!(
            CaseRow,
            "SELECT c.id, c.reference, c.kind, c.stage, c.stage_since, c.on_hold, c.hold_review_on, c.owner_node_id, c.opened_at, c.closed_at,
                    c.close_reason, c.last_activity_at, c.next_meeting_at, c.version, c.complex_or_sensitive, c.referral_source, c.reopened,
                    c.first_allocated_at, c.first_contact_at, c.first_intervention_at, c.c_offence, c.c_risk, c.c_external_ids,
                    c.c_harm_location, c.c_notes
             FROM cases.case_file c
             WHERE c.tenant_id = $1
               AND ($2 OR c.owner_node_id = ANY($3) OR ($4 AND EXISTS (SELECT FROM cases.allocation a
                    WHERE a.tenant_id = $1 AND a.case_id = c.id AND a.user_id = $5 AND a.to_at IS NULL)))
               AND CASE $6 WHEN 'CLOSED' THEN c.closed_at IS NOT NULL ELSE c.closed_at IS NULL END
               AND ($6 <> 'MINE' OR EXISTS (SELECT FROM cases.allocation a
                    WHERE a.tenant_id = $1 AND a.case_id = c.id AND a.user_id = $5 AND a.to_at IS NULL))
               AND ($6 <> 'UNALLOCATED' OR NOT EXISTS (SELECT FROM cases.allocation a
                    WHERE a.tenant_id = $1 AND a.case_id = c.id AND a.to_at IS NULL))
               AND ($7::text IS NULL OR c.stage = $7) AND ($8::text IS NULL OR c.kind = $8)
               AND ($9::uuid IS NULL OR c.owner_node_id = $9)
               AND ($10::uuid IS NULL OR EXISTS (SELECT FROM cases.allocation a
                    WHERE a.tenant_id = $1 AND a.case_id = c.id AND a.user_id = $10 AND a.to_at IS NULL))
               AND ($11::text IS NULL OR starts_with(c.reference, $11))
               AND ($12::uuid[] IS NULL OR c.id = ANY($12))
               AND ($13::timestamptz IS NULL OR " + $beyond + ") ORDER BY " + $order + " LIMIT $15",
            tenant, $scope.everything, &$scope.nodes, $scope.allocated, $me, $filter.tab, $filter.stage.as_deref(), $filter.kind.as_deref(),
            $filter.owner_node_id, $filter.allocated_to, $filter.reference.as_deref(), $filter.among.as_deref(), $at, $id, $most
        )
        .fetch_all($tx.conn())
        .await?
    }};
}

/// A page of cases that the scope reaches, beyond the given place.
///
/// # Errors
/// Of the database.
pub async fn page(
    tx: &mut Tx,
    me: Uuid,
    scope: &ListScope,
    filter: &Filter,
    order: Order,
    beyond: Option<(DateTime<Utc>, Uuid)>,
    most: i64,
) -> Result<Vec<CaseRow>> {
    let (at, id) = beyond.unzip();
    Ok(match order {
        Order::LastActivity => {
            page!(tx, me, scope, filter, at, id, most, "(c.last_activity_at, c.id) < ($13, $14::uuid)", "c.last_activity_at DESC, c.id DESC")
        }
        Order::Opened => page!(tx, me, scope, filter, at, id, most, "(c.opened_at, c.id) < ($13, $14::uuid)", "c.opened_at DESC, c.id DESC"),
        Order::StageSince => page!(tx, me, scope, filter, at, id, most, "(c.stage_since, c.id) > ($13, $14::uuid)", "c.stage_since, c.id"),
    })
}

/// How many cases of a tab the scope reaches, counted no further than `most`.
///
/// # Errors
/// Of the database.
pub async fn count(tx: &mut Tx, me: Uuid, scope: &ListScope, tab: &str, most: i64) -> Result<i64> {
    let tenant = tx.tenant();
    Ok(sqlx::query_scalar!(
        "SELECT count(*) AS \"n!\" FROM (SELECT 1 AS one FROM cases.case_file c
         WHERE c.tenant_id = $1
           AND ($2 OR c.owner_node_id = ANY($3) OR ($4 AND EXISTS (SELECT FROM cases.allocation a
                WHERE a.tenant_id = $1 AND a.case_id = c.id AND a.user_id = $5 AND a.to_at IS NULL)))
           AND CASE $6 WHEN 'CLOSED' THEN c.closed_at IS NOT NULL ELSE c.closed_at IS NULL END
           AND ($6 <> 'MINE' OR EXISTS (SELECT FROM cases.allocation a
                WHERE a.tenant_id = $1 AND a.case_id = c.id AND a.user_id = $5 AND a.to_at IS NULL))
           AND ($6 <> 'UNALLOCATED' OR NOT EXISTS (SELECT FROM cases.allocation a
                WHERE a.tenant_id = $1 AND a.case_id = c.id AND a.to_at IS NULL))
         LIMIT $7) seen",
        tenant, scope.everything, &scope.nodes, scope.allocated, me, tab, most
    )
    .fetch_one(tx.conn())
    .await?)
}

/// Cases in which a person is concerned, with the side of each role they have there.
///
/// # Errors
/// Of the database.
pub async fn of_person(tx: &mut Tx, person_id: Uuid) -> Result<Vec<(Uuid, String)>> {
    let tenant = tx.tenant();
    let rows = sqlx::query!(
        "SELECT DISTINCT case_id, side FROM cases.participant WHERE tenant_id = $1 AND person_id = $2 ORDER BY case_id, side",
        tenant, person_id
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|r| (r.case_id, r.side)).collect())
}

/// Owners and versions of these cases, for decisions on what is in them.
///
/// # Errors
/// Of the database.
pub async fn by_ids(tx: &mut Tx, ids: &[Uuid]) -> Result<Vec<CaseRow>> {
    let tenant = tx.tenant();
    Ok(sqlx::query_as!(
        CaseRow,
        "SELECT id, reference, kind, stage, stage_since, on_hold, hold_review_on, owner_node_id, opened_at, closed_at, close_reason,
                last_activity_at, next_meeting_at, version, complex_or_sensitive, referral_source, reopened, first_allocated_at,
                first_contact_at, first_intervention_at, c_offence, c_risk, c_external_ids, c_harm_location, c_notes
         FROM cases.case_file WHERE tenant_id = $1 AND id = ANY($2) ORDER BY id",
        tenant, ids
    )
    .fetch_all(tx.conn())
    .await?)
}
