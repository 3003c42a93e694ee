//! `ParticipantService`: each method opens the context and calls its command or query.

use platform::{Ctx, Db, ids};
use proto::case::v1::{participant_service_server::ParticipantService, *};
use tonic::{Request, Response, Status, async_trait};

use super::participant_convert as convert;
use crate::{
    commands::{
        add_participant::add_participant, record_consent::record_consent, record_contact_attempt::record_contact_attempt, set_flag::set_flag,
        set_participation_status::set_participation_status,
    },
    queries::participants::{get_participant, list_participants},
};

/// The people concerned in a case.
pub struct ParticipantApi {
    db: Db,
}

impl ParticipantApi {
    /// Works on the service's database.
    pub fn new(db: Db) -> Self {
        Self { db }
    }
}

#[async_trait]
impl ParticipantService for ParticipantApi {
    async fn list_participants(&self, request: Request<ListParticipantsRequest>) -> Result<Response<ListParticipantsResponse>, Status> {
        let (ctx, req) = Ctx::open(request)?;
        let views = list_participants(&self.db, &ctx, ids::parse_id("case_id", &req.case_id)?).await?;
        Ok(Response::new(ListParticipantsResponse { participants: views.into_iter().map(convert::participant).collect() }))
    }

    async fn get_participant(&self, request: Request<GetParticipantRequest>) -> Result<Response<GetParticipantResponse>, Status> {
        let (ctx, req) = Ctx::open(request)?;
        let view = get_participant(&self.db, &ctx, ids::parse_id("participant_id", &req.participant_id)?).await?;
        Ok(Response::new(GetParticipantResponse { participant: Some(convert::participant(view)) }))
    }

    async fn add_participant(&self, request: Request<AddParticipantRequest>) -> Result<Response<AddParticipantResponse>, Status> {
        let (ctx, req) = Ctx::open(request)?;
        Ok(Response::new(add_participant(&self.db, &ctx, req).await?))
    }

    async fn set_participation_status(
        &self,
        request: Request<SetParticipationStatusRequest>,
    ) -> Result<Response<SetParticipationStatusResponse>, Status> {
        let (ctx, req) = Ctx::open(request)?;
        Ok(Response::new(set_participation_status(&self.db, &ctx, req).await?))
    }

    async fn record_consent(&self, request: Request<RecordConsentRequest>) -> Result<Response<RecordConsentResponse>, Status> {
        let (ctx, req) = Ctx::open(request)?;
        Ok(Response::new(record_consent(&self.db, &ctx, req).await?))
    }

    async fn record_contact_attempt(&self, request: Request<RecordContactAttemptRequest>) -> Result<Response<RecordContactAttemptResponse>, Status> {
        let (ctx, req) = Ctx::open(request)?;
        Ok(Response::new(record_contact_attempt(&self.db, &ctx, req).await?))
    }

    async fn set_flag(&self, request: Request<SetFlagRequest>) -> Result<Response<SetFlagResponse>, Status> {
        let (ctx, req) = Ctx::open(request)?;
        Ok(Response::new(set_flag(&self.db, &ctx, req).await?))
    }
}
