//! `accord breached-passwords`: makes the filter that passwords are looked up in offline.

use std::{
    fs::File,
    io::{BufRead, BufReader},
    path::PathBuf,
    process::ExitCode,
};

use anyhow::{Context, Result};

/// Arguments of `accord breached-passwords`.
#[derive(clap::Args)]
pub struct Args {
    /// The public list: one SHA-1 hash in hexadecimal on each line, with or without ":count"
    #[arg(long)]
    from: PathBuf,
    /// The filter, for `identity.settings.breached_passwords`
    #[arg(long)]
    to: PathBuf,
}

/// Reads the list twice: to count it, and to make the filter, which stays in memory meanwhile (about 2 bytes for each password).
///
/// # Errors
/// Where a file cannot be read or written, or a line is no hash.
pub fn run(args: &Args) -> Result<ExitCode> {
    let open = || File::open(&args.from).map(|file| BufReader::with_capacity(1 << 20, file)).with_context(|| args.from.display().to_string());
    let mut expected = 0_u64;
    for line in open()?.lines() {
        line?;
        expected += 1;
    }
    let count = identity::breached::build(open()?, expected, &args.to).with_context(|| args.to.display().to_string())?;
    println!("{count} passwords. Name the file in identity.settings.breached_passwords: {}", args.to.display());
    Ok(ExitCode::SUCCESS)
}
