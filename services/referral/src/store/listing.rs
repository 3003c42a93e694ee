//! Which referrals a list holds, and how many there are in each state: the caller's scope stands in the query.

use access::scope::ListScope;
use chrono::{DateTime, Utc};
use platform::{Result, Tx};
use uuid::Uuid;

use crate::domain::state::State;

/// Highest count that is told exactly, and one more.
const COUNT_CAP: i64 = 1_001;

/// What a list is filtered by; everything is of the reference class.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// States; empty for all.
    pub states: Vec<State>,
    /// Node that works it.
    pub owner_node: Option<Uuid>,
    /// Code of list referral_source.
    pub source: Option<String>,
    /// Only those that the caller sent.
    pub mine: bool,
}

impl Filter {
    /// Only what waits for somebody: such a list begins with what waits longest; others with what changed last.
    pub fn waits(&self) -> bool {
        !self.states.is_empty() && self.states.iter().all(|s| s.is_open())
    }

    fn state_codes(&self) -> Vec<String> {
        self.states.iter().map(|s| s.code().to_owned()).collect()
    }
}

/// Where a page begins: after this row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct After {
    /// Its `state_since`.
    pub since: DateTime<Utc>,
    /// Its id.
    pub id: Uuid,
}

/// Ids of one page with the instant that they are sorted by.
///
/// # Errors
/// The database's.
pub async fn page(tx: &mut Tx, scope: &ListScope, caller: Uuid, filter: &Filter, after: Option<After>, limit: i64) -> Result<Vec<After>> {
    let (tenant, states) = (tx.tenant(), filter.state_codes());
    let (since, id) = (after.map(|a| a.since), after.map(|a| a.id));
    // Two statements that differ in direction alone: either is a walk along an index.
    let rows = if filter.waits() {
        sqlx::query_as!(
            After,
            r#"select state_since as "since", id from referral.referrals
               where tenant_id = $1
                 and ($2 or owner_node_id = any($3) or ($4 and made_by = $5))
                 and (cardinality($6::text[]) = 0 or state = any($6))
                 and ($7::uuid is null or owner_node_id = $7)
                 and ($8::text is null or source = $8)
                 and (not $9 or made_by = $5)
                 and ($10::timestamptz is null or (state_since, id) > ($10, $11::uuid))
               order by state_since, id limit $12"#,
            tenant,
            scope.everything,
            &scope.nodes,
            scope.own,
            caller,
            &states,
            filter.owner_node,
            filter.source,
            filter.mine,
            since,
            id,
            limit
        )
        .fetch_all(tx.conn())
        .await?
    } else {
        sqlx::query_as!(
            After,
            r#"select state_since as "since", id from referral.referrals
               where tenant_id = $1
                 and ($2 or owner_node_id = any($3) or ($4 and made_by = $5))
                 and (cardinality($6::text[]) = 0 or state = any($6))
                 and ($7::uuid is null or owner_node_id = $7)
                 and ($8::text is null or source = $8)
                 and (not $9 or made_by = $5)
                 and ($10::timestamptz is null or (state_since, id) < ($10, $11::uuid))
               order by state_since desc, id desc limit $12"#,
            tenant,
            scope.everything,
            &scope.nodes,
            scope.own,
            caller,
            &states,
            filter.owner_node,
            filter.source,
            filter.mine,
            since,
            id,
            limit
        )
        .fetch_all(tx.conn())
        .await?
    };
    Ok(rows)
}

/// How many rows of each state the list would show, exact up to 1,000; 1,001 means more.
///
/// # Errors
/// The database's.
pub async fn counts(tx: &mut Tx, scope: &ListScope, caller: Uuid) -> Result<Vec<(State, i64)>> {
    let tenant = tx.tenant();
    let states: Vec<String> = State::ALL.iter().map(|s| s.code().to_owned()).collect();
    let rows = sqlx::query!(
        r#"select s.state as "state!", (
               select count(*) from (
                   select 1 from referral.referrals r
                   where r.tenant_id = $1 and r.state = s.state
                     and ($2 or r.owner_node_id = any($3) or ($4 and r.made_by = $5))
                   limit $7) capped) as "count!"
           from unnest($6::text[]) with ordinality s(state, n) order by s.n"#,
        tenant,
        scope.everything,
        &scope.nodes,
        scope.own,
        caller,
        &states,
        COUNT_CAP
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().filter_map(|row| Some((State::parse(&row.state)?, row.count))).collect())
}

/// Those of these referrals that the caller's scope holds.
///
/// # Errors
/// The database's.
pub async fn within(tx: &mut Tx, scope: &ListScope, caller: Uuid, ids: &[Uuid]) -> Result<Vec<Uuid>> {
    let tenant = tx.tenant();
    Ok(sqlx::query_scalar!(
        "select id from referral.referrals
         where tenant_id = $1 and id = any($6) and ($2 or owner_node_id = any($3) or ($4 and made_by = $5))",
        tenant,
        scope.everything,
        &scope.nodes,
        scope.own,
        caller,
        ids
    )
    .fetch_all(tx.conn())
    .await?)
}
