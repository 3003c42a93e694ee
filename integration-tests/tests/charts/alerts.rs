//! Alerts and runbooks belong together, and alerts and dashboards look only at what the code measures.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;

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

/// Names of the series that an expression reads: words that are neither a function, a keyword nor a label.
fn series(expr: &str) -> BTreeSet<String> {
    let mut outside = String::new();
    let mut depth = 0;
    for c in expr.replace(" by (", " {").chars() {
        match c {
            '{' | '[' => depth += 1,
            // A list of labels was opened as `{` above and still ends with `)`.
            '}' | ']' | ')' if depth > 0 => depth -= 1,
            _ if depth == 0 => outside.push(c),
            _ => {}
        }
    }
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut found = BTreeSet::new();
    let mut rest = outside.as_str();
    while let Some(start) = rest.find(|c: char| c.is_ascii_alphabetic()) {
        let word = &rest[start..];
        let end = word.find(|c| !is_word(c)).unwrap_or(word.len());
        let (word, after) = word.split_at(end);
        if !after.trim_start().starts_with('(') && word.contains('_') {
            found.insert(word.to_owned());
        }
        rest = after;
    }
    found
}

/// Every name under which Prometheus shows an instrument that Rust files below `folder` make.
fn instruments(folder: &Path, found: &mut BTreeSet<String>) {
    for path in files(folder) {
        if path.is_dir() {
            instruments(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            let source = fs::read_to_string(&path).expect("a source file is readable");
            for (kind, suffixes) in [
                ("_observable_counter(\"", ["_total", "", ""]),
                ("64_counter(\"", ["_total", "", ""]),
                ("up_down_counter(\"", ["", "", ""]),
                ("_gauge(\"", ["", "", ""]),
                ("64_histogram(\"", ["_bucket", "_count", "_sum"]),
            ] {
                for made in source.split(kind).skip(1) {
                    let statement = made.split(';').next().unwrap_or_default();
                    let name = made.split('"').next().unwrap_or_default().replace('.', "_");
                    let unit = if statement
                        .split(".build()")
                        .next()
                        .is_some_and(|own| own.contains(".with_unit(\"s\")"))
                    {
                        "_seconds"
                    } else {
                        ""
                    };
                    found.extend(suffixes.map(|suffix| format!("{name}{unit}{suffix}")));
                }
            }
        }
    }
}

/// Every `expr` in a document, wherever it stands.
fn expressions(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            if let Some(Value::String(expr)) = fields.get("expr") {
                found.push(expr.clone());
            }
            fields.values().for_each(|v| expressions(v, found));
        }
        Value::Array(values) => values.iter().for_each(|v| expressions(v, found)),
        _ => {}
    }
}

#[test]
fn alerts_and_dashboards_look_at_what_is_measured() {
    let mut measured = BTreeSet::new();
    for entry in files(&repository().join("services")) {
        let source = entry.join("src");
        if source.is_dir() {
            instruments(&source, &mut measured);
        }
    }
    let mut named = BTreeSet::new();
    for folder in ["alerts", "dashboards"] {
        for file in files(&repository().join("deploy").join(folder)) {
            let text = fs::read_to_string(&file).expect("a file of deploy is readable");
            let mut found = Vec::new();
            documents(&text)
                .iter()
                .for_each(|d| expressions(d, &mut found));
            assert!(!found.is_empty(), "{}: no expression", file.display());
            named.extend(found.iter().flat_map(|expr| {
                let read = series(expr);
                assert!(!read.is_empty(), "no series in: {expr}");
                read
            }));
        }
    }
    let missing: Vec<_> = named.difference(&measured).collect();
    assert!(
        missing.is_empty(),
        "nothing measures {missing:?}; there are {measured:?}"
    );
}

#[test]
fn series_are_told_from_functions_and_labels() {
    let read = |expr| series(expr).into_iter().collect::<Vec<_>>().join(" ");
    assert_eq!(
        read("max by (queue) (accord_dead_letter_messages) > 0"),
        "accord_dead_letter_messages"
    );
    assert_eq!(
        read(
            "histogram_quantile(0.99, sum by (a_b, le) (rate(x_bucket{code=~\"A|B\"}[5m]))) > y_total - time()"
        ),
        "x_bucket y_total"
    );
}
