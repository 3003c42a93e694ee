//! A relay that dies between the broker's acknowledgement and its own mark.

use std::time::Duration;

use platform::app::Mode;
use testkit::eventually;

use crate::{notes::{Office, count}, tiny::{Another, Tiny, deliveries, effects}};

const MARKING: &str = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE 'UPDATE platform.outbox%'";
const KILL: &str = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE 'UPDATE platform.outbox%'";
const WAITING: &str = "SELECT count(*) FROM platform.outbox WHERE published_at IS NULL";

#[tokio::test(flavor = "multi_thread")]
async fn what_was_sent_and_not_marked_is_sent_again_and_has_one_effect() {
    let office = Office::open().await;
    let tenant = office.service.world.tenant;
    let mut notes = Vec::new();
    for text in ["one", "two", "three"] {
        notes.push(office.add(office.note(text, "")).await.unwrap());
    }
    notes.sort();
    // Rows under a lock can be read and sent; their mark has to wait.
    let (mut locker, mut watcher) = (office.service.db.connect().await, office.service.db.connect().await);
    sqlx::raw_sql("BEGIN; SELECT 1 FROM platform.outbox FOR UPDATE").execute(&mut locker).await.unwrap();
    let worker = Another::start::<Tiny>(&office.service.figment, &office.service.clock, Mode::WORKER, Duration::from_secs(10)).await;
    eventually(async || effects(tenant) == notes).await;
    eventually(async || count(&mut watcher, MARKING).await == 1).await;
    assert_eq!(count(&mut watcher, WAITING).await, 3);

    assert_eq!(count(&mut watcher, KILL).await, 1);
    sqlx::raw_sql("ROLLBACK").execute(&mut locker).await.unwrap();
    eventually(async || count(&mut watcher, WAITING).await == 0).await;
    eventually(async || deliveries(tenant).len() == 6).await;
    worker.stop().await;
    assert_eq!(effects(tenant), notes, "each had its effect once");
    assert_eq!(count(&mut watcher, "SELECT count(*) FROM platform.inbox").await, 3);
    office.service.stop().await;
}
