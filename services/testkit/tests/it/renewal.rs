//! Certificates are renewed while server and client run.

use std::{fs, path::Path, time::Duration};

use platform::{grpc::{PeerChannel, Peers}, lifecycle::Shutdown, tls::TlsFiles};
use proto::authz::v1::{AdvanceEpochRequest, authorization_service_client::AuthorizationServiceClient};
use serde_json::json;
use testkit::{TestService, eventually, tls::Ca};
use tonic::Code;

use crate::tiny::{Tiny, channel};

async fn call(service: &TestService, channel: PeerChannel) -> Result<u64, Code> {
    let message = AdvanceEpochRequest { tenant_id: service.world.tenant.to_string(), snapshot: Some(service.world.snapshot()) };
    let request = service.as_workload(service.world.tenant, message);
    AuthorizationServiceClient::new(channel).advance_epoch(request).await.map(|r| r.into_inner().epoch).map_err(|s| s.code())
}

/// Puts other files in the place of those in use, one after the other, as a renewal does.
fn replace(folder: &Path, name: &str, by: &TlsFiles) {
    for (from, to) in [(&by.ca, "ca.pem".to_owned()), (&by.private_key, format!("{name}-key.pem")), (&by.certificate, format!("{name}.pem"))] {
        fs::copy(from, folder.join(to)).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn server_and_client_take_up_new_certificates_without_a_restart() {
    let service = TestService::serve::<Tiny>(|_| {}).await;
    let (clients, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    // The client's files are in a folder of their own, so that its authority is renewed apart from the server's.
    let old = service.ca.service("identity");
    replace(clients.path(), "identity", &old);
    let files = TlsFiles { certificate: clients.path().join("identity.pem"), private_key: clients.path().join("identity-key.pem"), ca: clients.path().join("ca.pem") };
    let client = platform::tls::Identity::load(files).unwrap();
    let stop = Shutdown::new(Duration::ZERO, Duration::from_secs(10));
    client.watch(&stop);
    let section = serde_json::from_value(json!({ "case": service.address().to_string() })).unwrap();
    let peers = Peers::connect(&section, &client).unwrap();
    let connected = peers.channel("case").unwrap();
    assert_eq!(call(&service, connected.clone()).await, Ok(1));

    let authority = Ca::new(elsewhere.path());
    replace(service.folder(), "case", &authority.service("case"));
    let renewed = authority.identity("identity");
    eventually(async || call(&service, channel(service.address(), &renewed)).await == Ok(1)).await;
    assert_eq!(call(&service, connected).await, Ok(1), "an open connection goes on");
    let waiting = peers.channel("case").unwrap();
    assert!(call(&service, waiting.clone()).await.is_err(), "a new one is refused: the client has the old authority");

    replace(clients.path(), "identity", &authority.service("identity"));
    eventually(async || call(&service, waiting.clone()).await == Ok(1)).await;
    stop.start();
    assert!(stop.complete().await);
    service.stop().await;
}
