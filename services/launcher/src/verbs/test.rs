//! `accord test`: every test there is, on private servers that are made for the run and deleted after it.

use crate::servers::{self, Options};
use crate::setup;
use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process_group};
use std::path::{Path, PathBuf};
use std::process::{ExitCode, Stdio};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::Command;
use tokio::signal::unix::{SignalKind, signal};

/// Arguments of `accord test`.
#[derive(clap::Args)]
pub struct Args {
    /// Passed to `cargo test`
    #[arg(
        trailing_var_arg = true,
        allow_hyphen_values = true,
        value_name = "ARGUMENTS"
    )]
    cargo: Vec<String>,
}

/// What the tests' closing lines add up to.
#[derive(Debug, Default, PartialEq, Eq)]
struct Tally {
    passed: u64,
    failed: u64,
    closing: Vec<String>,
    failures: Vec<String>,
}

/// Runs the tests and prints what failed and how many passed.
///
/// # Errors
/// When the servers cannot be started or cargo is missing.
pub async fn run(args: Args) -> Result<ExitCode> {
    let home = setup::home()
        .canonicalize()
        .context("the repository's folder cannot be read")?;
    let dir = home.join(".accord/test");
    setup::private_dir(&dir)?;
    let lock = setup::open_log(&dir.join("run.lock"))?;
    if rustix::fs::flock(&lock, rustix::fs::FlockOperation::NonBlockingLockExclusive).is_err() {
        bail!("tests already run in this folder: wait until they end.");
    }
    // Listened to from here on, so that a signal during the start still leaves nothing running.
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let work = async {
        sweep(&dir).await?;
        eprintln!("Starting private servers for the tests");
        servers::start(&dir, &Options { fast: true }).await?;
        cargo(&home, &dir, &args.cargo).await
    };
    let outcome = tokio::select! {
        outcome = work => outcome.map(Some),
        _ = interrupt.recv() => Ok(None),
        _ = terminate.recv() => Ok(None),
    };
    sweep(&dir).await?;
    let Some((tally, success)) = outcome? else {
        eprintln!("The tests were stopped.");
        return Ok(ExitCode::from(130));
    };
    println!();
    for line in tally.closing.iter().chain(&tally.failures) {
        println!("{line}");
    }
    if !success && tally.failed == 0 {
        println!("The tests could not all be built or run: the message above says why.");
    }
    println!("{} passed, {} failed", tally.passed, tally.failed);
    Ok(if success && tally.failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Ends and deletes what this run, or one that was killed, has started: its servers, and the stacks and servers that
/// its tests started in their temporary folders.
async fn sweep(dir: &Path) -> Result<()> {
    let temporary = dir.join("tmp");
    let outer = folders_in(&temporary);
    // A test's own folder, and one level of folders that it makes there.
    for folder in outer
        .iter()
        .flat_map(|folder| folders_in(folder))
        .chain(outer.clone())
    {
        super::down::end_stack(&folder).await?;
        servers::remove(&folder).await?;
    }
    servers::remove(dir).await?;
    if temporary.exists() {
        std::fs::remove_dir_all(&temporary)
            .context("the tests' temporary files cannot be deleted")?;
    }
    setup::private_dir(&temporary)
}

fn folders_in(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.is_dir())
        .collect()
}

/// A running cargo with all the processes that it started; they end when this is dropped.
struct Group(Option<Pid>);

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(pid) = self.0 {
            // A group that has ended by itself is what is wanted.
            let _ = kill_process_group(pid, Signal::KILL);
        }
    }
}

async fn cargo(home: &Path, dir: &Path, arguments: &[String]) -> Result<(Tally, bool)> {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(cargo_arguments(arguments)).current_dir(home);
    command
        .env("ACCORD_TEST_SERVERS", servers::file(dir))
        .env("ACCORD_HOME", home)
        .env("SQLX_OFFLINE", "true")
        .env("TMPDIR", dir.join("tmp"));
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .process_group(0)
        .spawn()
        .context("cargo cannot be started: install Rust with https://rustup.rs")?;
    let mut group = Group(
        child
            .id()
            .and_then(|id| Pid::from_raw(i32::try_from(id).ok()?)),
    );
    let output = child
        .stdout
        .take()
        .context("cargo's output cannot be read")?;
    let mut lines = BufReader::new(output).split(b'\n');
    let mut screen = tokio::io::stdout();
    let mut tally = Tally::default();
    while let Some(line) = lines.next_segment().await? {
        screen.write_all(&line).await?;
        screen.write_all(b"\n").await?;
        screen.flush().await?;
        tally.read(&String::from_utf8_lossy(&line));
    }
    let success = child.wait().await?.success();
    group.0 = None;
    Ok((tally, success))
}

/// The whole workspace, unless the caller names packages.
fn cargo_arguments(given: &[String]) -> Vec<String> {
    let mut all: Vec<String> = ["test", "--locked", "--no-fail-fast"]
        .map(String::from)
        .to_vec();
    let own = given.iter().take_while(|word| *word != "--");
    let named = own
        .into_iter()
        .any(|word| word == "-p" || word.starts_with("--package") || word == "--workspace");
    if !named {
        all.push("--workspace".into());
    }
    all.extend_from_slice(given);
    all
}

impl Tally {
    /// Takes a line of the tests' output into account.
    fn read(&mut self, line: &str) {
        let line = line.trim_end();
        if let Some(rest) = line.strip_prefix("test result: ") {
            for part in rest.split(['.', ';']) {
                let mut words = part.split_whitespace();
                let (Some(number), Some(word)) = (
                    words.next().and_then(|word| word.parse::<u64>().ok()),
                    words.next(),
                ) else {
                    continue;
                };
                match word {
                    "passed" => self.passed += number,
                    "failed" => self.failed += number,
                    _ => {}
                }
            }
            self.closing.push(line.to_owned());
        } else if line.starts_with("test ") && line.ends_with("... FAILED") {
            self.failures.push(line.to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(all: &[&str]) -> Vec<String> {
        all.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn results_of_all_binaries_are_added() {
        let mut tally = Tally::default();
        for line in [
            "running 3 tests",
            "test a ... ok",
            "test b ... FAILED",
            "test result: FAILED. 2 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.10s",
            "test result: ok. 40 passed; 0 failed; 2 ignored; 0 measured; 0 filtered out; finished in 3.20s",
        ] {
            tally.read(line);
        }
        assert_eq!((tally.passed, tally.failed), (42, 1));
        assert_eq!(tally.failures, ["test b ... FAILED"]);
        assert_eq!(tally.closing.len(), 2);
    }

    #[test]
    fn named_packages_replace_the_workspace() {
        assert_eq!(
            cargo_arguments(&[]),
            words(&["test", "--locked", "--no-fail-fast", "--workspace"])
        );
        let named = cargo_arguments(&words(&["-p", "access", "masks"]));
        assert!(!named.contains(&"--workspace".to_owned()));
        let filtered = cargo_arguments(&words(&["journey", "--", "-p"]));
        assert!(filtered.contains(&"--workspace".to_owned()));
    }
}
