//! The end of a process: what is in work is finished, and nobody can keep it alive.

use std::time::Duration;

use platform::app::Mode;
use testkit::eventually;
use tokio::net::TcpStream;

use crate::{notes::{Gate, Office}, tiny::{Another, Tiny}};

/// Far more than any drain here; a stop that takes this long hangs.
const PATIENCE: Duration = Duration::from_secs(30);

#[tokio::test(flavor = "multi_thread")]
async fn a_request_in_work_is_finished_and_no_other_is_taken() {
    let office = Office::open().await;
    let process = Another::serve::<Tiny>(&office.service.figment, &office.service.clock).await;
    let (address, shutdown) = (process.address(), process.shutdown.clone());
    let (mut client, request) = (office.client_at(address), office.service.as_user(office.lead, office.note("in work", "wait")));
    let call = tokio::spawn(async move { client.add_note(request).await });
    let gate = Gate::of(&office.case_id);
    gate.entered().await;

    shutdown.start();
    let stopping = shutdown.clone();
    let stopped = tokio::spawn(async move { stopping.complete().await });
    shutdown.draining().await;
    eventually(async || TcpStream::connect(address).await.is_err()).await;
    assert!(!call.is_finished() && !stopped.is_finished());

    gate.open();
    call.await.unwrap().expect("the answer of the request in work");
    assert!(tokio::time::timeout(PATIENCE, stopped).await.expect("the end").unwrap(), "everything ended within the drain");
    assert_eq!(office.ask("").await.unwrap(), "1");
    process.running.db.close().await;
    office.service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idle_connection_does_not_hold_it() {
    let office = Office::open().await;
    let process = Another::serve::<Tiny>(&office.service.figment, &office.service.clock).await;
    let mut client = office.client_at(process.address());
    client.list_notes(office.service.as_user(office.lead, office.look(""))).await.unwrap();
    let shutdown = process.shutdown.clone();
    shutdown.start();
    assert!(tokio::time::timeout(PATIENCE, shutdown.complete()).await.expect("the end"));
    process.running.db.close().await;
    office.service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_that_says_nothing_and_a_call_that_never_ends_are_cut_off() {
    let office = Office::open().await;
    let process = Another::start::<Tiny>(&office.service.figment, &office.service.clock, Mode::SERVE, Duration::from_millis(100)).await;
    let (mut client, request) = (office.client_at(process.address()), office.service.as_user(office.lead, office.look("wait")));
    let call = tokio::spawn(async move { client.list_notes(request).await });
    Gate::of(&office.case_id).entered().await;
    let _silent = TcpStream::connect(process.address()).await.unwrap();

    let shutdown = process.shutdown.clone();
    shutdown.start();
    let in_time = tokio::time::timeout(PATIENCE, shutdown.complete()).await.expect("the hard deadline");
    assert!(!in_time, "work was still running");
    assert!(tokio::time::timeout(PATIENCE, call).await.expect("an end").unwrap().is_err());
    process.running.db.close().await;
    office.service.stop().await;
}
