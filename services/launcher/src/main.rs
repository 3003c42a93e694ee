//! The `accord` program: one module per verb under `verbs`.

mod ca;
mod ports;
mod servers;
mod setup;
mod verbs;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Accord: case management for restorative justice and victim services.
#[derive(Parser)]
#[command(name = "accord", version, disable_help_subcommand = true)]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

/// What can be asked of the program.
#[derive(Subcommand)]
enum Verb {
    /// Start, stop or show private PostgreSQL, Redis and RabbitMQ servers
    Servers(verbs::servers::Args),
    /// Show what runs in a folder, and where
    Status(verbs::status::Args),
    /// Print the log of a detached stack or of one of its servers
    Logs(verbs::logs::Args),
    /// Stop a detached stack and its servers
    Down(verbs::down::Args),
    /// Run every test there is on private servers
    Test(verbs::test::Args),
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("accord: the runtime cannot start: {error}.");
            return ExitCode::FAILURE;
        }
    };
    let outcome = runtime.block_on(async {
        match cli.verb {
            Verb::Servers(args) => verbs::servers::run(args).await,
            Verb::Status(args) => verbs::status::run(args).await,
            Verb::Logs(args) => verbs::logs::run(args).await,
            Verb::Down(args) => verbs::down::run(args).await,
            Verb::Test(args) => verbs::test::run(args).await,
        }
    });
    match outcome {
        Ok(code) => code,
        Err(error) => {
            eprintln!("accord: {error:#}");
            ExitCode::FAILURE
        }
    }
}
