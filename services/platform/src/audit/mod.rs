//! The audit trail (architecture 9). Changes are written in their own transaction; looks go to the process's
//! [`AuditWriter`], and the answer is held until their commit.

mod figures;
pub mod seal;
mod service;
pub mod unusual;
mod writer;

use std::{collections::{BTreeMap, BTreeSet}, path::PathBuf};

use access::{class::ClassSet, policy::MethodPolicy};
use chrono::{DateTime, Utc};
use proto::{AuditOperation, ResourceType};
use sqlx::PgConnection;
use uuid::Uuid;

pub use self::{service::AuditTrail, writer::AuditWriter};
use crate::{Ctx, Result, auth::principal::Principal, config::Secret, context::Said, ids};

crate::config::section!(
    /// `[audit]`: the audit trail.
    AuditSection, "audit", {
        /// Whether looks are recorded. Off is for measuring what recording costs, never for service.
        looks: bool = true,
        /// Private Ed25519 key (PKCS#8 PEM) that seals the trail; usually `{ file = "…" }`. Workers need it.
        seal_key: Secret = Secret::default(),
        /// PEM file with the public Ed25519 key(s) that `accord audit verify` believes, those of the past included.
        seal_public_keys: PathBuf = PathBuf::new(),
        /// Whose system it is: how the names of checkpoints begin. No spaces.
        origin: String = "accord".into(),
        /// Folder that checkpoints are written to, outside of the reach of whoever runs the databases; empty writes none.
        checkpoints: PathBuf = PathBuf::new(),
    }
);

/// How a call ended, as the trail says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was done.
    Ok,
    /// The caller may not.
    Denied,
    /// There is no such record, or the caller may not know of it.
    NotFound,
    /// The request or the record's state did not allow it.
    Refused,
    /// A fault of ours or time over.
    Failed,
}

impl Outcome {
    /// The word in the table.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Denied => "denied",
            Self::NotFound => "not_found",
            Self::Refused => "refused",
            Self::Failed => "failed",
        }
    }

    /// The outcome of a call that ended with this kind of error.
    pub fn of(kind: crate::Kind) -> Self {
        use crate::Kind as K;
        match kind {
            K::PermissionDenied | K::Unauthenticated => Self::Denied,
            K::NotFound => Self::NotFound,
            K::InvalidArgument | K::Conflict | K::AlreadyExists | K::FailedPrecondition | K::ResourceExhausted => Self::Refused,
            K::Unavailable | K::DeadlineExceeded | K::Internal => Self::Failed,
        }
    }
}

/// One event of the trail: one caller, one method, one resource type, any number of its records. Ids and codes only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    /// The tenant.
    pub tenant: Uuid,
    /// When.
    pub at: DateTime<Utc>,
    /// [`Principal::label`] of the caller.
    pub actor: String,
    /// The user's session.
    pub session: Option<Uuid>,
    /// Event or job that caused a workload's call.
    pub cause: Option<Uuid>,
    /// Id of the request.
    pub request_id: Uuid,
    /// Path of the method; empty for events and jobs.
    pub method: String,
    /// What kind of processing it is.
    pub operation: AuditOperation,
    /// How it ended.
    pub outcome: Outcome,
    /// Type of the records.
    pub resource: ResourceType,
    /// The records.
    pub records: Vec<Uuid>,
    /// Field classes that were shown or changed.
    pub classes: ClassSet,
    /// Stable code of the reason of a refusal.
    pub reason: Option<&'static str>,
    /// Whom the actor acted for.
    pub on_behalf: Option<String>,
    /// Code of the reason that the actor gave, where one is asked for.
    pub why: Option<&'static str>,
    /// The reason in words, sealed.
    pub why_text: Option<Vec<u8>>,
    /// Keyed hash of what was searched for.
    pub terms: Option<[u8; 32]>,
    /// Of the records, how many the actor had no link of their own with.
    pub apart: i32,
}

impl Look {
    /// An event without records, of the type that the method is about: refusals and empty lists.
    pub fn new(principal: &Principal, at: DateTime<Utc>, request_id: Uuid, method: Option<&MethodPolicy>, outcome: Outcome) -> Self {
        let (session, cause) = match principal {
            Principal::User { session, .. } => (Some(*session), None),
            Principal::Workload { cause, .. } => (None, Some(*cause)),
            Principal::ServiceAccount { .. } | Principal::Public { .. } => (None, None),
        };
        Self {
            tenant: principal.tenant(),
            at,
            actor: principal.label(),
            session,
            cause,
            request_id,
            method: method.map(|m| m.path.clone()).unwrap_or_default(),
            operation: method.map_or(AuditOperation::Alteration, |m| m.audit),
            outcome,
            resource: method.map_or(ResourceType::Unspecified, |m| m.resource),
            records: Vec::new(),
            classes: ClassSet::NONE,
            reason: None,
            on_behalf: None,
            why: None,
            why_text: None,
            terms: None,
            apart: 0,
        }
    }

    /// With what the request noted beside its records.
    fn with(self, said: &Said) -> Self {
        Self { on_behalf: said.on_behalf.clone(), why: said.why, why_text: said.why_text.clone(), ..self }
    }

    /// What a request has looked at: one event for each resource type, or one without records. Records that it changed
    /// are in the event of their transaction.
    pub fn all_of(ctx: &Ctx, outcome: Outcome, reason: Option<&'static str>) -> Vec<Self> {
        let plain = || {
            let mut look = Self::new(ctx.principal(), ctx.now(), ctx.request_id(), ctx.method().map(|m| &**m), outcome);
            look.reason = reason;
            look.with(&ctx.said())
        };
        let mut looks: BTreeMap<i32, Self> = BTreeMap::new();
        let mut changed = false;
        for ((resource, id), seen) in ctx.seen() {
            if seen.changed {
                changed = true;
                continue;
            }
            let look = looks.entry(resource as i32).or_insert_with(|| Self { resource, ..plain() });
            look.records.push(id);
            look.classes = look.classes.union(seen.read);
            look.apart += i32::from(seen.apart);
        }
        if looks.is_empty() && !(changed && outcome == Outcome::Ok) {
            return vec![plain()];
        }
        looks.into_values().collect()
    }
}

/// Writes the events of changed records in their own transaction: one for each resource type.
pub(crate) async fn write_changes(conn: &mut PgConnection, ctx: &Ctx, now: DateTime<Utc>, records: &BTreeSet<(i32, Uuid)>, classes: ClassSet) -> Result<()> {
    let (mut looks, said): (BTreeMap<i32, Look>, Said) = (BTreeMap::new(), ctx.said());
    for (resource, id) in records {
        let look = looks.entry(*resource).or_insert_with(|| Look {
            resource: ResourceType::try_from(*resource).unwrap_or_default(),
            classes,
            ..Look::new(ctx.principal(), now, ctx.request_id(), ctx.method().map(|m| &**m), Outcome::Ok).with(&said)
        });
        look.records.push(*id);
    }
    if looks.is_empty() {
        return Ok(());
    }
    insert(conn, &looks.into_values().collect::<Vec<_>>()).await?;
    Ok(())
}

/// One statement for any number of events.
async fn insert(conn: &mut PgConnection, looks: &[Look]) -> Result<(), sqlx::Error> {
    let column = |f: fn(&Look) -> Uuid| looks.iter().map(f).collect::<Vec<_>>();
    let text = |f: fn(&Look) -> &str| looks.iter().map(|l| f(l).to_owned()).collect::<Vec<_>>();
    let ids: Vec<Uuid> = looks.iter().map(|l| ids::new_id(l.at)).collect();
    let at: Vec<DateTime<Utc>> = looks.iter().map(|l| l.at).collect();
    let sessions: Vec<Option<Uuid>> = looks.iter().map(|l| l.session).collect();
    let causes: Vec<Option<Uuid>> = looks.iter().map(|l| l.cause).collect();
    let operations: Vec<i16> = looks.iter().map(|l| l.operation as i16).collect();
    let resources: Vec<i16> = looks.iter().map(|l| l.resource as i16).collect();
    // unnest flattens arrays of arrays, so each list of ids travels as the text of an array.
    let records: Vec<String> =
        looks.iter().map(|l| format!("{{{}}}", l.records.iter().map(Uuid::to_string).collect::<Vec<_>>().join(","))).collect();
    let classes: Vec<i64> = looks.iter().map(|l| l.classes.bits().cast_signed()).collect();
    let reasons: Vec<Option<String>> = looks.iter().map(|l| l.reason.map(str::to_owned)).collect();
    let on_behalf: Vec<Option<String>> = looks.iter().map(|l| l.on_behalf.clone()).collect();
    let whys: Vec<Option<String>> = looks.iter().map(|l| l.why.map(str::to_owned)).collect();
    let words: Vec<Option<Vec<u8>>> = looks.iter().map(|l| l.why_text.clone()).collect();
    let terms: Vec<Option<Vec<u8>>> = looks.iter().map(|l| l.terms.map(|t| t.to_vec())).collect();
    let apart: Vec<i32> = looks.iter().map(|l| l.apart).collect();
    sqlx::query!(
        "INSERT INTO platform.audit_event
             (tenant_id, id, at, actor, session, cause, request_id, method, operation, outcome, resource, record_ids, classes, reason,
              on_behalf, why, why_text, terms, apart)
         SELECT tenant_id, id, at, actor, session, cause, request_id, method, operation, outcome, resource, record_ids::uuid[], classes, reason,
                on_behalf, why, why_text, terms, apart
         FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::text[], $5::uuid[], $6::uuid[], $7::uuid[], $8::text[], $9::smallint[],
                     $10::text[], $11::smallint[], $12::text[], $13::bigint[], $14::text[],
                     $15::text[], $16::text[], $17::bytea[], $18::bytea[], $19::integer[])
              AS t (tenant_id, id, at, actor, session, cause, request_id, method, operation, outcome, resource, record_ids, classes, reason,
                    on_behalf, why, why_text, terms, apart)",
        &column(|l| l.tenant),
        &ids,
        &at,
        &text(|l| &l.actor),
        &sessions as _,
        &causes as _,
        &column(|l| l.request_id),
        &text(|l| &l.method),
        &operations,
        &text(|l| l.outcome.word()),
        &resources,
        &records,
        &classes,
        &reasons as _,
        &on_behalf as _,
        &whys as _,
        &words as _,
        &terms as _,
        &apart,
    )
    .execute(conn)
    .await?;
    Ok(())
}
