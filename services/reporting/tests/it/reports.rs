//! What the reports count, for whom, and that a rebuild counts the same.

use tonic::Code;
use uuid::Uuid;

use crate::warehouse::{Told, Warehouse, lines};

/// Seven closed cases with a meeting each in the agency's team, two in the other agency.
fn work(w: &Warehouse) -> Vec<Told> {
    let world = &w.service.world;
    let mut facts = Vec::new();
    for (node, cases) in [(world.team, 7), (world.other_team, 2)] {
        for _ in 0..cases {
            let key = w.key();
            facts.extend([w.case(node, 1, key, "OPEN"), w.case(node, 5, key, "CLOSED"), w.intervention(node, key, "CONFERENCE", "HELD")]);
            facts.push(w.intervention(node, key, "CIRCLE", "POSTPONED"));
        }
    }
    facts
}

#[tokio::test]
async fn a_lead_counts_all_and_an_agency_its_own() {
    let w = Warehouse::open().await;
    for fact in work(&w) {
        w.tell(&fact).await;
    }
    let all = w.run(w.lead, "outcomes_by_agency", None).await.expect("a report");
    assert_eq!(lines(&all), ["Bridgeway: c c 0 c 0 40", "Common Ground: c c 0 c 0 c", "Total: 9 9 0 9 0 40"]);
    assert_eq!(all.threshold, 5);
    assert!(all.data_as_of.is_some() && all.definition.is_some_and(|d| d.counting_rule.contains("1 to 4")));
    let own = w.run(w.coordinator, "outcomes_by_agency", None).await.expect("a report");
    assert_eq!(lines(&own), ["Bridgeway: 7 7 0 7 0 40", "Total: 7 7 0 7 0 40"]);
    let other = w.service.world.other_agency;
    assert_eq!(w.run(w.coordinator, "outcomes_by_agency", Some(other)).await.expect_err("out of reach").code(), Code::NotFound);
    assert_eq!(w.run(w.coordinator, "outcomes_by_agency", Some(Uuid::from_u128(1))).await.expect_err("not there").code(), Code::NotFound);
    assert_eq!(lines(&w.run(w.officer, "outcomes_by_agency", Some(other)).await.expect("a report")), ["Common Ground: c c 0 c 0 c", "Total: c c 0 c 0 c"]);
    assert_eq!(w.run(w.facilitator, "outcomes_by_agency", None).await.expect_err("no right").code(), Code::PermissionDenied);
    let wrong = w.run(w.lead, "everything", None).await.expect_err("no such report");
    assert_eq!(wrong.code(), Code::InvalidArgument);
}

#[tokio::test]
async fn referrals_count_in_their_month_and_duplicates_do_not() {
    let w = Warehouse::open().await;
    let agency = w.service.world.agency;
    for _ in 0..6 {
        w.tell(&w.referral(agency, "SELF", 1, "TRIAGE")).await;
    }
    w.tell(&w.referral(agency, "SELF", 1, "DUPLICATE")).await;
    w.tell(&w.referral(agency, "SELF", 800, "TRIAGE")).await;
    let report = w.run(w.lead, "referrals_by_source_and_month", None).await.expect("a report");
    assert_eq!(report.columns.len(), 13);
    assert_eq!(report.units.len(), 13);
    let expected = format!("{}6 6", "0 ".repeat(11));
    assert_eq!(lines(&report), [format!("Self: {expected}"), format!("Total: {expected}")]);
}

#[tokio::test]
async fn facts_in_any_order_and_told_again_give_the_same_figures() {
    let w = Warehouse::open().await;
    let facts = work(&w);
    for fact in &facts {
        w.tell(fact).await;
    }
    let mut before = Vec::new();
    for report in ["outcomes_by_agency", "cases_by_harm_type_and_stage", "referrals_by_source_and_month"] {
        before.push(lines(&w.run(w.lead, report, None).await.expect("a report")));
    }
    assert_eq!(before[1], ["Burglary of a home: 9 9", "Total: 9 9"]);
    let mut owner = w.service.db.connect().await;
    sqlx::query("truncate reporting.referral_fact, reporting.case_fact, reporting.intervention_fact").execute(&mut owner).await.expect("emptied");
    // A fixed shuffle: by the low bits of a product.
    let mut shuffled: Vec<(usize, &Told)> = facts.iter().enumerate().map(|(n, f)| ((n * 7919 + 13) % 101, f)).collect();
    shuffled.sort_by_key(|(place, _)| *place);
    for (_, fact) in shuffled {
        w.tell(fact).await;
    }
    let mut after = Vec::new();
    for report in ["outcomes_by_agency", "cases_by_harm_type_and_stage", "referrals_by_source_and_month"] {
        after.push(lines(&w.run(w.lead, report, None).await.expect("a report")));
    }
    assert_eq!(before, after);
}
