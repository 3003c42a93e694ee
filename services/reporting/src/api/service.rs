//! `accord.reporting.v1.ReportService`.

use platform::{Ctx, Db};
use proto::reporting::v1::{
    ListReportsRequest, ListReportsResponse, RunReportRequest, RunReportResponse, report_service_server::ReportService,
};
use tonic::{Request, Response, Status};

use crate::queries::{list_reports, run_report};

/// The service.
#[derive(Clone)]
pub struct Api {
    /// Its database.
    pub db: Db,
}

#[tonic::async_trait]
impl ReportService for Api {
    async fn list_reports(&self, request: Request<ListReportsRequest>) -> Result<Response<ListReportsResponse>, Status> {
        let (ctx, _) = Ctx::open(request)?;
        Ok(Response::new(list_reports::run(&ctx)?))
    }

    async fn run_report(&self, request: Request<RunReportRequest>) -> Result<Response<RunReportResponse>, Status> {
        let (ctx, request) = Ctx::open(request)?;
        Ok(Response::new(run_report::run(&self.db, &ctx, request).await?))
    }
}
