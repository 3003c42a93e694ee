//! `accord bench`: measures a release build on private servers of its own, and says where it falls short.
//!
//! | module | what it holds |
//! |---|---|
//! | [`ground`] | the folder, its servers and demonstration, and the processes that are measured |
//! | [`caller`] | calls as a person of the demonstration |
//! | [`load`] | the closed loop of `accord bench-client`, a process of its own |
//! | [`people`] | 100,000 people |
//! | [`statements`] | what PostgreSQL logged of one call, as a pgbench script |
//! | `decide`, `get_case`, `lists`, `web`, `search`, `relay`, `mail`, `process` | the rows |
//! | [`report`] | the table and `bench.json` |

mod caller;
mod decide;
mod get_case;
pub mod ground;
mod lists;
pub mod load;
mod mail;
mod people;
mod process;
mod relay;
pub mod report;
mod search;
mod statements;
mod web;

use std::{future::Future, path::PathBuf};

use anyhow::Result;

use self::{ground::Ground, report::{Report, Row}};

/// What is measured, and how long.
#[derive(Clone, Debug)]
pub struct Options {
    /// People in the register for search and case pages.
    pub people: usize,
    /// Seconds of each measured run.
    pub seconds: u64,
    /// Interleaved pairs of a ratio.
    pub pairs: usize,
    /// Cases of the demonstration that the stack begins with.
    pub cases: u32,
    /// Cases of the tenant for lists of cases.
    pub listed: usize,
    /// Where the figures are written.
    pub json: PathBuf,
    /// Keys of the rows that are wanted; empty for all.
    pub only: Vec<String>,
}

impl Options {
    fn wants(&self, key: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|wanted| wanted == key)
    }
}

/// Measures everything that is wanted. A row that fails tells why and the others go on.
///
/// # Errors
/// Where the ground cannot be laid or the figures cannot be written.
pub async fn run(options: &Options) -> Result<()> {
    let ground = Ground::lay(options).await?;
    let outcome = measure(&ground, options).await;
    let removed = ground.remove().await;
    let report = outcome?;
    removed?;
    report.print();
    report.write(&options.json)?;
    println!("\nAll figures: {}", options.json.display());
    Ok(())
}

async fn measure(ground: &Ground, options: &Options) -> Result<Report> {
    let mut report = Report::new(options);
    step(&mut report, options, "decide", "One warm decision", async { decide::measure() }).await;
    step(&mut report, options, "process", "Start time and idle memory", process::measure(ground, options)).await;
    step(&mut report, options, "mail", "Referral accepted until the facilitator's mail", mail::measure(ground)).await;
    step(&mut report, options, "events", "Outbox to committed consumer", relay::measure(ground, options)).await;
    if ["search", "page", "get_case"].iter().any(|key| options.wants(key)) {
        eprintln!("==> Filling the register: {} people", options.people);
        let filled = people::fill(ground, options.people).await?;
        report.note("people_per_second", filled);
    }
    step(&mut report, options, "search", "Search for a person", search::measure(ground, options)).await;
    step(&mut report, options, "page", "Case page, 20 users", web::measure(ground, options)).await;
    step(&mut report, options, "lists", "First pages of lists of cases", lists::measure(ground, options)).await;
    step(&mut report, options, "get_case", "GetCase against pgbench", get_case::measure(ground, options)).await;
    Ok(report)
}

async fn step(report: &mut Report, options: &Options, key: &'static str, title: &'static str, work: impl Future<Output = Result<Vec<Row>>>) {
    if !options.wants(key) {
        return;
    }
    eprintln!("==> {title}");
    match work.await {
        Ok(rows) => report.rows.extend(rows),
        Err(error) => report.rows.push(Row::failed(key, title, &error)),
    }
}
