//! What the tests over the whole product share: a stack of the real program, and clients that know it only from outside.
//!
//! Nothing here calls a service in its own process: what a test sees went over mutual TLS, HTTPS or the demo's folders of
//! mail and texts, so no trick of a shared process can hide a fault.

pub mod case_work;
pub mod demo;
pub mod edge;
pub mod rpc;
pub mod stack;
pub mod story;
pub mod totp;
pub mod wait;
pub mod web;

use std::path::PathBuf;

/// The repository's folder.
///
/// # Panics
/// Where this crate is not in a folder of the repository.
pub fn repository() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the crate lies in the repository")
        .to_owned()
}

/// Compares a table with its reviewed file; with `ACCORD_REGENERATE=1` the file is written anew instead.
///
/// # Panics
/// Where they differ, with every line that does.
pub fn reviewed(file: &std::path::Path, table: &str) {
    if std::env::var_os("ACCORD_REGENERATE").is_some() {
        std::fs::write(file, table).expect("the reviewed file can be written");
        return;
    }
    let kept = std::fs::read_to_string(file).unwrap_or_default();
    if kept == table {
        return;
    }
    let (old, new): (Vec<&str>, Vec<&str>) = (kept.lines().collect(), table.lines().collect());
    let gone = old
        .iter()
        .filter(|line| !new.contains(line))
        .map(|line| format!("- {line}"));
    let come = new
        .iter()
        .filter(|line| !old.contains(line))
        .map(|line| format!("+ {line}"));
    let lines: Vec<String> = gone.chain(come).collect();
    panic!(
        "{} no longer says what happens. Where the change is meant, run the test with ACCORD_REGENERATE=1 and review the difference:\n{}",
        file.display(),
        lines.join("\n")
    );
}
