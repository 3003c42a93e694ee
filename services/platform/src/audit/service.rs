//! `accord.audit.v1`: the trail of one service, read by those who may (LIST and EXPORT of AUDIT_EVENT at a node above all). Reading
//! it is a look like any other and stands in the trail itself.

use access::{class::ClassSet, facts::Facts};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use proto::{
    Action, ResourceType,
    audit::v1::{
        AuditEvent, ExportEventsRequest, ExportEventsResponse, ListEventsRequest, ListEventsResponse, ListUnusualAccessRequest, ListUnusualAccessResponse,
        ListUsageRequest, ListUsageResponse, UnusualAccess, Usage, audit_service_server::AuditService,
    },
};
use prost_types::Timestamp;
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::{figures, unusual};
use crate::{Ctx, Db, Error, Result, Tx, ids, local_time};

/// Events of a page where the caller says nothing.
const PAGE: i32 = 50;
/// Events of a page at the most.
const LARGEST: i32 = 200;
/// Records that one question may name.
const RECORDS: usize = 200;
/// Days of an export or of figures at the most.
const YEAR: i64 = 366;
/// Days that are looked through for unusual access at the most.
const MONTH: i64 = 31;
/// Answers of the rules at the most.
const FOUND: usize = 500;

/// The service that every service adds to its routes.
#[derive(Clone)]
pub struct AuditTrail {
    db: Db,
}

/// A row with what the caller gets of it.
struct Row {
    sequence: i64,
    id: Uuid,
    at: DateTime<Utc>,
    actor: String,
    on_behalf: Option<String>,
    session: Option<Uuid>,
    cause: Option<Uuid>,
    method: String,
    operation: i16,
    outcome: String,
    reason: Option<String>,
    resource: i16,
    record_ids: Vec<Uuid>,
    classes: i64,
    request_id: Uuid,
    why: Option<String>,
    has_why_text: bool,
    terms: Option<Vec<u8>>,
    apart: i32,
    batch: Option<i64>,
}

/// What a page of events is asked for with.
struct Filter {
    records: Option<Vec<Uuid>>,
    resource: Option<i16>,
    actor: Option<String>,
    from: Option<DateTime<Utc>>,
    to: Option<DateTime<Utc>>,
}

impl AuditTrail {
    /// The trail in this database.
    pub fn new(db: Db) -> Self {
        Self { db }
    }

    async fn list(&self, ctx: &Ctx, request: ListEventsRequest) -> Result<ListEventsResponse> {
        ctx.scope(ResourceType::AuditEvent, Action::List, ClassSet::NONE)?;
        let size = match request.page_size {
            0 => PAGE,
            size if size < 0 => return Err(Error::invalid().field("page_size", "Ask for 1 to 200 events.")),
            size => size.min(LARGEST),
        };
        let before = token(&request.page_token, i64::MAX)?;
        if request.record_ids.len() > RECORDS {
            return Err(Error::invalid().field("record_ids", "Name at most 200 records."));
        }
        let mut records = request.record_ids.iter().map(|id| ids::parse_id("record_ids", id)).collect::<Result<Vec<_>>>()?;
        if !request.record_id.is_empty() {
            records.push(ids::parse_id("record_id", &request.record_id)?);
        }
        let filter = Filter {
            records: (!records.is_empty()).then_some(records),
            resource: Some(request.record_type as i16).filter(|r| *r != 0),
            actor: Some(request.actor).filter(|a| !a.is_empty()),
            from: instant("from", request.from)?,
            to: instant("to", request.to)?,
        };
        let mut tx = Tx::begin(&self.db, ctx, ctx.permit()).await?;
        let mut rows = newest(&mut tx, before, &filter, size).await?;
        tx.commit().await?;
        let more = rows.len() > size as usize;
        rows.truncate(size as usize);
        let next = rows.last().filter(|_| more).map(|row| write_token(row.sequence)).unwrap_or_default();
        Ok(ListEventsResponse { events: shown(ctx, rows), next_page_token: next })
    }

    async fn export(&self, ctx: &Ctx, request: ExportEventsRequest) -> Result<ExportEventsResponse> {
        ctx.scope(ResourceType::AuditEvent, Action::Export, ClassSet::NONE)?;
        ctx.require_step_up()?;
        let (from, to) = span(request.from, request.to, YEAR)?;
        let after = token(&request.page_token, 0)?;
        let mut tx = Tx::begin(&self.db, ctx, ctx.permit()).await?;
        let rows = oldest(&mut tx, after, from, to, LARGEST).await?;
        tx.commit().await?;
        let next = rows.last().filter(|_| rows.len() == LARGEST as usize).map(|row| write_token(row.sequence)).unwrap_or_default();
        Ok(ExportEventsResponse { events: shown(ctx, rows), next_page_token: next })
    }

    async fn usage(&self, ctx: &Ctx, request: ListUsageRequest) -> Result<ListUsageResponse> {
        ctx.scope(ResourceType::AuditEvent, Action::List, ClassSet::NONE)?;
        let (from, to) = span(request.from, request.to, YEAR)?;
        let months = local_time::months(from, to);
        let bounds: Vec<DateTime<Utc>> = months.iter().map(|(begin, _)| *begin).collect();
        let mut tx = Tx::begin(&self.db, ctx, ctx.permit()).await?;
        let rows = figures::by_actor_and_month(&mut tx, from, to, &bounds).await?;
        tx.commit().await?;
        let month = |n: i32| usize::try_from(n - 1).ok().and_then(|n| months.get(n)).map(|(_, name)| name.clone());
        let rows = rows.into_iter().filter_map(|r| Some(Usage { month: month(r.month)?, actor: r.actor, looks: r.looks, changes: r.changes, refusals: r.refusals }));
        Ok(ListUsageResponse { rows: rows.collect() })
    }

    async fn unusual(&self, ctx: &Ctx, request: ListUnusualAccessRequest) -> Result<ListUnusualAccessResponse> {
        ctx.scope(ResourceType::AuditEvent, Action::List, ClassSet::NONE)?;
        let (from, to) = span(request.from, request.to, MONTH)?;
        let mut tx = Tx::begin(&self.db, ctx, ctx.permit()).await?;
        let hours = figures::by_actor_and_hour(&mut tx, from, to).await?;
        tx.commit().await?;
        let found = unusual::find(&hours).into_iter().take(FOUND);
        Ok(ListUnusualAccessResponse {
            found: found.map(|f| UnusualAccess { actor: f.actor, rule: f.rule.code().into(), at: Some(stamp(f.at)), count: f.count }).collect(),
        })
    }
}

async fn newest(tx: &mut Tx, before: i64, filter: &Filter, size: i32) -> Result<Vec<Row>> {
    let tenant = tx.tenant();
    Ok(sqlx::query_as!(
        Row,
        "SELECT e.sequence, e.id, e.at, e.actor, e.on_behalf, e.session, e.cause, e.method, e.operation, e.outcome, e.reason, e.resource, e.record_ids,
                e.classes, e.request_id, e.why, e.why_text IS NOT NULL AS \"has_why_text!\", e.terms, e.apart, m.batch AS \"batch?\"
         FROM platform.audit_event e LEFT JOIN platform.audit_member m ON m.tenant_id = e.tenant_id AND m.sequence = e.sequence
         WHERE e.tenant_id = $1 AND e.sequence < $2 AND ($3::uuid[] IS NULL OR e.record_ids && $3)
           AND ($4::smallint IS NULL OR e.resource = $4) AND ($5::text IS NULL OR e.actor = $5 OR e.on_behalf = $5)
           AND ($6::timestamptz IS NULL OR e.at >= $6) AND ($7::timestamptz IS NULL OR e.at < $7)
         ORDER BY e.sequence DESC LIMIT $8",
        tenant,
        before,
        filter.records.as_deref(),
        filter.resource,
        filter.actor.as_deref(),
        filter.from,
        filter.to,
        i64::from(size) + 1
    )
    .fetch_all(tx.conn())
    .await?)
}

async fn oldest(tx: &mut Tx, after: i64, from: DateTime<Utc>, to: DateTime<Utc>, size: i32) -> Result<Vec<Row>> {
    let tenant = tx.tenant();
    Ok(sqlx::query_as!(
        Row,
        "SELECT e.sequence, e.id, e.at, e.actor, e.on_behalf, e.session, e.cause, e.method, e.operation, e.outcome, e.reason, e.resource, e.record_ids,
                e.classes, e.request_id, e.why, e.why_text IS NOT NULL AS \"has_why_text!\", e.terms, e.apart, m.batch AS \"batch?\"
         FROM platform.audit_event e LEFT JOIN platform.audit_member m ON m.tenant_id = e.tenant_id AND m.sequence = e.sequence
         WHERE e.tenant_id = $1 AND e.sequence > $2 AND e.at >= $3 AND e.at < $4 ORDER BY e.sequence LIMIT $5",
        tenant,
        after,
        from,
        to,
        i64::from(size)
    )
    .fetch_all(tx.conn())
    .await?)
}

/// What the caller may see of the rows.
fn shown(ctx: &Ctx, rows: Vec<Row>) -> Vec<AuditEvent> {
    let events = rows.into_iter().filter_map(|row| {
        // Events belong to no node, so only a grant on all of the tenant reaches them.
        ctx.see(row.id, &Facts::new(ResourceType::AuditEvent))?;
        let id = |id: Option<Uuid>| id.map(|id| id.to_string()).unwrap_or_default();
        Some(AuditEvent {
            id: row.id.to_string(),
            masked_paths: Vec::new(),
            at: Some(stamp(row.at)),
            actor: row.actor,
            method: row.method,
            operation: i32::from(row.operation),
            outcome: row.reason.unwrap_or(row.outcome),
            record_type: i32::from(row.resource),
            record_ids: row.record_ids.iter().map(Uuid::to_string).collect(),
            classes: row.classes.cast_unsigned(),
            request_id: row.request_id.to_string(),
            session_id: id(row.session),
            on_behalf: row.on_behalf.unwrap_or_default(),
            why: row.why.unwrap_or_default(),
            has_why_text: row.has_why_text,
            // Half of the hash tells equal searches apart, and is no way to the terms without the tenant's key.
            terms: row.terms.map(|terms| hex::encode(&terms[..terms.len().min(16)])).unwrap_or_default(),
            apart: row.apart,
            batch: row.batch.unwrap_or(0),
            cause_id: id(row.cause),
        })
    });
    events.collect()
}

#[tonic::async_trait]
impl AuditService for AuditTrail {
    async fn list_events(&self, request: Request<ListEventsRequest>) -> Result<Response<ListEventsResponse>, Status> {
        let (ctx, request) = Ctx::open(request)?;
        Ok(Response::new(self.list(&ctx, request).await?))
    }

    async fn export_events(&self, request: Request<ExportEventsRequest>) -> Result<Response<ExportEventsResponse>, Status> {
        let (ctx, request) = Ctx::open(request)?;
        Ok(Response::new(self.export(&ctx, request).await?))
    }

    async fn list_usage(&self, request: Request<ListUsageRequest>) -> Result<Response<ListUsageResponse>, Status> {
        let (ctx, request) = Ctx::open(request)?;
        Ok(Response::new(self.usage(&ctx, request).await?))
    }

    async fn list_unusual_access(&self, request: Request<ListUnusualAccessRequest>) -> Result<Response<ListUnusualAccessResponse>, Status> {
        let (ctx, request) = Ctx::open(request)?;
        Ok(Response::new(self.unusual(&ctx, request).await?))
    }
}

fn stamp(at: DateTime<Utc>) -> Timestamp {
    Timestamp { seconds: at.timestamp(), nanos: at.timestamp_subsec_nanos().cast_signed() }
}

fn instant(field: &'static str, given: Option<Timestamp>) -> Result<Option<DateTime<Utc>>> {
    let Some(given) = given else { return Ok(None) };
    let at = u32::try_from(given.nanos).ok().and_then(|nanos| DateTime::from_timestamp(given.seconds, nanos));
    // What PostgreSQL has a date for.
    at.filter(|at| (0..=9_999).contains(&chrono::Datelike::year(at))).map(Some).ok_or_else(|| Error::invalid().field(field, "Give a date and time."))
}

/// A span that must be given and is at most so many days long.
fn span(from: Option<Timestamp>, to: Option<Timestamp>, days: i64) -> Result<(DateTime<Utc>, DateTime<Utc>)> {
    let missing = |field| Error::invalid().field(field, "Give a date and time.");
    let from = instant("from", from)?.ok_or_else(|| missing("from"))?;
    let to = instant("to", to)?.ok_or_else(|| missing("to"))?;
    if to <= from {
        return Err(Error::invalid().field("to", "Give an end after the beginning."));
    }
    if to - from > TimeDelta::days(days) {
        return Err(Error::invalid().field("to", format!("Ask for at most {days} days.")));
    }
    Ok((from, to))
}

fn token(given: &str, first: i64) -> Result<i64> {
    match given {
        "" => Ok(first),
        token => read_token(token).ok_or_else(|| Error::invalid().field("page_token", "Start again from the first page.")),
    }
}

fn write_token(sequence: i64) -> String {
    URL_SAFE_NO_PAD.encode(sequence.to_be_bytes())
}

fn read_token(token: &str) -> Option<i64> {
    let bytes: [u8; 8] = URL_SAFE_NO_PAD.decode(token).ok()?.try_into().ok()?;
    Some(i64::from_be_bytes(bytes)).filter(|sequence| *sequence > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_token_is_read_back_and_rubbish_is_not() {
        assert_eq!(read_token(&write_token(42)), Some(42));
        assert_eq!(read_token("x"), None);
        assert_eq!(read_token(&write_token(-1)), None);
    }

    #[test]
    fn a_span_has_two_ends_and_a_limit() {
        let at = |seconds| Some(Timestamp { seconds, nanos: 0 });
        assert!(span(at(0), at(86_400), 1).is_ok());
        for (from, to) in [(None, at(1)), (at(1), None), (at(1), at(1)), (at(0), at(86_401)), (at(i64::MAX), at(1))] {
            assert!(span(from, to, 1).is_err(), "{from:?} {to:?}");
        }
    }
}
