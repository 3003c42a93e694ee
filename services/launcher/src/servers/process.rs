//! Finding, awaiting and ending the processes of private servers.

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process};
use std::fs;
use std::future::Future;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep};

/// How long a server may take to answer on a busy machine.
const START_LIMIT: Duration = Duration::from_secs(120);
/// How long a server may take to end before it is killed.
const STOP_LIMIT: Duration = Duration::from_secs(30);
/// How often an awaited state is looked at.
const POLL: Duration = Duration::from_millis(40);

/// The processes of these programs (names as in `/proc/<pid>/comm`) whose working folder is `folder`; where the system does
/// not tell the working folder, those that name it as an argument.
pub fn of_folder(programs: &[&str], folder: &Path) -> Vec<Pid> {
    matching(programs, |process| {
        match fs::read_link(process.join("cwd")) {
            Ok(cwd) => cwd == folder,
            Err(_) => fs::read(process.join("cmdline")).is_ok_and(|all| {
                all.split(|byte| *byte == 0)
                    .any(|one| one == folder.as_os_str().as_bytes())
            }),
        }
    })
}

/// Erlang's port mappers on this port.
pub fn port_mappers(port: u16) -> Vec<Pid> {
    let setting = format!("ERL_EPMD_PORT={port}");
    matching(&["epmd"], |process| {
        fs::read(process.join("environ")).is_ok_and(|all| {
            all.split(|byte| *byte == 0)
                .any(|one| one == setting.as_bytes())
        })
    })
}

fn matching(programs: &[&str], accept: impl Fn(&Path) -> bool) -> Vec<Pid> {
    let Ok(entries) = fs::read_dir("/proc") else {
        return Vec::new();
    };
    entries
        .flatten()
        .filter_map(|entry| {
            Some((
                entry.path(),
                Pid::from_raw(entry.file_name().to_str()?.parse().ok()?)?,
            ))
        })
        .filter(|(path, _)| {
            fs::read_to_string(path.join("comm"))
                .is_ok_and(|name| programs.contains(&name.trim_end()))
        })
        .filter(|(path, _)| accept(path))
        .map(|(_, pid)| pid)
        .collect()
}

/// Starts a server in a session of its own, so that neither Ctrl-C nor the end of the terminal reaches it.
///
/// # Errors
/// When the program cannot be started.
pub fn detach(program: &Path, configure: impl FnOnce(&mut Command), log: &Path) -> Result<Child> {
    let output = crate::setup::open_log(log)?;
    let mut command = Command::new("setsid");
    command
        .arg(program)
        .stdin(Stdio::null())
        .stdout(output.try_clone()?)
        .stderr(output);
    configure(&mut command);
    command
        .spawn()
        .with_context(|| format!("{} cannot be started", program.display()))
}

/// Waits until `ready` says so.
///
/// # Errors
/// When the process ends first or does not answer in time; the sentence names its log.
pub async fn await_ready<F, R>(
    name: &str,
    mut child: Option<Child>,
    log: &Path,
    ready: F,
) -> Result<()>
where
    F: Fn() -> R,
    R: Future<Output = bool>,
{
    let deadline = Instant::now() + START_LIMIT;
    loop {
        if tokio::time::timeout(Duration::from_secs(5), ready())
            .await
            .unwrap_or(false)
        {
            return Ok(());
        }
        if let Some(child) = child.as_mut()
            && let Some(status) = child.try_wait()?
        {
            bail!(
                "{name} ended while starting ({status}): the last lines of {} say why.",
                log.display()
            );
        }
        if Instant::now() > deadline {
            bail!(
                "{name} did not answer within {} s: look into {} and start again.",
                START_LIMIT.as_secs(),
                log.display()
            );
        }
        sleep(POLL).await;
    }
}

/// Asks the processes to end, waits until `left` finds none, and kills what is still there after the limit.
///
/// # Errors
/// When a process cannot be ended.
pub async fn end(
    name: &str,
    ask: &[Pid],
    signal: Signal,
    left: impl Fn() -> Vec<Pid>,
) -> Result<()> {
    for pid in ask {
        // A process that ended by itself meanwhile is what was wanted.
        let _ = kill_process(*pid, signal);
    }
    if gone_within(STOP_LIMIT, &left).await {
        return Ok(());
    }
    for pid in left() {
        let _ = kill_process(pid, Signal::KILL);
    }
    if gone_within(STOP_LIMIT, &left).await {
        return Ok(());
    }
    bail!(
        "{name} cannot be ended: stop its processes by hand ({:?}).",
        left()
    )
}

/// Waits until `left` finds no process; false when some are left after the limit.
pub async fn gone_within(limit: Duration, left: impl Fn() -> Vec<Pid>) -> bool {
    let deadline = Instant::now() + limit;
    while !left().is_empty() {
        if Instant::now() > deadline {
            return false;
        }
        sleep(POLL).await;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_process_is_found_by_name_and_folder_and_ended() {
        let dir = tempfile::tempdir().expect("folder");
        let folder = dir.path().canonicalize().expect("path");
        let mut child = Command::new("cat")
            .current_dir(&folder)
            .stdin(Stdio::piped())
            .spawn()
            .expect("cat");
        let find = || of_folder(&["cat"], &folder);
        while find().is_empty() {
            tokio::task::yield_now().await;
        }
        assert!(of_folder(&["cat"], Path::new("/nowhere")).is_empty());
        let found = find();
        let (ended, status) = tokio::join!(end("cat", &found, Signal::TERM, find), child.wait());
        ended.expect("ended");
        assert!(!status.expect("status").success());
    }
}
