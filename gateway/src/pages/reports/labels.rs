//! Codes and ids of a report's rows and columns in words.

use chrono::NaiveDate;
use proto::identity::v1::Node;

use crate::{pages::staff::common::node_name, text};

/// Lists in which a report's codes are looked up, in this order.
const LISTS: [&str; 6] = ["referral_source", "harm_type", "outcome", "close_reason", "intervention", "agency_kind"];

/// A label as people read it: a node's name, a month, a code's label, or the text as it came.
pub fn label(nodes: &[Node], code: &str) -> String {
    let name = node_name(nodes, code);
    if !name.is_empty() {
        return name;
    }
    if code.len() == 7
        && let Ok(month) = format!("{code}-01").parse::<NaiveDate>()
    {
        return month.format("%b %Y").to_string();
    }
    if let Some(label) = LISTS.iter().find_map(|list| access::codes::label(list, code)) {
        return label.to_owned();
    }
    let is_code = !code.is_empty() && code.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b"_.".contains(&b));
    if is_code { text::humanise(code) } else { code.to_owned() }
}

/// Head of the first column of a report.
pub fn first_column(report: &str) -> &'static str {
    if report.starts_with("referrals_by_source") {
        "Source"
    } else if report.starts_with("cases_by_harm_type") {
        "Type of harm"
    } else if report.ends_with("_by_agency") {
        "Agency"
    } else {
        "Group"
    }
}

/// What the columns of a report stand for, and whether they follow each other in time.
pub fn second_way(report: &str) -> (&'static str, bool) {
    if report.ends_with("_month") {
        ("Month", true)
    } else if report.ends_with("_stage") {
        ("Stage", false)
    } else {
        ("Measure", false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_months_and_agencies_are_readable() {
        let nodes = [Node { id: "n1".into(), name: "Example police".into(), ..Node::default() }];
        assert_eq!(label(&nodes, "n1"), "Example police");
        assert_eq!(label(&nodes, "2027-05"), "May 2027");
        assert_eq!(label(&nodes, "VAP.WI"), "Violence with injury");
        assert_eq!(label(&nodes, "NOT_KNOWN_HERE"), "Not known here");
        assert_eq!(label(&nodes, "Days (median)"), "Days (median)");
    }
}
