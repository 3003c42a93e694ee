//! Lists and counts of cases: the caller's scope stands in the query, so that a page holds what may be seen and no gaps.

use access::scope::ListScope;
use chrono::{DateTime, Utc};
use platform::{Result, Tx};
use uuid::Uuid;

use super::{cases::CaseRow, guards::Reach};

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
    ($tx:ident, $me:ident, $scope:ident, $reach:ident, $filter:ident, $at:ident, $id:ident, $most:ident, $beyond:tt, $order:tt) => {{
        let tenant = $tx.tenant();
        sqlx::query_as!(
            CaseRow,
            "SELECT c.id, c.reference, c.kind, c.stage, c.stage_since, c.on_hold, c.hold_review_on, c.owner_node_id, c.opened_at, c.closed_at,
                    c.close_reason, c.last_activity_at, c.next_meeting_at, c.version, c.complex_or_sensitive, c.referral_source, c.reopened,
                    c.first_allocated_at, c.first_contact_at, c.first_intervention_at, c.c_offence, c.c_risk, c.c_external_ids,
                    c.c_harm_location, c.c_notes
             FROM cases.case_file c
             WHERE c.tenant_id = $1
               AND NOT c.restricted AND c.id <> ALL($19) AND (NOT c.locked OR c.id = ANY($18))
               AND ($2 OR c.owner_node_id = ANY($3) OR c.id = ANY($17) OR EXISTS (SELECT FROM cases.share s
                    WHERE s.tenant_id = $1 AND s.case_id = c.id AND s.node_id = ANY($20) AND s.ends_at > $16 AND s.classes & $21 = $21)
                    OR ($4 AND EXISTS (SELECT FROM cases.allocation a
                    WHERE a.tenant_id = $1 AND a.case_id = c.id AND a.user_id = $5 AND a.to_at IS NULL AND (a.until IS NULL OR a.until > $16))))
               AND CASE $6 WHEN 'CLOSED' THEN c.closed_at IS NOT NULL ELSE c.closed_at IS NULL END
               AND ($6 <> 'MINE' OR EXISTS (SELECT FROM cases.allocation a
                    WHERE a.tenant_id = $1 AND a.case_id = c.id AND a.user_id = $5 AND a.to_at IS NULL AND (a.until IS NULL OR a.until > $16)))
               AND ($6 <> 'UNALLOCATED' OR NOT EXISTS (SELECT FROM cases.allocation a
                    WHERE a.tenant_id = $1 AND a.case_id = c.id AND a.to_at IS NULL AND (a.until IS NULL OR a.until > $16)))
               AND ($7::text IS NULL OR c.stage = $7) AND ($8::text IS NULL OR c.kind = $8)
               AND ($9::uuid IS NULL OR c.owner_node_id = $9)
               AND ($10::uuid IS NULL OR EXISTS (SELECT FROM cases.allocation a
                    WHERE a.tenant_id = $1 AND a.case_id = c.id AND a.user_id = $10 AND a.to_at IS NULL AND (a.until IS NULL OR a.until > $16)))
               AND ($11::text IS NULL OR starts_with(c.reference, $11))
               AND ($12::uuid[] IS NULL OR c.id = ANY($12))
               AND ($13::timestamptz IS NULL OR " + $beyond + ") ORDER BY " + $order + " LIMIT $15",
            tenant, $scope.everything, &$scope.nodes, $scope.allocated, $me, $filter.tab, $filter.stage.as_deref(), $filter.kind.as_deref(),
            $filter.owner_node_id, $filter.allocated_to, $filter.reference.as_deref(), $filter.among.as_deref(), $at, $id, $most,
            $reach.at, &$reach.broken, &$reach.unlocked, &$reach.conflicts, &$reach.share_nodes, $reach.share_classes
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
    reach: &Reach,
    filter: &Filter,
    order: Order,
    beyond: Option<(DateTime<Utc>, Uuid)>,
    most: i64,
) -> Result<Vec<CaseRow>> {
    if let Some(merge) = Merge::of(filter.tab, me, scope, reach).filter(|_| is_plain(filter, order)) {
        return merged(tx, &merge, reach, beyond, most).await;
    }
    let mut narrowed = filter.clone();
    if filter.tab == "MINE" && filter.among.is_none() {
        narrowed.among = Some(worked_by(tx, me).await?);
    }
    let filter = &narrowed;
    let (at, id) = beyond.unzip();
    Ok(match order {
        Order::LastActivity => {
            page!(tx, me, scope, reach, filter, at, id, most, "(c.last_activity_at, c.id) < ($13, $14::uuid)", "c.last_activity_at DESC, c.id DESC")
        }
        Order::Opened => page!(tx, me, scope, reach, filter, at, id, most, "(c.opened_at, c.id) < ($13, $14::uuid)", "c.opened_at DESC, c.id DESC"),
        Order::StageSince => page!(tx, me, scope, reach, filter, at, id, most, "(c.stage_since, c.id) > ($13, $14::uuid)", "c.stage_since, c.id"),
    })
}

/// Whether a list may start from the projection: a tab by its usual order and nothing else asked.
fn is_plain(filter: &Filter, order: Order) -> bool {
    let Filter { tab, stage, kind, owner_node_id, allocated_to, reference, among } = filter;
    let unasked = stage.is_none() && kind.is_none() && owner_node_id.is_none() && allocated_to.is_none() && reference.is_none() && among.is_none();
    order == Order::LastActivity && unasked && *tab != "UNALLOCATED"
}

/// The ways by which a plain list is reached, for the merge of the newest of each.
struct Merge {
    subjects: Vec<Uuid>,
    ways: Vec<String>,
    broken: Vec<Uuid>,
    open: bool,
}

impl Merge {
    /// Of a tab; none where its query must look at every case that the scope reaches.
    fn of(tab: &str, me: Uuid, scope: &ListScope, reach: &Reach) -> Option<Self> {
        let own = (me, "ALLOCATION");
        let (all, broken): (Vec<(Uuid, &str)>, _) = match tab {
            "MINE" if scope.everything || scope.allocated => (vec![own], Vec::new()),
            "OPEN" | "CLOSED" if !scope.everything && !scope.own => {
                let owned = scope.nodes.iter().map(|node| (*node, "OWNER"));
                // A list of cases sorts by reference fields only, so that every share names what it asks for.
                let shared = reach.share_nodes.iter().map(|node| (*node, "SHARE"));
                (owned.chain(shared).chain(scope.allocated.then_some(own)).collect(), reach.broken.clone())
            }
            _ => return None,
        };
        let (subjects, ways) = all.into_iter().map(|(subject, via)| (subject, via.to_owned())).unzip();
        Some(Self { subjects, ways, broken, open: tab != "CLOSED" })
    }
}

/// A page of a plain list for somebody who does not see everything: the newest cases of each subject, merged. The cost is
/// that of the page, whatever the number of cases in the tenant.
async fn merged(tx: &mut Tx, merge: &Merge, reach: &Reach, beyond: Option<(DateTime<Utc>, Uuid)>, most: i64) -> Result<Vec<CaseRow>> {
    let tenant = tx.tenant();
    let (at, id) = beyond.unzip();
    let found = sqlx::query!(
        r#"SELECT DISTINCT x.last_activity_at AS "at!", x.case_id AS "id!" FROM (
             SELECT a.last_activity_at, a.case_id FROM unnest($2::uuid[], $3::text[]) AS s (subject, via) CROSS JOIN LATERAL (
               SELECT a.last_activity_at, a.case_id FROM cases.case_access a
               WHERE a.tenant_id = $1 AND a.subject = s.subject AND a.via = s.via AND a.open = $4
                 AND (a.last_activity_at, a.case_id) < (coalesce($5, 'infinity'::timestamptz), coalesce($6, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid))
                 AND (a.until IS NULL OR a.until > $7) AND NOT a.barred AND (NOT a.locked OR a.case_id = ANY($8)) AND a.case_id <> ALL($9)
               ORDER BY a.last_activity_at DESC, a.case_id DESC LIMIT $10) a
             UNION ALL
             SELECT c.last_activity_at, c.id FROM cases.case_file c
             WHERE c.tenant_id = $1 AND c.id = ANY($11) AND (c.closed_at IS NULL) = $4 AND NOT c.restricted AND c.id <> ALL($9)
               AND (c.last_activity_at, c.id) < (coalesce($5, 'infinity'::timestamptz), coalesce($6, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid))
           ) x ORDER BY 1 DESC, 2 DESC LIMIT $10"#,
        tenant, &merge.subjects, &merge.ways, merge.open, at, id, reach.at, &reach.unlocked, &reach.conflicts, most, &merge.broken
    )
    .fetch_all(tx.conn())
    .await?;
    let ids: Vec<Uuid> = found.iter().map(|row| row.id).collect();
    let mut rows = by_ids(tx, &ids).await?;
    rows.sort_by_key(|row| std::cmp::Reverse((row.last_activity_at, row.id)));
    Ok(rows)
}

/// Open cases that somebody works now: few, so that a list of theirs starts from them.
async fn worked_by(tx: &mut Tx, me: Uuid) -> Result<Vec<Uuid>> {
    let (tenant, now) = (tx.tenant(), tx.now());
    Ok(sqlx::query_scalar!(
        "SELECT a.case_id FROM cases.case_access a
         WHERE a.tenant_id = $1 AND a.subject = $2 AND a.via = 'ALLOCATION' AND a.open AND (a.until IS NULL OR a.until > $3)",
        tenant, me, now
    )
    .fetch_all(tx.conn())
    .await?)
}

/// How many cases of a plain list somebody reaches who does not see everything, counted no further than `most`: a subject
/// with more makes the whole more.
async fn merged_count(tx: &mut Tx, merge: &Merge, reach: &Reach, most: i64) -> Result<i64> {
    let tenant = tx.tenant();
    Ok(sqlx::query_scalar!(
        r#"SELECT count(*) AS "n!" FROM (SELECT DISTINCT x.case_id FROM (
             SELECT a.case_id FROM unnest($2::uuid[], $3::text[]) AS s (subject, via) CROSS JOIN LATERAL (
               SELECT a.case_id FROM cases.case_access a
               WHERE a.tenant_id = $1 AND a.subject = s.subject AND a.via = s.via AND a.open = $4
                 AND (a.until IS NULL OR a.until > $5) AND NOT a.barred AND (NOT a.locked OR a.case_id = ANY($6)) AND a.case_id <> ALL($7)
               LIMIT $8) a
             UNION ALL
             SELECT c.id FROM cases.case_file c
             WHERE c.tenant_id = $1 AND c.id = ANY($9) AND (c.closed_at IS NULL) = $4 AND NOT c.restricted AND c.id <> ALL($7)
           ) x LIMIT $8) seen"#,
        tenant, &merge.subjects, &merge.ways, merge.open, reach.at, &reach.unlocked, &reach.conflicts, most, &merge.broken
    )
    .fetch_one(tx.conn())
    .await?)
}

/// How many cases of a tab the scope reaches, counted no further than `most`.
///
/// # Errors
/// Of the database.
pub async fn count(tx: &mut Tx, me: Uuid, scope: &ListScope, reach: &Reach, tab: &str, most: i64) -> Result<i64> {
    if let Some(merge) = Merge::of(tab, me, scope, reach) {
        return merged_count(tx, &merge, reach, most).await;
    }
    let tenant = tx.tenant();
    Ok(sqlx::query_scalar!(
        "SELECT count(*) AS \"n!\" FROM (SELECT 1 AS one FROM cases.case_file c
         WHERE c.tenant_id = $1
               AND NOT c.restricted AND c.id <> ALL($11) AND (NOT c.locked OR c.id = ANY($10))
           AND ($2 OR c.owner_node_id = ANY($3) OR c.id = ANY($9) OR EXISTS (SELECT FROM cases.share s
                    WHERE s.tenant_id = $1 AND s.case_id = c.id AND s.node_id = ANY($12) AND s.ends_at > $8 AND s.classes & $13 = $13)
                    OR ($4 AND EXISTS (SELECT FROM cases.allocation a
                WHERE a.tenant_id = $1 AND a.case_id = c.id AND a.user_id = $5 AND a.to_at IS NULL AND (a.until IS NULL OR a.until > $8))))
           AND CASE $6 WHEN 'CLOSED' THEN c.closed_at IS NOT NULL ELSE c.closed_at IS NULL END
           AND ($6 <> 'MINE' OR EXISTS (SELECT FROM cases.allocation a
                WHERE a.tenant_id = $1 AND a.case_id = c.id AND a.user_id = $5 AND a.to_at IS NULL AND (a.until IS NULL OR a.until > $8)))
           AND ($6 <> 'UNALLOCATED' OR NOT EXISTS (SELECT FROM cases.allocation a
                WHERE a.tenant_id = $1 AND a.case_id = c.id AND a.to_at IS NULL AND (a.until IS NULL OR a.until > $8)))
         LIMIT $7) seen",
        tenant, scope.everything, &scope.nodes, scope.allocated, me, tab, most, reach.at, &reach.broken,
        &reach.unlocked, &reach.conflicts, &reach.share_nodes, reach.share_classes
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
