//! `accord.notification.v1.MessageService`.

use platform::{Ctx, Db, grpc::Peers};
use proto::notification::v1::{
    ListMessagesRequest, ListMessagesResponse, ListTemplatesRequest, ListTemplatesResponse, message_service_server::MessageService,
};
use tonic::{Request, Response, Status};

use crate::queries::{list_messages, list_templates};

/// The service.
#[derive(Clone)]
pub struct Api {
    /// Its database.
    pub db: Db,
    /// The case service, which says what cases the caller may read.
    pub peers: Peers,
}

#[tonic::async_trait]
impl MessageService for Api {
    async fn list_messages(&self, request: Request<ListMessagesRequest>) -> Result<Response<ListMessagesResponse>, Status> {
        let (ctx, request) = Ctx::open(request)?;
        Ok(Response::new(list_messages::run(&self.db, &self.peers, &ctx, request).await?))
    }

    async fn list_templates(&self, request: Request<ListTemplatesRequest>) -> Result<Response<ListTemplatesResponse>, Status> {
        let (ctx, _) = Ctx::open(request)?;
        Ok(Response::new(list_templates::run(&ctx)?))
    }
}
