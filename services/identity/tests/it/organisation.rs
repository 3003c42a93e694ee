//! Tenants, nodes, partners' systems, the catalogue.

use identity::{DEFINERS, operator::{create_first_administrator, create_tenant}};
use platform::db::catalogue::{Expected, problems};
use proto::{authz::v1::NodeKind, identity::v1::*};
use tonic::Code;
use uuid::Uuid;

use crate::office::{Office, partnership, reason};

#[tokio::test]
async fn every_table_is_bound_to_its_tenant() {
    let o = Office::open().await;
    let pool = sqlx::PgPool::connect(o.service.db.section.owner_url.expose()).await.unwrap();
    let expected = Expected { definers: &DEFINERS, ..Expected::default() };
    assert_eq!(problems(&pool, expected).await.unwrap(), Vec::<String>::new());
    pool.close().await;
    o.close().await;
}

#[tokio::test]
async fn tenants_do_not_know_of_each_other() {
    let o = Office::open().await;
    assert_eq!(create_tenant(&o.operator, partnership("northmoor")).await.unwrap_err().reason(), "SLUG_TAKEN");
    create_tenant(&o.operator, partnership("southmoor")).await.unwrap();
    let other = create_first_administrator(&o.operator, "southmoor", "Ada Quill", "ada@northmoor.example.org").await.unwrap();
    let token = o.token(&o.administrator).await;
    let strange = o.users().get_user(o.with(&token, GetUserRequest { user_id: other.user_id.to_string() })).await.unwrap_err();
    let random = o.users().get_user(o.with(&token, GetUserRequest { user_id: Uuid::from_u128(5).to_string() })).await.unwrap_err();
    assert_eq!((strange.code(), strange.message(), strange.details()), (Code::NotFound, random.message(), random.details()));
    let elsewhere = MintTokenRequest { tenant_id: other.tenant_id.to_string(), session_secret: "x".into() };
    assert_eq!(o.sessions().mint_token(o.gateway(elsewhere)).await.unwrap_err().code(), Code::InvalidArgument);
    o.close().await;
}

#[tokio::test]
async fn the_tree_grows_and_services_fetch_the_new_permissions() {
    let o = Office::open().await;
    let token = o.token(&o.administrator).await;
    let create = |name: &str, parent: Uuid, kind: NodeKind, agency_kind: &str| CreateNodeRequest {
        request_id: o.key().to_string(),
        parent_id: parent.to_string(),
        name: name.into(),
        kind: kind as i32,
        agency_kind: agency_kind.into(),
    };
    let wrong = o.organisation().create_node(o.with(&token, create("", o.made.node_ids[0], NodeKind::Agency, "POLICE"))).await.unwrap_err();
    assert_eq!(platform::Error::from(wrong).fields().len(), 2);
    let made = o.organisation().create_node(o.with(&token, create("West team", o.made.node_ids[0], NodeKind::Team, ""))).await.unwrap().into_inner();
    let token = o.token(&o.administrator).await;
    let twice = o.organisation().create_node(o.with(&token, create("west team", o.made.node_ids[0], NodeKind::Team, ""))).await.unwrap_err();
    assert_eq!(reason(&twice), "NAME_TAKEN");
    let nodes = o.organisation().list_nodes(o.with(&token, ListNodesRequest {})).await.unwrap().into_inner().nodes;
    assert!(nodes.len() == 5 && nodes.iter().any(|n| n.id == made.node_id && n.name == "West team"));
    let roles = o.organisation().list_roles(o.with(&token, ListRolesRequest {})).await.unwrap().into_inner().roles;
    assert_eq!(roles.len(), access::roles::BUILT_IN.len());
    let mut case = organisation_service_client::OrganisationServiceClient::new(o.service.channel_of("case"));
    let snapshot = case.get_snapshot(o.gateway(GetSnapshotRequest { tenant_id: o.tenant() })).await.unwrap().into_inner().snapshot.unwrap();
    assert_eq!(snapshot.nodes.len(), 5);
    let tenant = o.organisation().get_tenant(o.with(&token, GetTenantRequest {})).await.unwrap().into_inner().tenant.unwrap();
    let update = UpdateTenantSettingsRequest {
        request_id: o.key().to_string(),
        etag: tenant.etag,
        settings: Some(proto::authz::v1::TenantSettings { suppression_threshold: 7, idle_minutes: 10 }),
        ..UpdateTenantSettingsRequest::default()
    };
    o.organisation().update_tenant_settings(o.with(&token, update)).await.unwrap();
    let after = case.get_snapshot(o.gateway(GetSnapshotRequest { tenant_id: o.tenant() })).await.unwrap().into_inner().snapshot.unwrap();
    assert_eq!((after.epoch, after.settings.unwrap().idle_minutes), (snapshot.epoch + 1, 10));
    for job in ["identity.deliver_epochs", "identity.sweep"] {
        assert!(o.service.running.run_job(job).await.unwrap(), "{job}");
    }
    o.close().await;
}

#[tokio::test]
async fn a_partners_certificate_acts_until_it_is_revoked() {
    let o = Office::open().await;
    let token = o.token(&o.administrator).await;
    let (fingerprint, expires_at) = ("ab".repeat(32), Some(prost_types::Timestamp { seconds: 1_900_000_000, nanos: 0 }));
    let create = |role: &str| CreateServiceAccountRequest {
        request_id: o.key().to_string(),
        name: "Police feed".into(),
        node_id: o.made.node_ids[0].to_string(),
        role_id: o.role(role),
        certificate_fingerprint: fingerprint.clone(),
        expires_at,
    };
    let person = o.organisation().create_service_account(o.with(&token, create("partnership_lead"))).await.unwrap_err();
    assert_eq!(platform::Error::from(person).fields()[0].field, "role_id");
    let made = o.organisation().create_service_account(o.with(&token, create("referrer"))).await.unwrap().into_inner();
    let mint = || o.nowhere(MintServiceAccountTokenRequest { certificate_fingerprint: fingerprint.clone(), partner_name: "police".into() });
    let minted = o.sessions().mint_service_account_token(mint()).await.unwrap().into_inner();
    assert_eq!((minted.tenant_id, minted.account_id), (o.tenant(), made.account_id.clone()));
    let token = o.token(&o.administrator).await;
    let accounts = o.organisation().list_service_accounts(o.with(&token, ListServiceAccountsRequest {})).await.unwrap().into_inner().accounts;
    assert!(accounts[0].last_used_at.is_some() && !accounts[0].revoked);
    let revoke = RevokeServiceAccountRequest { request_id: o.key().to_string(), account_id: made.account_id };
    o.organisation().revoke_service_account(o.with(&token, revoke)).await.unwrap();
    assert_eq!(o.sessions().mint_service_account_token(mint()).await.unwrap_err().code(), Code::Unauthenticated);
    let public = o.sessions().mint_public_token(o.gateway(MintPublicTokenRequest { tenant_id: o.tenant() })).await.unwrap().into_inner();
    assert!(!public.token.is_empty());
    o.close().await;
}
