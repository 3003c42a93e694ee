//! Who is let in at the door of a service, and which service a client believes.

use std::sync::Arc;

use platform::tls::{Identity, TlsFiles};
use proto::authz::v1::{AdvanceEpochRequest, authorization_service_client::AuthorizationServiceClient};
use rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion, version::{TLS12, TLS13}};
use rustls_pki_types::{CertificateDer, ServerName, pem::PemObject};
use serde_json::json;
use testkit::{TestService, tls::Ca};
use tokio::{io::{AsyncReadExt, AsyncWriteExt}, net::TcpStream};
use tokio_rustls::TlsConnector;
use tonic::Code;

use crate::{notes::Office, tiny::{Another, Tiny, channel, with}};

async fn call_at(service: &TestService, address: std::net::SocketAddr, identity: &Identity) -> Result<u64, Code> {
    let message = AdvanceEpochRequest { tenant_id: service.world.tenant.to_string(), snapshot: Some(service.world.snapshot()) };
    let request = service.as_workload(service.world.tenant, message);
    let mut client = AuthorizationServiceClient::new(channel(address, identity));
    client.advance_epoch(request).await.map(|r| r.into_inner().epoch).map_err(|s| s.code())
}

async fn call(service: &TestService, identity: &Identity) -> Result<u64, Code> {
    call_at(service, service.address(), identity).await
}

/// In TLS 1.3 the client has finished when the server refuses its certificate, so the refusal breaks the first call:
/// no answer of the service, whose refusals have other codes.
fn is_shut_out(answer: Result<u64, Code>) -> bool {
    matches!(answer, Err(Code::Unavailable | Code::Unknown | Code::Cancelled))
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_named_workload_of_our_authority_may_advance_the_epoch() {
    let service = TestService::serve::<Tiny>(|_| {}).await;
    assert_eq!(call(&service, &service.ca.identity("identity")).await, Ok(1));
    assert_eq!(call(&service, &service.ca.identity("referral")).await, Err(Code::PermissionDenied));
    let mut database = service.db.connect().await;
    let refused: Vec<(String, String)> = sqlx::query_as("SELECT actor, outcome FROM platform.audit_event").fetch_all(&mut database).await.unwrap();
    assert_eq!(refused, [("workload:referral".to_owned(), "denied".to_owned())]);

    // What follows would raise the epoch to 2 if it got through.
    service.world.advance();
    let expired = service.ca.write("expired", "spiffe://accord/service/identity", "identity.accord.internal", true);
    let expired = call(&service, &Identity::load(expired).unwrap()).await;
    assert!(is_shut_out(expired), "{expired:?}");

    let elsewhere = tempfile::tempdir().unwrap();
    let mut foreign = Ca::new(elsewhere.path()).service("identity");
    foreign.ca = service.ca.certificate();
    let foreign = call(&service, &Identity::load(foreign).unwrap()).await;
    assert!(is_shut_out(foreign), "{foreign:?}");

    // Of our authority, with a name that is no service's: the answer is the service's own.
    for uri in ["spiffe://elsewhere/service/identity", "spiffe://accord/services/identity", "https://accord/service/identity", "spiffe://accord/partner/identity"] {
        let wrong = service.ca.write("wrong", uri, "identity.accord.internal", false);
        assert_eq!(call(&service, &Identity::load(wrong).unwrap()).await, Err(Code::Unauthenticated), "{uri}");
    }
    let held = service.running.snapshots.newest(service.world.tenant).await.unwrap().unwrap();
    assert_eq!(held.epoch(), 1);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn plaintext_gets_no_answer() {
    let service = TestService::serve::<Tiny>(|_| {}).await;
    let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00";
    for words in [preface.as_slice(), b"GET / HTTP/1.1\r\nhost: case\r\n\r\n"] {
        let mut stream = TcpStream::connect(service.address()).await.unwrap();
        stream.write_all(words).await.unwrap();
        let mut answer = Vec::new();
        // The end may come as a reset, because the server leaves what it does not understand unread.
        let _reset = stream.read_to_end(&mut answer).await;
        assert!(answer.first().is_none_or(|kind| *kind == 0x15), "more than an alert of TLS: {answer:?}");
    }
    service.stop().await;
}

/// A handshake without a certificate of ours; what the server says then.
async fn knock(service: &TestService, version: &'static SupportedProtocolVersion) -> std::io::Result<usize> {
    let pem = std::fs::read(service.ca.certificate())?;
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(&pem).unwrap()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
        .with_protocol_versions(&[version])
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let tcp = TcpStream::connect(service.address()).await?;
    let mut tls = TlsConnector::from(Arc::new(config)).connect(ServerName::try_from("case.accord.internal").unwrap(), tcp).await?;
    tls.read(&mut [0; 64]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_comes_in_without_a_certificate_or_with_an_old_protocol() {
    let service = TestService::serve::<Tiny>(|_| {}).await;
    for (version, words) in [(&TLS13, "CertificateRequired"), (&TLS12, "ProtocolVersion")] {
        let refused = knock(&service, version).await.unwrap_err();
        assert!(format!("{refused:?}").contains(words), "{refused:?}");
    }
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_believes_only_the_service_that_it_called() {
    let service = TestService::serve::<Tiny>(|_| {}).await;
    let (ca, client) = (&service.ca, service.ca.identity("identity"));
    let elsewhere = tempfile::tempdir().unwrap();
    let uri = "spiffe://accord/service/case";
    let right = ca.write("right", uri, "case.accord.internal", false);
    let wrong: [(&str, TlsFiles); 3] = [
        ("another name", ca.write("misnamed", uri, "referral.accord.internal", false)),
        ("expired", ca.write("over", uri, "case.accord.internal", true)),
        ("another authority", Ca::new(elsewhere.path()).service("case")),
    ];
    for (what, files) in std::iter::once(("right", right)).chain(wrong) {
        let own = with(&service.figment, "case.certificate", json!(files.certificate));
        let process = Another::serve::<Tiny>(&with(&own, "case.private_key", json!(files.private_key)), &service.clock).await;
        let answer = call_at(&service, process.address(), &client).await;
        assert!(if what == "right" { answer == Ok(1) } else { is_shut_out(answer) }, "{what}: {answer:?}");
        process.stop().await;
    }
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_method_is_for_the_callers_that_it_lists() {
    let office = Office::open().await;
    let (service, world) = (&office.service, &office.service.world);
    // A method of users: neither a workload nor the public nor a partner's system may call it.
    let mut own = proto::case::v1::note_service_client::NoteServiceClient::new(service.channel_of("case"));
    for request in [service.as_workload(world.tenant, office.look("")), service.as_public(office.look("")), service.as_account(office.lead, office.look(""))] {
        let refused = own.list_notes(request).await.unwrap_err();
        assert_eq!(refused.code(), Code::PermissionDenied);
    }
    // A user's token counts from services that it may reach, not from whoever holds it.
    let elsewhere = service.ca.write("stranger", "spiffe://accord/service/stranger", "stranger.accord.internal", false);
    let mut stranger = proto::case::v1::note_service_client::NoteServiceClient::new(channel(service.address(), &Identity::load(elsewhere).unwrap()));
    let refused = stranger.list_notes(service.as_user(office.lead, office.look(""))).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unauthenticated);
    own.list_notes(service.as_user(office.lead, office.look(""))).await.unwrap();
    office.service.stop().await;
}
