//! The private RabbitMQ, with a port mapper, a node name, a cookie and folders of its own.

use super::{RabbitMq, Servers, process};
use crate::setup;
use anyhow::{Context, Result};
use rustix::process::{Pid, Signal};
use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Debian's inner script: the wrapper in `/usr/sbin` drops the environment that keeps this server private.
pub const SCRIPT: &str = "/usr/lib/rabbitmq/bin/rabbitmq-server";

/// The server, and the scripts that it starts from.
const PROGRAMS: [&str; 5] = ["beam.smp", "rabbitmq-server", "erl", "erlexec", "setsid"];

/// The server's processes, without its port mapper.
pub fn processes(dir: &Path) -> Vec<Pid> {
    process::of_folder(&PROGRAMS, &dir.join("rabbitmq"))
}

/// Starts the server unless it runs, and waits until it speaks AMQP.
///
/// # Errors
/// When it does not come up.
pub async fn start(dir: &Path, servers: &Servers) -> Result<()> {
    let settings = &servers.rabbitmq;
    let log = dir.join("rabbitmq.log");
    let folder = dir.join("rabbitmq");
    let initialised = folder.join("initialised");
    let ready = || answers(settings);
    if processes(dir).is_empty() {
        // The user is made when the database is; one that was cut short while being made has to be made again.
        let database = folder.join("mnesia");
        if !initialised.is_file() && database.exists() {
            fs::remove_dir_all(&database)
                .context("RabbitMQ's unfinished database cannot be deleted")?;
        }
        prepare(&folder, settings)?;
        let child = process::detach(
            Path::new(SCRIPT),
            |command| {
                command
                    .current_dir(&folder)
                    .env_clear()
                    .envs(environment(&folder, servers));
            },
            &log,
        )?;
        process::await_ready("RabbitMQ", Some(child), &log, ready).await?;
    } else {
        process::await_ready("RabbitMQ", None, &log, ready).await?;
    }
    if !initialised.is_file() {
        setup::write_private(&initialised, b"")?;
    }
    Ok(())
}

/// Stops the server and its port mapper.
///
/// # Errors
/// When one does not end.
pub async fn stop(dir: &Path, settings: &RabbitMq) -> Result<()> {
    process::end("RabbitMQ", &processes(dir), Signal::TERM, || processes(dir)).await?;
    let mappers = || process::port_mappers(settings.epmd_port);
    process::end("RabbitMQ's port mapper", &mappers(), Signal::TERM, mappers).await
}

fn prepare(folder: &Path, settings: &RabbitMq) -> Result<()> {
    for name in ["home", "mnesia", "log"] {
        setup::private_dir(&folder.join(name))?;
    }
    let cookie = folder.join("home/.erlang.cookie");
    if !cookie.is_file() {
        setup::write_private(&cookie, setup::random_secret()?.as_bytes())?;
        fs::set_permissions(&cookie, fs::Permissions::from_mode(0o400))
            .context("the cookie cannot be protected")?;
    }
    let main = format!(
        "listeners.tcp.1 = {}:{}\ndefault_user = accord\ndefault_pass = {}\n",
        settings.host, settings.port, settings.password
    );
    for (name, content) in [
        ("rabbitmq.conf", main.as_str()),
        ("advanced.config", "[].\n"),
        ("enabled_plugins", "[].\n"),
        ("rabbitmq-env.conf", ""),
    ] {
        setup::write_private(&folder.join(name), content.as_bytes())?;
    }
    Ok(())
}

fn environment(folder: &Path, servers: &Servers) -> Vec<(&'static str, OsString)> {
    let settings = &servers.rabbitmq;
    // The database belongs to this name: it may not depend on a port, which can change.
    let name: String = servers.instance.chars().take(16).collect();
    let at = |name: &str| folder.join(name).into_os_string();
    vec![
        ("PATH", "/usr/sbin:/usr/bin:/sbin:/bin".into()),
        ("LANG", "C.UTF-8".into()),
        ("HOME", at("home")),
        ("RABBITMQ_NODENAME", format!("accord_{name}@localhost").into()),
        ("RABBITMQ_NODE_IP_ADDRESS", settings.host.clone().into()),
        ("RABBITMQ_NODE_PORT", settings.port.to_string().into()),
        ("RABBITMQ_DIST_PORT", settings.dist_port.to_string().into()),
        ("RABBITMQ_MNESIA_BASE", at("mnesia")),
        ("RABBITMQ_LOG_BASE", at("log")),
        ("RABBITMQ_ENABLED_PLUGINS_FILE", at("enabled_plugins")),
        ("RABBITMQ_CONFIG_FILE", at("rabbitmq")),
        ("RABBITMQ_ADVANCED_CONFIG_FILE", at("advanced.config")),
        ("RABBITMQ_CONF_ENV_FILE", at("rabbitmq-env.conf")),
        ("RABBITMQ_GENERATED_CONFIG_DIR", at("generated")),
        ("RABBITMQ_PID_FILE", at("rabbitmq.pid")),
        // Replaces the script by the server, so that its end is seen; its shell is switched off below.
        ("RABBITMQ_ALLOW_INPUT", "true".into()),
        ("ERL_EPMD_PORT", settings.epmd_port.to_string().into()),
        ("ERL_EPMD_ADDRESS", settings.host.clone().into()),
        (
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS",
            "-noinput -kernel inet_dist_use_interface {127,0,0,1} +sbwt none +sbwtdcpu none +sbwtdio none".into(),
        ),
    ]
}

/// The broker answers a client's protocol header with a method frame (type 1) on channel 0.
async fn answers(settings: &RabbitMq) -> bool {
    let talk = async {
        let mut stream = TcpStream::connect((settings.host.as_str(), settings.port)).await?;
        stream.write_all(b"AMQP\x00\x00\x09\x01").await?;
        let mut answer = [0u8; 3];
        stream.read_exact(&mut answer).await?;
        std::io::Result::Ok(answer == [1, 0, 0])
    };
    talk.await.unwrap_or(false)
}
