//! Private PostgreSQL, Redis and RabbitMQ servers under one folder.
//!
//! They listen on loopback ports that are chosen at the first start and remembered in `servers.json`; a system's own
//! servers are never touched. A server is recognised by its program's name and its working folder, not by a file that a
//! killed process leaves behind.

mod postgres;
pub mod process;
mod rabbitmq;
mod redis;

use crate::{ports, setup};
use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::path::{Path, PathBuf};

/// How the servers are to run.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Gives up PostgreSQL's durability for speed: for tests only.
    pub fast: bool,
}

/// The servers of one folder: the content of its `servers.json`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Servers {
    /// Names this set of servers, so that data of a deleted folder is never mistaken for its own.
    pub instance: String,
    /// The database server.
    pub postgres: Postgres,
    /// The cache.
    pub redis: Redis,
    /// The message broker.
    pub rabbitmq: RabbitMq,
}

/// Where the private PostgreSQL listens and how its superuser signs in.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Postgres {
    /// Always the loopback address.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// Password of the superuser `postgres`.
    pub password: String,
    /// URL of the database `postgres` as superuser.
    pub superuser_url: String,
}

/// Where the private Redis listens.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Redis {
    /// Always the loopback address.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// Password of the default user.
    pub password: String,
    /// URL with the password.
    pub url: String,
}

/// Where the private RabbitMQ listens.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RabbitMq {
    /// Always the loopback address.
    pub host: String,
    /// AMQP port.
    pub port: u16,
    /// Port of Erlang's distribution.
    pub dist_port: u16,
    /// Port of Erlang's port mapper, private to this folder.
    pub epmd_port: u16,
    /// Password of the user `accord`.
    pub password: String,
    /// AMQP URL of the default virtual host.
    pub url: String,
    /// The management interface is not switched on.
    pub management: Option<String>,
}

/// Whether each server runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Running {
    /// PostgreSQL runs.
    pub postgres: bool,
    /// Redis runs.
    pub redis: bool,
    /// RabbitMQ runs.
    pub rabbitmq: bool,
}

const HOST: &str = "127.0.0.1";

/// The file that tells where the servers of a folder are.
pub fn file(dir: &Path) -> PathBuf {
    dir.join("servers.json")
}

/// Reads the servers of a folder; `None` when none was ever started there.
///
/// # Errors
/// When the file cannot be read or understood.
pub fn load(dir: &Path) -> Result<Option<Servers>> {
    let path = file(dir);
    let text = match std::fs::read(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => {
            return Err(error).with_context(|| format!("{} cannot be read", path.display()));
        }
    };
    let servers = serde_json::from_slice(&text).with_context(|| {
        format!(
            "{} is damaged: delete the folder to start afresh",
            path.display()
        )
    })?;
    Ok(Some(servers))
}

/// Starts those servers of the folder that do not run, all at once, and waits until each answers.
///
/// # Errors
/// When a program is missing, the disk is full, or a server does not come up; what was started is then stopped again.
pub async fn start(dir: &Path, options: &Options) -> Result<Servers> {
    let dir = setup::prepare(dir)?;
    let lock = setup::open_log(&dir.join("servers.lock"))?;
    let _lock = tokio::task::spawn_blocking(move || {
        rustix::fs::flock(&lock, rustix::fs::FlockOperation::LockExclusive).map(|()| lock)
    })
    .await?
    .context("the folder cannot be locked")?;

    require_tools()?;
    let known = load(&dir)?;
    let servers = settle(&dir, known, ports::is_free)?;
    setup::write_private(&file(&dir), &serde_json::to_vec_pretty(&servers)?)?;

    let before = running(&dir, &servers);
    let (postgres, redis, rabbitmq) = tokio::join!(
        postgres::start(&dir, &servers, options),
        redis::start(&dir, &servers.redis),
        rabbitmq::start(&dir, &servers),
    );
    let failures: Vec<String> = [postgres, redis, rabbitmq]
        .into_iter()
        .filter_map(Result::err)
        .map(|error| format!("{error:#}"))
        .collect();
    if !failures.is_empty() {
        if before
            == (Running {
                postgres: false,
                redis: false,
                rabbitmq: false,
            })
        {
            stop_running(&dir, &servers).await?;
        }
        bail!("{}", failures.join("\naccord: "));
    }
    Ok(servers)
}

/// Stops the servers of a folder and waits until they are gone; nothing happens where none runs.
///
/// # Errors
/// When one cannot be stopped.
pub async fn stop(dir: &Path) -> Result<()> {
    let Some((dir, servers)) = existing(dir)? else {
        return Ok(());
    };
    stop_running(&dir, &servers).await
}

/// Stops the servers and deletes all their data, also what lies outside the folder.
///
/// # Errors
/// When one cannot be stopped or the data cannot be deleted.
pub async fn remove(dir: &Path) -> Result<()> {
    let Some((dir, servers)) = existing(dir)? else {
        return Ok(());
    };
    stop_running(&dir, &servers).await?;
    let own = postgres::base(&dir);
    for path in [own, dir.join("redis"), dir.join("rabbitmq")] {
        if path.exists() {
            std::fs::remove_dir_all(&path)
                .with_context(|| format!("{} cannot be deleted", path.display()))?;
        }
    }
    std::fs::remove_file(file(&dir)).context("servers.json cannot be deleted")
}

/// Which servers of the folder run now.
///
/// # Errors
/// When the folder's file is damaged.
pub fn status(dir: &Path) -> Result<Option<(Servers, Running)>> {
    Ok(existing(dir)?.map(|(dir, servers)| {
        let now = running(&dir, &servers);
        (servers, now)
    }))
}

fn existing(dir: &Path) -> Result<Option<(PathBuf, Servers)>> {
    let Ok(dir) = dir.canonicalize() else {
        return Ok(None);
    };
    Ok(load(&dir)?.map(|servers| (dir, servers)))
}

fn running(dir: &Path, servers: &Servers) -> Running {
    Running {
        postgres: !postgres::processes(dir).is_empty() && ports::is_served(servers.postgres.port),
        redis: !redis::processes(dir).is_empty() && ports::is_served(servers.redis.port),
        rabbitmq: !rabbitmq::processes(dir).is_empty() && ports::is_served(servers.rabbitmq.port),
    }
}

async fn stop_running(dir: &Path, servers: &Servers) -> Result<()> {
    let (postgres, redis, rabbitmq) = tokio::join!(
        postgres::stop(dir),
        redis::stop(dir),
        rabbitmq::stop(dir, &servers.rabbitmq)
    );
    postgres.and(redis).and(rabbitmq)
}

/// Says in one sentence which programs are missing and how they are installed.
fn require_tools() -> Result<()> {
    let missing: Vec<&str> = [
        (postgres::find_bin(None).is_none(), "postgresql-15"),
        (setup::find_tool("redis-server").is_none(), "redis-server"),
        (!Path::new(rabbitmq::SCRIPT).is_file(), "rabbitmq-server"),
    ]
    .into_iter()
    .filter_map(|(absent, package)| absent.then_some(package))
    .collect();
    if !missing.is_empty() {
        bail!(
            "these Debian packages are missing: {}; `./accord up` installs them, or `apt-get install {}`.",
            missing.join(", "),
            missing.join(" ")
        );
    }
    Ok(())
}

/// Keeps what is known, and chooses another port for a stopped server whose port somebody else has taken meanwhile.
fn settle(dir: &Path, known: Option<Servers>, is_free: impl Fn(u16) -> bool) -> Result<Servers> {
    let mut taken: HashSet<u16> = known.iter().flat_map(Servers::ports).collect();
    let Some(mut servers) = known else {
        let (postgres, redis, rabbitmq) = (
            setup::random_secret()?,
            setup::random_secret()?,
            setup::random_secret()?,
        );
        return Ok(Servers {
            instance: setup::random_secret()?,
            postgres: Postgres::at(ports::choose(&mut taken)?, postgres),
            redis: Redis::at(ports::choose(&mut taken)?, redis),
            rabbitmq: RabbitMq::at(
                [
                    ports::choose(&mut taken)?,
                    ports::choose(&mut taken)?,
                    ports::choose(&mut taken)?,
                ],
                rabbitmq,
            ),
        });
    };
    if postgres::processes(dir).is_empty() && !is_free(servers.postgres.port) {
        servers.postgres = Postgres::at(ports::choose(&mut taken)?, servers.postgres.password);
    }
    if redis::processes(dir).is_empty() && !is_free(servers.redis.port) {
        servers.redis = Redis::at(ports::choose(&mut taken)?, servers.redis.password);
    }
    if rabbitmq::processes(dir).is_empty() {
        let RabbitMq {
            port,
            dist_port,
            epmd_port,
            password,
            ..
        } = servers.rabbitmq;
        let mut chosen = [port, dist_port, epmd_port];
        let own_mapper = !process::port_mappers(epmd_port).is_empty();
        for (index, port) in chosen.iter_mut().enumerate() {
            let ours = index == 2 && own_mapper;
            if !ours && !is_free(*port) {
                *port = ports::choose(&mut taken)?;
            }
        }
        servers.rabbitmq = RabbitMq::at(chosen, password);
    }
    Ok(servers)
}

impl Servers {
    fn ports(&self) -> [u16; 5] {
        let rabbitmq = &self.rabbitmq;
        [
            self.postgres.port,
            self.redis.port,
            rabbitmq.port,
            rabbitmq.dist_port,
            rabbitmq.epmd_port,
        ]
    }
}

impl Postgres {
    fn at(port: u16, password: String) -> Self {
        let superuser_url = format!("postgres://postgres:{password}@{HOST}:{port}/postgres");
        Self {
            host: HOST.into(),
            port,
            password,
            superuser_url,
        }
    }
}

impl Redis {
    fn at(port: u16, password: String) -> Self {
        let url = format!("redis://default:{password}@{HOST}:{port}/");
        Self {
            host: HOST.into(),
            port,
            password,
            url,
        }
    }
}

impl RabbitMq {
    fn at([port, dist_port, epmd_port]: [u16; 3], password: String) -> Self {
        let url = format!("amqp://accord:{password}@{HOST}:{port}/%2f");
        Self {
            host: HOST.into(),
            port,
            dist_port,
            epmd_port,
            password,
            url,
            management: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_port_of_a_stopped_server_is_replaced_and_the_rest_is_kept() {
        let dir = tempfile::tempdir().expect("folder");
        let first = settle(dir.path(), None, |_| true).expect("settled");
        let held = first.redis.port;
        let second = settle(dir.path(), Some(first.clone()), |port| port != held).expect("settled");
        assert_ne!(second.redis.port, first.redis.port);
        assert_eq!(second.redis.password, first.redis.password);
        assert!(second.redis.url.contains(&second.redis.port.to_string()));
        assert_eq!(second.postgres.superuser_url, first.postgres.superuser_url);
        assert_eq!(second.rabbitmq.url, first.rabbitmq.url);
    }

    #[test]
    fn servers_are_read_back_as_written() {
        let dir = tempfile::tempdir().expect("folder");
        assert!(load(dir.path()).expect("absent").is_none());
        let servers = settle(dir.path(), None, |_| true).expect("settled");
        setup::write_private(
            &file(dir.path()),
            &serde_json::to_vec(&servers).expect("json"),
        )
        .expect("write");
        let read = load(dir.path()).expect("read").expect("present");
        assert_eq!(read.instance, servers.instance);
        std::fs::write(file(dir.path()), b"{").expect("write");
        assert!(load(dir.path()).is_err());
    }
}
