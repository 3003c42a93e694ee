//! A stack of the real program: `accord up` in a folder of its own.

use std::{
    collections::HashMap,
    fs::File,
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::OnceLock,
    time::UNIX_EPOCH,
};

use rustix::{
    fs::FlockOperation,
    process::{Pid, Signal, kill_process},
};
use tempfile::TempDir;

use crate::{demo::Demo, repository};

/// Invented cases of the shared stack; enough for every list to have something and every stage to occur.
const SHARED_CASES: u32 = 12;
/// Invented cases of a stack that one test has for itself.
const OWN_CASES: u32 = 2;

/// A running stack.
pub struct Stack {
    /// Its folder.
    pub dir: PathBuf,
    /// What it tells about itself.
    pub demo: Demo,
    environment: Vec<(String, String)>,
    /// Session secrets by account: an authenticator's code is good only once, so everyone signs in once.
    pub(crate) sessions: tokio::sync::Mutex<HashMap<String, (std::time::Instant, String)>>,
    own: Option<TempDir>,
}

impl Stack {
    /// The stack that all tests of a run share, each with records of its own. It is started by the first that asks, and
    /// used again by other test programs of the run; `accord test` ends it with the run.
    ///
    /// # Panics
    /// Where it cannot be started, with what the program said.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Stack> = OnceLock::new();
        SHARED.get_or_init(|| {
            let dir = std::env::temp_dir().join("accord-shared");
            std::fs::create_dir_all(&dir).expect("the folder for temporary files can be written");
            let lock = File::create(std::env::temp_dir().join("accord-shared.lock"))
                .expect("the lock file can be made");
            rustix::fs::flock(&lock, FlockOperation::LockExclusive).expect("the lock can be had");
            let (stamp, build) = (dir.join("build"), build());
            let running = std::fs::read_to_string(&stamp).is_ok_and(|text| text == build)
                && process(&dir).is_some();
            if !running {
                must("down", &run(&dir, &["down"], &[]));
                let _ = std::fs::remove_dir_all(&dir);
                std::fs::create_dir_all(&dir)
                    .expect("the folder for temporary files can be written");
                up(&dir, SHARED_CASES, &[]);
                std::fs::write(&stamp, build).expect("the stack's folder can be written");
            }
            Self::of(dir, Vec::new(), None)
        })
    }

    /// A stack for one test, which ends with it. `environment` goes to the program.
    ///
    /// # Panics
    /// As [`Stack::shared`].
    pub fn own(environment: &[(&str, &str)]) -> Self {
        Self::with(OWN_CASES, environment)
    }

    /// A stack with as many cases as the shared one, for tests that look for what they made on the first page of a list.
    ///
    /// # Panics
    /// As [`Stack::shared`].
    pub fn apart() -> Self {
        Self::with(SHARED_CASES, &[])
    }

    fn with(cases: u32, environment: &[(&str, &str)]) -> Self {
        let folder = tempfile::Builder::new()
            .prefix("accord-own-")
            .tempdir()
            .expect("a temporary folder");
        let environment: Vec<_> = environment
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect();
        up(folder.path(), cases, &environment);
        Self::of(folder.path().to_owned(), environment, Some(folder))
    }

    fn of(dir: PathBuf, environment: Vec<(String, String)>, own: Option<TempDir>) -> Self {
        platform::tls::install_crypto();
        Self {
            demo: Demo::read(&dir),
            dir,
            environment,
            sessions: tokio::sync::Mutex::default(),
            own,
        }
    }

    /// Kills the program as a power cut would; its servers stay.
    ///
    /// # Panics
    /// Where it does not run.
    pub fn kill(&self) {
        let pid = process(&self.dir).expect("the stack runs");
        kill_process(pid, Signal::KILL).expect("the stack's process is ours");
        while process(&self.dir).is_some() {
            std::thread::yield_now();
        }
    }

    /// Starts the program again in the same folder.
    ///
    /// # Panics
    /// As [`Stack::shared`].
    pub fn start_again(&mut self) {
        up(&self.dir, OWN_CASES, &self.environment);
        self.demo = Demo::read(&self.dir);
    }

    /// The program with an argument list, not yet started.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = program();
        command
            .args(arguments)
            .envs(self.environment.iter().map(|(k, v)| (k, v)));
        command
    }

    /// Addresses of the services' gRPC listeners by service.
    ///
    /// # Panics
    /// Where `addresses.json` is not there.
    pub fn addresses(&self) -> HashMap<String, String> {
        let file = self.dir.join("addresses.json");
        let text = std::fs::read(&file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
        serde_json::from_slice(&text).unwrap_or_else(|e| panic!("{}: {e}", file.display()))
    }

    /// The PEM files of a certificate that the stack's authority issued: certificate and key.
    pub fn certificate(&self, name: &str) -> (PathBuf, PathBuf) {
        let folder = self.dir.join("pki");
        (
            folder.join(format!("{name}.pem")),
            folder.join(format!("{name}-key.pem")),
        )
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        if self.own.is_some() {
            let output = run(&self.dir, &["down"], &[]);
            if !output.status.success() {
                eprintln!("{}", said(&output));
            }
        }
    }
}

/// The program beside the tests, started so that it finds the repository's web packages.
fn program() -> Command {
    let file = binary();
    assert!(
        file.is_file(),
        "{} is not there: run the tests with ./accord test, or cargo build -p launcher before them",
        file.display()
    );
    let mut command = Command::new(file);
    if std::env::var_os("ACCORD_HOME").is_none() {
        command.env("ACCORD_HOME", repository());
    }
    command.current_dir(repository());
    command
}

fn binary() -> PathBuf {
    let tests = std::env::current_exe().expect("the tests know where they are");
    tests
        .parent()
        .and_then(Path::parent)
        .expect("cargo keeps tests in a folder below the program")
        .join("accord")
}

/// What tells one build of the program from another.
fn build() -> String {
    let meta = std::fs::metadata(binary()).map(|m| (m.len(), m.modified().ok()));
    let (length, changed) = meta.unwrap_or_default();
    format!(
        "{length} {}",
        changed
            .and_then(|at| at.duration_since(UNIX_EPOCH).ok())
            .unwrap_or_default()
            .as_nanos()
    )
}

fn up(dir: &Path, cases: u32, environment: &[(String, String)]) {
    let cases = format!("--demo-cases={cases}");
    must(
        "up",
        &run(
            dir,
            &["up", "--detach", "--web-port=0", "--grpc-port=0", &cases],
            environment,
        ),
    );
}

fn run(dir: &Path, arguments: &[&str], environment: &[(String, String)]) -> Output {
    let (verb, rest) = arguments.split_first().expect("a verb");
    let mut command = program();
    command
        .arg(verb)
        .arg("--dir")
        .arg(dir)
        .args(rest)
        .envs(environment.iter().map(|(k, v)| (k, v)));
    command.output().expect("the program starts")
}

fn must(what: &str, output: &Output) {
    assert!(output.status.success(), "accord {what}: {}", said(output));
}

fn said(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

/// The program that serves a folder's stack, if it is alive.
fn process(dir: &Path) -> Option<Pid> {
    let pid: i32 = std::fs::read_to_string(dir.join("accord.pid"))
        .ok()?
        .trim()
        .parse()
        .ok()?;
    let alive = std::fs::read(format!("/proc/{pid}/cmdline")).is_ok_and(|line| !line.is_empty());
    if alive { Pid::from_raw(pid) } else { None }
}
