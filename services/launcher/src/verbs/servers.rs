//! `accord servers`: the private servers alone.

use super::Dir;
use crate::servers::{self, Options};
use anyhow::Result;
use std::process::ExitCode;
use std::time::Instant;

/// Arguments of `accord servers`.
#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

/// What to do with the servers.
#[derive(clap::Subcommand)]
enum Action {
    /// Start those that do not run, and wait until they answer
    Start {
        #[command(flatten)]
        dir: Dir,
        /// Give up durability for speed: for tests only
        #[arg(long)]
        fast: bool,
    },
    /// Stop them
    Stop {
        #[command(flatten)]
        dir: Dir,
        /// Delete all their data too
        #[arg(long)]
        remove: bool,
    },
    /// Say which of them run
    Status {
        #[command(flatten)]
        dir: Dir,
    },
}

/// Does what was asked.
///
/// # Errors
/// When a server cannot be started or stopped.
pub async fn run(args: Args) -> Result<ExitCode> {
    match args.action {
        Action::Start { dir, fast } => {
            let dir = dir.path();
            let begun = Instant::now();
            let started = servers::start(&dir, &Options { fast }).await?;
            println!(
                "PostgreSQL {}, Redis {} and RabbitMQ {} answer after {:.1} s; addresses and passwords are in {}.",
                started.postgres.port,
                started.redis.port,
                started.rabbitmq.port,
                begun.elapsed().as_secs_f32(),
                servers::file(&dir).display()
            );
        }
        Action::Stop { dir, remove } => {
            let dir = dir.path();
            if remove {
                servers::remove(&dir).await?
            } else {
                servers::stop(&dir).await?
            }
            println!("The servers of {} are stopped.", dir.display());
        }
        Action::Status { dir } => return print(&dir.path()),
    }
    Ok(ExitCode::SUCCESS)
}

/// Prints one line for each server; the exit code is 3 unless all run.
///
/// # Errors
/// When the folder's file is damaged.
pub fn print(dir: &std::path::Path) -> Result<ExitCode> {
    let Some((known, now)) = servers::status(dir)? else {
        println!("No servers were started in {}.", dir.display());
        return Ok(ExitCode::from(3));
    };
    let lines = [
        ("PostgreSQL", known.postgres.port, now.postgres),
        ("Redis", known.redis.port, now.redis),
        ("RabbitMQ", known.rabbitmq.port, now.rabbitmq),
    ];
    for (name, port, runs) in lines {
        println!(
            "{name:<12}{}",
            if runs {
                format!("runs on 127.0.0.1:{port}")
            } else {
                "is stopped".into()
            }
        );
    }
    let all = lines.iter().all(|(_, _, runs)| *runs);
    Ok(if all {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(3)
    })
}
