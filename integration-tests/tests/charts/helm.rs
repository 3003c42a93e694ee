//! Helm and the Kubernetes schemas from the Python environment, and the charts as they come out of them.

use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use serde_json::Value;

/// The oldest Kubernetes version that the charts promise to fit; the schemas are those of this version.
pub const KUBERNETES: &str = "1.34";
pub const SERVICES: [&str; 6] = [
    "identity",
    "referral",
    "case",
    "notification",
    "reporting",
    "gateway",
];
pub const UMBRELLA: &str = "accord";

/// One chart rendered with one of its `ci/` values files.
pub struct Rendered {
    /// `chart/values-file`, for messages.
    pub name: String,
    pub cert_manager: bool,
    pub objects: Vec<Value>,
}

pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// A program of the Python environment that carries Helm and the Kubernetes schemas.
pub fn tool(name: &str) -> PathBuf {
    let home = std::env::var_os("ACCORD_HOME").map_or_else(repository, PathBuf::from);
    let path = home.join(".accord/python/bin").join(name);
    assert!(
        path.exists(),
        "{} is missing: `./accord test` installs it.",
        path.display()
    );
    path
}

pub fn run(program: &str, folder: &Path, args: &[&OsStr], input: &str) -> Result<String, String> {
    let scratch = scratch();
    let mut child = Command::new(tool(program))
        .args(args)
        .current_dir(folder)
        .env("HELM_CACHE_HOME", scratch.join("helm/cache"))
        .env("HELM_CONFIG_HOME", scratch.join("helm/config"))
        .env("HELM_DATA_HOME", scratch.join("helm/data"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|e| format!("{program} cannot be started: {e}"))?;
    let mut stdin = child.stdin.take().expect("stdin is piped");
    let input = input.to_owned();
    // A thread of its own: the child may fill its output before it has read all input.
    let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
    let output = child
        .wait_with_output()
        .map_err(|e| format!("{program}: {e}"))?;
    // A child that fails early closes its input; its own message says why.
    let written = writer.join().expect("the writer does not panic");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() {
        written.map_err(|e| format!("{program} did not read its input: {e}"))?;
        Ok(text)
    } else {
        Err(format!(
            "{program} {args:?}\n{text}{}",
            String::from_utf8_lossy(&output.stderr)
        ))
    }
}

pub fn args<'a>(words: &[&'a str]) -> Vec<&'a OsStr> {
    words.iter().map(|word| OsStr::new(*word)).collect()
}

/// Every document of a YAML text, empty ones left out; a key given twice is an error.
pub fn documents(yaml: &str) -> Vec<Value> {
    const READ: &str = "
import json, sys, yaml
class Strict(yaml.SafeLoader):
    def construct_mapping(self, node, deep=False):
        keys = [self.construct_object(key, deep) for key, _ in node.value]
        twice = [key for key in keys if keys.count(key) > 1]
        if twice:
            raise SystemExit(f'{node.start_mark}: {twice[0]} is given twice')
        return super().construct_mapping(node, deep)
json.dump([d for d in yaml.load_all(sys.stdin, Strict) if d], sys.stdout)";
    let json =
        run("python", &scratch(), &args(&["-c", READ]), yaml).unwrap_or_else(|e| panic!("{e}"));
    serde_json::from_str(&json).expect("json.dump writes JSON")
}

/// A folder of this process, emptied once.
pub fn scratch() -> PathBuf {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER
        .get_or_init(|| {
            let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
                .join(format!("charts-{}", std::process::id()));
            if folder.exists() {
                fs::remove_dir_all(&folder)
                    .expect("an old folder of the same process id is removed");
            }
            fs::create_dir_all(&folder).expect("the target folder is writable");
            folder
        })
        .clone()
}

pub fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let mut paths: Vec<_> = entries
        .map(|entry| entry.expect("a readable folder").path())
        .collect();
    paths.sort();
    paths
}

pub fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("the scratch folder is writable");
    for path in files(from) {
        let name = path.file_name().expect("an entry has a name");
        // What a developer's own `helm dependency build` left would hide a change of the library.
        if name == "charts" || name == "Chart.lock" {
            continue;
        }
        if path.is_dir() {
            copy(&path, &to.join(name));
        } else {
            fs::copy(&path, to.join(name)).expect("a chart file is copied");
        }
    }
}

/// A copy of `charts/` with all dependencies built, library first and umbrella last.
pub fn charts() -> &'static Path {
    static CHARTS: OnceLock<PathBuf> = OnceLock::new();
    CHARTS.get_or_init(|| {
        let folder = scratch().join("charts");
        copy(&repository().join("charts"), &folder);
        for chart in SERVICES.iter().chain([&UMBRELLA]) {
            run("helm", &folder, &args(&["dependency", "build", chart]), "")
                .unwrap_or_else(|e| panic!("{e}"));
        }
        folder
    })
}

/// Every (chart, values file) pair that is checked.
pub fn scenarios() -> Vec<(&'static str, PathBuf)> {
    let mut found = Vec::new();
    for chart in SERVICES.into_iter().chain([UMBRELLA]) {
        let values = files(&charts().join(chart).join("ci"));
        assert!(!values.is_empty(), "charts/{chart}/ci holds no values file");
        found.extend(values.into_iter().map(|file| (chart, file)));
    }
    found
}

pub fn rendered() -> &'static [Rendered] {
    static RENDERED: OnceLock<Vec<Rendered>> = OnceLock::new();
    RENDERED.get_or_init(|| {
        let render = |(chart, values): (&str, PathBuf)| {
            let version = format!("v{KUBERNETES}.0");
            let mut words = args(&[
                "template",
                "accord",
                chart,
                "--namespace",
                "accord",
                "--kube-version",
                &version,
                "-f",
            ]);
            words.push(values.as_os_str());
            let text = run("helm", charts(), &words, "").unwrap_or_else(|e| panic!("{e}"));
            let own = documents(&fs::read_to_string(&values).expect("a values file is readable"));
            Rendered {
                name: format!(
                    "{chart}/{}",
                    values.file_name().unwrap_or_default().to_string_lossy()
                ),
                cert_manager: own
                    .iter()
                    .any(|v| v.pointer("/global/certManager/enabled") == Some(&Value::Bool(true))),
                objects: documents(&text),
            }
        };
        scenarios().into_iter().map(render).collect()
    })
}

pub fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value
        .pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

pub fn list<'a>(value: &'a Value, pointer: &str) -> &'a [Value] {
    value
        .pointer(pointer)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

pub fn label<'a>(labels: &'a Value, name: &str) -> &'a str {
    labels
        .get(format!("app.kubernetes.io/{name}"))
        .and_then(Value::as_str)
        .unwrap_or_default()
}
