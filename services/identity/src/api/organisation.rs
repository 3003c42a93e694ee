//! The tenant, its tree, its roles and its partners' systems.

use std::sync::Arc;

use platform::Ctx;
use proto::identity::v1::{
    organisation_service_server::OrganisationService,
    CreateNodeRequest, CreateNodeResponse, CreateServiceAccountRequest, CreateServiceAccountResponse, GetSnapshotRequest, GetSnapshotResponse, GetTenantRequest, GetTenantResponse, ListNodesRequest, ListNodesResponse, ListRolesRequest, ListRolesResponse, ListServiceAccountsRequest, ListServiceAccountsResponse, RenameNodeRequest, RenameNodeResponse, RevokeServiceAccountRequest, RevokeServiceAccountResponse, UpdateTenantSettingsRequest, UpdateTenantSettingsResponse,
};
use tonic::{Request, Response, Status};

use crate::{commands, queries, state::State};

/// `accord.identity.v1.OrganisationService`.
pub struct Organisation(pub Arc<State>);

#[tonic::async_trait]
impl OrganisationService for Organisation {
    async fn get_tenant(&self, request: Request<GetTenantRequest>) -> Result<Response<GetTenantResponse>, Status> {
        let (ctx, _) = Ctx::open(request)?;
        queries::get_tenant::get_tenant(&self.0, &ctx).await.map(Response::new).map_err(Status::from)
    }

    async fn update_tenant_settings(&self, request: Request<UpdateTenantSettingsRequest>) -> Result<Response<UpdateTenantSettingsResponse>, Status> {
        let (ctx, req) = Ctx::open(request)?;
        commands::update_tenant::update_tenant(&self.0, &ctx, req).await.map(Response::new).map_err(Status::from)
    }

    async fn list_nodes(&self, request: Request<ListNodesRequest>) -> Result<Response<ListNodesResponse>, Status> {
        let (ctx, _) = Ctx::open(request)?;
        queries::list_nodes::list_nodes(&self.0, &ctx).await.map(Response::new).map_err(Status::from)
    }

    async fn create_node(&self, request: Request<CreateNodeRequest>) -> Result<Response<CreateNodeResponse>, Status> {
        let (ctx, req) = Ctx::open(request)?;
        commands::create_node::create_node(&self.0, &ctx, req).await.map(Response::new).map_err(Status::from)
    }

    async fn rename_node(&self, request: Request<RenameNodeRequest>) -> Result<Response<RenameNodeResponse>, Status> {
        let (ctx, req) = Ctx::open(request)?;
        commands::rename_node::rename_node(&self.0, &ctx, req).await.map(Response::new).map_err(Status::from)
    }

    async fn list_roles(&self, request: Request<ListRolesRequest>) -> Result<Response<ListRolesResponse>, Status> {
        let (ctx, _) = Ctx::open(request)?;
        queries::list_roles::list_roles(&self.0, &ctx).await.map(Response::new).map_err(Status::from)
    }

    async fn list_service_accounts(&self, request: Request<ListServiceAccountsRequest>) -> Result<Response<ListServiceAccountsResponse>, Status> {
        let (ctx, _) = Ctx::open(request)?;
        queries::list_service_accounts::list_service_accounts(&self.0, &ctx).await.map(Response::new).map_err(Status::from)
    }

    async fn create_service_account(&self, request: Request<CreateServiceAccountRequest>) -> Result<Response<CreateServiceAccountResponse>, Status> {
        let (ctx, req) = Ctx::open(request)?;
        commands::create_service_account::create_service_account(&self.0, &ctx, req).await.map(Response::new).map_err(Status::from)
    }

    async fn revoke_service_account(&self, request: Request<RevokeServiceAccountRequest>) -> Result<Response<RevokeServiceAccountResponse>, Status> {
        let (ctx, req) = Ctx::open(request)?;
        commands::revoke_service_account::revoke_service_account(&self.0, &ctx, req).await.map(Response::new).map_err(Status::from)
    }

    async fn get_snapshot(&self, request: Request<GetSnapshotRequest>) -> Result<Response<GetSnapshotResponse>, Status> {
        let (ctx, req) = Ctx::open(request)?;
        queries::get_snapshot::get_snapshot(&self.0, &ctx, req).await.map(Response::new).map_err(Status::from)
    }
}
