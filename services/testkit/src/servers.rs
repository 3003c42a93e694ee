//! Where the tests' servers are.

use std::{path::{Path, PathBuf}, sync::OnceLock};

use serde::Deserialize;

/// The private servers that `./accord test` starts.
#[derive(Clone, Debug, Deserialize)]
pub struct Servers {
    /// PostgreSQL.
    pub postgres: Postgres,
    /// Redis.
    pub redis: Address,
    /// RabbitMQ.
    pub rabbitmq: Address,
}

/// PostgreSQL's part.
#[derive(Clone, Debug, Deserialize)]
pub struct Postgres {
    /// Address of a superuser.
    pub superuser_url: String,
    /// The superuser's password, from which those of the services' roles are made.
    pub password: String,
}

/// A server with one address.
#[derive(Clone, Debug, Deserialize)]
pub struct Address {
    /// The address, with its password.
    pub url: String,
}

/// The servers: the file that `ACCORD_TEST_SERVERS` names, or `.accord/test/servers.json` of the repository.
///
/// # Panics
/// Where no such file can be read.
pub fn servers() -> &'static Servers {
    static SERVERS: OnceLock<Servers> = OnceLock::new();
    SERVERS.get_or_init(|| {
        let file = std::env::var_os("ACCORD_TEST_SERVERS")
            .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.accord/test/servers.json"), PathBuf::from);
        std::fs::read(&file)
            .ok()
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .unwrap_or_else(|| panic!("The tests' servers do not run: start the tests with `./accord test`."))
    })
}
