//! The `accord` program: one module per verb under `verbs`.

mod bench;
mod ca;
mod demo;
mod layout;
mod ports;
mod servers;
mod setup;
mod stack;
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
    /// Install nothing, start everything on this machine and load the demonstration
    Up(verbs::up::Args),
    /// Serve everything in one process against configured servers
    All(verbs::configured::All),
    /// Run the identity service alone
    Identity(verbs::configured::Service),
    /// Run the referral service alone
    Referral(verbs::configured::Service),
    /// Run the case service alone
    Case(verbs::configured::Service),
    /// Run the notification service alone
    Notification(verbs::configured::Service),
    /// Run the reporting service alone
    Reporting(verbs::configured::Service),
    /// Run the gateway alone
    Gateway(verbs::configured::Service),
    /// Make a tenant or its first administrator
    Operator(verbs::configured::OperatorArgs),
    /// Make the filter of breached passwords from the public list of their hashes
    BreachedPasswords(verbs::breached::Args),
    /// Replay dead letters, or stream all facts again
    Events(verbs::configured::Events),
    /// Rotate keys, or destroy again after a restore what was erased
    Keys(verbs::keys::Keys),
    /// Prove that the audit trail is what was sealed
    Audit(verbs::audit::Args),
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
    /// Measure this build on private servers
    Bench(verbs::bench::Args),
    /// The client of `bench`, in a process of its own
    #[command(name = "bench-client", hide = true)]
    BenchClient,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    platform::tls::install_crypto();
    // The words of a panic may quote a value; only its place is told.
    std::panic::set_hook(Box::new(|info| {
        // Who reads our words, `head` for instance, has read enough.
        if info.payload_as_str().is_some_and(|words| words.starts_with("failed printing to stdout")) {
            std::process::exit(0);
        }
        match info.location() {
            Some(place) => eprintln!("accord: a fault at {place}."),
            None => eprintln!("accord: a fault."),
        }
    }));
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
            Verb::Up(args) => verbs::up::run(args).await,
            Verb::All(args) => verbs::configured::all(args).await,
            Verb::Identity(args) => verbs::configured::service::<identity::IdentityService>(args).await,
            Verb::Referral(args) => verbs::configured::service::<referral::ReferralService>(args).await,
            Verb::Case(args) => verbs::configured::service::<case::CaseService>(args).await,
            Verb::Notification(args) => verbs::configured::service::<notification::NotificationService>(args).await,
            Verb::Reporting(args) => verbs::configured::service::<reporting::ReportingService>(args).await,
            Verb::Gateway(args) => verbs::configured::gateway(args).await,
            Verb::Operator(args) => verbs::configured::operator(args).await,
            Verb::BreachedPasswords(args) => verbs::breached::run(&args),
            Verb::Events(args) => verbs::configured::events(args).await,
            Verb::Keys(args) => verbs::keys::keys(args).await,
            Verb::Audit(args) => verbs::audit::run(args).await,
            Verb::Servers(args) => verbs::servers::run(args).await,
            Verb::Status(args) => verbs::status::run(args).await,
            Verb::Logs(args) => verbs::logs::run(args).await,
            Verb::Down(args) => verbs::down::run(args).await,
            Verb::Test(args) => verbs::test::run(args).await,
            Verb::Bench(args) => verbs::bench::run(args).await,
            Verb::BenchClient => verbs::bench::client().await,
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
