//! Roles of the tenant's own, and who holds which role.

use std::sync::Arc;

use platform::Ctx;
use proto::identity::v1::{
    role_service_server::RoleService,
    CreateRoleRequest, CreateRoleResponse, GetRoleRequest, GetRoleResponse, ListAssignmentsRequest, ListAssignmentsResponse, ListRoleSummariesRequest, ListRoleSummariesResponse, RetireRoleRequest, RetireRoleResponse, UpdateRoleRequest, UpdateRoleResponse,
};
use tonic::{Request, Response, Status};

use crate::{commands, queries, state::State};

/// `accord.identity.v1.RoleService`.
pub struct Roles(pub Arc<State>);

#[tonic::async_trait]
impl RoleService for Roles {
    async fn list_role_summaries(&self, request: Request<ListRoleSummariesRequest>) -> Result<Response<ListRoleSummariesResponse>, Status> {
        let (ctx, _) = Ctx::open(request)?;
        queries::list_role_summaries::list_role_summaries(&self.0, &ctx).await.map(Response::new).map_err(Status::from)
    }

    async fn get_role(&self, request: Request<GetRoleRequest>) -> Result<Response<GetRoleResponse>, Status> {
        let (ctx, req) = Ctx::open(request)?;
        queries::get_role::get_role(&self.0, &ctx, req).await.map(Response::new).map_err(Status::from)
    }

    async fn create_role(&self, request: Request<CreateRoleRequest>) -> Result<Response<CreateRoleResponse>, Status> {
        let (ctx, req) = Ctx::open(request)?;
        commands::create_role::create_role(&self.0, &ctx, req).await.map(Response::new).map_err(Status::from)
    }

    async fn update_role(&self, request: Request<UpdateRoleRequest>) -> Result<Response<UpdateRoleResponse>, Status> {
        let (ctx, req) = Ctx::open(request)?;
        commands::update_role::update_role(&self.0, &ctx, req).await.map(Response::new).map_err(Status::from)
    }

    async fn retire_role(&self, request: Request<RetireRoleRequest>) -> Result<Response<RetireRoleResponse>, Status> {
        let (ctx, req) = Ctx::open(request)?;
        commands::retire_role::retire_role(&self.0, &ctx, req).await.map(Response::new).map_err(Status::from)
    }

    async fn list_assignments(&self, request: Request<ListAssignmentsRequest>) -> Result<Response<ListAssignmentsResponse>, Status> {
        let (ctx, req) = Ctx::open(request)?;
        queries::list_assignments::list_assignments(&self.0, &ctx, req).await.map(Response::new).map_err(Status::from)
    }
}
