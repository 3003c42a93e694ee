//! `accord.authz.v1.AuthorizationService`, the same in every service: identity tells that permissions changed.

use proto::authz::v1::{
    AdvanceEpochRequest, AdvanceEpochResponse,
    authorization_service_server::{AuthorizationService, AuthorizationServiceServer},
};
use tonic::{Request, Response, Status};

use super::snapshots::SnapshotSource;
use crate::{Ctx, Error, ids::parse_id};

/// The implementation; add [`Authorization::server`] to the routes.
pub struct Authorization {
    snapshots: SnapshotSource,
}

impl Authorization {
    /// The gRPC service over the snapshots that the server stack uses.
    pub fn server(snapshots: SnapshotSource) -> AuthorizationServiceServer<Self> {
        AuthorizationServiceServer::new(Self { snapshots })
    }
}

#[tonic::async_trait]
impl AuthorizationService for Authorization {
    async fn advance_epoch(&self, request: Request<AdvanceEpochRequest>) -> Result<Response<AdvanceEpochResponse>, Status> {
        let (ctx, message) = Ctx::open(request)?;
        if parse_id("tenant_id", &message.tenant_id)? != ctx.tenant() {
            return Err(Error::invalid().field("tenant_id", "This must be the tenant of the call.").into());
        }
        let snapshot = message.snapshot.ok_or_else(|| Error::invalid().field("snapshot", "Send the snapshot."))?;
        let epoch = self.snapshots.advance(ctx.tenant(), &snapshot).await?;
        Ok(Response::new(AdvanceEpochResponse { epoch }))
    }
}
