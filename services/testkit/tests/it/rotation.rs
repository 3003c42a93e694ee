//! Versions of a tenant's key: rotation while the service works, wrapping again in the background, and who is told of it.

use std::time::Duration;

use platform::{
    Ctx, Db, Tx,
    config::KmsSection,
    jobs::JobCtx,
    keys::operate::{self, Operator},
    lifecycle::Shutdown,
};
use proto::{
    FieldClass,
    authz::v1::Node,
    keys::v1::{GetKeyStatusRequest, GetKeyStatusResponse, key_service_client::KeyServiceClient},
};
use serde_json::json;
use testkit::{TestService, transit::Transit};
use tonic::Code;
use uuid::Uuid;

use crate::{health::{admin_of, get}, notes::Office, tiny::{Another, Tiny, with}};

const JOB: &str = "platform.rewrap";

/// A service with an administrator, and somebody who is none.
struct Keyed {
    service: TestService,
    administrator: Uuid,
    lead: Uuid,
}

impl Keyed {
    async fn open() -> Self {
        let (mut administrator, mut lead) = (Uuid::nil(), Uuid::nil());
        let service = TestService::serve::<Tiny>(|world| {
            administrator = world.user("tenant_administrator", world.partnership);
            lead = world.user("partnership_lead", world.partnership);
        })
        .await;
        Self { service, administrator, lead }
    }

    fn ctx(&self, db: &Db) -> Ctx {
        let stop = Shutdown::new(Duration::ZERO, Duration::ZERO);
        JobCtx::new("case", db.clone(), self.service.clock.clone(), stop).ctx_for(self.service.world.tenant, self.id())
    }

    async fn begin(&self, db: &Db) -> Tx {
        let ctx = self.ctx(db);
        Tx::begin(db, &ctx, ctx.permit()).await.unwrap()
    }

    fn id(&self) -> Uuid {
        platform::ids::new_id(self.service.clock.now())
    }

    /// Subjects with one blob each.
    async fn store(&self, db: &Db, count: usize) -> Vec<(Uuid, Vec<u8>)> {
        let mut tx = self.begin(db).await;
        let mut made = Vec::new();
        for _ in 0..count {
            made.push(put(&mut tx, self.id()).await);
        }
        tx.commit().await.unwrap();
        made
    }

    async fn opens(&self, made: &[(Uuid, Vec<u8>)]) {
        let mut tx = self.begin(&self.service.running.db).await;
        for (subject, blob) in made {
            let node: Node = tx.open(*subject, FieldClass::Identity, *subject, blob).await.unwrap();
            assert_eq!(node.name, subject.to_string());
        }
    }

    async fn operator(&self) -> Operator {
        Operator::open::<Tiny>(&self.service.figment, &self.service.clock).await.unwrap()
    }

    async fn status(&self, user: Uuid) -> Result<GetKeyStatusResponse, tonic::Status> {
        let mut client = KeyServiceClient::new(self.service.channel());
        Ok(client.get_key_status(self.service.as_user(user, GetKeyStatusRequest {})).await?.into_inner())
    }

    /// Version, whether it is retired, and its data keys; newest first. Then how many wait.
    async fn versions(&self) -> (Vec<(i32, bool, i64)>, i64) {
        let status = self.status(self.administrator).await.unwrap();
        (status.versions.iter().map(|v| (v.version, v.retired_at.is_some(), v.data_keys)).collect(), status.awaiting)
    }
}

async fn put(tx: &mut Tx, subject: Uuid) -> (Uuid, Vec<u8>) {
    tx.create_subject(subject, "person").await.unwrap();
    let blob = tx.seal(subject, FieldClass::Identity, subject, &Node { name: subject.to_string(), ..Node::default() }).await.unwrap();
    (subject, blob)
}

#[tokio::test(flavor = "multi_thread")]
async fn new_writes_take_the_new_version_and_the_old_ones_follow_in_pages() {
    let keyed = Keyed::open().await;
    let db = keyed.service.running.db.clone();
    assert_eq!(keyed.operator().await.rotate_tenant(keyed.service.world.tenant).await.unwrap(), None, "nothing is stored yet");
    let old = keyed.store(&db, 1_203).await;
    assert_eq!(keyed.versions().await, (vec![(1, false, 1_203)], 0));

    let another = Another::serve::<Tiny>(&keyed.service.figment, &keyed.service.clock).await;
    let warm = keyed.store(&another.running.db, 1).await;
    let operator = keyed.operator().await;
    assert_eq!(operator.rotate_tenant(keyed.service.world.tenant).await.unwrap(), Some(2));
    let new = [keyed.store(&another.running.db, 1).await, keyed.store(&db, 1).await].concat();
    assert_eq!(keyed.versions().await, (vec![(2, false, 2), (1, false, 1_204)], 1_204), "every process writes under the new one");
    for made in [&old, &warm, &new] {
        keyed.opens(made).await;
    }

    assert!(keyed.service.running.run_job(JOB).await.unwrap());
    assert_eq!(keyed.versions().await, (vec![(2, false, 1_206), (1, true, 0)], 0));
    let mut database = keyed.service.db.connect().await;
    let left: i64 = sqlx::query_scalar("SELECT count(*) FROM keys.tenant_key WHERE version = 1 AND wrapped IS NOT NULL").fetch_one(&mut database).await.unwrap();
    assert_eq!(left, 0, "the old version is gone");
    for made in [&old, &warm, &new] {
        keyed.opens(made).await;
    }
    assert_eq!(operator.rotate_tenant(keyed.service.world.tenant).await.unwrap(), Some(3), "numbers are not used again");
    operator.close().await;
    another.stop().await;
    keyed.service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_is_not_taken_away_under_a_transaction_that_uses_it() {
    let keyed = Keyed::open().await;
    let db = keyed.service.running.db.clone();
    let old = keyed.store(&db, 1).await;
    let mut slow = keyed.begin(&db).await;
    let late = put(&mut slow, keyed.id()).await;
    let operator = keyed.operator().await;
    operator.rotate_tenant(keyed.service.world.tenant).await.unwrap();
    let run = keyed.service.running.run_job(JOB);
    let finish = async {
        // The job waits for the transaction in the database itself.
        let mut database = keyed.service.db.connect().await;
        testkit::eventually(async || {
            let waiting: i64 = sqlx::query_scalar("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
                .fetch_one(&mut database)
                .await
                .unwrap();
            waiting > 0
        })
        .await;
        slow.commit().await.unwrap();
    };
    let (ran, ()) = tokio::join!(run, finish);
    ran.unwrap();
    assert_eq!(keyed.versions().await, (vec![(2, false, 1), (1, false, 1)], 1), "what it made lies under the old one, which stays");
    keyed.opens(&[old[0].clone(), late.clone()]).await;
    keyed.service.running.run_job(JOB).await.unwrap();
    assert_eq!(keyed.versions().await, (vec![(2, false, 2), (1, true, 0)], 0));
    keyed.opens(&[old[0].clone(), late]).await;
    operator.close().await;
    keyed.service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_root_key_takes_over_without_a_restart() {
    let keyed = Keyed::open().await;
    let made = keyed.store(&keyed.service.running.db, 2).await;
    keyed.begin(&keyed.service.running.db).await.token_key().await.unwrap();
    let section: KmsSection = keyed.service.figment.extract_inner("kms").unwrap();
    assert_eq!(operate::rotate_key_ring(&section).unwrap(), "k1");
    let operator = keyed.operator().await;
    assert_eq!(operator.rewrap_root().await.unwrap(), 1);
    assert_eq!(operator.rewrap_root().await.unwrap(), 0, "all lie under the newest");
    let mut database = keyed.service.db.connect().await;
    let wrapped: Vec<u8> = sqlx::query_scalar("SELECT wrapped FROM keys.tenant_key").fetch_one(&mut database).await.unwrap();
    assert!(wrapped.starts_with(b"\x01\x02k1"));
    keyed.opens(&made).await;
    keyed.store(&keyed.service.running.db, 1).await;
    operator.close().await;
    keyed.service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_state_of_the_keys_is_for_administrators() {
    let keyed = Keyed::open().await;
    assert_eq!(keyed.status(keyed.lead).await.expect_err("not theirs").code(), Code::PermissionDenied);
    assert!(keyed.status(keyed.administrator).await.unwrap().versions.is_empty());
    let made = keyed.store(&keyed.service.running.db, 2).await;
    let mut tx = keyed.begin(&keyed.service.running.db).await;
    assert_eq!(tx.shred(keyed.id(), &[made[0].0]).await.unwrap(), 1);
    tx.commit().await.unwrap();
    let status = keyed.status(keyed.administrator).await.unwrap();
    assert_eq!((status.destroyed, status.versions[0].data_keys), (1, 1));
    keyed.service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_never_reached_its_root_is_not_ready_and_stores_nothing() {
    let office = Office::open().await;
    let folder = tempfile::tempdir().unwrap();
    let mut transit = Transit::start(folder.path()).await;
    let kms = json!({ "kind": "vault", "vault": { "address": transit.address, "ca": transit.ca, "token_file": transit.token_file } });
    let figment = with(&office.service.figment, "kms", kms);
    transit.stop().await;
    let process = Another::serve::<Tiny>(&figment, &office.service.clock).await;
    let admin = admin_of(&process, &office).await;
    let (status, names) = get(admin, "/readyz").await;
    assert_eq!(status, 503);
    assert!(names.contains("case.keys"), "{names}");
    let refused = office.client_at(process.address()).add_note(office.service.as_user(office.lead, office.note("kept", ""))).await;
    assert_eq!(refused.expect_err("no key").code(), Code::Unavailable);
    assert_eq!(office.count("SELECT count(*) FROM tiny.note").await, 0);
    transit.start_again().await;
    assert_eq!(get(admin, "/readyz").await, (200, "ok\n".into()));
    office.client_at(process.address()).add_note(office.service.as_user(office.lead, office.note("kept", ""))).await.unwrap();
    transit.seal(true);
    assert_eq!(get(admin, "/readyz").await.0, 200, "within its hour");
    office.client_at(process.address()).add_note(office.service.as_user(office.lead, office.note("kept", ""))).await.expect("with what it holds");
    process.stop().await;
    office.service.stop().await;
}
