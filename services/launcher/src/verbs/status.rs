//! `accord status`: what runs in a folder, and where.

use super::Dir;
use anyhow::Result;
use std::path::Path;
use std::process::ExitCode;

/// Arguments of `accord status`.
#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    dir: Dir,
}

/// Prints the stack's process, its addresses and its servers; the exit code is 3 unless the stack runs.
///
/// # Errors
/// When the folder's files are damaged.
pub async fn run(args: Args) -> Result<ExitCode> {
    let dir = args.dir.path();
    let process = super::stack_process(&dir);
    match process {
        Some(pid) => {
            println!("{:<12}runs as process {}", "Accord", pid.as_raw_nonzero());
            for (name, address) in addresses(&dir) {
                println!("{name:<12}{address}");
            }
        }
        None => println!("{:<12}is stopped", "Accord"),
    }
    super::servers::print(&dir)?;
    Ok(if process.is_some() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(3)
    })
}

/// The addresses that the running stack wrote into `demo.json`.
fn addresses(dir: &Path) -> Vec<(&'static str, String)> {
    let text = std::fs::read(dir.join("demo.json")).unwrap_or_default();
    let Ok(demo) = serde_json::from_slice::<serde_json::Value>(&text) else {
        return Vec::new();
    };
    [("Web", "web"), ("gRPC", "grpc")]
        .into_iter()
        .filter_map(|(name, key)| Some((name, demo.get(key)?.as_str()?.to_owned())))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_those_of_the_demo_file() {
        let dir = tempfile::tempdir().expect("folder");
        assert!(addresses(dir.path()).is_empty());
        std::fs::write(
            dir.path().join("demo.json"),
            r#"{"web":"https://localhost:1","grpc":7}"#,
        )
        .expect("write");
        assert_eq!(
            addresses(dir.path()),
            [("Web", "https://localhost:1".to_owned())]
        );
    }
}
