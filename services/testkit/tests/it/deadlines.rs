//! The caller's time: kept, shortened at each hop, and ended in the database too.

use figment::Figment;
use platform::app::Mode;
use serde_json::json;
use testkit::eventually;
use tonic::Code;

use crate::{notes::{Office, count, reason}, tiny::{Another, Tiny, with}};

/// A limit that is over soon; the callers' own time, ten seconds, is not.
fn short() -> Figment {
    with(&Figment::new(), "limits", json!({ "deadline_ms": 300 }))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_service_itself_says_that_the_time_is_over() {
    let office = Office::with(Mode::SERVE, short()).await;
    let late = office.ask("hang").await.unwrap_err();
    assert_eq!((late.code(), reason(&late).as_str()), (Code::DeadlineExceeded, "DEADLINE_EXCEEDED"));
    office.service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_ends_with_its_request() {
    let office = Office::with(Mode::SERVE, short()).await;
    assert_eq!(office.ask("sleep").await.unwrap_err().code(), Code::DeadlineExceeded);
    let mut database = office.service.db.connect().await;
    let sql = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state = 'active' AND query LIKE '%pg_sleep(60)' AND pid <> pg_backend_pid()";
    eventually(async || count(&mut database, sql).await == 0).await;
    assert_eq!(office.ask("").await.unwrap(), "0", "the connection is whole");
    office.service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_hop_has_less_time_than_the_one_before() {
    let office = Office::open().await;
    let first = Another::serve::<Tiny>(&with(&office.service.figment, "peers.case", json!(office.service.address().to_string())), &office.service.clock).await;

    let mut request = office.service.as_user(office.lead, office.look("time"));
    request.metadata_mut().insert("grpc-timeout", "4S".parse().unwrap());
    let time: u64 = office.client().list_notes(request).await.unwrap().into_inner().next_page_token.parse().unwrap();
    assert!(time <= 3_950_000, "{time} µs: the answer must arrive before the caller gives up");

    let mut request = office.service.as_user(office.lead, office.look("forward"));
    request.metadata_mut().insert("grpc-timeout", "4S".parse().unwrap());
    let answer = office.client_at(first.address()).list_notes(request).await.unwrap().into_inner().next_page_token;
    let (here, there) = answer.split_once(' ').unwrap();
    let (here, there): (u64, u64) = (here.parse().unwrap(), there.parse().unwrap());
    assert!(here <= 3_950_000 && there + 100_000 <= here, "{here} µs here, {there} µs there");
    first.stop().await;
    office.service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_time_that_cannot_be_read_is_named() {
    let office = Office::open().await;
    let mut request = office.service.as_user(office.lead, office.look(""));
    request.metadata_mut().insert("grpc-timeout", "soon".parse().unwrap());
    let refused = office.client().list_notes(request).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    assert_eq!(platform::Error::from(refused).fields()[0].field, "grpc-timeout");
    office.service.stop().await;
}
