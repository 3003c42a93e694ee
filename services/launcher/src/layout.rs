//! The configuration of a private stack: certificates, databases and the file `accord.toml` in its folder.

use std::{collections::BTreeMap, path::{Path, PathBuf}};

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use platform::{config::Secret, db::{Passwords, Provision, provision}};
use serde_json::{Value, json};

use crate::{ca::{self, Authority}, servers::Servers, setup};

/// The services that have a database.
pub const SERVICES: [&str; 5] = ["identity", "referral", "case", "notification", "reporting"];

/// Milliseconds to wait for a connection: a machine that builds and serves at once is slower than a server.
const ACQUIRE_MS: u64 = 3_000;

/// The configuration file of a stack.
pub fn config_file(dir: &Path) -> PathBuf {
    dir.join("accord.toml")
}

/// What the folder of a stack is laid out with.
pub struct Plan<'a> {
    /// The folder.
    pub dir: &'a Path,
    /// Its private servers.
    pub servers: &'a Servers,
    /// Port of the pages; 0 lets the machine choose.
    pub web_port: u16,
    /// Port of the partner edge; 0 lets the machine choose.
    pub grpc_port: u16,
    /// The installed web packages.
    pub packages: PathBuf,
    /// The time, for certificates.
    pub now: DateTime<Utc>,
}

/// Issues certificates, makes the databases and writes the configuration. Can be repeated.
///
/// # Errors
/// Where a file or a database cannot be made.
pub async fn lay_out(plan: &Plan<'_>) -> Result<()> {
    let authority = Authority::open(plan.dir, plan.now)?;
    let keys = ca::token_keys(plan.dir)?;
    let ring = ca::key_ring(plan.dir)?;
    let shredded = plan.dir.join("shred-list");
    setup::private_dir(&shredded)?;
    let seal = ca::seal_keys(plan.dir)?;
    let edge = authority.issue_edge(&["localhost".to_owned(), "127.0.0.1".to_owned()], plan.now)?;
    let own = authority.issue("gateway", plan.now)?;
    let mut config = json!({
        "telemetry": { "log": "warn,accord=info" },
        "tls": { "ca": authority.certificate() },
        "tokens": { "public_keys": keys.public },
        "broker": { "url": plan.servers.rabbitmq.url },
        "redis": { "url": plan.servers.redis.url },
        "kms": { "kind": "file", "path": ring },
        "shred_list": { "folder": shredded },
        "audit": { "seal_key": { "file": seal.signing }, "seal_public_keys": seal.public, "checkpoints": plan.dir.join("checkpoints") },
        "gateway": {
            "certificate": own.certificate,
            "private_key": own.key,
            "web": { "listen": format!("127.0.0.1:{}", plan.web_port), "certificate": edge.certificate, "private_key": edge.key, "packages": plan.packages, "posts_per_minute": 6000 },
            "grpc": { "listen": format!("127.0.0.1:{}", plan.grpc_port), "certificate": edge.certificate, "private_key": edge.key, "partner_ca": authority.certificate() },
        },
    });
    let passwords = passwords(plan.dir)?;
    for service in SERVICES {
        let identity = authority.issue(service, plan.now)?;
        let kept = &passwords[service];
        let roles = Passwords { owner: Secret::new(&kept["owner"]), app: Secret::new(&kept["app"]), platform: Secret::new(&kept["platform"]) };
        let database = format!("accord_{service}");
        let urls = provision(Provision { superuser_url: &plan.servers.postgres.superuser_url, service, database: &database, template: None, passwords: &roles })
            .await
            .map_err(|e| anyhow::anyhow!("the database of {service} cannot be made: {e:?}"))?;
        config[service] = json!({
            "certificate": identity.certificate,
            "private_key": identity.key,
            "database": { "app_url": urls.app_url.expose(), "platform_url": urls.platform_url.expose(), "owner_url": urls.owner_url.expose(), "acquire_timeout_ms": ACQUIRE_MS },
        });
    }
    config["identity"]["settings"] = json!({ "signing_key": { "file": keys.signing }, "origins": [format!("https://localhost:{}", plan.web_port)] });
    config["notification"]["settings"] = json!({ "email": "file", "sms": "file", "sink_dir": plan.dir.join("outgoing"), "web_url": format!("https://localhost:{}", plan.web_port) });
    setup::write_private(&config_file(plan.dir), to_toml(&config)?.as_bytes())
}

fn to_toml(config: &Value) -> Result<String> {
    toml::to_string_pretty(config).context("the configuration cannot be written as TOML")
}

type Kept = BTreeMap<String, BTreeMap<String, String>>;

/// The passwords of the database roles, made once.
fn passwords(dir: &Path) -> Result<Kept> {
    let file = dir.join("databases.json");
    if let Ok(text) = std::fs::read(&file) {
        return serde_json::from_slice(&text).with_context(|| format!("{} is damaged: delete the folder to start afresh", file.display()));
    }
    let mut made = Kept::new();
    for service in SERVICES {
        for role in ["owner", "app", "platform"] {
            made.entry(service.to_owned()).or_default().insert(role.to_owned(), setup::random_secret()?);
        }
    }
    setup::write_private(&file, &serde_json::to_vec_pretty(&made)?)?;
    Ok(made)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_made_once_and_differ() {
        let dir = tempfile::tempdir().unwrap();
        let first = passwords(dir.path()).unwrap();
        assert_eq!(first, passwords(dir.path()).unwrap());
        assert_ne!(first["case"]["app"], first["case"]["owner"]);
    }
}
