//! Sign-in, sessions and tokens.

use std::sync::Arc;

use platform::Ctx;
use proto::identity::v1::{
    session_service_server::SessionService,
    BeginEnrolmentRequest, BeginEnrolmentResponse, BeginSignInRequest, BeginSignInResponse, CompleteEnrolmentRequest, CompleteEnrolmentResponse, CompleteSignInRequest, CompleteSignInResponse, MintPublicTokenRequest, MintPublicTokenResponse, MintServiceAccountTokenRequest, MintServiceAccountTokenResponse, MintTokenRequest, MintTokenResponse, ResolveTenantRequest, ResolveTenantResponse, SignOutEverywhereRequest, SignOutEverywhereResponse, SignOutRequest, SignOutResponse,
};
use tonic::{Request, Response, Status};

use crate::{commands, queries, state::State};

/// `accord.identity.v1.SessionService`.
pub struct Sessions(pub Arc<State>);

#[tonic::async_trait]
impl SessionService for Sessions {
    async fn resolve_tenant(&self, request: Request<ResolveTenantRequest>) -> Result<Response<ResolveTenantResponse>, Status> {
        let (ctx, req) = Ctx::open(request)?;
        queries::resolve_tenant::resolve_tenant(&self.0, &ctx, req).await.map(Response::new).map_err(Status::from)
    }

    async fn begin_sign_in(&self, request: Request<BeginSignInRequest>) -> Result<Response<BeginSignInResponse>, Status> {
        let (ctx, req) = Ctx::open(request)?;
        commands::begin_sign_in::begin_sign_in(&self.0, &ctx, req).await.map(Response::new).map_err(Status::from)
    }

    async fn complete_sign_in(&self, request: Request<CompleteSignInRequest>) -> Result<Response<CompleteSignInResponse>, Status> {
        let (ctx, req) = Ctx::open(request)?;
        commands::complete_sign_in::complete_sign_in(&self.0, &ctx, req).await.map(Response::new).map_err(Status::from)
    }

    async fn mint_token(&self, request: Request<MintTokenRequest>) -> Result<Response<MintTokenResponse>, Status> {
        let (ctx, req) = Ctx::open(request)?;
        commands::mint_token::mint_token(&self.0, &ctx, req).await.map(Response::new).map_err(Status::from)
    }

    async fn mint_public_token(&self, request: Request<MintPublicTokenRequest>) -> Result<Response<MintPublicTokenResponse>, Status> {
        let (ctx, req) = Ctx::open(request)?;
        commands::mint_public_token::mint_public_token(&self.0, &ctx, req).await.map(Response::new).map_err(Status::from)
    }

    async fn mint_service_account_token(&self, request: Request<MintServiceAccountTokenRequest>) -> Result<Response<MintServiceAccountTokenResponse>, Status> {
        let (ctx, req) = Ctx::open(request)?;
        commands::mint_service_account_token::mint_service_account_token(&self.0, &ctx, req).await.map(Response::new).map_err(Status::from)
    }

    async fn sign_out(&self, request: Request<SignOutRequest>) -> Result<Response<SignOutResponse>, Status> {
        let (ctx, req) = Ctx::open(request)?;
        commands::sign_out::sign_out(&self.0, &ctx, req).await.map(Response::new).map_err(Status::from)
    }

    async fn sign_out_everywhere(&self, request: Request<SignOutEverywhereRequest>) -> Result<Response<SignOutEverywhereResponse>, Status> {
        let (ctx, req) = Ctx::open(request)?;
        commands::sign_out::sign_out_everywhere(&self.0, &ctx, req).await.map(Response::new).map_err(Status::from)
    }

    async fn begin_enrolment(&self, request: Request<BeginEnrolmentRequest>) -> Result<Response<BeginEnrolmentResponse>, Status> {
        let (ctx, req) = Ctx::open(request)?;
        commands::begin_enrolment::begin_enrolment(&self.0, &ctx, req).await.map(Response::new).map_err(Status::from)
    }

    async fn complete_enrolment(&self, request: Request<CompleteEnrolmentRequest>) -> Result<Response<CompleteEnrolmentResponse>, Status> {
        let (ctx, req) = Ctx::open(request)?;
        commands::complete_enrolment::complete_enrolment(&self.0, &ctx, req).await.map(Response::new).map_err(Status::from)
    }
}
