//! Why somebody may see a record: answered to who answers for access, with ids and codes only.

use proto::{
    ResourceType,
    authz::v1::AccessExplanation,
    case::v1::{DeclareConflictRequest, ExplainAccessRequest, GetCaseRequest, access_explain_service_client::AccessExplainServiceClient},
};
use tonic::{Code, Status};
use uuid::Uuid;

use crate::case_office::Office;

async fn explain(office: &Office, asker: Uuid, user: Uuid, resource: ResourceType, record: &str) -> Result<Vec<AccessExplanation>, Status> {
    let request = ExplainAccessRequest { user_id: user.to_string(), resource: resource.into(), record_id: record.into(), action: 0 };
    let mut client = AccessExplainServiceClient::new(office.service.channel());
    Ok(client.explain_access(office.service.as_user(asker, request)).await?.into_inner().explanations)
}

#[tokio::test]
async fn an_explanation_agrees_with_what_the_person_sees() {
    let office = Office::open().await;
    let (administrator, officer) = (office.administrator, office.officer);
    let id = office.rj().await;
    office.allocate(&id, office.facilitator, "HARMED").await.expect("allocated");
    for (user, why, reach) in [
        (office.facilitator, "GRANTED", "ALLOCATED"),
        (office.coordinator, "GRANTED", "OWNER_BELOW"),
        (office.lead, "GRANTED", "EVERYTHING"),
        (office.colleague, "NOT_VISIBLE", ""),
        (office.other_coordinator, "NOT_VISIBLE", ""),
        (Uuid::from_u128(77), "NOT_VISIBLE", ""),
    ] {
        let found = explain(&office, administrator, user, ResourceType::Case, &id).await.expect("explained");
        assert_eq!((found.len(), found[0].why.as_str()), (1, why));
        assert_eq!(found[0].ways.first().map_or("", |w| w.reach.as_str()), reach);
        assert_eq!(found[0].owner_node_id, office.service.world.agency.to_string());
        assert_eq!(found[0].allocated, user == office.facilitator);
        if user != Uuid::from_u128(77) {
            assert_eq!(office.get(user, &id).await.is_ok(), found[0].allowed);
        }
    }
    assert_eq!(explain(&office, officer, office.lead, ResourceType::Case, &id).await.expect("explained").len(), 1);

    let harmed = office.participant(&id, "HARMED_PERSON", "Ana").await;
    let harmer = office.participant(&id, "HARMER", "Ben").await;
    let visible = async |participant: &str| explain(&office, administrator, office.facilitator, ResourceType::Participant, participant).await.expect("explained")[0].visible;
    assert_eq!((visible(&harmed).await, visible(&harmer).await), (true, false), "allocated to one side");
    office.service.stop().await;
}

#[tokio::test]
async fn only_who_answers_for_access_is_answered() {
    let office = Office::open().await;
    let administrator = office.administrator;
    let id = office.rj().await;
    for asker in [office.coordinator, office.facilitator, office.reader] {
        let refused = explain(&office, asker, office.lead, ResourceType::Case, &id).await.expect_err("refused");
        assert_eq!(refused.code(), Code::PermissionDenied);
    }
    let nowhere = Uuid::from_u128(5).to_string();
    for resource in [ResourceType::Case, ResourceType::Participant, ResourceType::Person] {
        assert_eq!(explain(&office, administrator, office.lead, resource, &nowhere).await.expect_err("refused").code(), Code::NotFound);
    }
    assert_eq!(explain(&office, administrator, office.lead, ResourceType::Report, &id).await.expect_err("refused").code(), Code::InvalidArgument);
    // To explain is not to see.
    let mut cases = office.cases();
    let refused = cases.get_case(office.service.as_user(administrator, GetCaseRequest { case_id: id.clone() })).await.expect_err("refused");
    assert!(matches!(refused.code(), Code::PermissionDenied | Code::NotFound));
    // And that it was asked stands in the audit trail, with the record.
    explain(&office, administrator, office.lead, ResourceType::Case, &id).await.expect("explained");
    let mut db = office.service.db.connect().await;
    let asked: i64 = sqlx::query_scalar("select count(*) from platform.audit_event where method like '%/ExplainAccess' and outcome = 'ok' and record_ids @> array[$1::uuid]")
        .bind(&id)
        .fetch_one(&mut db)
        .await
        .expect("the audit trail");
    assert_eq!(asked, 1);
    office.service.stop().await;
}

#[tokio::test]
async fn a_conflict_is_that_of_the_person_asked_about_and_not_of_who_asks() {
    let office = Office::open().await;
    let id = office.rj().await;
    office.allocate(&id, office.facilitator, "BOTH").await.expect("allocated");
    let own = DeclareConflictRequest { request_id: office.key(), case_id: id.clone(), reason: "Lives next door.".into(), ..DeclareConflictRequest::default() };
    office.access().declare_conflict(office.service.as_user(office.lead, own)).await.expect("declared");
    let of = async |user| explain(&office, office.lead, user, ResourceType::Case, &id).await.expect("explained").remove(0);
    let (asker, asked) = (of(office.lead).await, of(office.facilitator).await);
    assert_eq!((asker.why.as_str(), asker.denies), ("CONFLICT", vec!["CONFLICT".to_owned()]));
    assert_eq!((asked.why.as_str(), asked.denies.len()), ("GRANTED", 0));
    office.service.stop().await;
}
