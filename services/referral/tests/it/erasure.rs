//! Erasure of a person who came by referrals: their parties' keys, the texts that were theirs alone, and nobody else's.

use std::time::Duration;

use bytes::Bytes;
use platform::{
    events::{Consumer, Received},
    jobs::JobCtx,
    lifecycle::Shutdown,
};
use prost::{Message, Name};
use proto::{
    events::v1::{ErasureConfirmed, PersonErased},
    referral::v1::PartyInput,
};
use referral::events::on_person_erased::OnPersonErased;
use uuid::Uuid;

use crate::support::{Office, person, professional};

async fn erase(office: &Office, n: u128, person: Uuid, parties: &[String]) {
    let erasure = Uuid::from_u128(n);
    let notice = PersonErased { erasure_id: erasure.to_string(), person_id: person.to_string(), party_ids: parties.to_vec() };
    let event = Received {
        id: Uuid::from_u128(n + 1_000),
        type_name: PersonErased::full_name(),
        source: "case".into(),
        tenant: office.service.world.tenant,
        subject: person,
        version: 1,
        occurred_at: office.service.clock.now(),
        body: Bytes::from(notice.encode_to_vec()),
        trace: None,
    };
    let db = office.service.running.db.clone();
    let jobs = JobCtx::new("referral", db.clone(), office.service.clock.clone(), Shutdown::new(Duration::ZERO, Duration::from_secs(1)));
    let consumer = OnPersonErased::new(db);
    for _ in 0..2 {
        consumer.handle(&jobs.ctx_for(event.tenant, event.id), &event).await.expect("handled, and a second delivery does nothing");
    }
}

async fn confirmed(office: &Office) -> Vec<i32> {
    let mut db = office.service.db.connect().await;
    let bodies: Vec<Vec<u8>> =
        sqlx::query_scalar("select body from platform.outbox where type = 'accord.events.v1.ErasureConfirmed' order by sequence").fetch_all(&mut db).await.expect("the outbox");
    bodies.iter().map(|body| ErasureConfirmed::decode(body.as_slice()).expect("it decodes").keys).collect()
}

#[tokio::test]
async fn a_party_goes_alone_and_the_referral_with_its_last_one() {
    let office = Office::open().await;
    let mut input = professional("Ana", "Example");
    input.needs = "A quiet room.".into();
    input.parties.push(PartyInput { role: "HARMER".into(), ..person("Bo", "Sample") });
    let id = office.submit(office.lead, Some(office.service.world.agency), input).await.referral_id;
    let other = office.submit(office.lead, Some(office.service.world.agency), professional("Cy", "Other")).await.referral_id;
    let parties = office.get(office.coordinator, &id).await.expect("the referral").party_ids;

    erase(&office, 1, Uuid::from_u128(50), &parties[..1]).await;
    let left = office.get(office.coordinator, &id).await.expect("the referral stays").input.expect("what was told");
    assert_eq!(left.parties.iter().map(|p| (p.given_name.as_str(), p.phone.is_empty())).collect::<Vec<_>>(), [("", true), ("Bo", false)]);
    assert_eq!((left.needs.as_str(), left.risks.as_str()), ("", "A dog in the yard."), "needs were the first party's");
    assert_eq!(office.count("select count(*) from search.party_tokens").await, 2, "of the two others");

    erase(&office, 2, Uuid::from_u128(51), &parties[1..]).await;
    let left = office.get(office.coordinator, &id).await.expect("the row stays").input.expect("nothing");
    assert_eq!((left.risks.as_str(), left.parties[1].given_name.as_str()), ("", ""));
    let kept = office.get(office.coordinator, &other).await.expect("another referral").input.expect("what was told");
    assert_eq!(kept.parties[0].given_name, "Cy");
    assert_eq!(confirmed(&office).await, [1, 2], "the party, then the party and the referral");

    erase(&office, 3, Uuid::from_u128(52), &[]).await;
    assert_eq!(confirmed(&office).await, [1, 2, 0], "who is not known here is confirmed as well");
    let list = std::fs::read_to_string(office.service.folder().join("referral.shred")).expect("the shred list");
    assert_eq!(list.lines().count(), 2);
    assert!(list.contains(&parties[0]) && list.contains(&id) && !list.contains(&other));
    office.service.stop().await;
}
