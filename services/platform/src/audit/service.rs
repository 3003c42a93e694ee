//! `accord.audit.v1`: the trail of one service, read by those who may (READ of AUDIT_EVENT at a node above all).

use access::{class::ClassSet, facts::Facts};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use proto::{Action, ResourceType, audit::v1::{AuditEvent, ListEventsRequest, ListEventsResponse, audit_service_server::AuditService}};
use tonic::{Request, Response, Status};
use uuid::Uuid;

use crate::{Ctx, Db, Error, Result, Tx, ids};

/// Events of a page where the caller says nothing.
const PAGE: i32 = 50;
/// Events of a page at the most.
const LARGEST: i32 = 200;

/// The service that every service adds to its routes.
#[derive(Clone)]
pub struct AuditTrail {
    db: Db,
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
        let before = match request.page_token.as_str() {
            "" => i64::MAX,
            token => read_token(token).ok_or_else(|| Error::invalid().field("page_token", "Start again from the first page."))?,
        };
        let record = match request.record_id.as_str() {
            "" => None,
            text => Some(ids::parse_id("record_id", text)?),
        };
        let resource = Some(request.record_type as i16).filter(|r| *r != 0);
        let actor = Some(request.actor).filter(|a| !a.is_empty());
        let mut tx = Tx::begin(&self.db, ctx, ctx.permit()).await?;
        let tenant = tx.tenant();
        let mut rows = sqlx::query!(
            "SELECT sequence, id, at, actor, method, operation, outcome, reason, resource, record_ids, classes, request_id
             FROM platform.audit_event
             WHERE tenant_id = $1 AND sequence < $2 AND ($3::uuid IS NULL OR record_ids @> ARRAY[$3::uuid])
               AND ($4::smallint IS NULL OR resource = $4) AND ($5::text IS NULL OR actor = $5)
             ORDER BY sequence DESC LIMIT $6",
            tenant, before, record, resource, actor, i64::from(size) + 1
        )
        .fetch_all(tx.conn())
        .await?;
        tx.commit().await?;
        let more = rows.len() > size as usize;
        rows.truncate(size as usize);
        let next = rows.last().filter(|_| more).map(|row| write_token(row.sequence)).unwrap_or_default();
        let events = rows.into_iter().filter_map(|row| {
            // Events belong to no node, so only a grant on all of the tenant reaches them.
            ctx.see(row.id, &Facts::new(ResourceType::AuditEvent))?;
            Some(AuditEvent {
                id: row.id.to_string(),
                masked_paths: Vec::new(),
                at: Some(prost_types::Timestamp { seconds: row.at.timestamp(), nanos: row.at.timestamp_subsec_nanos().cast_signed() }),
                actor: row.actor,
                method: row.method,
                operation: i32::from(row.operation),
                outcome: row.reason.unwrap_or(row.outcome),
                record_type: i32::from(row.resource),
                record_ids: row.record_ids.iter().map(Uuid::to_string).collect(),
                classes: row.classes.cast_unsigned(),
                request_id: row.request_id.to_string(),
            })
        });
        Ok(ListEventsResponse { events: events.collect(), next_page_token: next })
    }
}

#[tonic::async_trait]
impl AuditService for AuditTrail {
    async fn list_events(&self, request: Request<ListEventsRequest>) -> Result<Response<ListEventsResponse>, Status> {
        let (ctx, request) = Ctx::open(request)?;
        Ok(Response::new(self.list(&ctx, request).await?))
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
}
