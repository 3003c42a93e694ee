//! Outbox → relay → queue → inbox.

use figment::Figment;
use platform::{
    Tx,
    app::Mode,
    events::dead,
    jobs::JobCtx,
    lifecycle::Shutdown,
};
use proto::events::v1::{MessageStateChanged, ReferralAccepted};
use testkit::{TestService, eventually};
use uuid::Uuid;

use crate::tiny::{CURED, Tiny, effects};

async fn publish(service: &TestService, references: &[&str]) {
    let stop = Shutdown::new(Default::default(), Default::default());
    let ctx = JobCtx::new("case", service.running.db.clone(), service.clock.clone(), stop).ctx_for(service.world.tenant, Uuid::nil());
    let mut tx = Tx::begin(&service.running.db, &ctx, ctx.permit()).await.unwrap();
    for reference in references {
        let notice = ReferralAccepted { referral_id: (*reference).into(), ..ReferralAccepted::default() };
        tx.publish(ctx.new_id(), 1, &notice).await.unwrap();
    }
    tx.commit().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_committed_notice_has_one_effect_even_when_it_is_sent_twice() {
    let service = TestService::start::<Tiny>(Mode::ALL, Figment::new(), |_| {}).await;
    let tenant = service.world.tenant;
    publish(&service, &["a", "b", "c"]).await;
    eventually(async || effects(tenant) == ["a", "b", "c"]).await;

    // What a relay leaves behind that dies between acknowledgement and mark.
    let mut database = service.db.connect().await;
    sqlx::query("UPDATE platform.outbox SET published_at = NULL").execute(&mut database).await.unwrap();
    publish(&service, &["d"]).await;
    eventually(async || effects(tenant).contains(&"d".to_owned())).await;
    eventually(async || {
        sqlx::query_scalar::<_, i64>("SELECT count(*) FROM platform.outbox WHERE published_at IS NULL").fetch_one(&mut database).await.unwrap() == 0
    })
    .await;
    assert_eq!(effects(tenant), ["a", "b", "c", "d"]);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_whose_connection_is_cut_goes_on() {
    let service = TestService::start::<Tiny>(Mode::ALL, Figment::new(), |_| {}).await;
    let tenant = service.world.tenant;
    publish(&service, &["before"]).await;
    eventually(async || effects(tenant) == ["before"]).await;
    let mut database = service.db.connect().await;
    sqlx::query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
        .execute(&mut database)
        .await
        .unwrap();
    sqlx::query(
        "INSERT INTO platform.outbox (tenant_id, id, bucket, type, subject, version, occurred_at, exchange, body)
         SELECT tenant_id, gen_random_uuid(), bucket, type, subject, version, occurred_at, exchange, '\\x0a056166746572' FROM platform.outbox",
    )
    .execute(&mut database)
    .await
    .unwrap();
    eventually(async || effects(tenant) == ["after", "before"]).await;
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_poison_message_becomes_a_dead_letter_and_can_be_replayed() {
    let service = TestService::start::<Tiny>(Mode::ALL, Figment::new(), |_| {}).await;
    let tenant = service.world.tenant;
    publish(&service, &["x", "poison", "y"]).await;
    eventually(async || effects(tenant) == ["x", "y"]).await;
    eventually(async || dead::counts(service.broker()).await.unwrap().contains(&("case.referral_accepted", 1))).await;

    CURED.lock().unwrap().push(tenant);
    assert_eq!(dead::replay(service.broker(), "case.referral_accepted").await.unwrap(), 1);
    eventually(async || effects(tenant) == ["poison", "x", "y"]).await;
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn events_handled_together_have_one_effect_each_and_one_that_fails_takes_no_other_with_it() {
    let service = TestService::start::<Tiny>(Mode::ALL, Figment::new(), |_| {}).await;
    let tenant = service.world.tenant;
    let stop = Shutdown::new(Default::default(), Default::default());
    let ctx = JobCtx::new("case", service.running.db.clone(), service.clock.clone(), stop).ctx_for(tenant, Uuid::nil());
    let mut tx = Tx::begin(&service.running.db, &ctx, ctx.permit()).await.unwrap();
    for n in 0..400 {
        let state = if n == 250 { "poison" } else { "sent" };
        let notice = MessageStateChanged { message_id: format!("{n:03}"), state: state.into(), ..MessageStateChanged::default() };
        tx.publish(ctx.new_id(), 1, &notice).await.unwrap();
    }
    tx.commit().await.unwrap();
    let all: Vec<String> = (0..400).filter(|n| *n != 250).map(|n| format!("{n:03}")).collect();
    eventually(async || effects(tenant) == all).await;
    eventually(async || dead::counts(service.broker()).await.unwrap().contains(&("case.messages", 1))).await;

    let mut database = service.db.connect().await;
    let counted: (i64, i64) =
        sqlx::query_as("SELECT count(*), count(DISTINCT xmin::text) FROM platform.inbox WHERE consumer = 'case.messages'").fetch_one(&mut database).await.unwrap();
    assert_eq!(counted.0, 399);
    assert!(counted.1 < counted.0, "every event had a transaction of its own");

    // All of it once more.
    sqlx::query("UPDATE platform.outbox SET published_at = NULL").execute(&mut database).await.unwrap();
    eventually(async || dead::counts(service.broker()).await.unwrap().contains(&("case.messages", 2))).await;
    eventually(async || {
        sqlx::query_scalar::<_, i64>("SELECT count(*) FROM platform.outbox WHERE published_at IS NULL").fetch_one(&mut database).await.unwrap() == 0
    })
    .await;
    assert_eq!(effects(tenant), all);
    service.stop().await;
}
