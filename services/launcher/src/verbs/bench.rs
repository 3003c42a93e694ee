//! `accord bench`, and the hidden `accord bench-client` that it starts as the client.

use std::{io::Read, path::PathBuf, process::ExitCode};

use anyhow::{Context, Result};

use crate::{bench::{self, Options, load::Job}, setup};

/// Arguments of `accord bench`.
#[derive(clap::Args)]
pub struct Args {
    /// People in the register for search and case pages
    #[arg(long, default_value_t = 100_000)]
    people: usize,
    /// Seconds of each measured run
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// Interleaved pairs of each ratio
    #[arg(long, default_value_t = 3)]
    pairs: usize,
    /// Cases of the demonstration that is loaded first
    #[arg(long, default_value_t = 40)]
    demo_cases: u32,
    /// Cases of the tenant for lists of cases; the aim is at 1,000,000
    #[arg(long, default_value_t = 20_000)]
    cases: usize,
    /// Only these rows: process, mail, events, search, page, lists, get_case
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// The file of all figures [default: bench.json in .accord]
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

/// Measures.
///
/// # Errors
/// Where the ground cannot be laid; a row that fails is told in the table.
pub async fn run(args: Args) -> Result<ExitCode> {
    let json = match args.json {
        Some(json) => json,
        None => setup::prepare(&setup::default_dir())?.join("bench.json"),
    };
    let options = Options { people: args.people, seconds: args.seconds.max(1), pairs: args.pairs.max(1), cases: args.demo_cases, listed: args.cases, json, only: args.only };
    bench::run(&options).await?;
    Ok(ExitCode::SUCCESS)
}

/// Does the job on standard input and prints its figures.
///
/// # Errors
/// Where the job cannot be read or begun.
pub async fn client() -> Result<ExitCode> {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text)?;
    let job: Job = serde_json::from_str(&text).context("this verb is for `accord bench`, which gives it a job")?;
    println!("{}", serde_json::to_string(&job.work().await?)?);
    Ok(ExitCode::SUCCESS)
}
