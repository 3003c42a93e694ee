//! The gRPC service of cases.

use platform::{Ctx, Db, ids};
use proto::case::v1::{case_service_server::CaseService, *};
use tonic::{Request, Response, Status};

use crate::{
    commands::{
        allocate_case, close_case, end_allocation, hand_over_cases, move_stage, record_outcome, reopen_case, set_hold, update_case,
    },
    queries::{get_case, get_timeline, list_cases},
};

/// `accord.case.v1.CaseService`.
pub struct CaseApi {
    db: Db,
}

impl CaseApi {
    /// Serves from the service's database.
    pub fn new(db: Db) -> Self {
        Self { db }
    }
}

#[tonic::async_trait]
impl CaseService for CaseApi {
    async fn list_cases(&self, request: Request<ListCasesRequest>) -> Result<Response<ListCasesResponse>, Status> {
        let (ctx, message) = Ctx::open(request)?;
        Ok(Response::new(list_cases::list(&self.db, &ctx, message).await?))
    }

    async fn count_cases(&self, request: Request<CountCasesRequest>) -> Result<Response<CountCasesResponse>, Status> {
        let (ctx, _) = Ctx::open(request)?;
        Ok(Response::new(list_cases::count(&self.db, &ctx).await?))
    }

    async fn get_case(&self, request: Request<GetCaseRequest>) -> Result<Response<GetCaseResponse>, Status> {
        let (ctx, message) = Ctx::open(request)?;
        let id = ids::parse_id("case_id", &message.case_id)?;
        let case = get_case::get(&self.db, &ctx, id).await?;
        Ok(Response::new(GetCaseResponse { case: Some(case) }))
    }

    async fn get_timeline(&self, request: Request<GetTimelineRequest>) -> Result<Response<GetTimelineResponse>, Status> {
        let (ctx, message) = Ctx::open(request)?;
        Ok(Response::new(get_timeline::get(&self.db, &ctx, message).await?))
    }

    async fn move_stage(&self, request: Request<MoveStageRequest>) -> Result<Response<MoveStageResponse>, Status> {
        let (ctx, message) = Ctx::open(request)?;
        Ok(Response::new(move_stage::run(&self.db, &ctx, message).await?))
    }

    async fn set_hold(&self, request: Request<SetHoldRequest>) -> Result<Response<SetHoldResponse>, Status> {
        let (ctx, message) = Ctx::open(request)?;
        Ok(Response::new(set_hold::run(&self.db, &ctx, message).await?))
    }

    async fn update_case(&self, request: Request<UpdateCaseRequest>) -> Result<Response<UpdateCaseResponse>, Status> {
        let (ctx, message) = Ctx::open(request)?;
        Ok(Response::new(update_case::run(&self.db, &ctx, message).await?))
    }

    async fn allocate_case(&self, request: Request<AllocateCaseRequest>) -> Result<Response<AllocateCaseResponse>, Status> {
        let (ctx, message) = Ctx::open(request)?;
        Ok(Response::new(allocate_case::run(&self.db, &ctx, message).await?))
    }

    async fn end_allocation(&self, request: Request<EndAllocationRequest>) -> Result<Response<EndAllocationResponse>, Status> {
        let (ctx, message) = Ctx::open(request)?;
        Ok(Response::new(end_allocation::run(&self.db, &ctx, message).await?))
    }

    async fn hand_over_cases(&self, request: Request<HandOverCasesRequest>) -> Result<Response<HandOverCasesResponse>, Status> {
        let (ctx, message) = Ctx::open(request)?;
        Ok(Response::new(hand_over_cases::run(&self.db, &ctx, message).await?))
    }

    async fn record_outcome(&self, request: Request<RecordOutcomeRequest>) -> Result<Response<RecordOutcomeResponse>, Status> {
        let (ctx, message) = Ctx::open(request)?;
        Ok(Response::new(record_outcome::run(&self.db, &ctx, message).await?))
    }

    async fn close_case(&self, request: Request<CloseCaseRequest>) -> Result<Response<CloseCaseResponse>, Status> {
        let (ctx, message) = Ctx::open(request)?;
        Ok(Response::new(close_case::run(&self.db, &ctx, message).await?))
    }

    async fn reopen_case(&self, request: Request<ReopenCaseRequest>) -> Result<Response<ReopenCaseResponse>, Status> {
        let (ctx, message) = Ctx::open(request)?;
        Ok(Response::new(reopen_case::run(&self.db, &ctx, message).await?))
    }
}
