//! `Ctx`: the one thing that every command, query, consumer and job takes.
//!
//! It carries who calls, the clock, the remaining time, the tenant's permission snapshot and the recorder of
//! decisions. A decision about a record is made here and nowhere else, so that the mask layer and the audit
//! trail know of every record that an answer shows.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, atomic::{AtomicBool, Ordering}},
    time::{Duration, Instant},
};

use access::{
    class::ClassSet,
    decide::{Decision, Subject, decide},
    facts::Facts,
    policy::MethodPolicy,
    scope::{ListScope, list_scope_with_classes},
    snapshot::Snapshot,
};
use chrono::{DateTime, TimeDelta, Utc};
use proto::{Action, ResourceType};
use uuid::Uuid;

use crate::{Error, Result, auth::permit::Permit, auth::principal::Principal, clock::Clock};

/// The context of one request, event or job.
#[derive(Clone)]
pub struct Ctx {
    inner: Arc<Inner>,
}

struct Inner {
    principal: Principal,
    clock: Clock,
    deadline: Instant,
    request_id: Uuid,
    method: Option<Arc<MethodPolicy>>,
    snapshot: Option<Arc<Snapshot>>,
    permit: Permit,
    token: Option<Arc<str>>,
    proved_at: Option<DateTime<Utc>>,
    recorder: Recorder,
}

/// What was decided while the request ran.
#[derive(Default)]
pub struct Recorder {
    records: Mutex<BTreeMap<(i32, Uuid), Seen>>,
    consulted: AtomicBool,
    audited: Mutex<BTreeSet<(i32, Uuid)>>,
    said: Mutex<Said>,
}

/// What the audit trail is told of a request beside the records.
#[derive(Clone, Default)]
pub(crate) struct Said {
    /// Whom the caller acts for.
    pub(crate) on_behalf: Option<String>,
    /// Code of the reason that the caller gave.
    pub(crate) why: Option<&'static str>,
    /// The reason in words, sealed.
    pub(crate) why_text: Option<Vec<u8>>,
    /// What was searched for; only its keyed hash is ever kept.
    pub(crate) terms: Option<String>,
}

/// One decision about one record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Classes that the answer may show of the record.
    pub read: ClassSet,
    /// Whether the request changed it.
    pub changed: bool,
    /// It is about people, and the caller has no link of their own with it: neither allocated nor made by them.
    pub apart: bool,
}

/// The parts a context is made of; the server stack, the consumer harness and the job runner fill it.
pub struct CtxParts {
    /// Who calls.
    pub principal: Principal,
    /// The time.
    pub clock: Clock,
    /// When the caller stops waiting.
    pub deadline: Instant,
    /// Id of the request, for logs and audit.
    pub request_id: Uuid,
    /// The method's policy; `None` for events and jobs.
    pub method: Option<Arc<MethodPolicy>>,
    /// The tenant's permissions at the token's epoch; `None` for the public and for workloads.
    pub snapshot: Option<Arc<Snapshot>>,
    /// Proof that the caller passed the gate.
    pub permit: Permit,
    /// The caller's token, to forward to another service.
    pub token: Option<Arc<str>>,
    /// When the caller proved all factors last; `None` where that is not known.
    pub proved_at: Option<DateTime<Utc>>,
}

/// How long a proof of all factors is fresh (ASVS 5.0: 7.5.3).
pub const FRESH: TimeDelta = TimeDelta::minutes(5);

impl Ctx {
    /// Made by the platform only: a permit can be had nowhere else.
    pub fn new(parts: CtxParts) -> Self {
        let CtxParts { principal, clock, deadline, request_id, method, snapshot, permit, token, proved_at } = parts;
        Self { inner: Arc::new(Inner { principal, clock, deadline, request_id, method, snapshot, permit, token, proved_at, recorder: Recorder::default() }) }
    }

    /// Takes the context that the server stack put into a request, and the message.
    ///
    /// # Errors
    /// `Internal` where the stack was not passed, which fails closed.
    pub fn open<T>(request: tonic::Request<T>) -> Result<(Self, T)> {
        let (_, mut extensions, message) = request.into_parts();
        let ctx = extensions.remove::<Self>().ok_or_else(|| Error::fault("request without context"))?;
        Ok((ctx, message))
    }

    /// Who calls.
    pub fn principal(&self) -> &Principal {
        &self.inner.principal
    }

    /// The tenant everything is bound to.
    pub fn tenant(&self) -> Uuid {
        self.inner.principal.tenant()
    }

    /// The clock.
    pub fn clock(&self) -> &Clock {
        &self.inner.clock
    }

    /// The current instant.
    pub fn now(&self) -> DateTime<Utc> {
        self.inner.clock.now()
    }

    /// A new UUIDv7.
    pub fn new_id(&self) -> Uuid {
        crate::ids::new_id(self.now())
    }

    /// Id of the request, for logs and audit.
    pub fn request_id(&self) -> Uuid {
        self.inner.request_id
    }

    /// Time that is left before the caller stops waiting.
    pub fn remaining(&self) -> Duration {
        self.inner.deadline.saturating_duration_since(Instant::now())
    }

    /// When the caller stops waiting.
    pub fn deadline(&self) -> Instant {
        self.inner.deadline
    }

    /// Policy of the method that is being served; `None` for events and jobs.
    pub fn method(&self) -> Option<&Arc<MethodPolicy>> {
        self.inner.method.as_ref()
    }

    /// The caller's token, to forward.
    pub fn token(&self) -> Option<&Arc<str>> {
        self.inner.token.as_ref()
    }

    /// The tenant's permissions.
    pub fn snapshot(&self) -> Option<&Arc<Snapshot>> {
        self.inner.snapshot.as_ref()
    }

    /// Proof that the caller passed the gate; what `Tx::begin` asks for.
    pub fn permit(&self) -> &Permit {
        &self.inner.permit
    }

    /// User or service account that calls.
    ///
    /// # Errors
    /// `Unauthenticated` for the public and for workloads.
    pub fn subject(&self) -> Result<Uuid> {
        self.inner.principal.subject().ok_or_else(Error::unauthenticated)
    }

    /// Refuses a person who has not proved all factors within [`FRESH`]: for what an unlocked screen must not be enough.
    /// Ask it after the decision, so that nobody who may not act is sent to prove themselves. Partners' systems prove their
    /// certificate with every call, and workloads theirs.
    ///
    /// # Errors
    /// `PermissionDenied` (`STEP_UP_REQUIRED`).
    pub fn require_step_up(&self) -> Result<()> {
        let Principal::User { .. } = self.principal() else { return Ok(()) };
        // A little into the future is a clock that differs.
        let fresh = self.inner.proved_at.is_some_and(|at| self.now() < at + FRESH && at <= self.now() + TimeDelta::seconds(2));
        if fresh { Ok(()) } else { Err(Error::step_up_required()) }
    }

    /// The subject as decisions ask for it.
    fn decider(&self) -> Option<(&Snapshot, Subject)> {
        let snapshot = self.inner.snapshot.as_deref()?;
        let id = self.inner.principal.subject()?;
        Some((snapshot, Subject { id, kind: self.inner.principal.kind(), at: self.now().timestamp() }))
    }

    /// Decides about one record and records it: the only way a record gets into an answer.
    ///
    /// Workloads and the public pass by the method's policy alone, which names them; they have no roles.
    ///
    /// # Errors
    /// `NotFound` where the caller may not know of the record, `PermissionDenied` where they see it and may not act.
    pub fn decide(&self, action: Action, id: Uuid, facts: &Facts<'_>) -> Result<Decision> {
        let decision = self.ask(action, facts)?;
        if !decision.visible {
            return Err(Error::not_found());
        }
        if !decision.allow {
            return Err(Error::denied());
        }
        self.record(facts.resource, id, decision.read, false, self.is_apart(facts));
        Ok(decision)
    }

    /// Decides whether a row of a list is shown; a `None` row is left out without a trace.
    pub fn see(&self, id: Uuid, facts: &Facts<'_>) -> Option<Decision> {
        let decision = self.ask(Action::Read, facts).ok().filter(|d| d.visible)?;
        self.record(facts.resource, id, decision.read, false, self.is_apart(facts));
        Some(decision)
    }

    /// Decides about a record that does not exist yet, at the node that would own it.
    ///
    /// # Errors
    /// `PermissionDenied`.
    pub fn decide_create(&self, id: Uuid, facts: &Facts<'_>) -> Result<Decision> {
        let decision = self.ask(Action::Create, facts)?;
        if !decision.allow {
            return Err(Error::denied());
        }
        self.record(facts.resource, id, decision.read, true, false);
        Ok(decision)
    }

    /// Asks without recording: what a page may offer ("may this user close the case?").
    pub fn may(&self, action: Action, facts: &Facts<'_>) -> bool {
        self.ask(action, facts).is_ok_and(|d| d.visible && d.allow)
    }

    /// Asks without recording which classes the caller may read or write: for filters and offers, never for what an answer
    /// shows. `None` where the record is not visible or the action not allowed.
    pub fn allowed(&self, action: Action, facts: &Facts<'_>) -> Option<Decision> {
        self.ask(action, facts).ok().filter(|d| d.visible && d.allow)
    }

    fn ask(&self, action: Action, facts: &Facts<'_>) -> Result<Decision> {
        self.inner.recorder.consulted.store(true, Ordering::Relaxed);
        match &self.inner.principal {
            Principal::User { .. } | Principal::ServiceAccount { .. } => {
                let (snapshot, subject) = self.decider().ok_or_else(|| Error::fault("user without snapshot"))?;
                Ok(decide(snapshot, &subject, action, facts))
            }
            Principal::Public { .. } | Principal::Workload { .. } => Ok(Decision::by_policy()),
        }
    }

    /// Which rows of a list the caller may read, as SQL can ask it; `classes` are those that the query filters or
    /// sorts by (architecture 7).
    ///
    /// # Errors
    /// `PermissionDenied` where no grant reaches any row.
    pub fn scope(&self, resource: ResourceType, action: Action, classes: ClassSet) -> Result<ListScope> {
        self.inner.recorder.consulted.store(true, Ordering::Relaxed);
        let (snapshot, subject) = self.decider().ok_or_else(Error::denied)?;
        let scope = list_scope_with_classes(snapshot, &subject, resource, action, classes);
        if scope.is_empty() { Err(Error::denied()) } else { Ok(scope) }
    }

    /// Notes that the answer tells about a record without showing any of it (why somebody may see it), for the audit trail.
    /// The record itself stays masked: no class is readable by this.
    pub fn told_of(&self, resource: ResourceType, id: Uuid) {
        self.record(resource, id, ClassSet::NONE, false, false);
    }

    /// Whether the caller answers for access at a node: they read its audit trail, or manage its roles.
    pub fn answers_for_access(&self, node: Uuid) -> bool {
        self.may(Action::Read, &Facts::new(ResourceType::AuditEvent).owned_by(node)) || self.may(Action::Manage, &Facts::new(ResourceType::Role).owned_by(node))
    }

    /// Refuses a caller who answers for access nowhere, before anything is loaded.
    ///
    /// # Errors
    /// `PermissionDenied`.
    pub fn require_answering_for_access(&self) -> Result<()> {
        let audit = self.scope(ResourceType::AuditEvent, Action::Read, ClassSet::NONE);
        if audit.is_ok() || self.scope(ResourceType::Role, Action::Manage, ClassSet::NONE).is_ok() { Ok(()) } else { Err(Error::denied()) }
    }

    /// Notes that the request changed a record, for the audit trail.
    pub fn changed(&self, resource: ResourceType, id: Uuid) {
        self.record(resource, id, ClassSet::NONE, true, false);
    }

    /// Whether a user or service account has no link of their own with a record about people.
    fn is_apart(&self, facts: &Facts<'_>) -> bool {
        use ResourceType as R;
        let about_people = matches!(facts.resource, R::Referral | R::Case | R::Participant | R::Person | R::Note | R::Meeting);
        let Some(subject) = self.inner.principal.subject().filter(|_| about_people) else { return false };
        !facts.allocated_to.contains(&subject) && facts.made_by != Some(subject)
    }

    /// Notes whom the caller acts for, for the audit trail: `user:<id>` or `account:<id>`.
    pub fn on_behalf_of(&self, label: impl Into<String>) {
        self.say(|said| said.on_behalf = Some(label.into()));
    }

    /// Notes the code of the reason that the caller gave, for the audit trail. Words are kept by [`crate::Tx::because`].
    pub fn because(&self, code: &'static str) {
        self.say(|said| said.why = Some(code));
    }

    /// Notes what the caller searched for. The audit trail keeps a keyed hash of it, so that equal searches are seen as equal.
    pub fn searched(&self, terms: impl Into<String>) {
        self.say(|said| said.terms = Some(terms.into()));
    }

    pub(crate) fn say(&self, note: impl FnOnce(&mut Said)) {
        if let Ok(mut said) = self.inner.recorder.said.lock() {
            note(&mut said);
        }
    }

    /// What was noted so far.
    pub(crate) fn said(&self) -> Said {
        self.inner.recorder.said.lock().map(|said| said.clone()).unwrap_or_default()
    }

    fn record(&self, resource: ResourceType, id: Uuid, read: ClassSet, changed: bool, apart: bool) {
        self.inner.recorder.consulted.store(true, Ordering::Relaxed);
        if let Ok(mut records) = self.inner.recorder.records.lock() {
            let seen = records.entry((resource as i32, id)).or_insert(Seen { read: ClassSet::NONE, changed: false, apart: false });
            seen.read = seen.read.union(read);
            seen.changed |= changed;
            seen.apart |= apart;
        }
    }

    /// Everything that was decided so far, for the mask layer and the audit trail.
    pub fn seen(&self) -> Vec<((ResourceType, Uuid), Seen)> {
        let Ok(records) = self.inner.recorder.records.lock() else { return Vec::new() };
        records.iter().map(|((r, id), s)| ((ResourceType::try_from(*r).unwrap_or_default(), *id), *s)).collect()
    }

    /// Changed records that no committed transaction of this context has put into the audit trail yet.
    pub(crate) fn unaudited(&self) -> BTreeSet<(i32, Uuid)> {
        let (Ok(records), Ok(audited)) = (self.inner.recorder.records.lock(), self.inner.recorder.audited.lock()) else {
            return BTreeSet::new();
        };
        records.iter().filter(|(key, seen)| seen.changed && !audited.contains(*key)).map(|(key, _)| *key).collect()
    }

    /// Notes that a committed transaction put these into the audit trail.
    pub(crate) fn audited(&self, records: &BTreeSet<(i32, Uuid)>) {
        if let Ok(mut audited) = self.inner.recorder.audited.lock() {
            audited.extend(records);
        }
    }

    /// Notes that the answer is that of the same command before: it was decided then, the gate has passed the caller
    /// now, and it holds ids, a version and codes only.
    pub(crate) fn replayed(&self) {
        self.inner.recorder.consulted.store(true, Ordering::Relaxed);
    }

    /// Whether authorisation was asked at all; an answer without it is refused.
    pub fn was_consulted(&self) -> bool {
        self.inner.recorder.consulted.load(Ordering::Relaxed)
    }
}
