//! The seal of the audit trail: whoever owns the database and switches its triggers off is found out all the same.

use std::path::PathBuf;

use chrono::TimeDelta;
use figment::{Figment, providers::Serialized};
use platform::{
    app::Mode,
    audit::seal::{
        proof::Proof,
        signer::Trusted,
        findings::Breach,
        verify::{Ask, AuditTrailOf, Report},
    },
    tokens::generate_key_pair,
};
use serde_json::json;
use sqlx::{AssertSqlSafe, PgConnection};
use tempfile::TempDir;
use uuid::Uuid;

use crate::{notes::{Office, count}, tiny::Tiny};

/// A service whose trail was sealed in three batches of which a checkpoint left, and a superuser without triggers.
struct Archive {
    office: Office,
    outside: TempDir,
    superuser: PgConnection,
}

impl Archive {
    async fn sealed() -> Self {
        let outside = tempfile::tempdir().unwrap();
        let more = Figment::new().merge(Serialized::default("audit", json!({ "checkpoints": outside.path(), "origin": "test.example.org" })));
        let office = Office::with(Mode::SERVE, more).await;
        let mut superuser = office.service.db.connect().await;
        sqlx::raw_sql("SET session_replication_role = replica").execute(&mut superuser).await.unwrap();
        let this = Self { office, outside, superuser };
        for _ in 0..3 {
            this.look_and_seal(5).await;
        }
        this.run("platform.checkpoints").await;
        this
    }

    async fn look_and_seal(&self, looks: usize) {
        for _ in 0..looks {
            self.office.ask("").await.unwrap();
        }
        self.run("platform.seal").await;
    }

    async fn run(&self, job: &str) {
        assert!(self.office.service.running.run_job(job).await.unwrap());
    }

    /// What a superuser does behind the service's back; it must change something.
    async fn tamper(&mut self, sql: &str) {
        let done = sqlx::query(AssertSqlSafe(sql.to_owned())).execute(&mut self.superuser).await.unwrap();
        assert!(done.rows_affected() > 0, "{sql}");
    }

    fn trusted(&self) -> Trusted {
        let file: PathBuf = self.office.service.figment.extract_inner("audit.seal_public_keys").unwrap();
        Trusted::from_file(&file).unwrap()
    }

    fn trail(&self) -> AuditTrailOf {
        AuditTrailOf::open::<Tiny>(&self.office.service.figment).unwrap()
    }

    async fn verify(&self, with_checkpoints: bool) -> Report {
        let (trusted, now) = (self.trusted(), self.office.service.clock.now() + TimeDelta::seconds(60));
        let ask = Ask { trusted: &trusted, checkpoints: with_checkpoints.then(|| self.outside.path()), now, grace: TimeDelta::seconds(30) };
        self.trail().verify(&ask).await.unwrap()
    }

    async fn found(&self) -> Vec<Breach> {
        self.verify(true).await.findings.into_iter().map(|f| f.what).collect()
    }

    /// The sequence of the first event of a batch.
    async fn first_of(&mut self, batch: i64) -> i64 {
        sqlx::query_scalar("SELECT first_sequence FROM platform.audit_batch WHERE number = $1").bind(batch).fetch_one(&mut self.superuser).await.unwrap()
    }

    async fn stop(self) {
        self.office.service.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trail_that_nobody_touched_is_whole() {
    let archive = Archive::sealed().await;
    let report = archive.verify(true).await;
    assert_eq!(report.findings, []);
    assert_eq!((report.tenants, report.batches, report.events, report.checkpoints), (1, 3, 15, 1));
    // Every event is in one batch, and nothing is sealed twice.
    archive.run("platform.seal").await;
    assert_eq!(archive.office.count("SELECT count(*) FROM platform.audit_batch").await, 3);
    assert_eq!(archive.office.count("SELECT count(*) FROM platform.audit_event e LEFT JOIN platform.audit_member m USING (tenant_id, sequence) WHERE m.batch IS NULL").await, 0);
    archive.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_altered_event_is_found() {
    let mut archive = Archive::sealed().await;
    let sequence = archive.first_of(2).await;
    archive.tamper(&format!("UPDATE platform.audit_event SET actor = 'user:somebody else' WHERE sequence = {sequence}")).await;
    assert_eq!(archive.found().await, [Breach::Altered { sequence, batch: 2 }]);
    archive.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removed_event_is_found() {
    let mut archive = Archive::sealed().await;
    let sequence = archive.first_of(2).await;
    archive.tamper(&format!("DELETE FROM platform.audit_event WHERE sequence = {sequence}")).await;
    assert_eq!(archive.found().await, [Breach::Removed { sequence, batch: 2 }]);
    archive.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_was_removed_with_its_place_is_found() {
    let mut archive = Archive::sealed().await;
    let sequence = archive.first_of(2).await + 1;
    for table in ["audit_event", "audit_member"] {
        archive.tamper(&format!("DELETE FROM platform.{table} WHERE sequence = {sequence}")).await;
    }
    assert_eq!(archive.found().await, [Breach::Batch(2)]);
    archive.stop().await;
}

/// Adds a copy of an event; `xid` and `at` as SQL.
fn forged(from: i64, at: &str) -> String {
    format!(
        "INSERT INTO platform.audit_event (tenant_id, id, at, actor, request_id, method, operation, outcome, resource, record_ids, classes, xid)
         SELECT tenant_id, gen_random_uuid(), {at}, 'user:forged', request_id, method, operation, outcome, resource, record_ids, classes, '5'::xid8
         FROM platform.audit_event WHERE sequence = {from}"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn an_inserted_event_is_found_and_never_sealed() {
    let mut archive = Archive::sealed().await;
    let first = archive.first_of(1).await;
    for at in ["at", "at + interval '10 years'"] {
        archive.tamper(&forged(first, at)).await;
    }
    archive.run("platform.seal").await;
    let found = archive.found().await;
    assert!(found.len() == 2 && found.iter().all(|f| matches!(f, Breach::Unsealed { .. })), "{found:?}");
    archive.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_was_inserted_into_a_batch_is_found() {
    let mut archive = Archive::sealed().await;
    let first = archive.first_of(2).await;
    archive.tamper(&forged(first, "at")).await;
    archive
        .tamper(
            "INSERT INTO platform.audit_member (tenant_id, sequence, batch, place, leaf)
             SELECT e.tenant_id, e.sequence, 2, 5, m.leaf FROM platform.audit_event e, platform.audit_member m
             WHERE e.actor = 'user:forged' AND m.batch = 2 AND m.place = 0",
        )
        .await;
    let found = archive.found().await;
    assert!(matches!(found[..], [Breach::Altered { batch: 2, .. }]), "{found:?}");
    archive.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn reordered_events_are_found() {
    let mut archive = Archive::sealed().await;
    archive.tamper("UPDATE platform.audit_member SET place = place + 100 WHERE batch = 2 AND place = 0").await;
    assert_eq!(archive.found().await, [Breach::Batch(2)]);
    archive.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn events_that_changed_places_are_found() {
    let mut archive = Archive::sealed().await;
    let (a, b) = (archive.first_of(2).await, archive.first_of(2).await + 1);
    sqlx::raw_sql("ALTER TABLE platform.audit_event ALTER sequence DROP IDENTITY").execute(&mut archive.superuser).await.unwrap();
    for (from, to) in [(a, -1), (b, a), (-1, b)] {
        archive.tamper(&format!("UPDATE platform.audit_event SET sequence = {to} WHERE sequence = {from}")).await;
    }
    assert_eq!(archive.found().await, [Breach::Altered { sequence: a, batch: 2 }, Breach::Altered { sequence: b, batch: 2 }]);
    archive.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_altered_batch_is_found() {
    let mut archive = Archive::sealed().await;
    archive.tamper("UPDATE platform.audit_batch SET sealed_at = sealed_at - interval '1 day' WHERE number = 2").await;
    let found = archive.found().await;
    // Its hash is in the next batch and in the checkpoint too.
    assert_eq!(found, [Breach::Signature(2), Breach::Chain(3), Breach::Rewritten(3)]);
    archive.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_that_another_key_signed_is_found() {
    let mut archive = Archive::sealed().await;
    let other = Trusted::from_pem(&generate_key_pair().unwrap().1).unwrap();
    let ask = Ask { trusted: &other, checkpoints: None, now: archive.office.service.clock.now(), grace: TimeDelta::seconds(30) };
    let found: Vec<Breach> = archive.trail().verify(&ask).await.unwrap().findings.into_iter().map(|f| f.what).collect();
    assert_eq!(found, [Breach::Signature(1), Breach::Signature(2), Breach::Signature(3)]);
    archive.tamper("UPDATE platform.audit_batch SET key_id = '0000000000000000' WHERE number = 3").await;
    assert_eq!(archive.found().await, [Breach::Signature(3), Breach::Rewritten(3)]);
    archive.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removed_batch_is_found() {
    let mut archive = Archive::sealed().await;
    archive.tamper("DELETE FROM platform.audit_event e USING platform.audit_member m WHERE m.sequence = e.sequence AND m.batch = 2").await;
    for table in ["member WHERE batch", "batch WHERE number"] {
        archive.tamper(&format!("DELETE FROM platform.audit_{table} = 2")).await;
    }
    assert_eq!(archive.found().await, [Breach::Gap { from: 2, to: 2 }, Breach::Chain(3), Breach::Rewritten(3)]);
    archive.stop().await;
}

/// Takes the newest batch away as if it had never been.
async fn cut_tail(archive: &mut Archive) {
    archive.tamper("DELETE FROM platform.audit_event e USING platform.audit_member m WHERE m.sequence = e.sequence AND m.batch = 3").await;
    for table in ["member WHERE batch", "batch WHERE number"] {
        archive.tamper(&format!("DELETE FROM platform.audit_{table} = 3")).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removed_tail_is_found_by_the_checkpoint_outside() {
    let mut archive = Archive::sealed().await;
    cut_tail(&mut archive).await;
    assert_eq!(archive.found().await, [Breach::Tail { size: 3, there: 2 }, Breach::Head { stored: 3, last: 2 }]);
    archive.tamper("UPDATE platform.audit_head SET number = 2").await;
    assert_eq!(archive.found().await, [Breach::Tail { size: 3, there: 2 }]);
    assert_eq!(archive.verify(false).await.findings, [], "nothing inside tells");
    archive.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tail_that_was_written_anew_with_the_right_key_is_found() {
    let mut archive = Archive::sealed().await;
    cut_tail(&mut archive).await;
    // The chain goes on from batch 2 as the sealer would: its head is what batch 3 was sealed upon.
    let peaks = peaks_of_two(&mut archive).await;
    sqlx::query("UPDATE platform.audit_head SET number = 2, events = 10, hash = $1, peaks = $2").bind(&peaks.0).bind(&peaks.1).execute(&mut archive.superuser).await.unwrap();
    archive.look_and_seal(2).await;
    assert_eq!(archive.verify(false).await.findings, [], "nothing inside tells");
    assert_eq!(archive.found().await, [Breach::Rewritten(3)]);
    archive.stop().await;
}

/// Hash of batch 2 and the peak of the tree over batches 1 and 2.
async fn peaks_of_two(archive: &mut Archive) -> (Vec<u8>, Vec<u8>) {
    use platform::audit::seal::{batch::Batch, merkle};
    let rows: Vec<(Uuid, i64, i64, i64, i32, Vec<u8>, Vec<u8>, chrono::DateTime<chrono::Utc>, String)> = sqlx::query_as(
        "SELECT tenant_id, number, first_sequence, last_sequence, count, root, previous, sealed_at, key_id FROM platform.audit_batch ORDER BY number",
    )
    .fetch_all(&mut archive.superuser)
    .await
    .unwrap();
    let hashes: Vec<merkle::Hash> = rows
        .into_iter()
        .map(|(tenant, number, first, last, count, root, previous, sealed_at, key_id)| {
            let hash = |bytes: Vec<u8>| -> merkle::Hash { bytes.try_into().unwrap() };
            Batch { service: "case".into(), tenant, number, first, last, count, root: hash(root), previous: hash(previous), sealed_at, key_id }.hash()
        })
        .collect();
    (hashes[1].to_vec(), merkle::root(&hashes[..2]).to_vec())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_altered_checkpoint_is_found() {
    let archive = Archive::sealed().await;
    let file = archive.outside.path().join("case").join(archive.office.service.world.tenant.to_string()).join("000000000003.checkpoint");
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.starts_with("test.example.org/case/"), "{text}");
    std::fs::write(&file, text.replace("events 15", "events 14")).unwrap();
    assert_eq!(archive.found().await, [Breach::NotACheckpoint(file.display().to_string())]);
    archive.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proof_of_one_event_holds_offline() {
    let mut archive = Archive::sealed().await;
    let ids: Vec<Uuid> = sqlx::query_scalar("SELECT id FROM platform.audit_event ORDER BY sequence").fetch_all(&mut archive.superuser).await.unwrap();
    for id in &ids {
        let proof = archive.trail().prove(*id).await.unwrap().unwrap();
        let proof: Proof = serde_json::from_str(&serde_json::to_string(&proof).unwrap()).unwrap();
        let event = proof.check(&archive.trusted()).unwrap();
        assert!(event.windows(16).any(|part| part == id.as_bytes()));
    }
    assert_eq!(archive.trail().prove(Uuid::nil()).await.unwrap(), None);
    archive.tamper(&format!("UPDATE platform.audit_event SET outcome = 'failed' WHERE id = '{}'", ids[7])).await;
    assert!(archive.trail().prove(ids[7]).await.unwrap().unwrap().check(&archive.trusted()).is_err());
    assert!(archive.trail().prove(ids[8]).await.unwrap().unwrap().check(&archive.trusted()).is_err(), "one of the same batch");
    assert!(archive.trail().prove(ids[0]).await.unwrap().unwrap().check(&archive.trusted()).is_ok());
    archive.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_commits_late_is_sealed_late_and_never_forgotten() {
    let mut archive = Archive::sealed().await;
    // A transaction takes its sequence before others and commits after them.
    let mut late = archive.office.service.db.connect().await;
    sqlx::raw_sql("BEGIN").execute(&mut late).await.unwrap();
    let first = archive.first_of(1).await;
    sqlx::query(AssertSqlSafe(forged(first, "at").replace(", xid)", ")").replace(", '5'::xid8", ""))).execute(&mut late).await.unwrap();
    archive.look_and_seal(3).await;
    assert_eq!(count(&mut archive.superuser, "SELECT count(*) FROM platform.audit_member").await, 18);
    archive.look_and_seal(2).await;
    sqlx::raw_sql("COMMIT").execute(&mut late).await.unwrap();
    archive.run("platform.seal").await;
    assert_eq!(count(&mut archive.superuser, "SELECT count(*) FROM platform.audit_member").await, 21);
    assert_eq!(archive.found().await, []);
    archive.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_into_another_server_goes_on() {
    let mut archive = Archive::sealed().await;
    // There the numbers of transactions begin anew, far below those of the rows.
    archive.tamper("UPDATE platform.audit_cursor SET up_to = '9000000000000'").await;
    archive.look_and_seal(2).await;
    archive.look_and_seal(2).await;
    assert_eq!(count(&mut archive.superuser, "SELECT count(*) FROM platform.audit_member").await, 19);
    assert_eq!(archive.found().await, []);
    archive.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_but_the_sealer_writes_and_nobody_changes() {
    let archive = Archive::sealed().await;
    let mut owner = archive.office.service.db.connect().await;
    for (role, statement) in [
        ("case_owner", "UPDATE platform.audit_batch SET count = 1"),
        ("case_owner", "DELETE FROM platform.audit_member"),
        ("case_owner", "TRUNCATE platform.audit_batch"),
        ("case_platform", "UPDATE platform.audit_batch SET count = 1"),
        ("case_platform", "DELETE FROM platform.audit_member"),
        ("case_platform", "UPDATE platform.audit_event SET actor = 'x'"),
        ("case_app", "INSERT INTO platform.audit_head (tenant_id, number, events, hash, peaks) VALUES (gen_random_uuid(), 1, 1, '', '')"),
        ("case_app", "UPDATE platform.audit_cursor SET up_to = '0'"),
    ] {
        // Forced row-level security shows the owner nothing without a tenant.
        let sql = format!("BEGIN; SET LOCAL ROLE {role}; SET LOCAL app.tenant = '{}'; {statement}; COMMIT", archive.office.service.world.tenant);
        assert!(sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut owner).await.is_err(), "{role}: {statement}");
        sqlx::raw_sql("ROLLBACK").execute(&mut owner).await.unwrap();
    }
    archive.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_checkpoint_is_told_once_a_day_when_there_is_a_new_one() {
    let archive = Archive::sealed().await;
    let told = "SELECT count(*) FROM platform.outbox WHERE type = 'accord.events.v1.AuditCheckpointMade'";
    assert_eq!(archive.office.count(told).await, 1);
    archive.look_and_seal(1).await;
    archive.run("platform.checkpoints").await;
    assert_eq!(archive.office.count(told).await, 1, "the same day");
    archive.office.service.clock.advance(TimeDelta::days(1));
    archive.run("platform.checkpoints").await;
    archive.run("platform.checkpoints").await;
    assert_eq!(archive.office.count(told).await, 2);
    archive.office.service.clock.advance(TimeDelta::days(1));
    archive.run("platform.checkpoints").await;
    assert_eq!(archive.office.count(told).await, 2, "nothing new");
    archive.stop().await;
}
