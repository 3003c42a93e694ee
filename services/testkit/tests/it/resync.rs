//! The rebuild of reporting: every owner streams its facts again.

use std::time::Duration;

use platform::app;
use uuid::Uuid;

use crate::{notes::Office, tiny::{Tiny, shared}};

#[tokio::test(flavor = "multi_thread")]
async fn every_fact_is_put_into_the_outbox_again_under_its_pseudonym() {
    let office = Office::open().await;
    let mut notes: Vec<Uuid> = Vec::new();
    for text in ["one", "two"] {
        notes.push(office.add(office.note(text, "")).await.unwrap().parse().unwrap());
    }
    let shared = shared(&office.service.clock, Duration::ZERO);
    for _ in 0..2 {
        assert_eq!(app::resync::<Tiny>(&office.service.figment, &shared).await.unwrap(), Some(2));
    }
    let mut database = office.service.db.connect().await;
    let facts: Vec<(Uuid, String, i64)> =
        sqlx::query_as("SELECT subject, type, version FROM platform.outbox WHERE exchange = 'facts' ORDER BY sequence").fetch_all(&mut database).await.unwrap();
    assert_eq!(facts.len(), 4);
    assert_eq!(facts[..2], facts[2..], "a second run tells the same");
    assert!(facts.iter().all(|(subject, kind, _)| kind == "accord.facts.v1.ReferralFact" && !notes.contains(subject)));
    office.service.stop().await;
}
