//! What the server stack tells the audit trail: looks and refusals. Changes are written in their own transaction.

use access::{class::ClassSet, policy::MethodPolicy};
use chrono::{DateTime, Utc};
use futures::future::BoxFuture;
use proto::{AuditOperation, ResourceType};
use uuid::Uuid;

use crate::{Result, auth::principal::Principal, context::Said};

/// One look at records, or one refusal.
#[derive(Clone)]
pub struct Look {
    /// Who.
    pub principal: Principal,
    /// When.
    pub at: DateTime<Utc>,
    /// In which request.
    pub request_id: Uuid,
    /// Path of the method.
    pub method: String,
    /// What the method's policy calls it.
    pub operation: AuditOperation,
    /// [`OK`] or [`DENIED`].
    pub outcome: &'static str,
    /// Reason code of a refusal.
    pub reason: Option<String>,
    /// Type of the records.
    pub resource: ResourceType,
    /// The records; none for a refusal at the gate and for a search that found nothing.
    pub records: Vec<Uuid>,
    /// Classes that could be read on at least one of the records.
    pub classes: ClassSet,
    /// Of the records, how many the caller had no link of their own with.
    pub apart: i32,
    /// What the request noted beside its records.
    pub(crate) said: Said,
}

/// Outcome of a look that was answered.
pub const OK: &str = "ok";
/// Outcome of a refusal.
pub const DENIED: &str = "denied";

impl Look {
    /// A look at no record yet, of the type that the method is about.
    pub fn new(principal: &Principal, at: DateTime<Utc>, request_id: Uuid, policy: &MethodPolicy, outcome: &'static str) -> Self {
        Self {
            principal: principal.clone(),
            at,
            request_id,
            method: policy.path.clone(),
            operation: policy.audit,
            outcome,
            reason: None,
            resource: policy.resource,
            records: Vec::new(),
            classes: ClassSet::NONE,
            apart: 0,
            said: Said::default(),
        }
    }
}

/// Where looks are kept. An answer is held until the future is done, so it must mean *committed*.
pub trait Trail: Send + Sync + 'static {
    /// Keeps several looks of one request; they are committed together.
    fn keep(&self, looks: Vec<Look>) -> BoxFuture<'_, Result<()>>;
}

/// Whether the method leaves anything in the trail when it succeeds.
pub fn is_recorded(policy: &MethodPolicy) -> bool {
    !matches!(policy.audit, AuditOperation::None | AuditOperation::Unspecified)
}

/// Whether an answer of the method is a look that the stack itself must record.
pub fn is_look(policy: &MethodPolicy) -> bool {
    matches!(policy.audit, AuditOperation::Consultation | AuditOperation::Disclosure | AuditOperation::Combination)
}
