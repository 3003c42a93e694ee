//! Anonymous reports from a warehouse that is fed by events only. It knows no names, and what is too small to be shown is
//! hidden so that it cannot be worked out.

pub mod api;
pub mod domain;
pub mod events;
pub mod queries;
pub mod store;

use std::sync::Arc;

use futures::future::BoxFuture;
use platform::{
    Result,
    app::{Built, Deps, Service},
};
use proto::reporting::v1::report_service_server::ReportServiceServer;
use sqlx::migrate::Migrator;
use tonic::service::Routes;

static MIGRATOR: Migrator = sqlx::migrate!();

/// The reporting service.
pub struct ReportingService;

impl Service for ReportingService {
    const NAME: &'static str = "reporting";

    fn migrator() -> &'static Migrator {
        &MIGRATOR
    }

    fn build(deps: Deps) -> BoxFuture<'static, Result<Built>> {
        Box::pin(async move {
            Ok(Built {
                routes: Routes::new(ReportServiceServer::new(api::Api { db: deps.db.clone() })),
                consumers: vec![Arc::new(events::Facts { db: deps.db })],
                ..Built::default()
            })
        })
    }
}
