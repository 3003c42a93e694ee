//! The first page of a list of cases for a facilitator and for a manager, beside the same list for somebody whose role sees
//! every case, for whom nothing is joined (security.md 2.6).

use anyhow::{Context, Result, ensure};
use platform::{Clock, ids};
use proto::case::v1::CaseTab;
use serde_json::json;
use uuid::Uuid;

use super::{Options, ground::Ground, load::{Figures, Job, Work}, report::{Row, short}};

/// Cases of one statement.
const BATCH: usize = 10_000;
/// Cases that the facilitator works, spread over all of them.
const WORKED: usize = 200;
/// Most that a first page may take, ms.
const AIM: f64 = 25.0;
/// How much slower than the list that joins nothing it may be.
const SLOWER: f64 = 1.3;

/// Fills the tenant with cases and measures the lists.
pub async fn measure(ground: &Ground, options: &Options) -> Result<Vec<Row>> {
    let user = |role: &str| ground.tenant.users.iter().find(|u| u.role == role).with_context(|| format!("the demonstration has no {role}"));
    let (lead, manager, facilitator) = (user("partnership_lead")?, user("agency_coordinator")?, user("facilitator")?);
    let nodes: Vec<Uuid> = ground.tenant.nodes.iter().map(|n| n.id.parse()).collect::<Result<_, _>>()?;
    eprintln!("==> Filling the tenant: {} cases", options.listed);
    fill(ground, &nodes, facilitator.id.parse()?, options.listed).await?;

    let mut served = ground.serve(&["case", "serve"], None, true).await?;
    served.ready().await?;
    let mut rows = Vec::new();
    let all = run(ground, &served, options, &lead.id, CaseTab::Open).await?;
    for (key, who, id, tab) in [
        ("lists_facilitator", "a facilitator's open cases", &facilitator.id, CaseTab::Open),
        ("lists_mine", "a facilitator's own cases", &facilitator.id, CaseTab::Mine),
        ("lists_manager", "a manager's open cases", &manager.id, CaseTab::Open),
    ] {
        let own = run(ground, &served, options, id, tab).await?;
        let title = format!("First page of {who}, {} cases, p99", options.listed);
        rows.push(Row::cost(key, &title, own.p99, "ms", Some(AIM), detail(&own)));
        let title = format!("The list of who sees all / {who}, p99");
        let detail = json!({ "all_p99_ms": short(all.p99), "own_p99_ms": short(own.p99), "all_p50_ms": short(all.p50), "own_p50_ms": short(own.p50) });
        rows.push(Row::ratio(&format!("{key}_ratio"), &title, all.p99 / own.p99, Some(1.0 / SLOWER), detail));
    }
    rows.push(Row::cost("lists_all", &format!("First page of who sees all, {} cases, p99", options.listed), all.p99, "ms", None, detail(&all)));
    served.stop().await?;
    Ok(rows)
}

async fn run(ground: &Ground, served: &super::ground::Served, options: &Options, user: &str, tab: CaseTab) -> Result<Figures> {
    let mut job = Job::new(ground, served, Work::ListCases { user: user.parse()?, tab: tab.into() }).await?;
    (job.warm, job.seconds) = (2, options.seconds);
    job.run(None).await
}

fn detail(f: &Figures) -> serde_json::Value {
    json!({ "p50_ms": short(f.p50), "p99_ms": short(f.p99), "max_ms": short(f.max), "per_second": short(f.per_second), "lists": f.count, "failed": f.failed, "failure": f.failure })
}

/// Copies of one case under new ids, of every node in turn and with activity spread over a year; the service's own triggers
/// keep the projection.
async fn fill(ground: &Ground, nodes: &[Uuid], facilitator: Uuid, count: usize) -> Result<()> {
    let (clock, tenant) = (Clock::system(), ground.tenant.id.parse::<Uuid>()?);
    let mut connection = ground.database("case").await?;
    let mut worked: Vec<Uuid> = Vec::new();
    for from in (0..count).step_by(BATCH) {
        let numbers = from..count.min(from + BATCH);
        let new: Vec<Uuid> = numbers.clone().map(|_| ids::new_id(clock.now())).collect();
        let references: Vec<String> = new.iter().map(|id| ids::reference("RJ", *id)).collect();
        let owners: Vec<Uuid> = numbers.clone().map(|n| nodes[n % nodes.len()]).collect();
        let ages: Vec<i64> = numbers.clone().map(|n| i64::try_from(n * 7_919 % 31_536_000).unwrap_or(0)).collect();
        worked.extend(new.iter().zip(numbers).filter(|(_, n)| n % (count / WORKED).max(1) == 0).map(|(id, _)| *id));
        let done = sqlx::query(
            "INSERT INTO cases.case_file
             SELECT r.* FROM (SELECT * FROM cases.case_file WHERE tenant_id = $1 AND closed_at IS NULL ORDER BY id LIMIT 1) c,
                  unnest($2::uuid[], $3::text[], $4::uuid[], $5::bigint[]) AS n (id, reference, owner_node_id, age),
                  LATERAL jsonb_populate_record(c::cases.case_file, jsonb_build_object('id', n.id, 'reference', n.reference,
                      'owner_node_id', n.owner_node_id, 'last_activity_at', c.last_activity_at - n.age * interval '1 second')) AS r",
        )
        .bind(tenant)
        .bind(&new)
        .bind(&references)
        .bind(&owners)
        .bind(&ages)
        .execute(&mut connection)
        .await
        .context("copying cases")?;
        ensure!(done.rows_affected() == u64::try_from(new.len())?, "the demonstration has no open case to copy");
    }
    let allocations: Vec<Uuid> = worked.iter().map(|_| ids::new_id(clock.now())).collect();
    sqlx::query(
        "INSERT INTO cases.allocation (tenant_id, id, case_id, user_id, side, from_at)
         SELECT $1, n.id, n.case_id, $4, 'BOTH', now() FROM unnest($2::uuid[], $3::uuid[]) AS n (id, case_id)",
    )
    .bind(tenant)
    .bind(&allocations)
    .bind(&worked)
    .bind(facilitator)
    .execute(&mut connection)
    .await
    .context("allocating cases")?;
    sqlx::query("VACUUM ANALYZE").execute(&mut connection).await?;
    Ok(())
}
