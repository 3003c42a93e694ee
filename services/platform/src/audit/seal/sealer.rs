//! The job that seals what was committed.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use futures::future::BoxFuture;
use opentelemetry::{KeyValue, metrics::Counter};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::{
    batch::{Batch, NONE_BEFORE},
    canonical::Event,
    merkle::{self, Peaks},
    signer::{Signer, key_id},
};
use crate::{
    Error, Result,
    jobs::{Job, JobCtx},
    telemetry::{SERVICE, Telemetry},
};

/// Events of one round at the most, and so of one batch.
pub const ROUND: i64 = 4_096;

/// Seals each second.
///
/// A round is one transaction: it takes the committed events that are in no batch, one batch for each tenant. Sequences commit out
/// of order, so it does not look for larger sequences but for transactions from `audit_cursor.up_to` on: everything below is sealed.
/// The cursor follows to the oldest transaction that is still open, whose events may be behind events that are sealed.
pub struct Sealer {
    service: &'static str,
    signer: Arc<dyn Signer>,
    batches: Counter<u64>,
    failures: Counter<u64>,
}

impl Sealer {
    /// A sealer of one service; counts in `accord.audit.sealed_batches` and `accord.audit.seal_failures`.
    pub fn new(service: &'static str, signer: Arc<dyn Signer>, telemetry: &Telemetry) -> Self {
        let batches = telemetry.meter().u64_counter("accord.audit.sealed_batches").with_description("Batches of audit events that were sealed").build();
        let failures = failures(telemetry);
        // Shown from the first scrape on.
        for counter in [&batches, &failures] {
            counter.add(0, &[KeyValue::new(SERVICE, service)]);
        }
        Self { service, signer, batches, failures }
    }

    async fn seal_all(&self, jobs: &JobCtx) -> Result<()> {
        while !jobs.stopping() {
            let (events, batches) = round(jobs.db().platform(), self.service, self.signer.as_ref(), jobs.clock().now()).await?;
            self.batches.add(batches, &[KeyValue::new(SERVICE, self.service)]);
            if events < ROUND {
                break;
            }
        }
        Ok(())
    }
}

impl Job for Sealer {
    fn name(&self) -> &'static str {
        "platform.seal"
    }

    fn every(&self) -> Duration {
        Duration::from_secs(1)
    }

    fn run<'a>(&'a self, jobs: &'a JobCtx) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let done = self.seal_all(jobs).await;
            if done.is_err() {
                self.failures.add(1, &[KeyValue::new(SERVICE, self.service)]);
            }
            done
        })
    }
}

/// The counter of runs that failed, of the sealer and of the checkpoints.
pub(super) fn failures(telemetry: &Telemetry) -> Counter<u64> {
    telemetry.meter().u64_counter("accord.audit.seal_failures").with_description("Runs of the sealer or of the checkpoints that failed").build()
}

/// One transaction; answers how many events and batches it sealed.
async fn round(pool: &PgPool, service: &str, signer: &dyn Signer, now: DateTime<Utc>) -> Result<(i64, u64)> {
    // One snapshot for the question which transactions are open and the question what is there.
    let mut tx = pool.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ").await?;
    let state = sqlx::query!(
        "SELECT up_to::text::bigint AS \"up_to!\", pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS \"open!\",
                pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS \"next!\"
         FROM platform.audit_cursor FOR UPDATE"
    )
    .fetch_one(&mut *tx)
    .await?;
    // A database that was restored into another server brings numbers of transactions that are not of this one.
    let (from, below) = if state.up_to > state.next { (0, i64::MAX) } else { (state.up_to, state.next) };
    let events = sqlx::query_as!(
        Event,
        "SELECT e.tenant_id, e.sequence, e.id, e.at, e.actor, e.on_behalf, e.session, e.cause, e.request_id, e.method, e.operation, e.outcome,
                e.resource, e.record_ids, e.classes, e.reason, e.terms, e.why, e.why_text, e.apart, e.xid::text::bigint AS \"xid!\"
         FROM platform.audit_event e
         WHERE e.xid >= $1::bigint::text::xid8 AND e.xid < $2::bigint::text::xid8
           AND NOT EXISTS (SELECT FROM platform.audit_member m WHERE m.tenant_id = e.tenant_id AND m.sequence = e.sequence)
         ORDER BY e.tenant_id, e.sequence LIMIT $3",
        from,
        below,
        ROUND
    )
    .fetch_all(&mut *tx)
    .await?;
    let taken = events.len() as i64;
    let batches = events.chunk_by(|a, b| a.tenant_id == b.tenant_id).collect::<Vec<_>>();
    let mut heads = heads(&mut tx, &batches).await?;
    for of_one in &batches {
        seal(&mut tx, service, signer, now, of_one, &mut heads).await?;
    }
    if taken < ROUND && state.open != state.up_to {
        sqlx::query!("UPDATE platform.audit_cursor SET up_to = $1::bigint::text::xid8", state.open).execute(&mut *tx).await?;
    }
    tx.commit().await?;
    Ok((taken, batches.len() as u64))
}

/// The end of a tenant's chain.
struct Head {
    number: i64,
    events: i64,
    hash: merkle::Hash,
    peaks: Peaks,
}

async fn heads(conn: &mut PgConnection, batches: &[&[Event]]) -> Result<BTreeMap<Uuid, Head>> {
    let tenants: Vec<Uuid> = batches.iter().filter_map(|events| events.first()).map(|e| e.tenant_id).collect();
    let rows = sqlx::query!("SELECT tenant_id, number, events, hash, peaks FROM platform.audit_head WHERE tenant_id = ANY($1)", &tenants)
        .fetch_all(conn)
        .await?;
    rows.into_iter()
        .map(|row| {
            let broken = || Error::fault(format!("the head of the audit chain of tenant {} is broken; `accord audit verify` tells more", row.tenant_id));
            let hash = row.hash.as_slice().try_into().map_err(|_| broken())?;
            let peaks = Peaks::from_bytes(row.number.cast_unsigned(), &row.peaks).ok_or_else(broken)?;
            Ok((row.tenant_id, Head { number: row.number, events: row.events, hash, peaks }))
        })
        .collect()
}

/// Seals the events of one tenant.
async fn seal(conn: &mut PgConnection, service: &str, signer: &dyn Signer, now: DateTime<Utc>, events: &[Event], heads: &mut BTreeMap<Uuid, Head>) -> Result<()> {
    let (Some(first), Some(last)) = (events.first(), events.last()) else { return Ok(()) };
    let tenant = first.tenant_id;
    let head = heads.remove(&tenant).unwrap_or(Head { number: 0, events: 0, hash: NONE_BEFORE, peaks: Peaks::default() });
    let leaves: Vec<merkle::Hash> = events.iter().map(Event::leaf).collect();
    let count = i32::try_from(events.len()).map_err(|_| Error::fault("a batch that is too large"))?;
    // As PostgreSQL keeps it: to the microsecond.
    let sealed_at = DateTime::from_timestamp_micros(now.timestamp_micros()).unwrap_or(now);
    let batch = Batch {
        service: service.to_owned(),
        tenant,
        number: head.number + 1,
        first: first.sequence,
        last: last.sequence,
        count,
        root: merkle::root(&leaves),
        previous: head.hash,
        sealed_at,
        key_id: key_id(&signer.public_key()),
    };
    let signature = signer.sign(&batch.encode()).await?;
    sqlx::query!(
        "INSERT INTO platform.audit_batch (tenant_id, number, first_sequence, last_sequence, count, root, previous, sealed_at, key_id, signature)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        tenant,
        batch.number,
        batch.first,
        batch.last,
        batch.count,
        &batch.root[..],
        &batch.previous[..],
        batch.sealed_at,
        batch.key_id,
        signature
    )
    .execute(&mut *conn)
    .await?;
    let sequences: Vec<i64> = events.iter().map(|e| e.sequence).collect();
    let bytes: Vec<Vec<u8>> = leaves.iter().map(|leaf| leaf.to_vec()).collect();
    sqlx::query!(
        "INSERT INTO platform.audit_member (tenant_id, sequence, batch, place, leaf)
         SELECT $1, sequence, $2, place - 1, leaf FROM unnest($3::bigint[], $4::bytea[]) WITH ORDINALITY AS t (sequence, leaf, place)",
        tenant,
        batch.number,
        &sequences,
        &bytes
    )
    .execute(&mut *conn)
    .await?;
    let mut peaks = head.peaks;
    peaks.append(batch.hash());
    sqlx::query!(
        "INSERT INTO platform.audit_head (tenant_id, number, events, hash, peaks) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (tenant_id) DO UPDATE SET number = excluded.number, events = excluded.events, hash = excluded.hash, peaks = excluded.peaks",
        tenant,
        batch.number,
        head.events + i64::from(count),
        &batch.hash()[..],
        peaks.to_bytes()
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// When the oldest event was written that is in no batch; for the measure of lag.
pub(crate) async fn oldest_unsealed(pool: &PgPool) -> Result<Option<DateTime<Utc>>> {
    Ok(sqlx::query_scalar!(
        "SELECT min(e.at) FROM platform.audit_event e
         WHERE e.xid >= (SELECT up_to FROM platform.audit_cursor)
           AND NOT EXISTS (SELECT FROM platform.audit_member m WHERE m.tenant_id = e.tenant_id AND m.sequence = e.sequence)"
    )
    .fetch_one(pool)
    .await?)
}
