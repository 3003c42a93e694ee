//! The server stack's two needs of the database, met by [`Db`].

use futures::future::BoxFuture;
use uuid::Uuid;

use crate::{
    Clock, Db, Result,
    audit::{self, Outcome},
    error::reason_of,
    grpc::{snapshots::EpochRows, trail::{self, Trail}},
};

/// The rows of `platform.authz_epoch`.
pub(super) struct Epochs {
    db: Db,
    clock: Clock,
}

impl Epochs {
    pub(super) fn new(db: &Db, clock: &Clock) -> Self {
        Self { db: db.clone(), clock: clock.clone() }
    }
}

impl EpochRows for Epochs {
    fn load(&self, tenant: Uuid) -> BoxFuture<'_, Result<Option<(u64, Vec<u8>)>>> {
        Box::pin(self.db.stored_snapshot(tenant))
    }

    fn store(&self, tenant: Uuid, epoch: u64, snapshot: Vec<u8>) -> BoxFuture<'_, Result<()>> {
        Box::pin(async move {
            self.db.store_snapshot(tenant, epoch, &snapshot, self.clock.now()).await?;
            Ok(())
        })
    }
}

/// Looks and refusals into `platform.audit_event`.
pub(super) struct Looks {
    db: Db,
}

impl Looks {
    pub(super) fn new(db: &Db) -> Self {
        Self { db: db.clone() }
    }
}

impl Trail for Looks {
    fn keep(&self, looks: Vec<trail::Look>) -> BoxFuture<'_, Result<()>> {
        Box::pin(async move {
            let mut events = Vec::with_capacity(looks.len());
            for look in looks {
                let terms = match &look.said.terms {
                    Some(terms) => Some(self.db.keys().search_terms(look.principal.tenant(), terms).await?),
                    None => None,
                };
                events.push(event(look, terms));
            }
            self.db.audit().record_all(events).await
        })
    }
}

fn event(look: trail::Look, terms: Option<[u8; 32]>) -> audit::Look {
    let outcome = match (look.outcome, look.reason.as_deref()) {
        (trail::OK, _) => Outcome::Ok,
        (_, Some("NotFound" | "NOT_FOUND")) => Outcome::NotFound,
        _ => Outcome::Denied,
    };
    audit::Look {
        method: look.method,
        operation: look.operation,
        resource: look.resource,
        records: look.records,
        classes: look.classes,
        reason: look.reason.as_deref().map(reason_of),
        on_behalf: look.said.on_behalf,
        why: look.said.why,
        why_text: look.said.why_text,
        terms,
        apart: look.apart,
        ..audit::Look::new(&look.principal, look.at, look.request_id, None, outcome)
    }
}
