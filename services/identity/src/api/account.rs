//! A person's own account.

use std::sync::Arc;

use platform::Ctx;
use proto::identity::v1::{
    account_service_server::AccountService,
    AssessPasswordRequest, AssessPasswordResponse, BeginAuthenticatorRequest, BeginAuthenticatorResponse, BeginPasskeyRequest, BeginPasskeyResponse, BeginPasskeySignInRequest, BeginPasskeySignInResponse, ChangePasswordRequest, ChangePasswordResponse, CompleteAuthenticatorRequest, CompleteAuthenticatorResponse, CompletePasskeyRequest, CompletePasskeyResponse, CompletePasskeySignInRequest, CompletePasskeySignInResponse, EndOtherSessionsRequest, EndOtherSessionsResponse, EndSessionRequest, EndSessionResponse, GetAccountRequest, GetAccountResponse, RemovePasskeyRequest, RemovePasskeyResponse, RenewRecoveryCodesRequest, RenewRecoveryCodesResponse, SetNoticesRequest, SetNoticesResponse, StepUpRequest, StepUpResponse,
};
use tonic::{Request, Response, Status};

use crate::{commands, queries, state::State};

/// `accord.identity.v1.AccountService`.
pub struct Account(pub Arc<State>);

#[tonic::async_trait]
impl AccountService for Account {
    async fn get_account(&self, request: Request<GetAccountRequest>) -> Result<Response<GetAccountResponse>, Status> {
        let (ctx, req) = Ctx::open(request)?;
        queries::get_account::get_account(&self.0, &ctx, req).await.map(Response::new).map_err(Status::from)
    }

    async fn step_up(&self, request: Request<StepUpRequest>) -> Result<Response<StepUpResponse>, Status> {
        let (ctx, req) = Ctx::open(request)?;
        commands::own::step_up::step_up(&self.0, &ctx, req).await.map(Response::new).map_err(Status::from)
    }

    async fn end_session(&self, request: Request<EndSessionRequest>) -> Result<Response<EndSessionResponse>, Status> {
        let (ctx, req) = Ctx::open(request)?;
        commands::own::sessions::end_session(&self.0, &ctx, req).await.map(Response::new).map_err(Status::from)
    }

    async fn end_other_sessions(&self, request: Request<EndOtherSessionsRequest>) -> Result<Response<EndOtherSessionsResponse>, Status> {
        let (ctx, req) = Ctx::open(request)?;
        commands::own::sessions::end_other_sessions(&self.0, &ctx, req).await.map(Response::new).map_err(Status::from)
    }

    async fn assess_password(&self, request: Request<AssessPasswordRequest>) -> Result<Response<AssessPasswordResponse>, Status> {
        let (ctx, req) = Ctx::open(request)?;
        commands::own::password::assess_password(&self.0, &ctx, req).await.map(Response::new).map_err(Status::from)
    }

    async fn change_password(&self, request: Request<ChangePasswordRequest>) -> Result<Response<ChangePasswordResponse>, Status> {
        let (ctx, req) = Ctx::open(request)?;
        commands::own::password::change_password(&self.0, &ctx, req).await.map(Response::new).map_err(Status::from)
    }

    async fn begin_authenticator(&self, request: Request<BeginAuthenticatorRequest>) -> Result<Response<BeginAuthenticatorResponse>, Status> {
        let (ctx, req) = Ctx::open(request)?;
        commands::own::authenticator::begin_authenticator(&self.0, &ctx, req).await.map(Response::new).map_err(Status::from)
    }

    async fn complete_authenticator(&self, request: Request<CompleteAuthenticatorRequest>) -> Result<Response<CompleteAuthenticatorResponse>, Status> {
        let (ctx, req) = Ctx::open(request)?;
        commands::own::authenticator::complete_authenticator(&self.0, &ctx, req).await.map(Response::new).map_err(Status::from)
    }

    async fn renew_recovery_codes(&self, request: Request<RenewRecoveryCodesRequest>) -> Result<Response<RenewRecoveryCodesResponse>, Status> {
        let (ctx, req) = Ctx::open(request)?;
        commands::own::recovery::renew_recovery_codes(&self.0, &ctx, req).await.map(Response::new).map_err(Status::from)
    }

    async fn begin_passkey(&self, request: Request<BeginPasskeyRequest>) -> Result<Response<BeginPasskeyResponse>, Status> {
        let (ctx, req) = Ctx::open(request)?;
        commands::own::passkeys::begin_passkey(&self.0, &ctx, req).await.map(Response::new).map_err(Status::from)
    }

    async fn complete_passkey(&self, request: Request<CompletePasskeyRequest>) -> Result<Response<CompletePasskeyResponse>, Status> {
        let (ctx, req) = Ctx::open(request)?;
        commands::own::passkeys::complete_passkey(&self.0, &ctx, req).await.map(Response::new).map_err(Status::from)
    }

    async fn remove_passkey(&self, request: Request<RemovePasskeyRequest>) -> Result<Response<RemovePasskeyResponse>, Status> {
        let (ctx, req) = Ctx::open(request)?;
        commands::own::passkeys::remove_passkey(&self.0, &ctx, req).await.map(Response::new).map_err(Status::from)
    }

    async fn set_notices(&self, request: Request<SetNoticesRequest>) -> Result<Response<SetNoticesResponse>, Status> {
        let (ctx, req) = Ctx::open(request)?;
        commands::own::notices::set_notices(&self.0, &ctx, req).await.map(Response::new).map_err(Status::from)
    }

    async fn begin_passkey_sign_in(&self, request: Request<BeginPasskeySignInRequest>) -> Result<Response<BeginPasskeySignInResponse>, Status> {
        let (ctx, req) = Ctx::open(request)?;
        commands::own::passkeys::begin_passkey_sign_in(&self.0, &ctx, req).await.map(Response::new).map_err(Status::from)
    }

    async fn complete_passkey_sign_in(&self, request: Request<CompletePasskeySignInRequest>) -> Result<Response<CompletePasskeySignInResponse>, Status> {
        let (ctx, req) = Ctx::open(request)?;
        commands::own::passkeys::complete_passkey_sign_in(&self.0, &ctx, req).await.map(Response::new).map_err(Status::from)
    }
}
