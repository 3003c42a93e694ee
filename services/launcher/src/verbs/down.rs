//! `accord down`: end a detached stack and its servers.

use super::Dir;
use crate::servers::{self, process};
use anyhow::Result;
use rustix::process::Signal;
use std::path::Path;
use std::process::ExitCode;

/// Arguments of `accord down`.
#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    dir: Dir,
}

/// Asks the stack to end, waits up to 30 s for it, then stops its servers. Nothing happens where nothing runs.
///
/// # Errors
/// When a process cannot be ended.
pub async fn run(args: Args) -> Result<ExitCode> {
    let dir = args.dir.path();
    end_stack(&dir).await?;
    servers::stop(&dir).await?;
    println!("Accord in {} is stopped; its data are kept.", dir.display());
    Ok(ExitCode::SUCCESS)
}

/// Asks the stack of a folder to end, waits up to 30 s for it, and kills it after that.
///
/// # Errors
/// When the process cannot be ended or its file cannot be deleted.
pub async fn end_stack(dir: &Path) -> Result<()> {
    if let Some(pid) = super::stack_process(dir) {
        process::end("Accord", &[pid], Signal::TERM, || {
            super::stack_process(dir)
                .into_iter()
                .filter(|found| *found == pid)
                .collect()
        })
        .await?;
    }
    if let Err(error) = std::fs::remove_file(super::pid_file(dir))
        && error.kind() != std::io::ErrorKind::NotFound
    {
        return Err(error.into());
    }
    Ok(())
}
