//! `accord up`: everything on this machine, with private servers and the demonstration.

use std::{net::TcpListener, path::{Path, PathBuf}, process::{ExitCode, Stdio}, time::{Duration, Instant}};

use anyhow::{Context, Result, bail};
use platform::{Clock, config};
use std::os::unix::process::CommandExt;

use super::{Dir, log_file, pid_file, stack_process};
use crate::{demo, layout::{self, Plan}, servers, setup, stack};

/// Arguments of `accord up`.
#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    dir: Dir,
    /// Go on in the background once everything answers
    #[arg(long)]
    detach: bool,
    /// Port of the pages; 0 chooses a free one
    #[arg(long, default_value_t = 8443)]
    web_port: u16,
    /// Port of the gRPC edge for partner systems; 0 chooses a free one
    #[arg(long, default_value_t = 8444)]
    grpc_port: u16,
    /// Load no demonstration
    #[arg(long)]
    no_demo: bool,
    /// Cases of the demonstration, in all
    #[arg(long, default_value_t = 300)]
    demo_cases: u32,
}

/// Starts the stack of a folder.
///
/// # Errors
/// One sentence that says what to do.
pub async fn run(args: Args) -> Result<ExitCode> {
    let began = began();
    let dir = setup::prepare(&args.dir.path_ref())?;
    if stack_process(&dir).is_some_and(|pid| pid != rustix::process::getpid()) {
        println!("Accord already runs in {}: ./accord status shows where, ./accord down stops it.", dir.display());
        return Ok(ExitCode::SUCCESS);
    }
    for (name, option, port) in [("web", "--web-port", args.web_port), ("gRPC", "--grpc-port", args.grpc_port)] {
        require_free(name, option, port)?;
    }
    if args.detach {
        return detach(&dir, &args);
    }
    setup::write_public(&pid_file(&dir), format!("{}\n", std::process::id()).as_bytes())?;
    let outcome = serve(&dir, &args, began).await;
    servers::stop(&dir).await?;
    let _ = std::fs::remove_file(pid_file(&dir));
    outcome.map(|()| ExitCode::SUCCESS)
}

async fn serve(dir: &Path, args: &Args, began: Instant) -> Result<()> {
    let step = |text: &str| eprintln!("==> {text}");
    step("Starting private PostgreSQL, Redis and RabbitMQ");
    let servers = servers::start(dir, &servers::Options { fast: false }).await?;
    step("Certificates, databases and configuration");
    let packages = setup::default_dir().join("web");
    // Passkeys and links in mail name the port, so it is known before anything listens.
    let web_port = if args.web_port == 0 { crate::ports::choose(&mut std::collections::HashSet::new())? } else { args.web_port };
    let plan = Plan { dir, servers: &servers, web_port, grpc_port: args.grpc_port, packages, now: Clock::system().now() };
    layout::lay_out(&plan).await?;
    let figment = config::figment(Some(&layout::config_file(dir)));
    stack::migrate(&figment).await?;
    if !args.no_demo && !demo::is_loaded(dir) {
        step("Loading the demonstration: invented people, in months that are past");
        demo::load(dir, &figment, args.demo_cases).await.context("the demonstration could not be loaded: delete the folder and start again")?;
        // The process that led the clock through the past ends here; the one that serves begins with nothing of it.
        return Err(std::process::Command::new(std::env::current_exe()?).args(std::env::args_os().skip(1)).env("ACCORD_STARTED_AT", started_at(began)).exec().into());
    }
    step("Starting the services");
    let stack = stack::start(&figment, Clock::system()).await?;
    stack.ready().await?;
    demo::write_addresses(dir, stack.gateway)?;
    setup::write_private(&dir.join("addresses.json"), &serde_json::to_vec_pretty(&stack.addresses())?)?;
    announce(dir, &stack, began);
    setup::write_public(&ready_file(dir), b"")?;
    stack.serve().await
}

fn announce(dir: &Path, stack: &stack::Stack, began: Instant) {
    let web = stack::web_address(stack.gateway.web);
    println!("\nAccord answers after {:.0} s.", began.elapsed().as_secs_f64());
    println!("  Pages          {web}   (your browser will not know the development certificate: {})", dir.join("pki/ca.pem").display());
    println!("  Partner gRPC   localhost:{}", stack.gateway.grpc.port());
    demo::print_sign_in(dir, &web);
    println!("  Stop with Ctrl-C, or ./accord down.");
}

/// Since when the script has been at it.
fn began() -> Instant {
    let now = Instant::now();
    let started: Option<u64> = std::env::var("ACCORD_STARTED_AT").ok().and_then(|text| text.parse().ok());
    let epoch = u64::try_from(Clock::system().now().timestamp()).unwrap_or_default();
    started.and_then(|at| now.checked_sub(Duration::from_secs(epoch.saturating_sub(at)))).unwrap_or(now)
}

/// The same instant in seconds since 1970, for the process that takes over.
fn started_at(began: Instant) -> String {
    let epoch = u64::try_from(Clock::system().now().timestamp()).unwrap_or_default();
    epoch.saturating_sub(began.elapsed().as_secs()).to_string()
}

fn require_free(name: &str, option: &str, port: u16) -> Result<()> {
    if port != 0 && TcpListener::bind(("127.0.0.1", port)).is_err() {
        bail!("the {name} port {port} is in use: choose another with {option}, or stop what uses it.");
    }
    Ok(())
}

fn ready_file(dir: &Path) -> PathBuf {
    dir.join("ready")
}

/// Runs the same command in a session of its own and waits until it answers.
fn detach(dir: &Path, args: &Args) -> Result<ExitCode> {
    let _ = std::fs::remove_file(ready_file(dir));
    let log = setup::open_log(&log_file(dir))?;
    let mut command = std::process::Command::new(std::env::current_exe()?);
    command.arg("up").arg("--dir").arg(dir);
    command.arg(format!("--web-port={}", args.web_port)).arg(format!("--grpc-port={}", args.grpc_port)).arg(format!("--demo-cases={}", args.demo_cases));
    if args.no_demo {
        command.arg("--no-demo");
    }
    let mut child = command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).process_group(0).spawn()?;
    loop {
        if let Some(status) = child.try_wait()? {
            let tail = last_lines(&log_file(dir), 15);
            bail!("Accord ended ({status}). The last lines of {}:\n{tail}", log_file(dir).display());
        }
        if ready_file(dir).exists() {
            print!("{}", announced(&log_file(dir)));
            return Ok(ExitCode::SUCCESS);
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn last_lines(file: &Path, count: usize) -> String {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(count)..].join("\n")
}

/// What the process in the background announced.
fn announced(file: &Path) -> String {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    text.rfind("Accord answers").map_or_else(String::new, |at| text[at..].to_owned())
}
