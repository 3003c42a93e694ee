//! Figures as a table and as a file.

use std::{collections::BTreeMap, path::Path};

use anyhow::Result;
use platform::Clock;
use serde::Serialize;
use serde_json::{Value, json};

use super::Options;
use crate::setup;

/// One figure with what it is measured against.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// Stable word.
    pub key: String,
    /// What is measured.
    pub title: String,
    /// The figure; `None` where it could not be measured.
    pub value: Option<f64>,
    /// Its unit: ratio, ms, MB or s.
    pub unit: &'static str,
    /// The aim: at least for a ratio, at most for everything else.
    pub aim: Option<f64>,
    /// Whether the aim is reached; `None` where there is no aim or no figure.
    pub met: Option<bool>,
    /// What the figure was made of.
    pub detail: Value,
    /// Why there is no figure.
    pub failure: Option<String>,
}

impl Row {
    /// A figure that should be at least `aim`.
    pub fn ratio(key: &str, title: &str, value: f64, aim: Option<f64>, detail: Value) -> Self {
        Self { key: key.into(), title: title.into(), value: Some(value), unit: "ratio", aim, met: aim.map(|aim| value >= aim), detail, failure: None }
    }

    /// A figure that should be at most `aim`.
    pub fn cost(key: &str, title: &str, value: f64, unit: &'static str, aim: Option<f64>, detail: Value) -> Self {
        Self { key: key.into(), title: title.into(), value: Some(value), unit, aim, met: aim.map(|aim| value <= aim), detail, failure: None }
    }

    /// A row without a figure.
    pub fn failed(key: &str, title: &str, error: &anyhow::Error) -> Self {
        Self { key: key.into(), title: title.into(), value: None, unit: "", aim: None, met: None, detail: Value::Null, failure: Some(format!("{error:#}")) }
    }

    fn line(&self) -> String {
        let value = match self.value {
            Some(value) if self.unit == "ratio" => format!("{value:.2}"),
            Some(value) => format!("{value:.1} {}", self.unit),
            None => "not measured".to_owned(),
        };
        let aim = match self.aim {
            Some(aim) if self.unit == "ratio" => format!(">= {aim:.2}"),
            Some(aim) => format!("<= {aim:.0} {}", self.unit),
            None => "-".to_owned(),
        };
        let met = match self.met {
            Some(true) => "reached",
            Some(false) => "SHORT",
            None => "",
        };
        format!("{:<62} {value:>14} {aim:>11}  {met}", self.title)
    }
}

/// Everything that was measured in one run.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// When, UTC.
    pub at: String,
    /// Where.
    pub machine: BTreeMap<&'static str, String>,
    /// With which options.
    pub options: Value,
    /// Whether the compiler optimised.
    pub release: bool,
    /// Figures beside the rows.
    pub notes: BTreeMap<String, f64>,
    /// The rows.
    pub rows: Vec<Row>,
}

impl Report {
    /// An empty one.
    pub fn new(options: &Options) -> Self {
        Self {
            at: Clock::system().now().to_rfc3339(),
            machine: machine(),
            options: json!({ "people": options.people, "seconds": options.seconds, "pairs": options.pairs, "demo_cases": options.cases, "cases": options.listed }),
            release: !cfg!(debug_assertions),
            notes: BTreeMap::new(),
            rows: Vec::new(),
        }
    }

    /// Adds a figure beside the rows.
    pub fn note(&mut self, name: &str, value: f64) {
        self.notes.insert(name.to_owned(), value);
    }

    /// Prints the table and, below it, what each figure was made of.
    pub fn print(&self) {
        let of = |name| self.machine.get(name).map_or("", String::as_str);
        println!("\n{} | {} CPUs | {} | {} build", of("cpu"), of("cpus"), of("memory"), if self.release { "release" } else { "DEBUG" });
        println!("{:<62} {:>14} {:>11}", "", "measured", "aim");
        for row in &self.rows {
            println!("{}", row.line());
        }
        println!();
        for row in &self.rows {
            match &row.failure {
                Some(reason) => println!("{}: not measured: {reason}", row.key),
                None => println!("{}: {}", row.key, row.detail),
            }
        }
    }

    /// Writes the file.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn write(&self, file: &Path) -> Result<()> {
        setup::write_public(file, &serde_json::to_vec_pretty(self)?)
    }
}

fn machine() -> BTreeMap<&'static str, String> {
    let field = |file: &str, name: &str| {
        let text = std::fs::read_to_string(file).unwrap_or_default();
        text.lines().find(|line| line.starts_with(name)).and_then(|line| line.split_once(':')).map(|(_, value)| value.trim().to_owned()).unwrap_or_default()
    };
    let cpus = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    BTreeMap::from([
        ("cpu", field("/proc/cpuinfo", "model name")),
        ("cpus", cpus.to_string()),
        ("memory", field("/proc/meminfo", "MemTotal")),
        ("kernel", kernel.trim().to_owned()),
        ("load_before", std::fs::read_to_string("/proc/loadavg").unwrap_or_default().trim().to_owned()),
    ])
}

/// The value below which `share` of sorted values lie; 0 of none.
pub fn percentile(sorted: &[f64], share: f64) -> f64 {
    if sorted.is_empty() {
        return 0.0;
    }
    let at = ((sorted.len() as f64 * share).ceil() as usize).clamp(1, sorted.len());
    sorted[at - 1]
}

/// The middle value.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    match values.len() {
        0 => 0.0,
        n if n % 2 == 1 => values[n / 2],
        n => f64::midpoint(values[n / 2 - 1], values[n / 2]),
    }
}

/// With two digits after the point, for files that people read.
pub fn short(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_were_seen() {
        let values: Vec<f64> = (1..=100).map(f64::from).collect();
        assert_eq!([percentile(&values, 0.5), percentile(&values, 0.99), percentile(&values, 1.0)], [50.0, 99.0, 100.0]);
        assert_eq!(percentile(&[], 0.5), 0.0);
        assert_eq!(median(vec![3.0, 1.0, 2.0, 10.0]), 2.5);
    }

    #[test]
    fn a_ratio_is_reached_from_above_and_a_cost_from_below() {
        assert_eq!(Row::ratio("a", "", 0.41, Some(0.40), Value::Null).met, Some(true));
        assert_eq!(Row::cost("a", "", 51.0, "ms", Some(50.0), Value::Null).met, Some(false));
        assert_eq!(Row::cost("a", "", 51.0, "ms", None, Value::Null).met, None);
    }
}
