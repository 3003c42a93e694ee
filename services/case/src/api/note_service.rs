//! The gRPC service of notes.

use platform::{Ctx, Db};
use proto::case::v1::{note_service_server::NoteService, *};
use tonic::{Request, Response, Status};

use crate::{
    commands::{add_note, correct_note},
    queries::list_notes,
};

/// `accord.case.v1.NoteService`.
pub struct NoteApi {
    db: Db,
}

impl NoteApi {
    /// Serves from the service's database.
    pub fn new(db: Db) -> Self {
        Self { db }
    }
}

#[tonic::async_trait]
impl NoteService for NoteApi {
    async fn list_notes(&self, request: Request<ListNotesRequest>) -> Result<Response<ListNotesResponse>, Status> {
        let (ctx, message) = Ctx::open(request)?;
        Ok(Response::new(list_notes::list(&self.db, &ctx, message).await?))
    }

    async fn add_note(&self, request: Request<AddNoteRequest>) -> Result<Response<AddNoteResponse>, Status> {
        let (ctx, message) = Ctx::open(request)?;
        Ok(Response::new(add_note::run(&self.db, &ctx, message).await?))
    }

    async fn correct_note(&self, request: Request<CorrectNoteRequest>) -> Result<Response<CorrectNoteResponse>, Status> {
        let (ctx, message) = Ctx::open(request)?;
        Ok(Response::new(correct_note::run(&self.db, &ctx, message).await?))
    }
}
