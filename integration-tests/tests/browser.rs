//! Journeys in a real browser: the whole job with five people, the states beside it, and the same without JavaScript.
//!
//! Each is a script of `browser/`, run by Node against a stack of its own: a person looks for what they sent on
//! the first page of a list. It looks at every page state on its way: no
//! violation of WCAG 2.2 A/AA, nothing beyond the edge at 320 px, no complaint of the browser.

use std::{
    path::Path,
    process::Command,
    sync::{LazyLock, Mutex},
};

use integration_tests::{repository, stack::Stack};

/// One journey at a time: two browsers and their stack are enough for two cores.
static ONE: Mutex<()> = Mutex::new(());

/// The stack of the three journeys; `accord test` ends it.
static STACK: LazyLock<Stack> = LazyLock::new(Stack::apart);

fn run(journey: &str) {
    let _one = ONE
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    let stack = &*STACK;
    let home = std::env::var_os("ACCORD_HOME").map_or_else(repository, Into::into);
    let script = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("browser")
        .join(format!("{journey}.mjs"));
    let mut command = Command::new("node");
    command
        .arg(script)
        .env("ACCORD_HOME", home)
        .env("ACCORD_DEMO", stack.dir.join("demo.json"))
        .env("TMPDIR", std::env::temp_dir());
    let output = command
        .output()
        .expect("Node is installed: ./accord test brings it");
    let said = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(output.status.success(), "{journey}:\n{said}");
    assert!(
        said.contains(&format!("# {journey}: 0 faults")),
        "{journey} did not come to its end:\n{said}"
    );
}

#[test]
fn the_whole_job_in_a_browser() {
    run("journey");
}

#[test]
fn the_states_beside_the_straight_way() {
    run("states");
}

#[test]
fn sign_in_and_the_own_account() {
    run("sign_in");
}

#[test]
fn the_same_without_javascript() {
    run("nojs");
}
