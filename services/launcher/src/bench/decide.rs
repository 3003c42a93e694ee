//! A warm decision on one record, in this process: no database, no network, no allocation.

use std::{hint::black_box, time::Instant};

use access::{
    decide::{Subject, decide},
    facts::Facts,
    roles::built_in,
    snapshot::Snapshot,
};
use anyhow::{Context, Result};
use proto::{Action, PrincipalKind, ResourceType, authz::v1 as wire};
use serde_json::json;
use uuid::Uuid;

use super::report::{Row, percentile, short};

/// Agencies, each with its teams, of the tenant that is decided in.
const AGENCIES: u128 = 40;
const TEAMS: u128 = 10;
/// People with roles.
const PEOPLE: u128 = 2_000;
/// Decisions that are measured, after as many that only warm up.
const ROUNDS: u128 = 200_000;

/// Decisions of people of a large partnership, one by one; each measured figure is one call.
///
/// # Errors
/// Where the tenant does not compile.
pub fn measure() -> Result<Vec<Row>> {
    let tenant = tenant();
    let (roles, grants) = (tenant.roles.len(), tenant.roles.iter().map(|r| r.grants.len()).sum::<usize>());
    let assignments = tenant.assignments.len();
    let snapshot = Snapshot::compile(&tenant).context("the tenant of the measurement")?;
    let mut micros = Vec::with_capacity(ROUNDS as usize);
    let mut allowed = 0_u64;
    for measured in [false, true] {
        for n in 0..ROUNDS {
            // A prime step visits people and teams in an order that no cache foresees.
            let who = person(n * 7919 % PEOPLE);
            let colleagues = [person(n % PEOPLE), who];
            let facts = Facts::new(ResourceType::Case).owned_by(team(n * 104_729 % (AGENCIES * TEAMS))).allocated(if n % 3 == 0 { &colleagues } else { &[] });
            let subject = Subject { id: who, kind: PrincipalKind::User, at: 1_800_000_000 };
            let begun = Instant::now();
            let decision = decide(black_box(&snapshot), black_box(&subject), black_box(Action::Read), black_box(&facts));
            let took = begun.elapsed();
            allowed += u64::from(black_box(decision).allow);
            if measured {
                micros.push(took.as_secs_f64() * 1e6);
            }
        }
    }
    micros.sort_by(f64::total_cmp);
    let at = |share| percentile(&micros, share);
    Ok(vec![Row::cost(
        "decide",
        "One warm decision, p99",
        at(0.99),
        "µs",
        Some(5.0),
        json!({
            "p50_us": short(at(0.50)), "p999_us": short(at(0.999)), "decisions": ROUNDS as u64, "allowed": allowed,
            "roles": roles, "grants": grants, "assignments": assignments, "nodes": tenant.nodes.len(), "roles_held_by_each": 2,
        }),
    )])
}

fn person(n: u128) -> Uuid {
    Uuid::from_u128(1 << 64 | n)
}

fn agency(n: u128) -> Uuid {
    Uuid::from_u128(2 << 64 | n)
}

fn team(n: u128) -> Uuid {
    Uuid::from_u128(3 << 64 | n)
}

/// A partnership with many agencies: the built-in roles and as many copies of them; everybody holds two roles.
fn tenant() -> wire::Snapshot {
    let root = Uuid::from_u128(9);
    let node = |id: Uuid, parent: Option<Uuid>, kind: wire::NodeKind| wire::Node { id: id.to_string(), parent_id: parent.map(|p| p.to_string()).unwrap_or_default(), name: String::new(), kind: kind.into() };
    let mut nodes = vec![node(root, None, wire::NodeKind::Partnership)];
    nodes.extend((0..AGENCIES).map(|n| node(agency(n), Some(root), wire::NodeKind::Agency)));
    nodes.extend((0..AGENCIES * TEAMS).map(|n| node(team(n), Some(agency(n / TEAMS)), wire::NodeKind::Team)));
    let roles: Vec<wire::Role> = built_in()
        .into_iter()
        .chain(built_in().into_iter().map(|role| wire::Role { built_in: String::new(), ..role }))
        .zip(1_u128..)
        .map(|(role, n)| wire::Role { id: Uuid::from_u128(4 << 64 | n).to_string(), ..role })
        .collect();
    let held = |who: u128, role: u128, node: Uuid| wire::Assignment { subject_id: person(who).to_string(), role_id: Uuid::from_u128(4 << 64 | role).to_string(), node_id: node.to_string(), valid_from: 0, valid_to: 0 };
    let kinds = roles.len() as u128;
    let assignments = (0..PEOPLE).flat_map(|n| [held(n, 1 + n % kinds, agency(n % AGENCIES)), held(n, 1 + (n / 3) % kinds, team(n % (AGENCIES * TEAMS)))]).collect();
    wire::Snapshot { tenant_id: Uuid::from_u128(8).to_string(), epoch: 1, nodes, roles, assignments, settings: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tenant_of_the_measurement_decides_both_ways() {
        let rows = measure().expect("measured");
        let detail = &rows[0].detail;
        let (allowed, all) = (detail["allowed"].as_u64().expect("a number"), 2 * detail["decisions"].as_u64().expect("a number"));
        assert!(allowed > all / 20 && allowed < all - all / 20, "{allowed} of {all}");
    }
}
