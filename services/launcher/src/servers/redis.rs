//! The private Redis: a cache with a password that keeps nothing on disk.

use super::{Redis, process};
use crate::setup;
use anyhow::{Context, Result};
use rustix::process::{Pid, Signal};
use std::path::Path;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The server's processes.
pub fn processes(dir: &Path) -> Vec<Pid> {
    process::of_folder(&["redis-server", "setsid"], &dir.join("redis"))
}

/// Starts the server unless it runs, and waits until it accepts the password.
///
/// # Errors
/// When it does not come up.
pub async fn start(dir: &Path, settings: &Redis) -> Result<()> {
    let log = dir.join("redis.log");
    let ready = || answers(settings);
    if !processes(dir).is_empty() {
        return process::await_ready("Redis", None, &log, ready).await;
    }
    let folder = dir.join("redis");
    setup::private_dir(&folder)?;
    let file = folder.join("redis.conf");
    setup::write_private(&file, configuration(settings, &folder).as_bytes())?;
    let program = setup::find_tool("redis-server")
        .context("Redis is missing: apt-get install redis-server")?;
    let child = process::detach(
        &program,
        |command| {
            command.arg(&file).current_dir(&folder);
        },
        &log,
    )?;
    process::await_ready("Redis", Some(child), &log, ready).await
}

/// Stops the server.
///
/// # Errors
/// When it does not end.
pub async fn stop(dir: &Path) -> Result<()> {
    process::end("Redis", &processes(dir), Signal::TERM, || processes(dir)).await
}

fn configuration(settings: &Redis, folder: &Path) -> String {
    format!(
        "bind {}\nport {}\nrequirepass {}\nappendonly no\nsave \"\"\nmaxmemory 64mb\nmaxmemory-policy allkeys-lru\n\
         dir \"{}\"\ndaemonize no\n",
        settings.host,
        settings.port,
        settings.password,
        folder.display()
    )
}

async fn answers(settings: &Redis) -> bool {
    let talk = async {
        let mut stream = TcpStream::connect((settings.host.as_str(), settings.port)).await?;
        stream
            .write_all(format!("AUTH {}\r\nPING\r\n", settings.password).as_bytes())
            .await?;
        let mut answer = [0u8; 12];
        stream.read_exact(&mut answer).await?;
        std::io::Result::Ok(&answer == b"+OK\r\n+PONG\r\n")
    };
    talk.await.unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cache_listens_on_loopback_and_wants_a_password() {
        let text = configuration(&Redis::at(4000, "secret".into()), Path::new("/some where"));
        assert!(text.contains("bind 127.0.0.1\nport 4000\nrequirepass secret\n"));
        assert!(text.contains("dir \"/some where\"\n"));
    }
}
