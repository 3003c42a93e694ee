//! `[kms]`: where the root key is.

use std::{net::IpAddr, path::{Path, PathBuf}, time::Duration};

use serde::{Deserialize, Serialize};

use crate::config::Section;

/// `[kms]`: where the root key is.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct KmsSection {
    /// `file`: a key ring file, for development and one host. `vault`: the transit engine of Vault or OpenBao.
    pub kind: String,
    /// The key ring file.
    pub path: PathBuf,
    /// Seconds for which an unwrapped key is held in memory, 60 to 3600: how long a running process goes on while the
    /// root key is away.
    pub cache_seconds: u64,
    /// The transit engine.
    pub vault: VaultSection,
}

impl Default for KmsSection {
    fn default() -> Self {
        Self { kind: "file".into(), path: PathBuf::new(), cache_seconds: LONGEST, vault: VaultSection::default() }
    }
}

/// Seconds that a key may be held at the most (architecture 8).
const LONGEST: u64 = 3_600;
/// Below, every hiccup of the service would be felt.
const SHORTEST: u64 = 60;

/// `[kms.vault]`: the transit engine of Vault or OpenBao.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct VaultSection {
    /// `https://host:8200`; `http` to this host only.
    pub address: String,
    /// PEM file of the authority that signed its certificate; empty trusts the system's authorities.
    pub ca: PathBuf,
    /// Namespace, or empty.
    pub namespace: String,
    /// Where the transit engine is mounted.
    pub mount: String,
    /// The transit key that wraps tenant keys; made with `derived=true`.
    pub key: String,
    /// The transit key whose first version makes what must never change (pseudonyms, seals of facts); never rotated.
    pub derivation_key: String,
    /// `token` or `kubernetes`.
    pub auth: String,
    /// File that holds the token, read again each minute: an agent may renew it.
    pub token_file: PathBuf,
    /// Where the Kubernetes sign-in is mounted.
    pub auth_mount: String,
    /// Role of the Kubernetes sign-in.
    pub role: String,
    /// The service account's token.
    pub jwt_file: PathBuf,
    /// Milliseconds that one call may take.
    pub timeout_ms: u64,
}

impl Default for VaultSection {
    fn default() -> Self {
        Self {
            address: String::new(),
            ca: PathBuf::new(),
            namespace: String::new(),
            mount: "transit".into(),
            key: "accord".into(),
            derivation_key: "accord-derivation".into(),
            auth: "token".into(),
            token_file: PathBuf::new(),
            auth_mount: "kubernetes".into(),
            role: String::new(),
            jwt_file: PathBuf::from("/var/run/secrets/kubernetes.io/serviceaccount/token"),
            timeout_ms: 2_000,
        }
    }
}

impl KmsSection {
    /// Time for which an unwrapped key is held.
    pub fn cache(&self) -> Duration {
        Duration::from_secs(self.cache_seconds)
    }
}

impl Section for KmsSection {
    const PATH: &'static str = "kms";

    fn validate(&self) -> Vec<String> {
        let mut lines = match self.kind.as_str() {
            "file" if is_empty(&self.path) => vec!["path: name the key ring file".into()],
            "file" => Vec::new(),
            "vault" => self.vault.validate().into_iter().map(|line| format!("vault.{line}")).collect(),
            other => vec![format!("kind: `{other}` is not known; write `file` or `vault`")],
        };
        if !(SHORTEST..=LONGEST).contains(&self.cache_seconds) {
            lines.push(format!("cache_seconds: must be {SHORTEST} to {LONGEST}"));
        }
        lines
    }
}

impl VaultSection {
    fn validate(&self) -> Vec<String> {
        let mut lines = Vec::new();
        match self.address.parse::<reqwest::Url>() {
            Err(_) => lines.push("address: write https://host:port".into()),
            Ok(url) if url.scheme() == "https" || (url.scheme() == "http" && is_here(&url)) => {
                if !url.username().is_empty() || url.password().is_some() || url.query().is_some() {
                    lines.push("address: must hold no name, password or query".into());
                }
            }
            Ok(_) => lines.push("address: must be https; http is for a server on this host".into()),
        }
        for (key, value) in [("mount", &self.mount), ("key", &self.key), ("derivation_key", &self.derivation_key), ("auth_mount", &self.auth_mount)] {
            if value.is_empty() || !value.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/')) || value.contains("..") {
                lines.push(format!("{key}: letters, digits, hyphens, underscores, dots and slashes only"));
            }
        }
        if self.key == self.derivation_key {
            lines.push("derivation_key: must be another transit key than `key`, because it is never rotated".into());
        }
        match self.auth.as_str() {
            "token" if is_empty(&self.token_file) => lines.push("token_file: name the file that holds the token".into()),
            "kubernetes" if self.role.is_empty() => lines.push("role: name the role of the Kubernetes sign-in".into()),
            "token" | "kubernetes" => {}
            other => lines.push(format!("auth: `{other}` is not known; write `token` or `kubernetes`")),
        }
        if !(100..=30_000).contains(&self.timeout_ms) {
            lines.push("timeout_ms: must be 100 to 30000".into());
        }
        lines
    }
}

fn is_empty(path: &Path) -> bool {
    path.as_os_str().is_empty()
}

fn is_here(url: &reqwest::Url) -> bool {
    url.host_str().is_some_and(|host| host == "localhost" || host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback()))
}

#[cfg(test)]
mod tests {
    use figment::{Figment, providers::{Format, Toml}};

    use super::*;
    use crate::config::Reader;

    fn mistakes(toml: &str) -> String {
        let figment = Figment::from(Toml::string(toml));
        let mut reader = Reader::new(&figment);
        reader.section::<KmsSection>();
        reader.finish().err().map(|e| e.0.join("\n")).unwrap_or_default()
    }

    #[test]
    fn every_mistake_names_its_key() {
        for (toml, key) in [
            ("", "kms.path"),
            ("[kms]\nkind = \"plain\"", "kms.kind"),
            ("[kms]\npath = \"/ring\"\ncache_seconds = 7200", "kms.cache_seconds"),
            ("[kms]\npath = \"/ring\"\ncache_seconds = 0", "kms.cache_seconds"),
            ("[kms]\nkind = \"vault\"", "kms.vault.address"),
            ("[kms]\nkind = \"vault\"\n[kms.vault]\naddress = \"http://vault.example.org:8200\"", "kms.vault.address"),
            ("[kms]\nkind = \"vault\"\n[kms.vault]\naddress = \"https://vault.example.org\"", "kms.vault.token_file"),
            ("[kms]\nkind = \"vault\"\n[kms.vault]\nauth = \"kubernetes\"", "kms.vault.role"),
            ("[kms]\nkind = \"vault\"\n[kms.vault]\nauth = \"none\"", "kms.vault.auth"),
            ("[kms]\nkind = \"vault\"\n[kms.vault]\nkey = \"../sys\"", "kms.vault.key"),
            ("[kms]\nkind = \"vault\"\n[kms.vault]\nderivation_key = \"accord\"", "kms.vault.derivation_key"),
            ("[kms]\nkind = \"vault\"\n[kms.vault]\ntimeout_ms = 1", "kms.vault.timeout_ms"),
            ("[kms]\nkind = \"vault\"\n[kms.vault]\nadress = \"x\"", "kms.vault"),
        ] {
            assert!(mistakes(toml).contains(key), "{toml}: {}", mistakes(toml));
        }
        assert_eq!(mistakes("[kms]\npath = \"/ring\""), "");
        assert_eq!(mistakes("[kms]\nkind = \"vault\"\n[kms.vault]\naddress = \"https://vault.example.org\"\ntoken_file = \"/token\""), "");
        assert_eq!(mistakes("[kms]\nkind = \"vault\"\n[kms.vault]\naddress = \"http://[::1]:8200\"\nauth = \"kubernetes\"\nrole = \"accord\""), "");
    }
}
