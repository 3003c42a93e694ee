//! Each report from its figures.

use std::collections::BTreeMap;

use access::{codes, snapshot::Snapshot};
use platform::{Result, Tx};
use uuid::Uuid;

use crate::{
    domain::{
        period::Period,
        table::{Median, Table, crosstab, measures},
    },
    store::figures::{self, Agencies, Figure, OfAgency, Reach},
};

/// Label of what has no code, or one that no list holds.
const NOT_KNOWN: &str = "Not known";

/// Stages in the order of the work; the first of each kind of case, then the further ones (`domain.md` 2.4).
const STAGES: &[&str] = &[
    "OPEN", "REOPENED", "ALLOCATED", "INITIAL_CONTACT", "ASSESSMENT", "PREPARATION", "INTERVENTION_PLANNED", "INTERVENTION_DELIVERED",
    "AGREEMENT_MONITORING", "EVALUATION", "RECEIVED", "VALIDATED", "NEEDS_TRIAGE", "CONTACTING", "ASSESSED", "SUPPORT_PLAN", "ONGOING", "REVIEW",
    "REFERRAL_ENTERED", "CONTACT", "ONGOING_SUPPORT", "DORMANT", "ON_HOLD", "DECLINED", "UNABLE_TO_CONTACT", "REFERRAL_ISSUE", "REFERRAL_ISSUES",
    "DECLINED_SUPPORT", "DROPPED_OUT", "CLOSED",
];

/// Referrals by source and month.
pub(super) async fn referrals(tx: &mut Tx, reach: &Reach, period: Period, threshold: u64) -> Result<Table> {
    let found = figures::referrals(tx, reach, (period.start(), period.end()), &period.month_starts()).await?;
    let months: Vec<String> = period.months().iter().map(|m| m.format("%B %Y").to_string()).collect();
    let numbers: Vec<String> = (1..=months.len()).map(|n| n.to_string()).collect();
    let (labels, cells) = spread(&found, "referral_source", &numbers);
    Ok(crosstab(labels, months, cells, "referrals", threshold))
}

/// Cases by type of harm and stage.
pub(super) async fn cases(tx: &mut Tx, reach: &Reach, period: Period, threshold: u64) -> Result<Table> {
    let found = figures::cases(tx, reach, (period.start(), period.end())).await?;
    let mut stages: Vec<String> = found.iter().map(|f| f.column.clone()).collect();
    stages.sort_by_key(|s| (STAGES.iter().position(|known| known == s).unwrap_or(STAGES.len()), s.clone()));
    stages.dedup();
    let (labels, cells) = spread(&found, "harm_type", &stages);
    Ok(crosstab(labels, stages.iter().map(|s| words(s)).collect(), cells, "cases", threshold))
}

/// Rows in the order of their code list, with what no list holds last; columns as given.
fn spread(found: &[Figure], list: &str, columns: &[String]) -> (Vec<String>, Vec<Vec<u64>>) {
    let codes = codes::list(list).map(|l| l.values).unwrap_or_default();
    let mut rows: BTreeMap<usize, Vec<u64>> = BTreeMap::new();
    for figure in found {
        let place = codes.iter().position(|c| c.code == figure.row).unwrap_or(codes.len());
        let row = rows.entry(place).or_insert_with(|| vec![0; columns.len()]);
        if let Some(column) = columns.iter().position(|c| *c == figure.column) {
            row[column] += u64::try_from(figure.count).unwrap_or(0);
        }
    }
    rows.into_iter().map(|(place, cells)| (codes.get(place).map_or(NOT_KNOWN, |c| c.label).to_owned(), cells)).unzip()
}

/// `INITIAL_CONTACT` → `Initial contact`.
fn words(code: &str) -> String {
    let lower = code.to_ascii_lowercase().replace('_', " ");
    let mut chars = lower.chars();
    chars.next().map_or_else(|| NOT_KNOWN.to_owned(), |first| first.to_ascii_uppercase().to_string() + chars.as_str())
}

/// Heads and units of the counts by agency.
const MEASURES: [(&str, &str); 5] = [
    ("Cases closed", "cases"),
    ("Direct interventions", "interventions"),
    ("Indirect interventions", "interventions"),
    ("With an agreement", "interventions"),
    ("With an apology", "interventions"),
];

/// Order of the agencies: those that are no more last, then by name.
type Place = (bool, String, Option<Uuid>);

/// Outcomes and time to intervention by agency.
pub(super) async fn outcomes(tx: &mut Tx, reach: &Reach, period: Period, snapshot: &Snapshot, map: &Agencies, threshold: u64) -> Result<Table> {
    let span = (period.start(), period.end());
    let group = |name: &str| {
        let list = codes::list("intervention").map(|l| l.values).unwrap_or_default();
        list.iter().filter(|c| c.group == name).map(|c| c.code.to_owned()).collect::<Vec<_>>()
    };
    let closed = figures::closed(tx, reach, span, map).await?;
    let held = figures::interventions(tx, reach, span, map, &group("Direct"), &group("Indirect")).await?;
    let (days, overall) = figures::days_to_intervention(tx, reach, span, map).await?;
    let name = |agency: Option<Uuid>| agency.and_then(|a| snapshot.node(a)).map_or_else(|| "Former agencies".to_owned(), |n| n.name.clone());
    let mut rows: BTreeMap<Place, (Vec<u64>, Median)> = BTreeMap::new();
    let mut at = |figures: &OfAgency, first: usize| {
        let key = (figures.agency.is_none(), name(figures.agency), figures.agency);
        let row = rows.entry(key).or_insert_with(|| (vec![0; MEASURES.len()], Median::default()));
        for (place, count) in figures.counts.iter().enumerate() {
            row.0[first + place] = u64::try_from(*count).unwrap_or(0);
        }
        if figures.median.is_some() {
            row.1 = median(figures);
        }
    };
    closed.iter().for_each(|f| at(f, 0));
    held.iter().for_each(|f| at(f, 1));
    days.iter().for_each(|f| at(f, 0));
    let (labels, figures): (Vec<_>, Vec<_>) = rows.into_iter().map(|((_, label, _), row)| (label, row)).unzip();
    let (cells, medians): (Vec<_>, Vec<_>) = figures.into_iter().unzip();
    Ok(measures(labels, &MEASURES, cells, ("Days to intervention", "days (median)"), &medians, median(&overall), threshold))
}

/// Half days are rounded up.
fn median(figures: &OfAgency) -> Median {
    let days = figures.median.unwrap_or(0.0).max(0.0).round();
    Median { value: days as u64, of: u64::try_from(figures.of).unwrap_or(0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figure(row: &str, column: &str, count: i64) -> Figure {
        Figure { row: row.into(), column: column.into(), count }
    }

    #[test]
    fn rows_stand_in_the_order_of_their_list_and_strangers_are_counted() {
        let found = [figure("SELF", "2", 3), figure("POLICE_OIC", "1", 7), figure("", "1", 1), figure("MOON", "2", 2), figure("SELF", "1", 4)];
        let (labels, cells) = spread(&found, "referral_source", &["1".into(), "2".into()]);
        assert_eq!(labels, ["Police: officer in the case", "Self", NOT_KNOWN]);
        assert_eq!(cells, [[7, 0], [4, 3], [1, 2]]);
    }

    #[test]
    fn codes_are_words_for_people() {
        assert_eq!(words("INITIAL_CONTACT"), "Initial contact");
        assert_eq!(words(""), NOT_KNOWN);
    }
}
