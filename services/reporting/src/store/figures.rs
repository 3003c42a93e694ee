//! The counts behind the reports. What a caller may not see is not counted: the reach stands in each query.

use chrono::{DateTime, Utc};
use platform::{Result, Tx};
use uuid::Uuid;

/// Nodes whose facts count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reach {
    /// All of the tenant, also nodes that are no more.
    pub everything: bool,
    /// These nodes.
    pub nodes: Vec<Uuid>,
}

/// From the first instant to before the last.
pub type Span = (DateTime<Utc>, DateTime<Utc>);

/// A node and the agency that it is or belongs to.
#[derive(Clone, Debug, Default)]
pub struct Agencies {
    /// Nodes.
    pub nodes: Vec<Uuid>,
    /// For each its agency.
    pub agencies: Vec<Uuid>,
}

/// How many, in a row and a column.
#[derive(Clone, Debug)]
pub struct Figure {
    /// Code of the row.
    pub row: String,
    /// Code or number of the column.
    pub column: String,
    /// How many.
    pub count: i64,
}

/// Figures of one agency; none for what belongs to a node that is no more.
#[derive(Clone, Debug, Default)]
pub struct OfAgency {
    /// The agency.
    pub agency: Option<Uuid>,
    /// Counts by name of the column.
    pub counts: Vec<i64>,
    /// Median of days, in half days at the finest.
    pub median: Option<f64>,
    /// Cases that the median is of.
    pub of: i64,
}

/// Referrals by source and by month, the column being the number of the month among `months` from 1.
///
/// # Errors
/// The database's.
pub async fn referrals(tx: &mut Tx, reach: &Reach, span: Span, months: &[DateTime<Utc>]) -> Result<Vec<Figure>> {
    let tenant = tx.tenant();
    Ok(sqlx::query_as!(
        Figure,
        r#"select source as "row!", width_bucket(submitted_at, $6::timestamptz[])::text as "column!", count(*) as "count!"
           from reporting.referral_fact
           where tenant_id = $1 and ($2 or owner_node_id = any($3)) and submitted_at >= $4 and submitted_at < $5
             and state not in ('DRAFT', 'DUPLICATE') and decision_reason not in ('MISTAKE', 'DUPLICATE')
           group by 1, 2"#,
        tenant,
        reach.everything,
        &reach.nodes,
        span.0,
        span.1,
        months
    )
    .fetch_all(tx.conn())
    .await?)
}

/// Cases by type of harm and stage.
///
/// # Errors
/// The database's.
pub async fn cases(tx: &mut Tx, reach: &Reach, span: Span) -> Result<Vec<Figure>> {
    let tenant = tx.tenant();
    Ok(sqlx::query_as!(
        Figure,
        r#"select harm_type as "row!", stage as "column!", count(*) as "count!"
           from reporting.case_fact
           where tenant_id = $1 and ($2 or owner_node_id = any($3)) and opened_at >= $4 and opened_at < $5
             and close_reason not in ('DUPLICATE', 'MISTAKE')
           group by 1, 2"#,
        tenant,
        reach.everything,
        &reach.nodes,
        span.0,
        span.1
    )
    .fetch_all(tx.conn())
    .await?)
}

/// Cases closed by agency.
///
/// # Errors
/// The database's.
pub async fn closed(tx: &mut Tx, reach: &Reach, span: Span, map: &Agencies) -> Result<Vec<OfAgency>> {
    let tenant = tx.tenant();
    let rows = sqlx::query!(
        r#"select n.agency as "agency?", count(*) as "closed!"
           from reporting.case_fact f left join unnest($6::uuid[], $7::uuid[]) n(node, agency) on n.node = f.owner_node_id
           where f.tenant_id = $1 and ($2 or f.owner_node_id = any($3)) and f.closed_at >= $4 and f.closed_at < $5
             and f.close_reason not in ('DUPLICATE', 'MISTAKE')
           group by 1"#,
        tenant,
        reach.everything,
        &reach.nodes,
        span.0,
        span.1,
        &map.nodes,
        &map.agencies
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|r| OfAgency { agency: r.agency, counts: vec![r.closed], ..OfAgency::default() }).collect())
}

/// Interventions by agency: direct, indirect, with an agreement, with an apology.
///
/// # Errors
/// The database's.
pub async fn interventions(tx: &mut Tx, reach: &Reach, span: Span, map: &Agencies, direct: &[String], indirect: &[String]) -> Result<Vec<OfAgency>> {
    let tenant = tx.tenant();
    let rows = sqlx::query!(
        r#"select n.agency as "agency?", count(*) filter (where f.intervention = any($8)) as "direct!",
               count(*) filter (where f.intervention = any($9)) as "indirect!",
               count(*) filter (where f.outcomes && array['FULL_AGREEMENT', 'PARTIAL_AGREEMENT']) as "agreement!",
               count(*) filter (where f.outcomes && array['APOLOGY_GIVEN', 'APOLOGY_ACCEPTED']) as "apology!"
           from reporting.intervention_fact f left join unnest($6::uuid[], $7::uuid[]) n(node, agency) on n.node = f.owner_node_id
           where f.tenant_id = $1 and ($2 or f.owner_node_id = any($3)) and f.held_at >= $4 and f.held_at < $5
             and f.result in ('HELD', 'HELD_PARTLY') and (f.intervention = any($8) or f.intervention = any($9))
           group by 1"#,
        tenant,
        reach.everything,
        &reach.nodes,
        span.0,
        span.1,
        &map.nodes,
        &map.agencies,
        direct,
        indirect
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|r| OfAgency { agency: r.agency, counts: vec![r.direct, r.indirect, r.agreement, r.apology], ..OfAgency::default() })
        .collect())
}

/// Median days from opening to the first intervention by agency, and over all; the latter is told apart.
///
/// # Errors
/// The database's.
pub async fn days_to_intervention(tx: &mut Tx, reach: &Reach, span: Span, map: &Agencies) -> Result<(Vec<OfAgency>, OfAgency)> {
    let tenant = tx.tenant();
    let rows = sqlx::query!(
        r#"with first as (
               select n.agency, floor(extract(epoch from greatest(f.first_intervention_at - f.opened_at, interval '0')) / 86400)::float8 as days
               from reporting.case_fact f left join unnest($6::uuid[], $7::uuid[]) n(node, agency) on n.node = f.owner_node_id
               where f.tenant_id = $1 and ($2 or f.owner_node_id = any($3))
                 and f.first_intervention_at >= $4 and f.first_intervention_at < $5 and f.close_reason not in ('DUPLICATE', 'MISTAKE'))
           select agency as "agency?", grouping(agency) = 1 as "overall!", count(*) as "of!",
               percentile_cont(0.5) within group (order by days) as "median"
           from first group by grouping sets ((agency), ())"#,
        tenant,
        reach.everything,
        &reach.nodes,
        span.0,
        span.1,
        &map.nodes,
        &map.agencies
    )
    .fetch_all(tx.conn())
    .await?;
    let (mut agencies, mut overall) = (Vec::new(), OfAgency::default());
    for row in rows {
        let figures = OfAgency { agency: row.agency, counts: Vec::new(), median: row.median, of: row.of };
        if row.overall { overall = figures } else { agencies.push(figures) }
    }
    Ok((agencies, overall))
}

/// When the newest fact within reach was told.
///
/// # Errors
/// The database's.
pub async fn as_of(tx: &mut Tx, reach: &Reach) -> Result<Option<DateTime<Utc>>> {
    let tenant = tx.tenant();
    Ok(sqlx::query_scalar!(
        "select max(as_of) from (
             select max(as_of) as as_of from reporting.referral_fact where tenant_id = $1 and ($2 or owner_node_id = any($3))
             union all select max(as_of) from reporting.case_fact where tenant_id = $1 and ($2 or owner_node_id = any($3))
             union all select max(as_of) from reporting.intervention_fact where tenant_id = $1 and ($2 or owner_node_id = any($3))) newest",
        tenant,
        reach.everything,
        &reach.nodes
    )
    .fetch_one(tx.conn())
    .await?)
}
