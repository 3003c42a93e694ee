//! The verbs of the program, one module each, and what they share about a stack's folder.

pub mod audit;
pub mod bench;
pub mod breached;
pub mod configured;
pub mod down;
pub mod keys;
pub mod logs;
pub mod servers;
pub mod status;
pub mod test;
pub mod up;

use crate::setup;
use rustix::process::Pid;
use std::path::{Path, PathBuf};

/// The folder that a verb works on.
#[derive(clap::Args)]
pub struct Dir {
    /// The folder that holds the stack's state [default: .accord in the repository]
    #[arg(long = "dir", value_name = "DIR")]
    dir: Option<PathBuf>,
}

impl Dir {
    /// The same without giving it away.
    pub fn path_ref(&self) -> PathBuf {
        self.dir.clone().unwrap_or_else(setup::default_dir)
    }

    /// The folder that was given, or that of the default stack.
    pub fn path(self) -> PathBuf {
        self.dir.unwrap_or_else(setup::default_dir)
    }
}

/// The file with the process number of the stack that runs in a folder.
pub fn pid_file(dir: &Path) -> PathBuf {
    dir.join("accord.pid")
}

/// The log of a detached stack.
pub fn log_file(dir: &Path) -> PathBuf {
    dir.join("accord.log")
}

/// The process that serves the stack of this folder, if it is alive.
pub fn stack_process(dir: &Path) -> Option<Pid> {
    let pid: i32 = std::fs::read_to_string(pid_file(dir))
        .ok()?
        .trim()
        .parse()
        .ok()?;
    let name = std::fs::read_to_string(format!("/proc/{pid}/comm")).ok()?;
    // A number that another program got after a crash is not the stack; an ended process that nobody has collected yet
    // has no command line any more.
    let alive = std::fs::read(format!("/proc/{pid}/cmdline")).is_ok_and(|line| !line.is_empty());
    if alive && name.trim_end() == "accord" {
        Pid::from_raw(pid)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stale_process_number_is_not_a_stack() {
        let dir = tempfile::tempdir().expect("folder");
        assert!(stack_process(dir.path()).is_none());
        std::fs::write(pid_file(dir.path()), "1\n").expect("write");
        assert!(stack_process(dir.path()).is_none());
        std::fs::write(pid_file(dir.path()), "nonsense").expect("write");
        assert!(stack_process(dir.path()).is_none());
    }
}
