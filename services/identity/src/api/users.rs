//! Users of a tenant.

use std::sync::Arc;

use platform::Ctx;
use proto::identity::v1::{
    ConfirmEnrolmentRequest, ConfirmEnrolmentResponse,
    user_service_server::UserService,
    AssignRoleRequest, AssignRoleResponse, DisableUserRequest, DisableUserResponse, EnableUserRequest, EnableUserResponse, EndAssignmentRequest, EndAssignmentResponse, GetUserRequest, GetUserResponse, InviteUserRequest, InviteUserResponse, ListUsersRequest, ListUsersResponse, RenewEnrolmentRequest, RenewEnrolmentResponse, ResolveEnrolmentForSendingRequest, ResolveEnrolmentForSendingResponse, ResolveStaffForSendingRequest, ResolveStaffForSendingResponse, UpdateUserRequest, UpdateUserResponse,
};
use tonic::{Request, Response, Status};

use crate::{commands, queries, state::State};

/// `accord.identity.v1.UserService`.
pub struct Users(pub Arc<State>);

#[tonic::async_trait]
impl UserService for Users {
    async fn list_users(&self, request: Request<ListUsersRequest>) -> Result<Response<ListUsersResponse>, Status> {
        let (ctx, req) = Ctx::open(request)?;
        queries::list_users::list_users(&self.0, &ctx, req).await.map(Response::new).map_err(Status::from)
    }

    async fn get_user(&self, request: Request<GetUserRequest>) -> Result<Response<GetUserResponse>, Status> {
        let (ctx, req) = Ctx::open(request)?;
        queries::get_user::get_user(&self.0, &ctx, req).await.map(Response::new).map_err(Status::from)
    }

    async fn invite_user(&self, request: Request<InviteUserRequest>) -> Result<Response<InviteUserResponse>, Status> {
        let (ctx, req) = Ctx::open(request)?;
        commands::invite_user::invite_user(&self.0, &ctx, req).await.map(Response::new).map_err(Status::from)
    }

    async fn renew_enrolment(&self, request: Request<RenewEnrolmentRequest>) -> Result<Response<RenewEnrolmentResponse>, Status> {
        let (ctx, req) = Ctx::open(request)?;
        commands::renew_enrolment::renew_enrolment(&self.0, &ctx, req).await.map(Response::new).map_err(Status::from)
    }

    async fn confirm_enrolment(&self, request: Request<ConfirmEnrolmentRequest>) -> Result<Response<ConfirmEnrolmentResponse>, Status> {
        let (ctx, req) = Ctx::open(request)?;
        commands::confirm_enrolment::confirm_enrolment(&self.0, &ctx, req).await.map(Response::new).map_err(Status::from)
    }

    async fn update_user(&self, request: Request<UpdateUserRequest>) -> Result<Response<UpdateUserResponse>, Status> {
        let (ctx, req) = Ctx::open(request)?;
        commands::update_user::update_user(&self.0, &ctx, req).await.map(Response::new).map_err(Status::from)
    }

    async fn disable_user(&self, request: Request<DisableUserRequest>) -> Result<Response<DisableUserResponse>, Status> {
        let (ctx, req) = Ctx::open(request)?;
        commands::disable_user::disable_user(&self.0, &ctx, req).await.map(Response::new).map_err(Status::from)
    }

    async fn enable_user(&self, request: Request<EnableUserRequest>) -> Result<Response<EnableUserResponse>, Status> {
        let (ctx, req) = Ctx::open(request)?;
        commands::enable_user::enable_user(&self.0, &ctx, req).await.map(Response::new).map_err(Status::from)
    }

    async fn assign_role(&self, request: Request<AssignRoleRequest>) -> Result<Response<AssignRoleResponse>, Status> {
        let (ctx, req) = Ctx::open(request)?;
        commands::assign_role::assign_role(&self.0, &ctx, req).await.map(Response::new).map_err(Status::from)
    }

    async fn end_assignment(&self, request: Request<EndAssignmentRequest>) -> Result<Response<EndAssignmentResponse>, Status> {
        let (ctx, req) = Ctx::open(request)?;
        commands::end_assignment::end_assignment(&self.0, &ctx, req).await.map(Response::new).map_err(Status::from)
    }

    async fn resolve_enrolment_for_sending(&self, request: Request<ResolveEnrolmentForSendingRequest>) -> Result<Response<ResolveEnrolmentForSendingResponse>, Status> {
        let (ctx, req) = Ctx::open(request)?;
        commands::resolve_enrolment::resolve_enrolment(&self.0, &ctx, req).await.map(Response::new).map_err(Status::from)
    }

    async fn resolve_staff_for_sending(&self, request: Request<ResolveStaffForSendingRequest>) -> Result<Response<ResolveStaffForSendingResponse>, Status> {
        let (ctx, req) = Ctx::open(request)?;
        queries::resolve_staff::resolve_staff(&self.0, &ctx, req).await.map(Response::new).map_err(Status::from)
    }
}
