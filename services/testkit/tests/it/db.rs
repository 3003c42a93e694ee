//! The platform's database chassis against a real PostgreSQL: tenancy, keys, idempotency, audit, migrations.

use std::{sync::{Arc, LazyLock}, time::Duration};

use platform::{
    Clock, Ctx, Db, Tx,
    audit::{Look, Outcome},
    config::Secret,
    db::{Passwords, Provision, catalogue::{self, Expected}, migrate, provision, schema_version},
    jobs::JobCtx,
    keys::{Keys, kms::FileKeyRing},
    lifecycle::Shutdown,
};
use proto::{FieldClass, ResourceType, authz::v1::Node};
use sqlx::{AssertSqlSafe, Connection, PgConnection, PgPool, SqlSafeStr, migrate::{Migration, MigrationType, Migrator}};
use uuid::Uuid;

/// A table that obeys every rule, and a function that finds its rows.
const THINGS: &str = "
    CREATE SCHEMA chassis;
    CREATE TABLE chassis.thing (tenant_id uuid NOT NULL, id uuid NOT NULL, identity bytea NOT NULL, PRIMARY KEY (tenant_id, id));
    SELECT platform.protect('chassis.thing'), platform.let_owner_find('chassis.thing');
    CREATE FUNCTION chassis.due_things(now timestamptz, most bigint) RETURNS TABLE (tenant_id uuid, id uuid)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
    AS 'SELECT t.tenant_id, t.id FROM chassis.thing t ORDER BY t.id LIMIT most';";

/// Tables that break every rule.
const BREACHES: &str = "
    CREATE SCHEMA wrong;
    CREATE TABLE wrong.list (id uuid PRIMARY KEY);
    CREATE TABLE wrong.open (tenant_id uuid NOT NULL, id uuid PRIMARY KEY, list uuid REFERENCES wrong.list (id));
    CREATE FUNCTION wrong.sneaky() RETURNS integer LANGUAGE sql SECURITY DEFINER AS 'SELECT 1';";

fn migrator(statements: &[&'static str]) -> Migrator {
    let migration = |(n, sql): (usize, &&'static str)| Migration::new(n as i64 + 1, "test".into(), MigrationType::Simple, (*sql).into_sql_str(), false);
    Migrator::with_migrations(statements.iter().enumerate().map(migration).collect())
}

static GOOD: LazyLock<Migrator> = LazyLock::new(|| migrator(&[THINGS]));
static BAD: LazyLock<Migrator> = LazyLock::new(|| migrator(&[THINGS, BREACHES]));

/// A database of its own for one test.
struct Fixture {
    db: Db,
    jobs: JobCtx,
    superuser: PgConnection,
    inside: PgPool,
    name: String,
}

impl Fixture {
    async fn new(own: &'static LazyLock<Migrator>) -> Self {
        let own: &'static Migrator = LazyLock::force(own);
        let file = std::env::var("ACCORD_TEST_SERVERS").expect("run the tests with ./accord test, which starts the servers");
        let servers: serde_json::Value = serde_json::from_slice(&std::fs::read(file).expect("the servers' file")).expect("JSON");
        let url = servers["postgres"]["superuser_url"].as_str().expect("the superuser's address");
        let name = format!("chassis_{}", platform::ids::new_id(Clock::system().now()).simple());
        let password = || Secret::new("not 'secret' in/tests");
        let passwords = Passwords { owner: password(), app: password(), platform: password() };
        let make = || Provision { superuser_url: url, service: "chassis", database: &name, template: None, passwords: &passwords };
        let section = provision(make()).await.expect("provisioned");
        provision(make()).await.expect("provisioned again");
        let (one, two) = tokio::join!(migrate(&section, "chassis", own), migrate(&section, "chassis", own));
        one.and(two).expect("migrated by two at once");
        let keys = Keys::new(Arc::new(FileKeyRing::generate("k1").expect("a key")));
        let db = Db::connect("chassis", &section, keys).await.expect("addresses");
        db.ready(schema_version(own)).await.expect("ready");
        assert!(db.ready(schema_version(own) + 1).await.is_err(), "a schema that is behind is not ready");
        let stop = Shutdown::new(Duration::ZERO, Duration::from_secs(1));
        let jobs = JobCtx::new("chassis", db.clone(), Clock::system(), stop);
        let superuser = PgConnection::connect(url).await.expect("superuser");
        let (server, _) = url.rsplit_once('/').expect("an address with a database");
        let inside = PgPool::connect(&format!("{server}/{name}")).await.expect("superuser inside");
        Self { db, jobs, superuser, inside, name }
    }

    fn ctx(&self, tenant: Uuid) -> Ctx {
        self.jobs.ctx_for(tenant, id())
    }

    async fn begin(&self, tenant: Uuid) -> Tx {
        let ctx = self.ctx(tenant);
        Tx::begin(&self.db, &ctx, ctx.permit()).await.expect("begun")
    }

    async fn problems(&self, expected: Expected<'_>) -> Vec<String> {
        catalogue::problems(&self.inside, expected).await.expect("the catalogue")
    }

    async fn end(mut self) {
        self.db.close().await;
        self.inside.close().await;
        let sql = format!("DROP DATABASE {} WITH (FORCE)", self.name);
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut self.superuser).await.expect("dropped");
    }
}

fn id() -> Uuid {
    platform::ids::new_id(Clock::system().now())
}

async fn store(tx: &mut Tx, subject: Uuid, name: &str) {
    tx.create_subject(subject, "person").await.expect("a key");
    let blob = tx.seal(subject, FieldClass::Identity, subject, &Node { name: name.into(), ..Node::default() }).await.expect("sealed");
    let tenant = tx.tenant();
    sqlx::query("INSERT INTO chassis.thing (tenant_id, id, identity) VALUES ($1, $2, $3)").bind(tenant).bind(subject).bind(blob).execute(tx.conn()).await.expect("stored");
}

async fn blobs(tx: &mut Tx) -> Vec<(Uuid, Vec<u8>)> {
    sqlx::query_as("SELECT id, identity FROM chassis.thing ORDER BY id").fetch_all(tx.conn()).await.expect("rows")
}

#[tokio::test]
async fn a_transaction_sees_its_tenant_only_and_leaves_nothing_when_dropped() {
    let f = Fixture::new(&GOOD).await;
    let (a, b, subject) = (id(), id(), id());
    let mut tx = f.begin(a).await;
    store(&mut tx, subject, "Ada").await;
    drop(tx);
    let mut tx = f.begin(a).await;
    assert!(blobs(&mut tx).await.is_empty(), "rolled back");
    store(&mut tx, subject, "Ada").await;
    tx.commit().await.expect("committed");
    let mut tx = f.begin(b).await;
    assert!(blobs(&mut tx).await.is_empty(), "another tenant's");
    let refused = sqlx::query("INSERT INTO chassis.thing (tenant_id, id, identity) VALUES ($1, $1, '')").bind(a).execute(tx.conn()).await;
    assert!(refused.is_err(), "a row of another tenant");
    drop(tx);
    assert_eq!(f.db.due("chassis.due_things", f.jobs.clock().now(), 10).await.expect("due"), [(a, subject)]);
    assert!(f.db.due("chassis.thing", f.jobs.clock().now(), 10).await.is_err());
    f.end().await;
}

#[tokio::test]
async fn a_blob_opens_in_its_tenant_until_the_subject_is_erased() {
    let f = Fixture::new(&GOOD).await;
    let (a, b) = (id(), id());
    // First use of the tenant's key by several at once.
    let stored = (0..4).map(|n| {
        let (ctx, db, subject) = (f.ctx(a), f.db.clone(), id());
        tokio::spawn(async move {
            let mut tx = Tx::begin(&db, &ctx, ctx.permit()).await.expect("begun");
            store(&mut tx, subject, &format!("name {n}")).await;
            tx.commit().await.expect("committed");
        })
    });
    for task in stored.collect::<Vec<_>>() {
        task.await.expect("stored");
    }
    let mut tx = f.begin(a).await;
    let rows = blobs(&mut tx).await;
    let subjects: Vec<Uuid> = rows.iter().map(|(id, _)| *id).collect();
    tx.load_subject_keys(&subjects).await.expect("keys");
    for (subject, blob) in &rows {
        let node: Node = tx.open(*subject, FieldClass::Identity, *subject, blob).await.expect("opened");
        assert!(node.name.starts_with("name "));
        assert!(tx.open::<Node>(*subject, FieldClass::Contact, *subject, blob).await.is_err(), "another class");
    }
    assert_eq!(tx.destroy_subjects(&subjects[..1]).await.expect("destroyed"), 1);
    tx.commit().await.expect("committed");
    let mut tx = f.begin(a).await;
    let erased = tx.open::<Node>(subjects[0], FieldClass::Identity, subjects[0], &rows[0].1).await.expect_err("erased");
    assert_eq!(erased.reason(), "ERASED");
    tx.open::<Node>(subjects[1], FieldClass::Identity, subjects[1], &rows[1].1).await.expect("the others stay");
    drop(tx);
    let mut tx = f.begin(b).await;
    assert!(tx.open::<Node>(subjects[1], FieldClass::Identity, subjects[1], &rows[1].1).await.is_err(), "another tenant");
    drop(tx);
    f.end().await;
}

#[tokio::test]
async fn a_change_is_audited_with_it_and_nobody_can_change_the_trail() {
    let f = Fixture::new(&GOOD).await;
    let (tenant, subject) = (id(), id());
    let mut tx = f.begin(tenant).await;
    store(&mut tx, subject, "Ada").await;
    tx.changed(ResourceType::Person, subject);
    tx.publish(subject, 1, &Node::default()).await.expect("published");
    tx.publish_fact(subject, 1, &Node { name: "fact".into(), ..Node::default() }).await.expect("published");
    tx.commit().await.expect("committed");
    let ctx = f.ctx(tenant);
    f.db.audit().record(Look { records: vec![subject, tenant], ..Look::new(ctx.principal(), ctx.now(), ctx.request_id(), None, Outcome::Ok) }).await.expect("recorded");
    let rows: Vec<(i16, Vec<Uuid>, i64)> =
        sqlx::query_as("SELECT resource, record_ids, classes FROM platform.audit_event ORDER BY sequence").fetch_all(&f.inside).await.expect("rows");
    let class = 1 << (FieldClass::Identity as i64);
    assert_eq!(rows, [(ResourceType::Person as i16, vec![subject], class), (0, vec![subject, tenant], 0)]);
    for sql in ["UPDATE platform.audit_event SET actor = ''", "DELETE FROM platform.audit_event", "TRUNCATE platform.audit_event"] {
        assert!(sqlx::raw_sql(sql).execute(&f.inside).await.is_err(), "{sql}, even as superuser");
    }
    let events: Vec<(Uuid, Uuid, String, Vec<u8>)> =
        sqlx::query_as("SELECT id, subject, exchange, body FROM platform.outbox ORDER BY sequence").fetch_all(&f.inside).await.expect("rows");
    assert_eq!((events[0].1, events[0].2.as_str()), (subject, "notices"));
    assert_eq!((events[1].1, events[1].2.as_str()), (f.db.keys().pseudonym(tenant, subject).await.expect("pseudonym"), "facts"));
    assert!(!events[1].3.windows(4).any(|w| w == b"fact"), "a fact is sealed");
    f.end().await;
}

#[tokio::test]
async fn the_catalogue_test_finds_every_breach() {
    let f = Fixture::new(&GOOD).await;
    let none: Vec<String> = Vec::new();
    assert_eq!(f.problems(Expected { definers: &["chassis.due_things"], ..Expected::default() }).await, none);
    f.end().await;
    let f = Fixture::new(&BAD).await;
    let lines = f.problems(Expected { definers: &["chassis.due_things", "chassis.gone"], ..Expected::default() }).await.join("\n");
    for breach in ["wrong.list: has no column", "wrong.open: is not bound", "wrong.open_pkey: is unique", "open_list_fkey: is a foreign key",
        "wrong.sneaky: is SECURITY DEFINER and not listed", "wrong.sneaky: is SECURITY DEFINER without", "chassis.gone: is listed"] {
        assert!(lines.contains(breach), "{breach} in\n{lines}");
    }
    f.end().await;
}
