//! The epoch of a tenant's permissions: raised by identity, older tokens refused, newer ones make the service ask.

use std::{collections::HashMap, sync::{LazyLock, Mutex}};

use futures::future::BoxFuture;
use platform::{
    Ctx, Error, Result,
    app::{Built, Deps, Service},
    ids::parse_id,
};
use proto::{
    authz::v1::{AdvanceEpochRequest, Snapshot, authorization_service_client::AuthorizationServiceClient},
    identity::v1::{organisation_service_server::{OrganisationService, OrganisationServiceServer}, *},
};
use serde_json::json;
use sqlx::migrate::Migrator;
use testkit::db::TestDb;
use tonic::{Code, Request, Response, Status, service::Routes};
use uuid::Uuid;

use crate::{notes::{Gate, Office, reason}, tiny::{Another, Tiny, with}};

/// What identity knows, by tenant, and how often it was asked.
static KNOWN: LazyLock<Mutex<HashMap<Uuid, (Snapshot, u32)>>> = LazyLock::new(Mutex::default);

/// Identity, as far as the chassis needs it: it tells snapshots.
struct TinyIdentity;

impl Service for TinyIdentity {
    const NAME: &'static str = "identity";

    fn migrator() -> &'static Migrator {
        static NONE: LazyLock<Migrator> = LazyLock::new(|| Migrator { migrations: std::borrow::Cow::Borrowed(&[]), ..Migrator::DEFAULT });
        &NONE
    }

    fn build(_deps: Deps) -> BoxFuture<'static, Result<Built>> {
        Box::pin(async { Ok(Built { routes: Routes::new(OrganisationServiceServer::new(Organisation)), ..Built::default() }) })
    }
}

struct Organisation;

type Answer<T> = Result<Response<T>, Status>;

#[tonic::async_trait]
impl OrganisationService for Organisation {
    async fn get_snapshot(&self, request: Request<GetSnapshotRequest>) -> Answer<GetSnapshotResponse> {
        let (ctx, message) = Ctx::open(request)?;
        let tenant = parse_id("tenant_id", &message.tenant_id)?;
        assert_eq!(tenant, ctx.tenant());
        let mut known = KNOWN.lock().unwrap();
        let (snapshot, asked) = known.get_mut(&tenant).ok_or_else(Error::not_found)?;
        *asked += 1;
        Ok(Response::new(GetSnapshotResponse { snapshot: Some(snapshot.clone()) }))
    }

    async fn get_tenant(&self, _: Request<GetTenantRequest>) -> Answer<GetTenantResponse> {
        Err(Status::unimplemented(""))
    }

    async fn update_tenant_settings(&self, _: Request<UpdateTenantSettingsRequest>) -> Answer<UpdateTenantSettingsResponse> {
        Err(Status::unimplemented(""))
    }

    async fn list_nodes(&self, _: Request<ListNodesRequest>) -> Answer<ListNodesResponse> {
        Err(Status::unimplemented(""))
    }

    async fn create_node(&self, _: Request<CreateNodeRequest>) -> Answer<CreateNodeResponse> {
        Err(Status::unimplemented(""))
    }

    async fn rename_node(&self, _: Request<RenameNodeRequest>) -> Answer<RenameNodeResponse> {
        Err(Status::unimplemented(""))
    }

    async fn list_roles(&self, _: Request<ListRolesRequest>) -> Answer<ListRolesResponse> {
        Err(Status::unimplemented(""))
    }

    async fn list_service_accounts(&self, _: Request<ListServiceAccountsRequest>) -> Answer<ListServiceAccountsResponse> {
        Err(Status::unimplemented(""))
    }

    async fn create_service_account(&self, _: Request<CreateServiceAccountRequest>) -> Answer<CreateServiceAccountResponse> {
        Err(Status::unimplemented(""))
    }

    async fn revoke_service_account(&self, _: Request<RevokeServiceAccountRequest>) -> Answer<RevokeServiceAccountResponse> {
        Err(Status::unimplemented(""))
    }
}

async fn advance(office: &Office, snapshot: Snapshot) -> u64 {
    let message = AdvanceEpochRequest { tenant_id: office.service.world.tenant.to_string(), snapshot: Some(snapshot) };
    let request = office.service.as_workload(office.service.world.tenant, message);
    AuthorizationServiceClient::new(office.service.channel_of("identity")).advance_epoch(request).await.unwrap().into_inner().epoch
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_of_before_the_change_is_stale() {
    let office = Office::open().await;
    let before = office.service.world.snapshot();
    let old = office.service.with(&office.service.world.token(office.lead), office.look(""));
    let held = office.service.as_user(office.lead, office.look("wait"));
    let mut client = office.client();
    let held = tokio::spawn(async move { client.list_notes(held).await });
    let gate = Gate::of(&office.case_id);
    gate.entered().await;

    assert_eq!(office.service.world.advance(), 2);
    assert_eq!(advance(&office, office.service.world.snapshot()).await, 2);
    assert_eq!(advance(&office, before).await, 2, "an older one changes nothing");

    let stale = office.client().list_notes(old).await.unwrap_err();
    assert_eq!((stale.code(), reason(&stale).as_str()), (Code::Unauthenticated, "STALE_TOKEN"));
    assert_eq!(office.ask("").await.unwrap(), "0", "a token of now");

    // One that had passed the gate before the change comes to its transaction after it.
    gate.open();
    let stale = held.await.unwrap().unwrap_err();
    assert_eq!((stale.code(), reason(&stale).as_str()), (Code::Unauthenticated, "STALE_TOKEN"));
    office.service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_token_makes_the_service_ask_identity_once() {
    let office = Office::open().await;
    let (world, clock) = (&office.service.world, &office.service.clock);
    let stored = async || office.count("SELECT epoch FROM platform.authz_epoch").await;
    world.advance();
    let away = office.ask("").await.unwrap_err();
    assert_eq!((away.code(), stored().await), (Code::Unavailable, 1), "unknown is never permitted");

    let database = TestDb::of::<TinyIdentity>().await;
    let files = office.service.ca.service("identity");
    let own = json!({
        "certificate": files.certificate,
        "private_key": files.private_key,
        "database": { "app_url": database.section.app_url.expose(), "platform_url": database.section.platform_url.expose() },
    });
    let figment = with(&office.service.figment, "identity", own);
    let identity = Another::serve::<TinyIdentity>(&figment, clock).await;
    KNOWN.lock().unwrap().insert(world.tenant, (world.snapshot(), 0));

    let asking = Another::serve::<Tiny>(&with(&figment, "peers.identity", json!(identity.address().to_string())), clock).await;
    for _ in 0..3 {
        let request = office.service.as_user(office.lead, office.look(""));
        office.client_at(asking.address()).list_notes(request).await.unwrap();
    }
    assert_eq!(stored().await, 2);
    assert_eq!(KNOWN.lock().unwrap()[&world.tenant].1, 1);
    assert_eq!(office.ask("").await.unwrap(), "0", "the other process finds the row");
    asking.stop().await;
    identity.stop().await;
    office.service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_needs_no_identity() {
    let office = Office::open().await;
    let again = Another::serve::<Tiny>(&office.service.figment, &office.service.clock).await;
    let mut client = office.client_at(again.address());
    let request = office.service.as_user(office.lead, office.look(""));
    assert_eq!(client.list_notes(request).await.unwrap().into_inner().next_page_token, "0");
    let request = office.service.as_user(office.reader, office.note("a change", ""));
    assert_eq!(client.add_note(request).await.unwrap_err().code(), Code::PermissionDenied);
    again.stop().await;
    office.service.stop().await;
}
