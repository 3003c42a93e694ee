//! Configuration: defaults in code, then a TOML file, then `ACCORD__*` of the environment, then secret files.
//!
//! Every mistake is reported at once, each with its key. A leaf that holds a secret may be given as
//! `{ file = "/path" }`, in the environment `ACCORD__CASE__DATABASE__APP_URL__FILE=/path`.

use std::{fmt, net::SocketAddr, path::{Path, PathBuf}, time::Duration};

use figment::{Figment, providers::{Env, Format, Serialized, Toml}};
use serde::{Deserialize, Deserializer, Serialize, de::DeserializeOwned};

/// Several mistakes, one line each: `case.listen: invalid socket address syntax`.
#[derive(Debug)]
pub struct ConfigErrors(pub Vec<String>);

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the configuration has {} mistake(s):", self.0.len())?;
        self.0.iter().try_for_each(|line| write!(f, "\n  {line}"))
    }
}

impl std::error::Error for ConfigErrors {}

/// The layers below a service's own defaults.
pub fn figment(file: Option<&Path>) -> Figment {
    let mut figment = Figment::new();
    if let Some(file) = file {
        figment = figment.merge(Toml::file(file));
    }
    figment.merge(Env::prefixed("ACCORD__").split("__"))
}

/// A section of the configuration: where it stands, its defaults and its own checks.
pub trait Section: DeserializeOwned + Serialize + Default {
    /// Key of the section, for instance `"case"`.
    const PATH: &'static str;

    /// Checks between leaves; answers one line for each mistake, starting with the key.
    fn validate(&self) -> Vec<String> {
        Vec::new()
    }
}

/// Reads several sections and reports the mistakes of all.
pub struct Reader<'a> {
    figment: &'a Figment,
    errors: Vec<String>,
}

impl<'a> Reader<'a> {
    /// Reads from the merged layers.
    pub fn new(figment: &'a Figment) -> Self {
        Self { figment, errors: Vec::new() }
    }

    /// Reads the section at its own path.
    pub fn section<S: Section>(&mut self) -> S {
        let known = serde_json::to_value(S::default()).unwrap_or_default();
        if let Ok(given) = self.figment.extract_inner::<figment::value::Dict>(S::PATH) {
            for key in given.keys().filter(|key| known.get(key.as_str()).is_none()) {
                self.errors.push(format!("{}.{key}: there is no such key", S::PATH));
            }
        }
        self.section_at(S::PATH)
    }

    /// Reads a section of the same shape at another path (each service's `[<service>]`).
    ///
    /// figment reports one type error only, so each leaf that does not fit is replaced by its default and
    /// reading goes on until all are known.
    pub fn section_at<S: Section>(&mut self, path: &str) -> S {
        let mut figment = Figment::from(Serialized::default(path, S::default())).merge(self.figment.clone());
        let defaults = serde_json::to_value(S::default()).unwrap_or_default();
        for _ in 0..64 {
            match figment.extract_inner::<S>(path) {
                Ok(section) => {
                    self.errors.extend(section.validate().into_iter().map(|line| format!("{path}.{line}")));
                    return section;
                }
                Err(error) => {
                    let error = error.into_iter().next();
                    let Some(error) = error else { break };
                    // figment puts the path that was asked for behind the path inside it.
                    let depth = path.split('.').count();
                    let inner = error.path.len().saturating_sub(depth);
                    let keys: Vec<String> = path.split('.').map(str::to_owned).chain(error.path[..inner].iter().cloned()).collect();
                    self.errors.push(format!("{}: {}", keys.join("."), error.kind));
                    let default = keys.iter().skip(depth).try_fold(&defaults, |value, key| value.get(key));
                    match default {
                        Some(default) if keys.len() > depth => figment = figment.merge(Serialized::default(&keys.join("."), default.clone())),
                        _ => break,
                    }
                }
            }
        }
        S::default()
    }

    /// Reads what every service has at `[<name>]`; the service reads its own keys at `[<name>.settings]`.
    pub fn service(&mut self, name: &str) -> ServiceSection {
        let known = serde_json::to_value(ServiceSection::default()).unwrap_or_default();
        if let Ok(given) = self.figment.extract_inner::<figment::value::Dict>(name) {
            for key in given.keys().filter(|key| key.as_str() != "settings" && known.get(key.as_str()).is_none()) {
                self.errors.push(format!("{name}.{key}: there is no such key"));
            }
        }
        self.section_at(name)
    }

    /// Adds a mistake found elsewhere.
    pub fn mistake(&mut self, line: impl Into<String>) {
        self.errors.push(line.into());
    }

    /// Ends the reading.
    ///
    /// # Errors
    /// Every mistake that was found.
    pub fn finish(self) -> Result<(), ConfigErrors> {
        if self.errors.is_empty() { Ok(()) } else { Err(ConfigErrors(self.errors)) }
    }
}

/// A secret: its text, or the file that holds it. Never printed and never written back.
#[derive(Clone, Default)]
pub struct Secret(Option<secrecy::SecretString>);

impl Secret {
    /// A secret with this text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Some(secrecy::SecretString::from(text.into())))
    }

    /// Whether one was given.
    pub fn is_set(&self) -> bool {
        self.0.is_some()
    }

    /// The text; empty where none was given.
    pub fn expose(&self) -> &str {
        use secrecy::ExposeSecret;
        self.0.as_ref().map_or("", |s| s.expose_secret())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_set() { "Secret(set)" } else { "Secret(unset)" })
    }
}

impl Serialize for Secret {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // The default of a section passes through here; an empty text is an unset secret.
        serializer.serialize_str("")
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Given {
            Text(String),
            File { file: PathBuf },
        }
        match Given::deserialize(deserializer)? {
            Given::Text(text) if text.is_empty() => Ok(Self(None)),
            Given::Text(text) => Ok(Self::new(text)),
            Given::File { file } => match std::fs::read_to_string(&file) {
                Ok(text) => Ok(Self::new(text.trim_end_matches(['\n', '\r']))),
                Err(error) => Err(serde::de::Error::custom(format!("cannot read the secret file {}: {error}", file.display()))),
            },
        }
    }
}

/// What every service's own section (`[identity]`, `[referral]`, `[case]` ...) holds; a service reads its further
/// keys at `[<service>.settings]`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct ServiceSection {
    /// Address of the gRPC listener; port 0 chooses a free one.
    pub listen: SocketAddr,
    /// PEM file of the service's certificate chain.
    pub certificate: PathBuf,
    /// PEM file of its private key.
    pub private_key: PathBuf,
    /// The service's database.
    pub database: DatabaseSection,
}

impl Default for ServiceSection {
    fn default() -> Self {
        Self { listen: SocketAddr::from(([127, 0, 0, 1], 0)), certificate: PathBuf::new(), private_key: PathBuf::new(), database: DatabaseSection::default() }
    }
}

impl Section for ServiceSection {
    const PATH: &'static str = "service";

    fn validate(&self) -> Vec<String> {
        self.database.validate()
    }
}

impl ServiceSection {
    /// Checks that only serving needs; `migrate` has no certificate.
    pub fn validate_serving(&self) -> Vec<String> {
        [("certificate", &self.certificate), ("private_key", &self.private_key)]
            .iter()
            .filter(|(_, file)| file.as_os_str().is_empty())
            .map(|(key, _)| format!("{key}: name the PEM file"))
            .collect()
    }
}

/// Three roles, three addresses; the owner's is given to `migrate` only.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DatabaseSection {
    /// `postgres://…` as the role `<service>_app`.
    pub app_url: Secret,
    /// `postgres://…` as the role `<service>_platform`.
    pub platform_url: Secret,
    /// `postgres://…` as the role `<service>_owner`; only `migrate` needs it.
    pub owner_url: Secret,
    /// Connections of the application pool.
    pub max_connections: u32,
    /// Connections of the platform pool (relay, inbox, audit, jobs).
    pub platform_connections: u32,
    /// Milliseconds to wait for a connection.
    pub acquire_timeout_ms: u64,
}

impl Default for DatabaseSection {
    fn default() -> Self {
        Self { app_url: Secret::default(), platform_url: Secret::default(), owner_url: Secret::default(), max_connections: 12, platform_connections: 4, acquire_timeout_ms: 500 }
    }
}

impl DatabaseSection {
    fn validate(&self) -> Vec<String> {
        let mut lines = Vec::new();
        if self.max_connections == 0 {
            lines.push("database.max_connections: must be at least 1".into());
        }
        if self.platform_connections < 2 {
            lines.push("database.platform_connections: must be at least 2 (the relay holds one)".into());
        }
        lines
    }

    /// Time to wait for a connection.
    pub fn acquire_timeout(&self) -> Duration {
        Duration::from_millis(self.acquire_timeout_ms)
    }
}

/// Declares a section with its defaults. Unknown keys are mistakes.
#[macro_export]
macro_rules! section {
    ($(#[$doc:meta])* $name:ident, $path:literal, { $($(#[$fdoc:meta])* $field:ident: $ty:ty = $default:expr),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
        #[serde(default)]
        pub struct $name { $($(#[$fdoc])* pub $field: $ty),* }
        impl Default for $name {
            fn default() -> Self { Self { $($field: $default),* } }
        }
        impl $crate::config::Section for $name { const PATH: &'static str = $path; }
    };
}
pub use section;

pub use crate::keys::section::{KmsSection, VaultSection};
pub use crate::keys::shred::ShredSection;

section!(
    /// `[telemetry]`: logs and traces.
    TelemetrySection, "telemetry", {
        /// OTLP gRPC address; empty sends nothing.
        otlp_endpoint: String = String::new(),
        /// Filter of the log, as `RUST_LOG` writes it.
        log: String = "info,sqlx=warn,lapin=warn,h2=warn".into(),
        /// `text` or `json`.
        log_format: String = "text".into(),
    }
);
section!(
    /// `[admin]`: the plaintext port for /livez, /readyz and /metrics.
    AdminSection, "admin", {
        /// Address; port 0 chooses a free one.
        listen: SocketAddr = SocketAddr::from(([127, 0, 0, 1], 0)),
    }
);
section!(
    /// `[tls]`: the certificate authority that all services trust for one another.
    TlsSection, "tls", {
        /// PEM file with the authority's certificate(s).
        ca: PathBuf = PathBuf::new(),
    }
);
section!(
    /// `[tokens]`: how principals' tokens are verified.
    TokensSection, "tokens", {
        /// PEM file with identity's public Ed25519 key(s); reloaded when it changes.
        public_keys: PathBuf = PathBuf::new(),
    }
);
section!(
    /// `[broker]`: RabbitMQ.
    BrokerSection, "broker", {
        /// `amqp://user:password@host:port/vhost` (amqps for TLS).
        url: Secret = Secret::default(),
        /// Prefix of exchange and queue names, so that several stacks share one broker.
        prefix: String = "accord".into(),
        /// Messages a consumer holds unacknowledged.
        prefetch: u16 = 32,
    }
);
section!(
    /// `[redis]`: caches of sessions and rate limits; empty does without.
    RedisSection, "redis", {
        /// `redis://:password@host:port/db`.
        url: Secret = Secret::default(),
        /// Prefix of every key.
        prefix: String = "accord".into(),
    }
);
section!(
    /// `[limits]`: of every gRPC server.
    LimitsSection, "limits", {
        /// Requests in work at once; more are refused at once with RESOURCE_EXHAUSTED.
        concurrency: usize = 256,
        /// Milliseconds a request may take where the caller says nothing, and the most it may ask for.
        deadline_ms: u64 = 5_000,
        /// Bytes of one message.
        message_bytes: usize = 4 * 1024 * 1024,
        /// Streams of one connection.
        streams: u32 = 200,
        /// Seconds after which a connection is asked to come anew.
        connection_age_seconds: u64 = 600,
        /// Seconds from the signal to the end, at the most.
        shutdown_seconds: u64 = 25,
    }
);
section!(
    /// `[peers]`: host and port of each service's gRPC listener. The certificate must name `<service>.accord.internal`.
    PeersSection, "peers", {
        /// Identity's address.
        identity: String = String::new(),
        /// Referral's address.
        referral: String = String::new(),
        /// Case's address.
        case: String = String::new(),
        /// Notification's address.
        notification: String = String::new(),
        /// Reporting's address.
        reporting: String = String::new(),
    }
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mistake_is_reported_with_its_key() {
        let toml = "[admin]\nlisten = \"nowhere\"\n[limits]\nconcurrency = \"many\"\nstreams = -1\n";
        let figment = Figment::from(Toml::string(toml));
        let mut reader = Reader::new(&figment);
        reader.section::<AdminSection>();
        reader.section::<LimitsSection>();
        let errors = reader.finish().unwrap_err().0.join("\n");
        for key in ["admin.listen", "limits.concurrency", "limits.streams"] {
            assert!(errors.contains(key), "{errors}");
        }
    }

    #[test]
    fn a_secret_comes_from_its_file_and_is_never_printed() {
        let file = std::env::temp_dir().join(format!("accord-secret-{}", std::process::id()));
        std::fs::write(&file, "postgres://hidden\n").unwrap();
        let toml = format!("[broker]\nurl = {{ file = {:?} }}\n", file);
        let figment = Figment::from(Toml::string(&toml));
        let mut reader = Reader::new(&figment);
        let section = reader.section::<BrokerSection>();
        reader.finish().unwrap();
        std::fs::remove_file(&file).unwrap();
        assert_eq!(section.url.expose(), "postgres://hidden");
        assert!(!format!("{section:?}").contains("hidden"));
    }

    #[test]
    fn a_services_section_holds_its_settings_and_no_unknown_keys() {
        let figment = Figment::from(Toml::string("[case]\nlisten = \"127.0.0.1:1\"\ncolor = \"red\"\n[case.settings]\na = 1\n"));
        let mut reader = Reader::new(&figment);
        assert_eq!(reader.service("case").listen.port(), 1);
        assert_eq!(reader.finish().unwrap_err().0, ["case.color: there is no such key"]);
    }

    #[test]
    fn an_unknown_key_is_a_mistake() {
        let figment = Figment::from(Toml::string("[broker]\nulr = \"amqp://x\"\n"));
        let mut reader = Reader::new(&figment);
        reader.section::<BrokerSection>();
        assert!(reader.finish().unwrap_err().0[0].contains("broker"));
    }
}
