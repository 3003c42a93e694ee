//! Readiness is the own database and nothing else.

use platform::{grpc::admin, lifecycle::Shutdown};
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use std::{net::SocketAddr, time::Duration};
use testkit::{eventually, servers::servers};
use tokio::{io::{AsyncReadExt, AsyncWriteExt}, net::{TcpListener, TcpStream}};

use crate::{notes::Office, tiny::{Another, Tiny, shared, with}};

/// The admin port of a process.
pub async fn admin_of(process: &Another, office: &Office) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let telemetry = shared(&office.service.clock, Duration::ZERO).telemetry;
    tokio::spawn(admin::serve(listener, telemetry, process.checks.clone(), process.shutdown.clone()));
    address
}

/// Status and body.
pub async fn get(address: SocketAddr, path: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(format!("GET {path} HTTP/1.1\r\nhost: probe\r\nconnection: close\r\n\r\n").as_bytes()).await.unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).await.unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_goes_away_makes_it_unready_until_it_is_back() {
    let office = Office::open().await;
    let process = Another::serve::<Tiny>(&office.service.figment, &office.service.clock).await;
    let admin = admin_of(&process, &office).await;
    assert_eq!(get(admin, "/readyz").await, (200, "ok\n".into()));

    let mut superuser = PgConnection::connect(&servers().postgres.superuser_url).await.unwrap();
    let name = &office.service.db.name;
    for sql in [
        format!("ALTER DATABASE {name} ALLOW_CONNECTIONS false"),
        format!("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{name}'"),
    ] {
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut superuser).await.unwrap();
    }
    assert_eq!(get(admin, "/readyz").await, (503, "not ready: case.database\n".into()));
    assert_eq!(get(admin, "/livez").await, (200, "ok\n".into()), "a restart does not heal a database");
    let (_, metrics) = get(admin, "/metrics").await;
    assert!(metrics.lines().any(|line| line.starts_with("accord_ready{") && line.ends_with(" 0")), "{metrics}");

    sqlx::raw_sql(AssertSqlSafe(format!("ALTER DATABASE {name} ALLOW_CONNECTIONS true"))).execute(&mut superuser).await.unwrap();
    eventually(async || get(admin, "/readyz").await.0 == 200).await;
    process.stop().await;
    office.service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_is_away_changes_nothing() {
    let office = Office::open().await;
    // Nobody listens on port 1.
    let figment = with(&office.service.figment, "broker.url", json!("amqp://127.0.0.1:1"));
    let process = Another::start::<Tiny>(&figment, &office.service.clock, platform::app::Mode::ALL, Duration::from_secs(10)).await;
    let admin = admin_of(&process, &office).await;
    assert_eq!(get(admin, "/readyz").await, (200, "ok\n".into()));
    let request = office.service.as_user(office.lead, office.note("kept", ""));
    office.client_at(process.address()).add_note(request).await.unwrap();
    assert_eq!(office.count("SELECT count(*) FROM platform.outbox WHERE published_at IS NULL").await, 1);
    assert_eq!(get(admin, "/readyz").await.0, 200);
    process.stop().await;
    office.service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_makes_it_unready_first() {
    let office = Office::open().await;
    let mut process = Another::serve::<Tiny>(&office.service.figment, &office.service.clock).await;
    let notice = Shutdown::new(Duration::from_secs(60), Duration::ZERO);
    let serving = std::mem::replace(&mut process.shutdown, notice);
    let admin = admin_of(&process, &office).await;
    process.shutdown.start();
    assert_eq!(get(admin, "/readyz").await, (503, "stopping\n".into()));
    let request = office.service.as_user(office.lead, office.look(""));
    office.client_at(process.address()).list_notes(request).await.unwrap();
    process.shutdown = serving;
    process.stop().await;
    office.service.stop().await;
}
