//! The gRPC service of meetings.

use platform::{Ctx, Db, ids};
use proto::case::v1::{meeting_service_server::MeetingService, *};
use tonic::{Request, Response, Status};

use crate::{
    commands::{cancel_meeting, record_attendance, reschedule_meeting, schedule_meeting},
    queries::list_meetings,
};

/// `accord.case.v1.MeetingService`.
pub struct MeetingApi {
    db: Db,
}

impl MeetingApi {
    /// Serves from the service's database.
    pub fn new(db: Db) -> Self {
        Self { db }
    }
}

#[tonic::async_trait]
impl MeetingService for MeetingApi {
    async fn list_meetings(&self, request: Request<ListMeetingsRequest>) -> Result<Response<ListMeetingsResponse>, Status> {
        let (ctx, message) = Ctx::open(request)?;
        Ok(Response::new(list_meetings::list(&self.db, &ctx, message).await?))
    }

    async fn get_meeting(&self, request: Request<GetMeetingRequest>) -> Result<Response<GetMeetingResponse>, Status> {
        let (ctx, message) = Ctx::open(request)?;
        let id = ids::parse_id("meeting_id", &message.meeting_id)?;
        let meeting = list_meetings::get(&self.db, &ctx, id).await?;
        Ok(Response::new(GetMeetingResponse { meeting: Some(meeting) }))
    }

    async fn schedule_meeting(&self, request: Request<ScheduleMeetingRequest>) -> Result<Response<ScheduleMeetingResponse>, Status> {
        let (ctx, message) = Ctx::open(request)?;
        Ok(Response::new(schedule_meeting::run(&self.db, &ctx, message).await?))
    }

    async fn reschedule_meeting(&self, request: Request<RescheduleMeetingRequest>) -> Result<Response<RescheduleMeetingResponse>, Status> {
        let (ctx, message) = Ctx::open(request)?;
        Ok(Response::new(reschedule_meeting::run(&self.db, &ctx, message).await?))
    }

    async fn cancel_meeting(&self, request: Request<CancelMeetingRequest>) -> Result<Response<CancelMeetingResponse>, Status> {
        let (ctx, message) = Ctx::open(request)?;
        Ok(Response::new(cancel_meeting::run(&self.db, &ctx, message).await?))
    }

    async fn record_attendance(&self, request: Request<RecordAttendanceRequest>) -> Result<Response<RecordAttendanceResponse>, Status> {
        let (ctx, message) = Ctx::open(request)?;
        Ok(Response::new(record_attendance::run(&self.db, &ctx, message).await?))
    }
}
