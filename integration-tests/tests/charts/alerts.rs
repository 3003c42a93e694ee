//! Alerts and runbooks belong together.

use std::collections::BTreeSet;
use std::fs;

use crate::helm::{documents, files, list, repository, text};

#[test]
fn every_alert_has_its_runbook_and_every_runbook_its_alert() {
    let deploy = repository().join("deploy");
    let mut alerts = BTreeSet::new();
    for file in files(&deploy.join("alerts")) {
        for document in documents(&fs::read_to_string(&file).expect("an alert file is readable")) {
            for rule in list(&document, "/groups")
                .iter()
                .flat_map(|group| list(group, "/rules"))
            {
                let name = text(rule, "/alert").to_owned();
                assert!(
                    !name.is_empty(),
                    "{}: a rule without a name",
                    file.display()
                );
                assert_eq!(
                    text(rule, "/annotations/runbook"),
                    format!("deploy/runbooks/{name}.md"),
                    "{name}"
                );
                assert!(
                    !text(rule, "/annotations/summary").is_empty(),
                    "{name}: no summary"
                );
                assert!(
                    ["page", "ticket"].contains(&text(rule, "/labels/severity")),
                    "{name}: severity"
                );
                assert!(alerts.insert(name.clone()), "{name} is there twice");
            }
        }
    }
    let runbooks: BTreeSet<_> = files(&deploy.join("runbooks"))
        .iter()
        .filter_map(|path| {
            path.file_stem()
                .map(|stem| stem.to_string_lossy().into_owned())
        })
        .collect();
    assert_eq!(
        alerts, runbooks,
        "alerts on the left, runbooks on the right"
    );
    assert!(!alerts.is_empty(), "no alert at all");
}
