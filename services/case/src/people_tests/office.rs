//! An office with one case, opened by the same code that an accepted referral runs.

use platform::{Ctx, db::Tx, ids, jobs::JobCtx, lifecycle::Shutdown};
use proto::{
    case::v1::{participant_service_client::ParticipantServiceClient, *},
    people::v1::{people_service_client::PeopleServiceClient, *},
};
use testkit::TestService;
use uuid::Uuid;

use crate::{
    CaseService,
    commands::{open_case::{self, OpenCase}, take_party::{self, Party}},
    domain::{contact::Given, side::Side},
    store::{allocations::{self, AllocationRow}, people_blobs::{DemographicsBlob, IdentityBlob}},
};

/// A service with a case of two people, and callers of several rights.
pub struct Office {
    pub service: TestService,
    pub coordinator: Uuid,
    pub outsider: Uuid,
    pub harmed_side: Uuid,
    pub reader: Uuid,
    pub case: Uuid,
    pub naomi: Uuid,
    pub sam: Uuid,
    pub people: PeopleServiceClient<platform::grpc::PeerChannel>,
    pub participants: ParticipantServiceClient<platform::grpc::PeerChannel>,
    pub ctx: Ctx,
}

pub fn key() -> String {
    ids::new_id(platform::Clock::system().now()).to_string()
}

pub fn naomi(at: chrono::DateTime<chrono::Utc>) -> Party {
    Party {
        role: "HARMED_PERSON".into(),
        identity: IdentityBlob { given_name: "Naomi".into(), family_name: "Adeyemi".into(), ..IdentityBlob::default() },
        birth: chrono::NaiveDate::from_ymd_opt(1990, 3, 12),
        contact: Given {
            email: "naomi@mail.example.org".into(),
            phone: "07700 900123".into(),
            address: "4 Mill Lane, Leeds".into(),
            postcode: "LS9 8QT".into(),
            safe_email: true,
            safe_text: true,
            ..Given::default()
        },
        demographics: Some(DemographicsBlob { sex: "F".into(), ..DemographicsBlob::default() }),
        themself: Some(at),
        agrees: true,
        ..Party::default()
    }
}

fn sam() -> Party {
    Party {
        role: "HARMER".into(),
        identity: IdentityBlob { given_name: "Samuel".into(), family_name: "Whitlock".into(), ..IdentityBlob::default() },
        contact: Given { phone: "07700 900456".into(), safe_text: true, ..Given::default() },
        ..Party::default()
    }
}

pub async fn office() -> Office {
    let (mut coordinator, mut outsider, mut harmed_side, mut reader) = (Uuid::nil(), Uuid::nil(), Uuid::nil(), Uuid::nil());
    let service = TestService::serve::<CaseService>(|world| {
        coordinator = world.user("agency_coordinator", world.agency);
        outsider = world.user("agency_coordinator", world.other_agency);
        harmed_side = world.user("facilitator", world.team);
        reader = world.user("read_only", world.agency);
    })
    .await;
    let stop = Shutdown::new(std::time::Duration::ZERO, std::time::Duration::ZERO);
    let db = service.running.db.clone();
    let ctx = JobCtx::new("case", db.clone(), service.clock.clone(), stop).ctx_for(service.world.tenant, ctx_id());
    let case = ctx.new_id();
    let mut tx = Tx::begin(&db, &ctx, ctx.permit()).await.expect("a transaction");
    let wanted = OpenCase {
        case_id: case,
        referral_id: ctx.new_id(),
        kind: "RESTORATIVE_JUSTICE".into(),
        owner_node_id: service.world.team,
        referral_source: "SELF".into(),
        harm_type: "BUR.RES".into(),
        ..OpenCase::default()
    };
    assert!(open_case::open(&mut tx, wanted).await.expect("the case opens"));
    let naomi = take_party::take_party(&mut tx, case, naomi(ctx.now())).await.expect("the person harmed");
    let sam = take_party::take_party(&mut tx, case, sam()).await.expect("the person responsible");
    let allocation = AllocationRow {
        id: ctx.new_id(),
        case_id: case,
        user_id: harmed_side,
        side: Side::Harmed,
        lead: true,
        from_at: ctx.now(),
        to_at: None,
        end_reason: None,
        until: None,
    };
    allocations::insert(&mut tx, &allocation).await.expect("an allocation");
    tx.commit().await.expect("committed");
    let (people, participants) = (PeopleServiceClient::new(service.channel()), ParticipantServiceClient::new(service.channel()));
    Office { service, coordinator, outsider, harmed_side, reader, case, naomi, sam, people, participants, ctx }
}

fn ctx_id() -> Uuid {
    Uuid::from_u128(7)
}

impl Office {
    pub async fn search(&mut self, who: Uuid, text: &str) -> Vec<Person> {
        let request = self.service.as_user(who, SearchPeopleRequest { text: text.into(), ..SearchPeopleRequest::default() });
        self.people.search_people(request).await.unwrap_or_else(|e| panic!("{text}: {e:?}")).into_inner().people
    }

    pub async fn person(&mut self, who: Uuid, id: &str) -> Result<Person, tonic::Status> {
        let request = self.service.as_user(who, GetPersonRequest { person_id: id.into() });
        Ok(self.people.get_person(request).await?.into_inner().person.expect("a person"))
    }

    pub async fn participant(&mut self, who: Uuid, id: Uuid) -> Result<Participant, tonic::Status> {
        let request = self.service.as_user(who, GetParticipantRequest { participant_id: id.to_string() });
        Ok(self.participants.get_participant(request).await?.into_inner().participant.expect("a participant"))
    }

    pub async fn resolve(&self, participant: Uuid, channel: &str) -> ResolveForSendingResponse {
        let mut client = PeopleServiceClient::new(self.service.channel_of("notification"));
        let ask = ResolveForSendingRequest { participant_id: participant.to_string(), purpose: "CONTACT".into(), channel: channel.into(), meeting_id: String::new() };
        client.resolve_for_sending(self.service.as_workload(ctx_id(), ask)).await.expect("an answer").into_inner()
    }

    pub async fn consent(&mut self, participant: Uuid, purpose: &str, state: &str) -> Result<(), tonic::Status> {
        let req = RecordConsentRequest {
            request_id: key(),
            participant_id: participant.to_string(),
            purpose: purpose.into(),
            state: state.into(),
            how: "SPOKEN".into(),
            note: "By telephone.".into(),
            at: None,
        };
        self.participants.record_consent(self.service.as_user(self.coordinator, req)).await.map(drop)
    }

    pub async fn status(&mut self, participant: Uuid, status: &str) -> Result<(), tonic::Status> {
        let etag = self.participant(self.coordinator, participant).await?.etag;
        let req = SetParticipationStatusRequest { request_id: key(), participant_id: participant.to_string(), etag, status: status.into(), reason: "As agreed.".into() };
        self.participants.set_participation_status(self.service.as_user(self.coordinator, req)).await.map(drop)
    }
}

