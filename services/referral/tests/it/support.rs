//! What the tests share.

use platform::grpc::PeerChannel;
use proto::referral::v1::{
    GetReferralRequest, PartyInput, Referral, ReferralInput, Referrer, SafeContact, StartTriageRequest, SubmitReferralRequest,
    SubmitReferralResponse, public_referral_service_client::PublicReferralServiceClient, referral_service_client::ReferralServiceClient,
};
use referral::ReferralService;
use testkit::{TestService, World};
use tonic::Status;
use uuid::Uuid;

/// One service with people of every role.
pub struct Office {
    pub service: TestService,
    pub lead: Uuid,
    pub coordinator: Uuid,
    pub other_coordinator: Uuid,
    pub facilitator: Uuid,
    pub reader: Uuid,
    pub partner: Uuid,
    pub other_partner: Uuid,
}

impl Office {
    pub async fn open() -> Self {
        let mut people = [Uuid::nil(); 7];
        let service = TestService::serve::<ReferralService>(|world: &mut World| {
            people = [
                world.user("partnership_lead", world.partnership),
                world.user("agency_coordinator", world.agency),
                world.user("agency_coordinator", world.other_agency),
                world.user("facilitator", world.team),
                world.user("read_only", world.partnership),
                world.user("referrer", world.agency),
                world.user("referrer", world.agency),
            ];
        })
        .await;
        let [lead, coordinator, other_coordinator, facilitator, reader, partner, other_partner] = people;
        Self { service, lead, coordinator, other_coordinator, facilitator, reader, partner, other_partner }
    }

    pub fn client(&self) -> ReferralServiceClient<PeerChannel> {
        ReferralServiceClient::new(self.service.channel())
    }

    pub fn of_service(&self, name: &str) -> ReferralServiceClient<PeerChannel> {
        ReferralServiceClient::new(self.service.channel_of(name))
    }

    pub fn form(&self) -> PublicReferralServiceClient<PeerChannel> {
        PublicReferralServiceClient::new(self.service.channel())
    }

    pub fn key(&self) -> String {
        platform::ids::new_id(self.service.clock.now()).to_string()
    }

    pub async fn submit(&self, user: Uuid, node: Option<Uuid>, input: ReferralInput) -> SubmitReferralResponse {
        let owner_node_id = node.map(|n| n.to_string()).unwrap_or_default();
        let request = SubmitReferralRequest { request_id: self.key(), input: Some(input), owner_node_id };
        self.client().submit_referral(self.service.as_user(user, request)).await.expect("a referral").into_inner()
    }

    pub async fn get(&self, user: Uuid, id: &str) -> Result<Referral, Status> {
        let answer = self.client().get_referral(self.service.as_user(user, GetReferralRequest { referral_id: id.into() })).await?;
        Ok(answer.into_inner().referral.expect("a referral"))
    }

    /// A referral at the agency, in triage; answers its id and etag.
    pub async fn in_triage(&self) -> (String, String) {
        let id = self.submit(self.lead, Some(self.service.world.agency), professional("Ana", "Example")).await.referral_id;
        let etag = self.start(&id).await;
        (id, etag)
    }

    pub async fn start(&self, id: &str) -> String {
        let request = StartTriageRequest { request_id: self.key(), referral_id: id.into() };
        self.client().start_triage(self.service.as_user(self.coordinator, request)).await.expect("triage").into_inner().etag
    }

    /// Types of what stands in the outbox, in order.
    pub async fn outbox(&self) -> Vec<String> {
        let mut db = self.service.db.connect().await;
        let all: Vec<String> =
            sqlx::query_scalar("select type from platform.outbox order by sequence").fetch_all(&mut db).await.expect("the outbox");
        all.into_iter().map(|t| t.trim_start_matches("accord.").to_owned()).collect()
    }

    pub async fn count(&self, sql: &'static str) -> i64 {
        let mut db = self.service.db.connect().await;
        sqlx::query_scalar(sql).fetch_one(&mut db).await.expect("a count")
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

pub fn person(given: &str, family: &str) -> PartyInput {
    PartyInput {
        role: "HARMED_PERSON".into(),
        given_name: given.into(),
        family_name: family.into(),
        date_of_birth: "1984-05-06".into(),
        email: "ana@example.org".into(),
        phone: "07700 900123".into(),
        safe_contact: Some(SafeContact { email: true, ..SafeContact::default() }),
        ..PartyInput::default()
    }
}

/// A complete request for oneself.
pub fn own() -> ReferralInput {
    ReferralInput {
        initiated_by: "HARMED".into(),
        parties: vec![PartyInput { role: String::new(), ..person("Ana", "Example") }],
        what_happened: "Somebody broke in.".into(),
        agrees_to_contact: true,
        privacy_version: "1".into(),
        ..ReferralInput::default()
    }
}

/// A complete referral of a professional.
pub fn professional(given: &str, family: &str) -> ReferralInput {
    ReferralInput {
        initiated_by: "PROFESSIONAL".into(),
        source: "POLICE_OIC".into(),
        parties: vec![person(given, family)],
        harm_type: "BUR.RES".into(),
        risks: "A dog in the yard.".into(),
        referrer: Some(Referrer {
            name: "Officer Bo".into(),
            organisation: "Northmere Police".into(),
            email: "bo@example.com".into(),
            ..Referrer::default()
        }),
        ..ReferralInput::default()
    }
}
