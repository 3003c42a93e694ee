//! Why somebody may see a referral: answered to who answers for access, with ids and codes only.

use proto::{
    ResourceType,
    authz::v1::AccessExplanation,
    referral::v1::{ExplainAccessRequest, access_explain_service_client::AccessExplainServiceClient},
};
use referral::ReferralService;
use testkit::{TestService, World};
use tonic::{Code, Status};
use uuid::Uuid;

use crate::support::{Office, professional};

async fn open() -> (Office, Uuid) {
    let mut p = [Uuid::nil(); 8];
    let service = TestService::serve::<ReferralService>(|world: &mut World| {
        p = [
            world.user("partnership_lead", world.partnership),
            world.user("agency_coordinator", world.agency),
            world.user("agency_coordinator", world.other_agency),
            world.user("facilitator", world.team),
            world.user("read_only", world.partnership),
            world.user("referrer", world.agency),
            world.user("referrer", world.agency),
            world.user("tenant_administrator", world.partnership),
        ];
    })
    .await;
    let [lead, coordinator, other_coordinator, facilitator, reader, partner, other_partner, administrator] = p;
    (Office { service, lead, coordinator, other_coordinator, facilitator, reader, partner, other_partner }, administrator)
}

async fn explain(office: &Office, asker: Uuid, user: Uuid, record: &str) -> Result<AccessExplanation, Status> {
    let request = ExplainAccessRequest { user_id: user.to_string(), resource: ResourceType::Referral.into(), record_id: record.into(), action: 0 };
    let mut client = AccessExplainServiceClient::new(office.service.channel());
    Ok(client.explain_access(office.service.as_user(asker, request)).await?.into_inner().explanations.remove(0))
}

#[tokio::test]
async fn an_explanation_agrees_with_what_the_person_sees() {
    let (office, administrator) = open().await;
    let id = office.submit(office.facilitator, Some(office.service.world.agency), professional("Ana", "Example")).await.referral_id;
    for (user, reach) in [(office.facilitator, "OWN"), (office.coordinator, "OWNER_BELOW"), (office.lead, "EVERYTHING"), (office.other_coordinator, ""), (office.partner, "")] {
        let found = explain(&office, administrator, user, &id).await.expect("explained");
        assert_eq!(found.ways.first().map_or("", |w| w.reach.as_str()), reach);
        assert_eq!((office.get(user, &id).await.is_ok(), found.made), (found.allowed, user == office.facilitator));
    }
    for asker in [office.coordinator, office.facilitator] {
        assert_eq!(explain(&office, asker, office.lead, &id).await.expect_err("refused").code(), Code::PermissionDenied);
    }
    let nowhere = Uuid::from_u128(5).to_string();
    assert_eq!(explain(&office, administrator, office.lead, &nowhere).await.expect_err("refused").code(), Code::NotFound);
    office.service.stop().await;
}
