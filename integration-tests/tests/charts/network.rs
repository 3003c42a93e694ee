//! The network policies against the reviewed list `charts/callers.txt`, from both ends.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;

use crate::helm::{Rendered, label, list, rendered, repository, text};

/// callee, port, caller; `outside` stands for everything that is no pod of Accord.
type Ways = BTreeSet<(String, u64, String)>;

fn reviewed() -> Ways {
    let file = fs::read_to_string(repository().join("charts/callers.txt"))
        .expect("charts/callers.txt is readable");
    let mut ways = Ways::new();
    for line in file
        .lines()
        .filter(|line| !line.starts_with('#') && !line.trim().is_empty())
    {
        let mut words = line.split_whitespace();
        let callee = words.next().expect("a line has words").to_owned();
        let port = words
            .next()
            .and_then(|w| w.parse().ok())
            .unwrap_or_else(|| panic!("no port in: {line}"));
        let before = ways.len();
        ways.extend(words.map(|caller| (callee.clone(), port, caller.to_owned())));
        assert!(ways.len() > before, "no caller in: {line}");
    }
    ways
}

fn policies(scenario: &Rendered) -> impl Iterator<Item = &Value> {
    scenario
        .objects
        .iter()
        .filter(|o| text(o, "/kind") == "NetworkPolicy")
}

/// The service a peer selects in its own namespace; anything else is outside.
fn peer(value: &Value) -> String {
    let labels = value
        .pointer("/podSelector/matchLabels")
        .unwrap_or(&Value::Null);
    let ours = value.get("namespaceSelector").is_none() && label(labels, "part-of") == "accord";
    if ours {
        label(labels, "name").to_owned()
    } else {
        "outside".to_owned()
    }
}

fn ports(rule: &Value) -> Vec<u64> {
    let found: Vec<_> = list(rule, "/ports")
        .iter()
        .filter_map(|p| p["port"].as_u64())
        .collect();
    assert!(
        !found.is_empty(),
        "a rule without ports opens all of them: {rule}"
    );
    found
}

#[test]
fn policies_let_in_exactly_the_reviewed_callers() {
    for scenario in rendered() {
        let mut ways = Ways::new();
        let mut callees = BTreeSet::new();
        for policy in policies(scenario) {
            let callee = label(&policy["spec"]["podSelector"]["matchLabels"], "name");
            assert!(
                !callee.is_empty(),
                "{}: a policy selects pods of no service",
                scenario.name
            );
            callees.insert(callee.to_owned());
            for rule in list(policy, "/spec/ingress") {
                let from = list(rule, "/from");
                assert!(
                    !from.is_empty(),
                    "{}: a rule without peers lets everybody in",
                    scenario.name
                );
                for port in ports(rule) {
                    ways.extend(from.iter().map(|p| (callee.to_owned(), port, peer(p))));
                }
            }
        }
        // Metrics are read from outside on every service's admin port and lead to no personal data.
        ways.retain(|(_, port, caller)| (*port, caller.as_str()) != (9000, "outside"));
        let expected: Ways = reviewed()
            .into_iter()
            .filter(|(callee, ..)| callees.contains(callee))
            .collect();
        assert_eq!(
            ways, expected,
            "{}: charts/callers.txt differs",
            scenario.name
        );
    }
}

#[test]
fn callers_may_also_send_what_callees_let_in() {
    for scenario in rendered() {
        let mut ways = Ways::new();
        let mut callers = BTreeSet::new();
        for policy in policies(scenario) {
            let caller = label(&policy["spec"]["podSelector"]["matchLabels"], "name");
            callers.insert(caller.to_owned());
            for rule in list(policy, "/spec/egress") {
                let to = list(rule, "/to");
                assert!(
                    !to.is_empty(),
                    "{}: a rule without peers lets {caller} reach everything",
                    scenario.name
                );
                for port in ports(rule) {
                    ways.extend(to.iter().map(|p| (peer(p), port, caller.to_owned())));
                }
            }
        }
        ways.retain(|(callee, ..)| callee != "outside");
        let expected: Ways = reviewed()
            .into_iter()
            .filter(|(.., caller)| callers.contains(caller))
            .collect();
        assert_eq!(
            ways, expected,
            "{}: `calls` and charts/callers.txt differ",
            scenario.name
        );
    }
}

#[test]
fn every_service_denies_both_ways_by_default() {
    for scenario in rendered() {
        let deny = |policy: &&Value| {
            let spec = &policy["spec"];
            spec.get("ingress").is_none()
                && spec.get("egress").is_none()
                && spec["policyTypes"] == Value::from(vec!["Ingress", "Egress"])
                && label(&spec["podSelector"]["matchLabels"], "component").is_empty()
                && spec["podSelector"].get("matchExpressions").is_none()
        };
        let denied: BTreeSet<_> = policies(scenario)
            .filter(deny)
            .map(|p| label(&p["spec"]["podSelector"]["matchLabels"], "name"))
            .collect();
        let made: BTreeSet<_> = scenario
            .objects
            .iter()
            .filter(|o| o.pointer("/spec/template").is_some())
            .map(|o| label(&o["spec"]["template"]["metadata"]["labels"], "name"))
            .collect();
        assert_eq!(denied, made, "{}", scenario.name);
        assert!(!made.is_empty(), "{}: no pods", scenario.name);
    }
}
