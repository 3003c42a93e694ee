//! A case service with people of every role, and cases without the referral service.

use std::time::Duration;

use case::{CaseService, open_case::{self, OpenCase}};
use figment::Figment;
use platform::{Tx, app::Mode, grpc::PeerChannel, ids, jobs::JobCtx, lifecycle::Shutdown};
use proto::case::v1::{
    AddParticipantRequest, AllocateCaseRequest, Case, GetCaseRequest, ListCasesRequest, ListCasesResponse, MoveStageRequest,
    case_access_service_client::CaseAccessServiceClient, case_service_client::CaseServiceClient, meeting_service_client::MeetingServiceClient,
    note_service_client::NoteServiceClient, participant_service_client::ParticipantServiceClient,
};
use testkit::{TestService, World};
use tonic::Status;
use uuid::Uuid;

pub struct Office {
    pub service: TestService,
    channel: PeerChannel,
    pub lead: Uuid,
    pub coordinator: Uuid,
    pub other_coordinator: Uuid,
    pub facilitator: Uuid,
    pub colleague: Uuid,
    pub reader: Uuid,
    pub administrator: Uuid,
    pub officer: Uuid,
    pub other_officer: Uuid,
}

impl Office {
    pub async fn open() -> Self {
        Self::start(Mode::SERVE).await
    }

    pub async fn start(mode: Mode) -> Self {
        let mut people = [Uuid::nil(); 9];
        let service = TestService::start::<CaseService>(mode, Figment::new(), |world: &mut World| {
            people = [
                world.user("partnership_lead", world.partnership),
                world.user("agency_coordinator", world.agency),
                world.user("agency_coordinator", world.other_agency),
                world.user("facilitator", world.team),
                world.user("facilitator", world.team),
                world.user("read_only", world.agency),
                world.user("tenant_administrator", world.partnership),
                world.user("data_protection_officer", world.partnership),
                world.user("data_protection_officer", world.partnership),
            ];
        })
        .await;
        let [lead, coordinator, other_coordinator, facilitator, colleague, reader, administrator, officer, other_officer] = people;
        // One for all calls: a certificate and a handshake for each would be most of a test's time.
        let channel = service.channel();
        Self { service, channel, lead, coordinator, other_coordinator, facilitator, colleague, reader, administrator, officer, other_officer }
    }

    pub fn cases(&self) -> CaseServiceClient<PeerChannel> {
        CaseServiceClient::new(self.channel.clone())
    }

    pub fn notes(&self) -> NoteServiceClient<PeerChannel> {
        NoteServiceClient::new(self.channel.clone())
    }

    pub fn channel(&self) -> PeerChannel {
        self.channel.clone()
    }

    pub fn access(&self) -> CaseAccessServiceClient<PeerChannel> {
        CaseAccessServiceClient::new(self.channel.clone())
    }

    pub fn meetings(&self) -> MeetingServiceClient<PeerChannel> {
        MeetingServiceClient::new(self.channel.clone())
    }

    pub fn key(&self) -> String {
        ids::new_id(self.service.clock.now()).to_string()
    }

    /// A case of the agency, as an accepted referral opens it; answers its id.
    pub async fn case_of(&self, kind: &str) -> String {
        self.case_at(kind, self.service.world.agency).await
    }

    /// The same, owned by another node.
    pub async fn case_at(&self, kind: &str, owner_node_id: Uuid) -> String {
        let clock = self.service.clock.clone();
        let jobs = JobCtx::new("case", self.service.running.db.clone(), clock.clone(), Shutdown::new(Duration::ZERO, Duration::ZERO));
        let ctx = jobs.ctx_for(self.service.world.tenant, ids::new_id(clock.now()));
        let case_id = ids::new_id(clock.now());
        let wanted = OpenCase {
            case_id,
            referral_id: ids::new_id(clock.now()),
            kind: kind.into(),
            owner_node_id,
            referral_source: "POLICE_OIC".into(),
            harm_type: "BUR.RES".into(),
            what_happened: "Somebody broke in.".into(),
            risks: "A dog in the yard.".into(),
            ..OpenCase::default()
        };
        for fresh in [true, false] {
            let mut tx = Tx::begin(jobs.db(), &ctx, ctx.permit()).await.expect("a transaction");
            assert_eq!(open_case::open(&mut tx, wanted.clone()).await.expect("a case"), fresh, "opened once");
            tx.commit().await.expect("committed");
        }
        case_id.to_string()
    }

    pub async fn rj(&self) -> String {
        self.case_of("RESTORATIVE_JUSTICE").await
    }

    pub async fn participant(&self, case_id: &str, role: &str, given: &str) -> String {
        let request = AddParticipantRequest {
            request_id: self.key(),
            case_id: case_id.into(),
            role: role.into(),
            given_name: given.into(),
            family_name: "Example".into(),
            ..AddParticipantRequest::default()
        };
        let mut client = ParticipantServiceClient::new(self.channel.clone());
        client.add_participant(self.service.as_user(self.coordinator, request)).await.expect("a participant").into_inner().participant_id
    }

    pub async fn get(&self, user: Uuid, case_id: &str) -> Result<Case, Status> {
        let answer = self.cases().get_case(self.service.as_user(user, GetCaseRequest { case_id: case_id.into() })).await?;
        Ok(answer.into_inner().case.expect("a case"))
    }

    pub async fn etag(&self, case_id: &str) -> String {
        self.get(self.lead, case_id).await.expect("the case").etag
    }

    pub async fn list(&self, user: Uuid, request: ListCasesRequest) -> Result<ListCasesResponse, Status> {
        Ok(self.cases().list_cases(self.service.as_user(user, request)).await?.into_inner())
    }

    pub async fn allocate(&self, case_id: &str, user: Uuid, side: &str) -> Result<String, Status> {
        let request = AllocateCaseRequest {
            request_id: self.key(),
            case_id: case_id.into(),
            etag: self.etag(case_id).await,
            user_id: user.to_string(),
            side: side.into(),
            lead: true,
            last_day: String::new(),
        };
        Ok(self.cases().allocate_case(self.service.as_user(self.coordinator, request)).await?.into_inner().allocation_id)
    }

    /// Allocates as somebody else than the agency's coordinator.
    pub async fn allocate_by(&self, who: Uuid, case_id: &str, user: Uuid) -> Result<String, Status> {
        let etag = self.get(who, case_id).await?.etag;
        let request = AllocateCaseRequest {
            request_id: self.key(), case_id: case_id.into(), etag, user_id: user.to_string(), side: "BOTH".into(), lead: false, last_day: String::new(),
        };
        Ok(self.cases().allocate_case(self.service.as_user(who, request)).await?.into_inner().allocation_id)
    }

    pub async fn to_stage(&self, user: Uuid, case_id: &str, stage: &str, reason: &str) -> Result<String, Status> {
        let request = MoveStageRequest {
            request_id: self.key(),
            case_id: case_id.into(),
            etag: self.etag(case_id).await,
            stage: stage.into(),
            reason: reason.into(),
        };
        Ok(self.cases().move_stage(self.service.as_user(user, request)).await?.into_inner().etag)
    }

    /// Types of what stands in the outbox, in order.
    pub async fn outbox(&self) -> Vec<String> {
        let mut db = self.service.db.connect().await;
        let all: Vec<String> =
            sqlx::query_scalar("select type from platform.outbox order by sequence").fetch_all(&mut db).await.expect("the outbox");
        all.into_iter().map(|t| t.trim_start_matches("accord.").to_owned()).collect()
    }
}

/// The wrong fields of a refusal.
pub fn fields(status: Status) -> Vec<String> {
    platform::Error::from(status).fields().iter().map(|f| f.field.clone()).collect()
}

/// The reason of a refusal.
pub fn reason(status: Status) -> String {
    platform::Error::from(status).reason().to_owned()
}
