//! `ErasureService`: each method opens the context and calls its command or query.

use platform::{Ctx, Db};
use proto::people::v1::{erasure_service_server::ErasureService, *};
use tonic::{Request, Response, Status, async_trait};

use super::erasure_convert as convert;
use crate::{
    commands::{
        decide_erasure::{approve_erasure, cancel_erasure},
        erase_person::erase_person,
        holds::{lift_hold, place_hold},
    },
    queries::get_erasure::get_erasure,
};

/// Erasure of people.
pub struct ErasureApi {
    db: Db,
}

impl ErasureApi {
    /// Works on the service's database.
    pub fn new(db: Db) -> Self {
        Self { db }
    }
}

#[async_trait]
impl ErasureService for ErasureApi {
    async fn get_erasure(&self, request: Request<GetErasureRequest>) -> Result<Response<GetErasureResponse>, Status> {
        let (ctx, req) = Ctx::open(request)?;
        Ok(Response::new(convert::view(get_erasure(&self.db, &ctx, req).await?)))
    }

    async fn erase_person(&self, request: Request<ErasePersonRequest>) -> Result<Response<ErasePersonResponse>, Status> {
        let (ctx, req) = Ctx::open(request)?;
        Ok(Response::new(erase_person(&self.db, &ctx, req).await?))
    }

    async fn approve_erasure(&self, request: Request<ApproveErasureRequest>) -> Result<Response<ApproveErasureResponse>, Status> {
        let (ctx, req) = Ctx::open(request)?;
        Ok(Response::new(approve_erasure(&self.db, &ctx, req).await?))
    }

    async fn cancel_erasure(&self, request: Request<CancelErasureRequest>) -> Result<Response<CancelErasureResponse>, Status> {
        let (ctx, req) = Ctx::open(request)?;
        Ok(Response::new(cancel_erasure(&self.db, &ctx, req).await?))
    }

    async fn place_hold(&self, request: Request<PlaceHoldRequest>) -> Result<Response<PlaceHoldResponse>, Status> {
        let (ctx, req) = Ctx::open(request)?;
        Ok(Response::new(place_hold(&self.db, &ctx, req).await?))
    }

    async fn lift_hold(&self, request: Request<LiftHoldRequest>) -> Result<Response<LiftHoldResponse>, Status> {
        let (ctx, req) = Ctx::open(request)?;
        Ok(Response::new(lift_hold(&self.db, &ctx, req).await?))
    }
}
