//! The gRPC service that says why somebody may see a record.

use platform::{Ctx, Db};
use proto::case::v1::{access_explain_service_server::AccessExplainService, ExplainAccessRequest, ExplainAccessResponse};
use tonic::{Request, Response, Status};

use crate::queries::explain_access;

/// `accord.case.v1.AccessExplainService`.
pub struct AccessExplainApi {
    db: Db,
}

impl AccessExplainApi {
    /// Serves from the service's database.
    pub fn new(db: Db) -> Self {
        Self { db }
    }
}

#[tonic::async_trait]
impl AccessExplainService for AccessExplainApi {
    async fn explain_access(&self, request: Request<ExplainAccessRequest>) -> Result<Response<ExplainAccessResponse>, Status> {
        let (ctx, message) = Ctx::open(request)?;
        Ok(Response::new(explain_access::explain(&self.db, &ctx, message).await?))
    }
}
