//! Load shedding and the size of messages.

use std::time::Duration;

use figment::Figment;
use platform::app::Mode;
use serde_json::json;
use testkit::eventually;
use tonic::Code;
use tonic_types::StatusExt;

use crate::{notes::{Gate, Office, reason}, tiny::with};

#[tokio::test(flavor = "multi_thread")]
async fn one_request_more_than_fits_is_refused_while_the_others_are_still_in_work() {
    let office = Office::with(Mode::SERVE, with(&Figment::new(), "limits", json!({ "concurrency": 2 }))).await;
    let gate = Gate::of(&office.case_id);
    let held: Vec<_> = (0..2)
        .map(|_| {
            let (mut client, request) = (office.client(), office.service.as_user(office.lead, office.look("wait")));
            tokio::spawn(async move { client.list_notes(request).await })
        })
        .collect();
    gate.entered().await;
    gate.entered().await;

    let refused = office.ask("").await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::ResourceExhausted, "OVERLOADED"));
    let again = refused.get_error_details().retry_info().and_then(|info| info.retry_delay);
    assert_eq!(again, Some(Duration::from_secs(1)), "the caller learns when to come again");
    assert!(held.iter().all(|call| !call.is_finished()), "it was not queued behind them");

    gate.open();
    gate.open();
    for call in held {
        call.await.unwrap().unwrap();
    }
    eventually(async || office.ask("").await.is_ok()).await;
    office.service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_that_goes_away_gives_its_place_back() {
    let office = Office::with(Mode::SERVE, with(&Figment::new(), "limits", json!({ "concurrency": 1 }))).await;
    let (mut client, request) = (office.client(), office.service.as_user(office.lead, office.look("wait")));
    let call = tokio::spawn(async move { client.list_notes(request).await });
    Gate::of(&office.case_id).entered().await;
    assert_eq!(office.ask("").await.unwrap_err().code(), Code::ResourceExhausted);
    call.abort();
    eventually(async || office.ask("").await.is_ok()).await;
    office.service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_is_too_long_is_refused_and_has_no_effect() {
    let office = Office::with(Mode::SERVE, with(&Figment::new(), "limits", json!({ "message_bytes": 4096 }))).await;
    let refused = office.add(office.note(&"x".repeat(5_000), "")).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::ResourceExhausted, "MESSAGE_TOO_LONG"));
    assert_eq!(office.ask("").await.unwrap(), "0");
    office.add(office.note(&"x".repeat(3_000), "")).await.unwrap();
    assert_eq!(office.ask("").await.unwrap(), "1");
    office.service.stop().await;
}
