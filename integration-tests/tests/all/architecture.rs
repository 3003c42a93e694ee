//! The rules of the code's shape (ARCHITECTURE.md), executed: who may depend on whom, what stands in which folder, how long
//! a file may grow, and that the documents name files that exist.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use cargo_metadata::{CargoOpt, DependencyKind, Metadata, MetadataCommand};
use integration_tests::repository;
use walkdir::WalkDir;

/// The services that have a database.
const SERVICES: [&str; 5] = ["identity", "referral", "case", "notification", "reporting"];
/// Lines of production code after which a file is split.
const SPLIT_AT: usize = 400;
/// Lines of production code that no file may have.
const MOST: usize = 600;
/// Files beyond [`SPLIT_AT`]. The list may only ever shrink.
const TO_BE_SPLIT: [&str; 0] = [];

fn metadata() -> Metadata {
    let mut command = MetadataCommand::new();
    command
        .manifest_path(repository().join("Cargo.toml"))
        .features(CargoOpt::AllFeatures)
        // Of other platforms nothing was downloaded.
        .other_options(vec![
            "--offline".into(),
            "--locked".into(),
            "--filter-platform".into(),
            format!("{}-unknown-linux-gnu", std::env::consts::ARCH),
        ]);
    command.exec().expect("cargo describes the workspace")
}

/// A file of our own code: its path in the repository and its text.
struct Source {
    path: String,
    text: String,
}

/// Every file below a folder with this ending, generated ones left out.
fn sources(folder: &str, ending: &str) -> Vec<Source> {
    let root = repository();
    let skipped = |path: &Path| {
        path.components().any(|c| {
            matches!(
                c.as_os_str().to_str(),
                Some("gen" | "target" | "node_modules" | ".accord" | ".git")
            )
        })
    };
    let mut found: Vec<Source> = WalkDir::new(root.join(folder))
        .into_iter()
        .filter_entry(|entry| !skipped(entry.path().strip_prefix(&root).unwrap_or(entry.path())))
        .flatten()
        .filter(|entry| {
            entry.file_type().is_file() && entry.path().extension().is_some_and(|e| e == ending)
        })
        .map(|entry| Source {
            path: entry
                .path()
                .strip_prefix(&root)
                .expect("below the repository")
                .to_string_lossy()
                .into_owned(),
            text: fs::read_to_string(entry.path()).expect("source files are text"),
        })
        .collect();
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

fn rust() -> Vec<Source> {
    [
        "proto/src",
        "services",
        "gateway/src",
        "gateway/tests",
        "integration-tests",
    ]
    .iter()
    .flat_map(|folder| sources(folder, "rs"))
    .collect()
}

/// The part of a file before its tests.
fn production(text: &str) -> &str {
    text.split("\n#[cfg(test)]").next().unwrap_or(text)
}

/// Whether a path such as `case::v1` stands in a text as a whole.
fn names(text: &str, path: &str) -> bool {
    let word = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(path)
        .any(|(at, _)| !text[..at].ends_with(word) && !text[at + path.len()..].starts_with(word))
}

fn assert_none(rule: &str, broken: &[String]) {
    assert!(broken.is_empty(), "{rule}:\n{}", broken.join("\n"));
}

#[test]
fn crates_depend_only_on_those_before_them() {
    const CONTRACTS: &[&str] = &["proto", "access", "platform"];
    let allowed = |name: &str| -> Vec<&str> {
        match name {
            "proto" => vec![],
            "access" => vec!["proto"],
            "platform" => vec!["proto", "access"],
            "testkit" => CONTRACTS.to_vec(),
            "launcher" => CONTRACTS
                .iter()
                .chain(&SERVICES)
                .copied()
                .chain(["gateway"])
                .collect(),
            "integration-tests" | "gateway" => CONTRACTS.to_vec(),
            service if SERVICES.contains(&service) => CONTRACTS.to_vec(),
            other => panic!(
                "{other}: say in this test where the new crate stands in the dependency rule"
            ),
        }
    };
    let metadata = metadata();
    let ours: BTreeSet<&str> = metadata
        .workspace_packages()
        .iter()
        .map(|p| p.name.as_str())
        .collect();
    let mut broken = Vec::new();
    for package in metadata.workspace_packages() {
        let mut may = allowed(&package.name);
        for dependency in package
            .dependencies
            .iter()
            .filter(|d| ours.contains(d.name.as_str()))
        {
            if dependency.kind == DependencyKind::Development {
                may.push("testkit");
            }
            if !may.contains(&dependency.name.as_str()) {
                broken.push(format!("{} depends on {}", package.name, dependency.name));
            }
        }
    }
    assert_none("the dependency rule", &broken);
}

#[test]
fn neither_openssl_nor_ring_is_built() {
    // The lock file names crates of features and systems that are never built; the tree holds what is.
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(repository()).args([
        "tree",
        "--workspace",
        "--offline",
        "--locked",
        "--edges",
        "normal,build,dev",
        "--prefix",
        "none",
        "--format",
        "{p}",
    ]);
    let output = command.output().expect("cargo starts");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let tree = String::from_utf8(output.stdout).expect("cargo writes text");
    let built: BTreeSet<&str> = tree
        .lines()
        .filter_map(|line| line.split(' ').next())
        .collect();
    assert!(
        built.contains("rustls") && built.contains("aws-lc-rs"),
        "the tree was read"
    );
    let broken: Vec<String> = ["openssl", "openssl-sys", "native-tls", "ring"]
        .into_iter()
        .filter(|name| built.contains(name))
        .map(str::to_owned)
        .collect();
    assert_none(
        "TLS and cryptography come from rustls with aws-lc-rs",
        &broken,
    );
}

#[test]
fn the_domain_knows_no_library_that_does_io_and_no_message() {
    let libraries = [
        "sqlx", "tonic", "tokio", "lapin", "redis", "axum", "hyper", "reqwest", "lettre",
    ];
    let messages = [
        "case::v1",
        "people::v1",
        "referral::v1",
        "identity::v1",
        "notification::v1",
        "reporting::v1",
        "events::v1",
        "facts::v1",
    ];
    let outer = ["store", "commands", "queries", "api", "events", "jobs"];
    let mut broken = Vec::new();
    for service in SERVICES {
        for file in sources(&format!("services/{service}/src/domain"), "rs") {
            broken.extend(
                libraries
                    .iter()
                    .filter(|l| {
                        names(&file.text, &format!("{l}::"))
                            || file.text.contains(&format!("use {l};"))
                    })
                    .map(|l| format!("{} uses {l}", file.path)),
            );
            broken.extend(
                messages
                    .iter()
                    .filter(|m| names(&file.text, m))
                    .map(|m| format!("{} uses messages of {m}", file.path)),
            );
            broken.extend(
                outer
                    .iter()
                    .filter(|o| names(&file.text, &format!("crate::{o}")))
                    .map(|o| format!("{} uses {o}", file.path)),
            );
        }
    }
    assert_none("domain/ holds pure rules", &broken);
}

#[test]
fn sql_stands_only_in_the_store() {
    let mut broken = Vec::new();
    for service in SERVICES {
        let store = format!("services/{service}/src/store/");
        for file in sources(&format!("services/{service}/src"), "rs")
            .iter()
            .filter(|f| !f.path.starts_with(&store) && !f.path.ends_with("tests.rs"))
        {
            let text = production(&file.text);
            if [
                "sqlx::query",
                "query!(",
                "query_as!(",
                "query_scalar!(",
                "AssertSqlSafe",
            ]
            .iter()
            .any(|sign| text.contains(sign))
            {
                broken.push(file.path.clone());
            }
        }
    }
    broken.extend(
        sources("gateway/src", "rs")
            .into_iter()
            .filter(|f| names(&f.text, "sqlx::query"))
            .map(|f| f.path),
    );
    assert_none("SQL outside of store/", &broken);
}

#[test]
fn the_store_knows_no_request_and_no_answer() {
    let messages = [
        "case::v1",
        "people::v1",
        "referral::v1",
        "identity::v1",
        "notification::v1",
        "reporting::v1",
    ];
    let mut broken = Vec::new();
    for service in SERVICES {
        for file in sources(&format!("services/{service}/src/store"), "rs") {
            broken.extend(
                messages
                    .iter()
                    .filter(|m| names(&file.text, m))
                    .map(|m| format!("{} uses messages of {m}", file.path)),
            );
            broken.extend(
                ["api", "commands", "queries", "jobs"]
                    .iter()
                    .filter(|o| names(&file.text, &format!("crate::{o}")))
                    .map(|o| format!("{} uses {o}", file.path)),
            );
        }
    }
    assert_none("store/ holds rows", &broken);
}

#[test]
fn files_stay_short_enough_to_be_read() {
    let mut long = BTreeMap::new();
    for file in rust() {
        let lines = production(&file.text).lines().count();
        let tests = file.path.contains("/tests/")
            || file.path.ends_with("_tests.rs")
            || file.path.ends_with("/tests.rs");
        if lines > SPLIT_AT && !tests {
            long.insert(file.path, lines);
        }
    }
    let too_long: Vec<String> = long
        .iter()
        .filter(|(_, lines)| **lines > MOST)
        .map(|(path, lines)| format!("{path}: {lines} lines"))
        .collect();
    assert_none("no file is longer than 600 lines", &too_long);
    let found: Vec<&str> = long.keys().map(String::as_str).collect();
    assert_eq!(
        found, TO_BE_SPLIT,
        "files of more than {SPLIT_AT} lines; split a new one, and take one that was split off the list"
    );
}

#[test]
fn local_time_is_read_in_one_place() {
    let holders: Vec<String> = rust()
        .into_iter()
        .filter(|f| {
            !f.path.starts_with("integration-tests/")
                && (names(&f.text, "Europe/London") || names(&f.text, "Europe::London"))
        })
        .map(|f| f.path)
        .collect();
    assert_eq!(
        holders,
        ["services/platform/src/local_time.rs"],
        "instants are UTC"
    );
}

#[test]
fn migrations_name_no_role() {
    let mut broken = Vec::new();
    for service in SERVICES {
        for file in sources(&format!("services/{service}/migrations"), "sql") {
            let code: String = file
                .text
                .lines()
                .map(|line| line.split("--").next().unwrap_or_default())
                .collect::<Vec<_>>()
                .join("\n")
                .to_lowercase();
            let roles = SERVICES
                .iter()
                .flat_map(|s| ["app", "owner", "platform"].map(|kind| format!("{s}_{kind}")));
            broken.extend(
                roles
                    .filter(|role| names(&code, role))
                    .map(|role| format!("{} names {role}", file.path)),
            );
            broken.extend(
                ["grant ", "create role", "alter role", "set role"]
                    .iter()
                    .filter(|word| code.lines().any(|l| l.trim_start().starts_with(*word)))
                    .map(|word| format!("{}: {word}", file.path)),
            );
        }
    }
    assert_none(
        "rights are given by platform's migrate, the same way for every service",
        &broken,
    );
}

#[test]
fn every_table_of_a_service_is_under_row_level_security() {
    let mut broken = Vec::new();
    for service in SERVICES {
        for file in sources(&format!("services/{service}/migrations"), "sql") {
            let code = file.text.to_lowercase();
            if code.contains("create table")
                && !code.contains("protect(")
                && !code.contains("force row level security")
            {
                broken.push(file.path);
            }
        }
    }
    assert_none("tables are protected where they are made", &broken);
}

#[test]
fn each_service_describes_itself() {
    let pool = proto::pool();
    let mut broken = Vec::new();
    for service in SERVICES {
        let file = repository().join(format!("services/{service}/README.md"));
        let Ok(text) = fs::read_to_string(&file) else {
            broken.push(format!("services/{service} has no README.md"));
            continue;
        };
        let packages: &[&str] = if service == "case" {
            &["case", "people"]
        } else {
            &[service]
        };
        for package in packages {
            let prefix = format!("accord.{package}.");
            let methods = pool
                .services()
                .filter(|s| s.package_name().starts_with(&prefix))
                .flat_map(|s| s.methods().map(|m| m.name().to_owned()).collect::<Vec<_>>());
            broken.extend(
                methods
                    .filter(|m| !names(&text, m))
                    .map(|m| format!("services/{service}/README.md does not name {m}")),
            );
        }
    }
    assert_none("a service's README tells its calls", &broken);
}

#[test]
fn documents_name_files_that_exist() {
    let root = repository();
    let mut broken = Vec::new();
    for document in [
        "README.md",
        "ARCHITECTURE.md",
        "CONTRIBUTING.md",
        "SECURITY.md",
    ] {
        let Ok(text) = fs::read_to_string(root.join(document)) else {
            broken.push(format!("{document} is not there"));
            continue;
        };
        for path in paths_in(&text) {
            if !root.join(&path).exists() {
                broken.push(format!("{document} names {}", path.display()));
            }
        }
    }
    assert_none("documents", &broken);
}

/// Paths between backticks and in links: what begins with a folder or file of the repository's top.
fn paths_in(text: &str) -> BTreeSet<PathBuf> {
    const TOP: [&str; 9] = [
        "proto/",
        "services/",
        "gateway/",
        "integration-tests/",
        "charts/",
        "deploy/",
        "ARCHITECTURE.md",
        "CONTRIBUTING.md",
        "SECURITY.md",
    ];
    let plain = text.split("```").step_by(2).collect::<String>();
    let quoted = plain.split('`').skip(1).step_by(2);
    let linked = plain
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split(')').next());
    quoted
        .chain(linked)
        .map(|word| {
            word.split(['#', ':'])
                .next()
                .unwrap_or(word)
                .trim_start_matches("./")
        })
        .filter(|word| {
            TOP.iter().any(|top| word.starts_with(top)) && !word.contains(['<', '{', '*', ' ', '…'])
        })
        .map(PathBuf::from)
        .collect()
}
