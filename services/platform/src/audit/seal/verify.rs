//! Reads the trail of one service again and tells everything that does not fit: what `accord audit verify` runs.

use std::{collections::{BTreeMap, BTreeSet}, path::Path};

use chrono::{DateTime, TimeDelta, Utc};
use figment::Figment;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::{
    batch::{Batch, NONE_BEFORE},
    canonical::Event,
    checkpoint::Checkpoint,
    findings::{Breach, Finding},
    merkle::{self, Hash, Peaks},
    proof::Proof,
    signer::Trusted,
};
use crate::{Error, Result, app::Service, config::{Reader, ServiceSection}, db};

/// Batches of one statement.
const BATCHES: i64 = 500;
/// Events of one statement, by what the batches say of their size.
const EVENTS: i64 = 10_000;
/// Findings of one kind that are told one by one.
const TOLD: usize = 20;

/// What a verifier believes and asks for.
pub struct Ask<'a> {
    /// Whose signatures are believed.
    pub trusted: &'a Trusted,
    /// The folder with checkpoints that left the system.
    pub checkpoints: Option<&'a Path>,
    /// The time.
    pub now: DateTime<Utc>,
    /// How long an event may be in no batch.
    pub grace: TimeDelta,
}

/// What was read and what does not fit.
#[derive(Debug, Default)]
pub struct Report {
    /// Tenants with a trail.
    pub tenants: u64,
    /// Batches read.
    pub batches: u64,
    /// Sealed events read.
    pub events: u64,
    /// Checkpoints read.
    pub checkpoints: u64,
    /// One sentence each.
    pub findings: Vec<Finding>,
}

/// The trail of one service, read as its role `<service>_platform` and nothing else of its database.
pub struct AuditTrailOf {
    service: &'static str,
    pool: PgPool,
}

impl AuditTrailOf {
    /// The trail of `S`, where the configuration says that its database is.
    ///
    /// # Errors
    /// `Internal` with the configuration's mistakes.
    pub fn open<S: Service>(figment: &Figment) -> Result<Self> {
        let mut reader = Reader::new(figment);
        let section = reader.section_at::<ServiceSection>(S::NAME);
        reader.finish().map_err(Error::fault)?;
        Ok(Self { service: S::NAME, pool: db::platform_pool(S::NAME, &section.database)? })
    }

    /// Its service.
    pub fn service(&self) -> &'static str {
        self.service
    }

    /// Checks all batches, events and checkpoints.
    ///
    /// # Errors
    /// Of the database and of the folder: then nothing is said about the trail.
    pub async fn verify(&self, ask: &Ask<'_>) -> Result<Report> {
        verify(&self.pool, self.service, ask).await
    }

    /// The proof that an event of this id is in a signed batch; `None` where the service has no such event or has not sealed it
    /// yet.
    ///
    /// # Errors
    /// Of the database.
    pub async fn prove(&self, event: Uuid) -> Result<Option<Proof>> {
        prove(&self.pool, self.service, event).await
    }
}

async fn verify(pool: &PgPool, name: &str, ask: &Ask<'_>) -> Result<Report> {
    let mut report = Report::default();
    // Before the snapshot, so that every batch that they cover is in it.
    let checkpoints = match ask.checkpoints {
        Some(folder) => read_checkpoints(folder, name, ask.trusted, &mut report)?,
        None => BTreeMap::new(),
    };
    let mut tx = pool.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?;
    let found = sqlx::query_scalar!(
        "SELECT DISTINCT tenant_id AS \"tenant!\" FROM
             (SELECT tenant_id FROM platform.audit_head UNION SELECT tenant_id FROM platform.audit_batch
              UNION SELECT tenant_id FROM platform.audit_event) AS t"
    )
    .fetch_all(&mut *tx)
    .await?;
    let tenants: BTreeSet<Uuid> = found.into_iter().chain(checkpoints.keys().copied()).collect();
    for tenant in tenants {
        let mut trail = Trail { service: name, tenant, ask, report: &mut report, tree: Peaks::default(), hash: NONE_BEFORE, last: 0 };
        trail.batches(&mut tx, checkpoints.get(&tenant)).await?;
        trail.strays(&mut tx).await?;
        report.tenants += 1;
    }
    tx.rollback().await?;
    Ok(report)
}

/// Roots by size, as the checkpoints of a tenant have them.
type Roots = BTreeMap<u64, Hash>;

fn read_checkpoints(folder: &Path, service: &str, trusted: &Trusted, report: &mut Report) -> Result<BTreeMap<Uuid, Roots>> {
    let failed = |e: std::io::Error| Error::fault(format!("the folder of checkpoints {} cannot be read: {}", folder.display(), e.kind()));
    let of_service = folder.join(service);
    let mut all: BTreeMap<Uuid, Roots> = BTreeMap::new();
    if !folder.is_dir() {
        return Err(failed(std::io::ErrorKind::NotFound.into()));
    }
    if !of_service.is_dir() {
        return Ok(all);
    }
    for tenant_folder in std::fs::read_dir(&of_service).map_err(failed)? {
        let tenant_folder = tenant_folder.map_err(failed)?;
        let tenant = tenant_folder.file_name().to_str().and_then(|name| Uuid::try_parse(name).ok());
        for file in std::fs::read_dir(tenant_folder.path()).map_err(failed)? {
            let path = file.map_err(failed)?.path();
            let text = std::fs::read_to_string(&path).map_err(failed)?;
            let opened = Checkpoint::open(&text, trusted).ok().filter(|c| c.service == service && Some(c.tenant) == tenant);
            match opened {
                Some(checkpoint) => {
                    report.checkpoints += 1;
                    let told = all.entry(checkpoint.tenant).or_default().insert(checkpoint.size, checkpoint.root);
                    if told.is_some_and(|root| root != checkpoint.root) {
                        report.findings.push(Finding { service: service.to_owned(), tenant, what: Breach::Rewritten(checkpoint.size) });
                    }
                }
                None => report.findings.push(Finding { service: service.to_owned(), tenant, what: Breach::NotACheckpoint(path.display().to_string()) }),
            }
        }
    }
    Ok(all)
}

/// One tenant's trail while it is read.
struct Trail<'a, 'b> {
    service: &'a str,
    tenant: Uuid,
    ask: &'a Ask<'a>,
    report: &'b mut Report,
    tree: Peaks,
    hash: Hash,
    last: i64,
}

struct Stored {
    batch: Batch,
    signature: Vec<u8>,
}

struct Member {
    batch: i64,
    sequence: i64,
    leaf: Vec<u8>,
}

impl Trail<'_, '_> {
    fn find(&mut self, what: Breach) {
        self.report.findings.push(Finding { service: self.service.to_owned(), tenant: Some(self.tenant), what });
    }

    /// All batches in order, and what the checkpoints say of them.
    async fn batches(&mut self, conn: &mut PgConnection, checkpoints: Option<&Roots>) -> Result<()> {
        loop {
            let page = stored(conn, self.service, self.tenant, self.last, BATCHES).await?;
            if page.is_empty() {
                break;
            }
            let mut rest = page.as_slice();
            while !rest.is_empty() {
                // As many as make one statement; at least one.
                let mut events = 0;
                let some = rest.iter().take_while(|s| { let fits = events == 0 || events < EVENTS; events += i64::from(s.batch.count); fits }).count();
                let (now, later) = rest.split_at(some.max(1));
                self.part(conn, now, checkpoints).await?;
                rest = later;
            }
        }
        let there = self.last;
        for size in checkpoints.into_iter().flat_map(Roots::keys).filter(|size| **size > there.cast_unsigned()) {
            self.find(Breach::Tail { size: *size, there });
        }
        let stored = sqlx::query_scalar!("SELECT number FROM platform.audit_head WHERE tenant_id = $1", self.tenant).fetch_optional(conn).await?.unwrap_or(0);
        if stored != self.last {
            self.find(Breach::Head { stored, last: self.last });
        }
        Ok(())
    }

    async fn part(&mut self, conn: &mut PgConnection, batches: &[Stored], checkpoints: Option<&Roots>) -> Result<()> {
        let (Some(first), Some(last)) = (batches.first(), batches.last()) else { return Ok(()) };
        let (members, events) = members(conn, self.tenant, first.batch.number, last.batch.number).await?;
        for stored in batches {
            let batch = &stored.batch;
            if batch.number != self.last + 1 {
                self.find(Breach::Gap { from: self.last + 1, to: batch.number - 1 });
            }
            if !self.ask.trusted.verifies(&batch.key_id, &batch.encode(), &stored.signature) {
                self.find(Breach::Signature(batch.number));
            }
            if batch.previous != self.hash {
                self.find(Breach::Chain(batch.number));
            }
            self.hash = batch.hash();
            self.last = batch.number;
            self.tree.append(self.hash);
            let root = checkpoints.and_then(|roots| roots.get(&batch.number.cast_unsigned()));
            if root.is_some_and(|root| *root != self.tree.root()) {
                self.find(Breach::Rewritten(batch.number.cast_unsigned()));
            }
            let from = members.partition_point(|m| m.batch < batch.number);
            let to = members.partition_point(|m| m.batch <= batch.number);
            self.events(batch, &members[from..to], &events);
            self.report.batches += 1;
        }
        Ok(())
    }

    /// The events of one batch against what was sealed.
    fn events(&mut self, batch: &Batch, members: &[Member], events: &BTreeMap<i64, Event>) {
        let mut leaves = Vec::with_capacity(members.len());
        let before = self.report.findings.len();
        for member in members {
            let Some(event) = events.get(&member.sequence) else {
                self.find(Breach::Removed { sequence: member.sequence, batch: batch.number });
                continue;
            };
            let leaf = event.leaf();
            if leaf != member.leaf.as_slice() {
                self.find(Breach::Altered { sequence: member.sequence, batch: batch.number });
            }
            leaves.push(leaf);
            self.report.events += 1;
        }
        let fits = leaves.len() == usize::try_from(batch.count).unwrap_or(usize::MAX)
            && members.iter().map(|m| m.sequence).min() == Some(batch.first)
            && members.iter().map(|m| m.sequence).max() == Some(batch.last)
            && merkle::root(&leaves) == batch.root;
        // Where it is known which event it is, one sentence is enough.
        if !fits && self.report.findings.len() == before {
            self.find(Breach::Batch(batch.number));
        }
    }

    /// Events outside of every batch.
    async fn strays(&mut self, conn: &mut PgConnection) -> Result<()> {
        let rows = sqlx::query!("SELECT sequence, batch FROM platform.audit_member WHERE tenant_id = $1 AND batch > $2 ORDER BY sequence", self.tenant, self.last)
            .fetch_all(&mut *conn)
            .await?;
        let astray: Vec<Breach> = rows.into_iter().map(|row| Breach::NoSuchBatch { sequence: row.sequence, batch: row.batch }).collect();
        self.find_some(astray);
        // The events' own times: an inserted one may say that it is of the future.
        let (from, to) = (self.ask.now - self.ask.grace, self.ask.now + self.ask.grace);
        let rows = sqlx::query_scalar!(
            "SELECT e.sequence FROM platform.audit_event e
             WHERE e.tenant_id = $1 AND (e.at < $2 OR e.at > $3)
               AND NOT EXISTS (SELECT FROM platform.audit_member m WHERE m.tenant_id = e.tenant_id AND m.sequence = e.sequence)
             ORDER BY e.sequence",
            self.tenant,
            from,
            to
        )
        .fetch_all(conn)
        .await?;
        self.find_some(rows.into_iter().map(|sequence| Breach::Unsealed { sequence }).collect());
        Ok(())
    }

    fn find_some(&mut self, breaches: Vec<Breach>) {
        let more = breaches.len().saturating_sub(TOLD);
        for breach in breaches.into_iter().take(TOLD) {
            self.find(breach);
        }
        if more > 0 {
            self.find(Breach::More(more as u64));
        }
    }
}

async fn stored(conn: &mut PgConnection, service: &str, tenant: Uuid, after: i64, most: i64) -> Result<Vec<Stored>> {
    let rows = sqlx::query!(
        "SELECT number, first_sequence, last_sequence, count, root, previous, sealed_at, key_id, signature
         FROM platform.audit_batch WHERE tenant_id = $1 AND number > $2 ORDER BY number LIMIT $3",
        tenant,
        after,
        most
    )
    .fetch_all(conn)
    .await?;
    let hash = |bytes: &[u8]| bytes.try_into().unwrap_or(NONE_BEFORE);
    Ok(rows
        .into_iter()
        .map(|row| Stored {
            batch: Batch {
                service: service.to_owned(),
                tenant,
                number: row.number,
                first: row.first_sequence,
                last: row.last_sequence,
                count: row.count,
                root: hash(&row.root),
                previous: hash(&row.previous),
                sealed_at: row.sealed_at,
                key_id: row.key_id,
            },
            signature: row.signature,
        })
        .collect())
}

async fn members(conn: &mut PgConnection, tenant: Uuid, from: i64, to: i64) -> Result<(Vec<Member>, BTreeMap<i64, Event>)> {
    let members = sqlx::query_as!(
        Member,
        "SELECT batch, sequence, leaf FROM platform.audit_member WHERE tenant_id = $1 AND batch BETWEEN $2 AND $3 ORDER BY batch, place",
        tenant,
        from,
        to
    )
    .fetch_all(&mut *conn)
    .await?;
    let sequences: Vec<i64> = members.iter().map(|m| m.sequence).collect();
    let events = sqlx::query_as!(
        Event,
        "SELECT e.tenant_id, e.sequence, e.id, e.at, e.actor, e.on_behalf, e.session, e.cause, e.request_id, e.method, e.operation, e.outcome,
                e.resource, e.record_ids, e.classes, e.reason, e.terms, e.why, e.why_text, e.apart, e.xid::text::bigint AS \"xid!\"
         FROM platform.audit_event e WHERE e.tenant_id = $1 AND e.sequence = ANY($2)",
        tenant,
        &sequences
    )
    .fetch_all(conn)
    .await?;
    Ok((members, events.into_iter().map(|e| (e.sequence, e)).collect()))
}

async fn prove(pool: &PgPool, service: &str, event: Uuid) -> Result<Option<Proof>> {
    let mut conn = pool.acquire().await?;
    let place = sqlx::query!(
        "SELECT m.tenant_id, m.sequence, m.batch, m.place FROM platform.audit_event e
         JOIN platform.audit_member m ON m.tenant_id = e.tenant_id AND m.sequence = e.sequence WHERE e.id = $1",
        event
    )
    .fetch_optional(&mut *conn)
    .await?;
    let Some(place) = place else { return Ok(None) };
    let Some(stored) = stored(&mut conn, service, place.tenant_id, place.batch - 1, 1).await?.pop() else { return Ok(None) };
    let (members, events) = members(&mut conn, place.tenant_id, place.batch, place.batch).await?;
    // From the events as they are now: a proof of an altered one fails.
    let leaves: Vec<Hash> = members.iter().filter_map(|m| events.get(&m.sequence)).map(Event::leaf).collect();
    let at = usize::try_from(place.place).unwrap_or(usize::MAX);
    let (Some(path), Some(of)) = (merkle::path(&leaves, at), events.get(&place.sequence)) else { return Ok(None) };
    Ok(Some(Proof::new(&of.encode(), at as u64, &path, &stored.batch, &stored.signature)))
}
