//! The shred list: what was destroyed stays destroyed after a restore.

use std::{path::PathBuf, time::Duration};

use platform::{
    Tx,
    jobs::JobCtx,
    keys::{operate::Operator, shred::{NO_SHRED_LIST, Replayed}},
    lifecycle::Shutdown,
};
use proto::{FieldClass, authz::v1::Node};
use serde_json::json;
use uuid::Uuid;

use crate::{health::{admin_of, get}, notes::Office, tiny::{Another, Tiny, with}};

async fn begin(office: &Office) -> Tx {
    let db = &office.service.running.db;
    let stop = Shutdown::new(Duration::ZERO, Duration::ZERO);
    let ctx = JobCtx::new("case", db.clone(), office.service.clock.clone(), stop).ctx_for(office.service.world.tenant, Uuid::from_u128(1));
    Tx::begin(db, &ctx, ctx.permit()).await.unwrap()
}

fn list(office: &Office) -> PathBuf {
    office.service.folder().join("case.shred")
}

/// Two subjects, one of them shredded; answers it, its blob and its wrapped key as a backup holds it.
async fn one_shredded(office: &Office) -> (Uuid, Vec<u8>, Vec<u8>) {
    let (gone, kept) = (Uuid::from_u128(10), Uuid::from_u128(11));
    let mut tx = begin(office).await;
    let mut blob = Vec::new();
    for subject in [kept, gone] {
        tx.create_subject(subject, "person").await.unwrap();
        blob = tx.seal(subject, FieldClass::Identity, subject, &Node { name: "Ada".into(), ..Node::default() }).await.unwrap();
    }
    tx.commit().await.unwrap();
    let mut database = office.service.db.connect().await;
    let wrapped: Vec<u8> = sqlx::query_scalar("SELECT wrapped FROM keys.subject_key WHERE subject_id = $1").bind(gone).fetch_one(&mut database).await.unwrap();
    let mut tx = begin(office).await;
    assert_eq!(tx.shred(Uuid::from_u128(5), &[gone, Uuid::from_u128(99)]).await.unwrap(), 1);
    tx.commit().await.unwrap();
    (gone, blob, wrapped)
}

async fn restore(office: &Office, subject: Uuid, wrapped: &[u8]) {
    let mut database = office.service.db.connect().await;
    let sql = "UPDATE keys.subject_key SET wrapped = $2, destroyed_at = NULL, shred_entry = NULL WHERE subject_id = $1";
    sqlx::query(sql).bind(subject).bind(wrapped).execute(&mut database).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restored_key_keeps_the_service_unready_until_the_list_was_replayed() {
    let office = Office::open().await;
    let (gone, blob, wrapped) = one_shredded(&office).await;
    assert!(std::fs::read_to_string(list(&office)).unwrap().contains(&gone.to_string()));
    restore(&office, gone, &wrapped).await;
    begin(&office).await.open::<Node>(gone, FieldClass::Identity, gone, &blob).await.expect("a backup opens");

    let process = Another::serve::<Tiny>(&office.service.figment, &office.service.clock).await;
    let admin = admin_of(&process, &office).await;
    assert_eq!(get(admin, "/readyz").await, (503, "not ready: case.shred_list\n".into()));
    let operator = Operator::open::<Tiny>(&office.service.figment, &office.service.clock).await.unwrap();
    assert_eq!(operator.replay_shred_list::<Tiny>().await.unwrap(), Replayed { entries: 1, destroyed: 1 });
    assert_eq!(operator.replay_shred_list::<Tiny>().await.unwrap(), Replayed { entries: 1, destroyed: 0 });
    operator.close().await;
    assert_eq!(get(admin, "/readyz").await.0, 200);
    let erased = begin(&office).await.open::<Node>(gone, FieldClass::Identity, gone, &blob).await.expect_err("destroyed again");
    assert_eq!(erased.reason(), "ERASED");
    process.stop().await;

    restore(&office, gone, &wrapped).await;
    let figment = with(&office.service.figment, "shred_list.restore", json!(true));
    let process = Another::serve::<Tiny>(&figment, &office.service.clock).await;
    let admin = admin_of(&process, &office).await;
    assert_eq!(get(admin, "/readyz").await.0, 200, "told to, it replays by itself");
    assert!(begin(&office).await.open::<Node>(gone, FieldClass::Identity, gone, &blob).await.is_err());
    process.stop().await;
    office.service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_was_cut_or_changed_is_noticed_and_without_one_nothing_is_destroyed() {
    let office = Office::open().await;
    let (gone, ..) = one_shredded(&office).await;
    let text = std::fs::read_to_string(list(&office)).unwrap();
    for wrong in ["".to_owned(), text.replace(&gone.to_string(), &Uuid::from_u128(11).to_string())] {
        std::fs::write(list(&office), wrong).unwrap();
        let process = Another::serve::<Tiny>(&office.service.figment, &office.service.clock).await;
        let admin = admin_of(&process, &office).await;
        assert_eq!(get(admin, "/readyz").await, (503, "not ready: case.shred_list\n".into()));
        process.stop().await;
    }
    std::fs::write(list(&office), text).unwrap();
    let process = Another::serve::<Tiny>(&with(&office.service.figment, "shred_list.folder", json!("")), &office.service.clock).await;
    let stop = Shutdown::new(Duration::ZERO, Duration::ZERO);
    let db = process.running.db.clone();
    let ctx = JobCtx::new("case", db.clone(), office.service.clock.clone(), stop).ctx_for(office.service.world.tenant, Uuid::from_u128(1));
    let mut tx = Tx::begin(&db, &ctx, ctx.permit()).await.unwrap();
    assert_eq!(tx.shred(Uuid::from_u128(6), &[Uuid::from_u128(11)]).await.expect_err("nowhere to write it down").reason(), NO_SHRED_LIST);
    drop(tx);
    process.stop().await;
    assert_eq!(office.count("SELECT count(*) FROM keys.subject_key WHERE wrapped IS NOT NULL").await, 1);
    office.service.stop().await;
}
