//! Who is let in at the door of a service.

use platform::{grpc::Peers, tls::Identity};
use proto::authz::v1::{AdvanceEpochRequest, authorization_service_client::AuthorizationServiceClient};
use serde_json::json;
use testkit::{TestService, tls::Ca};
use tonic::Code;

use crate::tiny::Tiny;

async fn call(service: &TestService, identity: &Identity) -> Result<u64, Code> {
    let section = serde_json::from_value(json!({ "case": service.address().to_string() })).unwrap();
    let channel = Peers::connect(&section, identity).and_then(|p| p.channel("case")).unwrap();
    let message = AdvanceEpochRequest { tenant_id: service.world.tenant.to_string(), snapshot: Some(service.world.snapshot()) };
    let request = service.as_workload(service.world.tenant, message);
    AuthorizationServiceClient::new(channel).advance_epoch(request).await.map(|r| r.into_inner().epoch).map_err(|s| s.code())
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
    let held = service.running.snapshots.newest(service.world.tenant).await.unwrap().unwrap();
    assert_eq!(held.epoch(), 1);
    service.stop().await;
}
