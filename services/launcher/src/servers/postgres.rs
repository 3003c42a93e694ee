//! The private PostgreSQL: TCP on loopback only, scram passwords.
//!
//! Started by root, its files lie under `/var/lib/accord` and it runs as the user `postgres`: it refuses root, and that
//! user cannot enter a folder that only root may enter.

use super::{Options, Postgres, Servers, process};
use crate::setup;
use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal};
use sqlx::{Connection, PgConnection};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tokio::process::Command;

const USER: &str = "postgres";

/// The folder of PostgreSQL's files.
pub fn base(dir: &Path) -> PathBuf {
    if setup::is_root() {
        outside(dir)
    } else {
        dir.join("postgres")
    }
}

fn outside(dir: &Path) -> PathBuf {
    use std::os::unix::ffi::OsStrExt;
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, dir.as_os_str().as_bytes());
    Path::new("/var/lib/accord").join(data_encoding::HEXLOWER.encode(&digest.as_ref()[..8]))
}

/// The processes of the server and of its sessions.
pub fn processes(dir: &Path) -> Vec<Pid> {
    let data = base(dir).join("data");
    process::of_folder(&["postgres"], &data)
}

/// The folder of the server's programs: of this major version, or of the newest from 15 on.
pub fn find_bin(major: Option<u32>) -> Option<PathBuf> {
    let mut found: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib/postgresql")
        .ok()?
        .flatten()
        .filter_map(|entry| {
            Some((
                entry.file_name().to_str()?.parse().ok()?,
                entry.path().join("bin"),
            ))
        })
        .filter(|(version, bin)| {
            *version >= 15 && bin.join("postgres").is_file() && bin.join("initdb").is_file()
        })
        .filter(|(version, _)| major.is_none_or(|wanted| wanted == *version))
        .collect();
    found.sort();
    found.pop().map(|(_, bin)| bin)
}

/// Starts the server unless it runs, and waits until the superuser can sign in.
///
/// # Errors
/// When it cannot be set up or does not come up.
pub async fn start(dir: &Path, servers: &Servers, options: &Options) -> Result<()> {
    let log = dir.join("postgres.log");
    let settings = &servers.postgres;
    let base = base(dir);
    let data = base.join("data");
    if !processes(dir).is_empty() {
        if answers(settings).await {
            return Ok(());
        }
        // Sessions outlive a killed server for a moment, and a new one refuses to start beside them.
        let server = postmaster(&data).filter(|pid| processes(dir).contains(pid));
        if server.is_none()
            && !process::gone_within(Duration::from_secs(10), || processes(dir)).await
        {
            process::end("PostgreSQL", &processes(dir), Signal::QUIT, || {
                processes(dir)
            })
            .await?;
        } else if server.is_some() {
            return process::await_ready("PostgreSQL", None, &log, || answers(settings)).await;
        }
    }
    initialise(&base, servers, options).await?;
    let version =
        fs::read_to_string(data.join("PG_VERSION")).context("PostgreSQL's data has no version")?;
    let major: u32 = version
        .trim()
        .parse()
        .context("PostgreSQL's data has an unknown version")?;
    let Some(bin) = find_bin(Some(major)) else {
        bail!(
            "the data in {} is of PostgreSQL {major}: install the package postgresql-{major}.",
            base.display()
        );
    };
    write_as(
        &data.join("accord.conf"),
        configuration(settings.port, options).as_bytes(),
    )?;
    let line = runner(&bin.join("postgres"));
    let launch = || {
        process::detach(
            &line[0],
            |command| {
                command
                    .args(&line[1..])
                    .arg("-D")
                    .arg(&data)
                    .current_dir("/");
                command.env_clear().envs(environment());
            },
            &log,
        )
    };
    // In a container root may not see the working folder of a killed server's last sessions: then the new server's
    // refusal to start beside them is what tells.
    let crashed = data.join("postmaster.pid").is_file();
    let patience = Instant::now() + Duration::from_secs(10);
    loop {
        let outcome =
            process::await_ready("PostgreSQL", Some(launch()?), &log, || answers(settings)).await;
        if outcome.is_ok() || !crashed || Instant::now() > patience {
            return outcome;
        }
    }
}

/// Stops the server; open sessions are ended and their transactions rolled back.
///
/// # Errors
/// When it does not end.
pub async fn stop(dir: &Path) -> Result<()> {
    let all = processes(dir);
    let ask = match postmaster(&base(dir).join("data")) {
        Some(server) if all.contains(&server) => vec![server],
        _ => all,
    };
    process::end("PostgreSQL", &ask, Signal::INT, || processes(dir)).await
}

/// The server's own process, as its lock file tells.
fn postmaster(data: &Path) -> Option<Pid> {
    let text = fs::read_to_string(data.join("postmaster.pid")).ok()?;
    Pid::from_raw(text.lines().next()?.trim().parse().ok()?)
}

async fn answers(settings: &Postgres) -> bool {
    match PgConnection::connect(&settings.superuser_url).await {
        Ok(connection) => connection.close().await.is_ok(),
        Err(_) => false,
    }
}

/// Makes the data folder once. Data of an earlier, deleted folder of the same name is replaced: its password and the keys
/// of its records went with that folder.
async fn initialise(base: &Path, servers: &Servers, options: &Options) -> Result<()> {
    let data = base.join("data");
    let mark = base.join("instance");
    let known = fs::read_to_string(&mark).unwrap_or_default();
    if data.join("PG_VERSION").is_file() && known.trim() == servers.instance {
        return Ok(());
    }
    if base.exists() {
        fs::remove_dir_all(base)
            .with_context(|| format!("{} cannot be replaced", base.display()))?;
    }
    if setup::is_root() {
        require_user()?;
        let parent = base.parent().context("PostgreSQL's folder has no parent")?;
        fs::create_dir_all(parent)
            .with_context(|| format!("{} cannot be made", parent.display()))?;
        fs::set_permissions(parent, fs::Permissions::from_mode(0o755))
            .with_context(|| format!("{} cannot be opened to the user {USER}", parent.display()))?;
        setup::require_space(parent)?;
    }
    setup::private_dir(base)?;
    give(base)?;
    let bin = find_bin(None).context("PostgreSQL is missing: apt-get install postgresql-15")?;
    let password = base.join("password");
    write_as(&password, servers.postgres.password.as_bytes())?;
    let line = runner(&bin.join("initdb"));
    let mut command = Command::new(&line[0]);
    command
        .args(&line[1..])
        .arg("-D")
        .arg(&data)
        .arg("--pwfile")
        .arg(&password);
    command.args([
        "-U",
        USER,
        "-A",
        "scram-sha-256",
        "-E",
        "UTF8",
        "--locale",
        "C.UTF-8",
    ]);
    if options.fast {
        command.arg("--no-sync");
    }
    let output = command
        .current_dir("/")
        .env_clear()
        .envs(environment())
        .kill_on_drop(true)
        .output()
        .await;
    let output = output.context("initdb cannot be started")?;
    fs::remove_file(&password).context("PostgreSQL's password file cannot be deleted")?;
    if !output.status.success() {
        let reason = String::from_utf8_lossy(&output.stderr);
        bail!(
            "initdb failed: {}",
            reason.trim().lines().last().unwrap_or("it gave no reason")
        );
    }
    let own = data.join("postgresql.conf");
    let mut text = fs::read_to_string(&own).context("postgresql.conf cannot be read")?;
    text.push_str("\ninclude = 'accord.conf'\n");
    write_as(&own, text.as_bytes())?;
    // Written last: a set-up that was cut short has no mark and is made again.
    write_as(&mark, servers.instance.as_bytes())
}

fn configuration(port: u16, options: &Options) -> String {
    let mut text = format!(
        "# Written by accord at every start.\nlisten_addresses = '127.0.0.1'\nport = {port}\n\
         unix_socket_directories = ''\nmax_connections = 400\nshared_buffers = 128MB\n\
         password_encryption = 'scram-sha-256'\nlogging_collector = off\nlog_timezone = 'UTC'\ntimezone = 'UTC'\n\
         jit = off\n"
    );
    if options.fast {
        text.push_str("fsync = off\nsynchronous_commit = off\nfull_page_writes = off\n");
    }
    text
}

/// The command line that runs a program of PostgreSQL as the right user.
fn runner(program: &Path) -> Vec<PathBuf> {
    let mut line: Vec<PathBuf> = Vec::new();
    if setup::is_root() {
        line.extend(
            [
                "setpriv",
                "--reuid",
                USER,
                "--regid",
                USER,
                "--init-groups",
                "--",
            ]
            .map(PathBuf::from),
        );
    }
    line.push(program.to_path_buf());
    line
}

fn environment() -> [(&'static str, &'static str); 3] {
    [
        ("PATH", "/usr/sbin:/usr/bin:/sbin:/bin"),
        ("LANG", "C.UTF-8"),
        ("LC_ALL", "C.UTF-8"),
    ]
}

/// Writes a file that PostgreSQL's user can read.
fn write_as(path: &Path, content: &[u8]) -> Result<()> {
    setup::write_private(path, content)?;
    give(path)
}

/// Gives a file or folder to PostgreSQL's user when root runs this.
fn give(path: &Path) -> Result<()> {
    if setup::is_root() {
        let (user, group) = require_user()?;
        std::os::unix::fs::chown(path, Some(user), Some(group))
            .with_context(|| format!("{} cannot be given to the user {USER}", path.display()))?;
    }
    Ok(())
}

fn require_user() -> Result<(u32, u32)> {
    let users = fs::read_to_string("/etc/passwd").context("/etc/passwd cannot be read")?;
    user_ids(&users, USER).with_context(|| {
        format!("there is no user {USER}: install the Debian package postgresql-15")
    })
}

/// User and group number from the text of `/etc/passwd`.
fn user_ids(users: &str, name: &str) -> Option<(u32, u32)> {
    let line = users
        .lines()
        .find(|line| line.split(':').next() == Some(name))?;
    let mut fields = line.split(':').skip(2);
    Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_numbers_are_read_by_whole_name() {
        let users = "root:x:0:0:root:/root:/bin/bash\npostgres2:x:7:8::/:/bin/sh\npostgres:x:101:104::/:/bin/bash\n";
        assert_eq!(user_ids(users, "postgres"), Some((101, 104)));
        assert_eq!(user_ids(users, "nobody"), None);
        assert_eq!(user_ids("postgres:x:", "postgres"), None);
    }

    #[test]
    fn durability_is_given_up_only_for_tests() {
        assert!(!configuration(1, &Options { fast: false }).contains("fsync"));
        assert!(configuration(1, &Options { fast: true }).contains("fsync = off"));
    }
}
