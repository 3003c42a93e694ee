//! `accord.case.v1.CaseAccessService`.

use platform::{Ctx, Db, ids};
use proto::case::v1::{
    case_access_service_server::CaseAccessService,
    BreakGlassRequest, BreakGlassResponse, CreateAgreementRequest, CreateAgreementResponse, DeclareConflictRequest,
    DeclareConflictResponse, EndAgreementRequest, EndAgreementResponse, EndConflictRequest, EndConflictResponse,
    EndShareRequest, EndShareResponse, GetCaseAccessRequest, GetCaseAccessResponse, LiftRestrictionRequest,
    LiftRestrictionResponse, ListAgreementsRequest, ListAgreementsResponse, ListBreakGlassRequest, ListBreakGlassResponse,
    ListConflictsRequest, ListConflictsResponse, ListLocksRequest, ListLocksResponse, ListRestrictionsRequest,
    ListRestrictionsResponse, LockCaseRequest, LockCaseResponse, ReleaseLockRequest, ReleaseLockResponse,
    ReviewBreakGlassRequest, ReviewBreakGlassResponse, SetRestrictionRequest, SetRestrictionResponse, ShareCaseRequest,
    ShareCaseResponse, UnlockCaseRequest, UnlockCaseResponse, VisibleCasesRequest, VisibleCasesResponse,
};
use tonic::{Request, Response, Status};

use crate::{
    commands::{agreements, break_glass, conflicts, lock_case, restrictions, share_case},
    queries::{access_lists, get_case_access},
};

/// The service.
#[derive(Clone)]
pub struct CaseAccessApi {
    db: Db,
}

impl CaseAccessApi {
    /// Works on the service's database.
    pub fn new(db: Db) -> Self {
        Self { db }
    }
}

#[tonic::async_trait]
impl CaseAccessService for CaseAccessApi {
    async fn get_case_access(&self, request: Request<GetCaseAccessRequest>) -> Result<Response<GetCaseAccessResponse>, Status> {
        let (ctx, message) = Ctx::open(request)?;
        let id = ids::parse_id("case_id", &message.case_id)?;
        let access = get_case_access::get(&self.db, &ctx, id).await?;
        Ok(Response::new(GetCaseAccessResponse { access: Some(access) }))
    }

    async fn visible_cases(&self, request: Request<VisibleCasesRequest>) -> Result<Response<VisibleCasesResponse>, Status> {
        let (ctx, message) = Ctx::open(request)?;
        Ok(Response::new(access_lists::visible(&self.db, &ctx, message).await?))
    }

    async fn lock_case(&self, request: Request<LockCaseRequest>) -> Result<Response<LockCaseResponse>, Status> {
        let (ctx, message) = Ctx::open(request)?;
        Ok(Response::new(lock_case::lock(&self.db, &ctx, message).await?))
    }

    async fn unlock_case(&self, request: Request<UnlockCaseRequest>) -> Result<Response<UnlockCaseResponse>, Status> {
        let (ctx, message) = Ctx::open(request)?;
        Ok(Response::new(lock_case::unlock(&self.db, &ctx, message).await?))
    }

    async fn list_locks(&self, request: Request<ListLocksRequest>) -> Result<Response<ListLocksResponse>, Status> {
        let (ctx, message) = Ctx::open(request)?;
        Ok(Response::new(access_lists::list_locks(&self.db, &ctx, message).await?))
    }

    async fn release_lock(&self, request: Request<ReleaseLockRequest>) -> Result<Response<ReleaseLockResponse>, Status> {
        let (ctx, message) = Ctx::open(request)?;
        Ok(Response::new(lock_case::release(&self.db, &ctx, message).await?))
    }

    async fn declare_conflict(&self, request: Request<DeclareConflictRequest>) -> Result<Response<DeclareConflictResponse>, Status> {
        let (ctx, message) = Ctx::open(request)?;
        Ok(Response::new(conflicts::declare(&self.db, &ctx, message).await?))
    }

    async fn end_conflict(&self, request: Request<EndConflictRequest>) -> Result<Response<EndConflictResponse>, Status> {
        let (ctx, message) = Ctx::open(request)?;
        Ok(Response::new(conflicts::end(&self.db, &ctx, message).await?))
    }

    async fn list_conflicts(&self, request: Request<ListConflictsRequest>) -> Result<Response<ListConflictsResponse>, Status> {
        let (ctx, message) = Ctx::open(request)?;
        Ok(Response::new(access_lists::list_conflicts(&self.db, &ctx, message).await?))
    }

    async fn set_restriction(&self, request: Request<SetRestrictionRequest>) -> Result<Response<SetRestrictionResponse>, Status> {
        let (ctx, message) = Ctx::open(request)?;
        Ok(Response::new(restrictions::set(&self.db, &ctx, message).await?))
    }

    async fn lift_restriction(&self, request: Request<LiftRestrictionRequest>) -> Result<Response<LiftRestrictionResponse>, Status> {
        let (ctx, message) = Ctx::open(request)?;
        Ok(Response::new(restrictions::lift(&self.db, &ctx, message).await?))
    }

    async fn list_restrictions(&self, request: Request<ListRestrictionsRequest>) -> Result<Response<ListRestrictionsResponse>, Status> {
        let (ctx, message) = Ctx::open(request)?;
        Ok(Response::new(access_lists::list_restrictions(&self.db, &ctx, message).await?))
    }

    async fn create_agreement(&self, request: Request<CreateAgreementRequest>) -> Result<Response<CreateAgreementResponse>, Status> {
        let (ctx, message) = Ctx::open(request)?;
        Ok(Response::new(agreements::create(&self.db, &ctx, message).await?))
    }

    async fn end_agreement(&self, request: Request<EndAgreementRequest>) -> Result<Response<EndAgreementResponse>, Status> {
        let (ctx, message) = Ctx::open(request)?;
        Ok(Response::new(agreements::end(&self.db, &ctx, message).await?))
    }

    async fn list_agreements(&self, request: Request<ListAgreementsRequest>) -> Result<Response<ListAgreementsResponse>, Status> {
        let (ctx, message) = Ctx::open(request)?;
        Ok(Response::new(access_lists::list_agreements(&self.db, &ctx, message).await?))
    }

    async fn share_case(&self, request: Request<ShareCaseRequest>) -> Result<Response<ShareCaseResponse>, Status> {
        let (ctx, message) = Ctx::open(request)?;
        Ok(Response::new(share_case::share(&self.db, &ctx, message).await?))
    }

    async fn end_share(&self, request: Request<EndShareRequest>) -> Result<Response<EndShareResponse>, Status> {
        let (ctx, message) = Ctx::open(request)?;
        Ok(Response::new(share_case::end(&self.db, &ctx, message).await?))
    }

    async fn break_glass(&self, request: Request<BreakGlassRequest>) -> Result<Response<BreakGlassResponse>, Status> {
        let (ctx, message) = Ctx::open(request)?;
        Ok(Response::new(break_glass::run(&self.db, &ctx, message).await?))
    }

    async fn list_break_glass(&self, request: Request<ListBreakGlassRequest>) -> Result<Response<ListBreakGlassResponse>, Status> {
        let (ctx, message) = Ctx::open(request)?;
        Ok(Response::new(access_lists::list_break_glass(&self.db, &ctx, message).await?))
    }

    async fn review_break_glass(&self, request: Request<ReviewBreakGlassRequest>) -> Result<Response<ReviewBreakGlassResponse>, Status> {
        let (ctx, message) = Ctx::open(request)?;
        Ok(Response::new(break_glass::review(&self.db, &ctx, message).await?))
    }
}
