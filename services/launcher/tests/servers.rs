//! The private servers for real: started, killed, started again, and stopped.

use serde_json::Value;
use sqlx::{Connection, PgConnection};
use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Output};

fn accord(dir: &Path, words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_accord"))
        .args(words)
        .arg("--dir")
        .arg(dir)
        .output()
        .expect("the program runs")
}

fn succeed(dir: &Path, words: &[&str]) {
    let output = accord(dir, words);
    assert!(
        output.status.success(),
        "{words:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
}

fn servers(dir: &Path) -> Value {
    serde_json::from_slice(&fs::read(dir.join("servers.json")).expect("servers.json"))
        .expect("json")
}

fn exchange(port: &Value, request: &[u8], length: usize) -> Vec<u8> {
    let port = u16::try_from(port.as_u64().expect("a port")).expect("a port");
    let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("connect");
    stream.write_all(request).expect("write");
    let mut answer = vec![0; length];
    stream.read_exact(&mut answer).expect("read");
    answer
}

async fn all_answer(servers: &Value) -> PgConnection {
    let url = servers["postgres"]["superuser_url"].as_str().expect("url");
    let connection = PgConnection::connect(url).await.expect("PostgreSQL");
    let login = format!(
        "AUTH {}\r\nPING\r\n",
        servers["redis"]["password"].as_str().expect("password")
    );
    assert_eq!(
        exchange(&servers["redis"]["port"], login.as_bytes(), 12),
        b"+OK\r\n+PONG\r\n"
    );
    assert_eq!(
        exchange(&servers["rabbitmq"]["port"], b"AMQP\x00\x00\x09\x01", 3),
        [1, 0, 0]
    );
    connection
}

/// The process that listens on a loopback port.
fn listener(port: &Value) -> String {
    let hex = format!("0100007F:{:04X}", port.as_u64().expect("a port"));
    let table = fs::read_to_string("/proc/net/tcp").expect("table");
    let inode = table
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>())
        .find(|fields| fields.get(1) == Some(&hex.as_str()) && fields.get(3) == Some(&"0A"))
        .map(|fields| format!("socket:[{}]", fields[9]))
        .expect("a listener");
    let owners = fs::read_dir("/proc")
        .expect("list")
        .flatten()
        .filter(|entry| {
            let Ok(open) = fs::read_dir(entry.path().join("fd")) else {
                return false;
            };
            open.flatten().any(|file| {
                fs::read_link(file.path()).is_ok_and(|to| to.to_str() == Some(inode.as_str()))
            })
        });
    owners
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter_map(|pid| pid.parse::<u32>().ok())
        .min()
        .expect("its owner")
        .to_string()
}

/// Deletes the servers also when an assertion fails.
struct Guard<'a>(&'a Path);

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        accord(self.0, &["servers", "stop", "--remove"]);
    }
}

#[tokio::test]
async fn servers_start_survive_kill_and_stop() {
    let temporary = tempfile::tempdir().expect("folder");
    let dir = temporary.path();
    let _guard = Guard(dir);

    succeed(dir, &["servers", "start"]);
    let first = servers(dir);
    let mut connection = all_answer(&first).await;
    sqlx::raw_sql("create table kept (value int); insert into kept values (7)")
        .execute(&mut connection)
        .await
        .expect("sql");
    let user: String = sqlx::query_scalar("show fsync")
        .fetch_one(&mut connection)
        .await
        .expect("sql");
    assert_eq!(user, "on");

    succeed(dir, &["servers", "start"]);
    all_answer(&servers(dir)).await;

    let killed = ["postgres", "redis", "rabbitmq"].map(|name| listener(&first[name]["port"]));
    assert!(
        Command::new("kill")
            .arg("-9")
            .args(&killed)
            .status()
            .expect("kill")
            .success()
    );
    succeed(dir, &["servers", "start"]);
    let second = servers(dir);
    assert_eq!(
        first["postgres"]["password"],
        second["postgres"]["password"]
    );
    let mut connection = all_answer(&second).await;
    let kept: i32 = sqlx::query_scalar("select value from kept")
        .fetch_one(&mut connection)
        .await
        .expect("sql");
    assert_eq!(kept, 7);
    drop(connection);

    assert!(accord(dir, &["servers", "status"]).status.success());
    succeed(dir, &["servers", "stop"]);
    assert_eq!(accord(dir, &["servers", "status"]).status.code(), Some(3));
    for port in [
        &second["postgres"]["port"],
        &second["redis"]["port"],
        &second["rabbitmq"]["epmd_port"],
    ] {
        let port = u16::try_from(port.as_u64().expect("a port")).expect("a port");
        assert!(
            TcpStream::connect(("127.0.0.1", port)).is_err(),
            "{port} is still open"
        );
    }
}

#[test]
fn a_folder_without_servers_is_stopped_already() {
    let temporary = tempfile::tempdir().expect("folder");
    succeed(temporary.path(), &["servers", "stop"]);
    assert_eq!(
        accord(temporary.path(), &["servers", "status"])
            .status
            .code(),
        Some(3)
    );
}
