//! The one door to business data: a transaction that is bound to a permit, a tenant and a deadline.

use std::collections::BTreeSet;

use access::{class::ClassSet, tokens::TokenKey};
use chrono::{DateTime, Utc};
use proto::ResourceType;
use prost::{Message, Name};
use sqlx::{AssertSqlSafe, PgConnection, Postgres, Transaction};
use uuid::Uuid;

use super::Db;
use crate::{
    Ctx, Error, Kind, Result, audit,
    auth::permit::Permit,
    idempotency::{self, Pending},
    ids, keys::store::{self, SubjectKeys}, telemetry,
};

/// Parts of the outbox that may be published by different processes; the order of a subject's events is kept in one.
pub const BUCKETS: i16 = 4;

/// An open transaction. Dropped without [`Tx::commit`] it is rolled back.
pub struct Tx {
    pub(in crate::db) inner: Transaction<'static, Postgres>,
    pub(in crate::db) ctx: Ctx,
    pub(in crate::db) db: Db,
    pub(in crate::db) subjects: SubjectKeys,
    pub(in crate::db) sealed: ClassSet,
    writes: bool,
    now: DateTime<Utc>,
    changed: BTreeSet<(i32, Uuid)>,
    published: bool,
    pending: Option<Pending>,
}

impl Tx {
    /// Begins: READ ONLY unless the permit may write, bound to the permit's tenant, ended by the server when the
    /// caller's time is over.
    ///
    /// # Errors
    /// `Unauthenticated` (`STALE_TOKEN`) where the caller's permissions are older than those stored here;
    /// `DeadlineExceeded` where no time is left; `ResourceExhausted` where all connections are in use.
    pub async fn begin(db: &Db, ctx: &Ctx, permit: &Permit) -> Result<Self> {
        if permit.tenant() != ctx.tenant() {
            return Err(Error::fault("permit and context are of different tenants"));
        }
        let remaining = ctx.remaining().as_millis();
        if remaining == 0 {
            return Err(Error::new(Kind::DeadlineExceeded, "DEADLINE_EXCEEDED", "This took too long. Try again."));
        }
        let writes = permit.may_write();
        let mode = if writes { "READ WRITE" } else { "READ ONLY" };
        // One round trip of statements that cannot fail: one that could would give the pool back an aborted connection.
        let begin = format!(
            "BEGIN {mode}; SET LOCAL statement_timeout = {timeout}; SET LOCAL idle_in_transaction_session_timeout = {idle}; \
             SET LOCAL app.tenant = '{tenant}'",
            timeout = remaining.min(600_000),
            idle = remaining.min(600_000) + 1_000,
            tenant = permit.tenant(),
        );
        let inner = db.app().begin_with(AssertSqlSafe(begin)).await?;
        let mut tx = Self {
            inner, ctx: ctx.clone(), db: db.clone(), subjects: SubjectKeys::default(), sealed: ClassSet::NONE,
            writes, now: ctx.now(), changed: BTreeSet::new(), published: false, pending: None,
        };
        if let Some(epoch) = permit.epoch() {
            tx.check_epoch(epoch).await?;
        }
        Ok(tx)
    }

    async fn check_epoch(&mut self, held: u64) -> Result<()> {
        let stored = sqlx::query_scalar!("SELECT epoch FROM platform.authz_epoch WHERE tenant_id = $1", self.tenant())
            .fetch_optional(self.conn())
            .await?;
        match stored.and_then(|epoch| u64::try_from(epoch).ok()) {
            Some(epoch) if epoch == held => Ok(()),
            Some(epoch) if epoch > held => Err(Error::stale_token()),
            // The gate stores the snapshot of a newer token before it lets the request in.
            _ => Err(Error::fault("the permissions of the token are not stored here")),
        }
    }

    /// The connection, for checked queries: `sqlx::query!(…).fetch_one(tx.conn())`.
    pub fn conn(&mut self) -> &mut PgConnection {
        &mut self.inner
    }

    /// The keys of personal data, for keys that are derived for a purpose.
    pub fn keys(&self) -> &crate::keys::Keys {
        self.db.keys()
    }

    /// The context it was begun for.
    pub fn ctx(&self) -> &Ctx {
        &self.ctx
    }

    /// The tenant that every row must belong to; row-level security holds to it as well.
    pub fn tenant(&self) -> Uuid {
        self.ctx.tenant()
    }

    /// The instant of the beginning, the same for everything the transaction writes.
    pub fn now(&self) -> DateTime<Utc> {
        self.now
    }

    /// Whether it may write.
    pub fn writes(&self) -> bool {
        self.writes
    }

    /// Leaves a notice in the outbox: ids, version and what changed; its type is the message's full name.
    ///
    /// # Errors
    /// Of the database.
    pub async fn publish<E: Message + Name>(&mut self, subject: Uuid, version: i64, event: &E) -> Result<()> {
        let (id, body) = (ids::new_id(self.now), event.encode_to_vec());
        self.enqueue::<E>(id, subject, version, "notices", body).await
    }

    /// Leaves a fact for reporting in the outbox: the whole current row of a subject, sealed to reporting's key. Subject
    /// is the real id; what leaves is its pseudonym. Ids inside the fact must be pseudonyms, see [`Tx::pseudonym`].
    ///
    /// # Errors
    /// Of the database; `Unavailable` where the root key is away.
    pub async fn publish_fact<E: Message + Name>(&mut self, subject: Uuid, version: i64, fact: &E) -> Result<()> {
        let id = ids::new_id(self.now);
        let subject = self.pseudonym(subject).await?;
        let body = self.db.keys().seal_fact(self.tenant(), id, &fact.encode_to_vec()).await?;
        self.enqueue::<E>(id, subject, version, "facts", body).await
    }

    async fn enqueue<E: Name>(&mut self, id: Uuid, subject: Uuid, version: i64, exchange: &str, body: Vec<u8>) -> Result<()> {
        // The low bits of ids are random, so this spreads evenly.
        let bucket = (subject.as_u128() % BUCKETS as u128) as i16;
        let (tenant, now, trace) = (self.tenant(), self.now, telemetry::traceparent());
        sqlx::query!(
            "INSERT INTO platform.outbox (tenant_id, id, bucket, type, subject, version, occurred_at, trace, exchange, body)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            tenant, id, bucket, E::full_name(), subject, version, now, trace, exchange, body
        )
        .execute(self.conn())
        .await?;
        self.published = true;
        Ok(())
    }

    /// The stable stand-in for an id in facts.
    ///
    /// # Errors
    /// `Unavailable` where the root key is away.
    pub async fn pseudonym(&self, id: Uuid) -> Result<Uuid> {
        self.db.keys().pseudonym(self.tenant(), id).await
    }

    /// Notes that a record was changed; the commit writes it to the audit trail.
    pub fn changed(&mut self, resource: ResourceType, id: Uuid) {
        self.changed.insert((resource as i32, id));
        self.ctx.changed(resource, id);
    }

    /// Notes the reason in words that the caller gave; the audit event of the commit holds it sealed under a key of the tenant. A
    /// reason that is a code is noted by [`Ctx::because`].
    ///
    /// # Errors
    /// `Unavailable` where the root key is away.
    pub async fn because(&mut self, words: &str) -> Result<()> {
        let sealed = self.db.keys().seal_reason(self.tenant(), self.ctx.request_id(), words).await?;
        self.ctx.say(|said| said.why_text = Some(sealed));
        Ok(())
    }

    /// Takes the lock of an idempotency key and answers what the same request was answered before. Ask right after the
    /// permit was checked and before anything is done; then end with [`Tx::commit_with`].
    ///
    /// `key` is the request's `request_id`, a UUID that the caller made; `request` is the whole message. Messages of
    /// commands hold no map fields, whose encoding has no fixed order.
    ///
    /// # Errors
    /// `InvalidArgument` on `request_id`; `Conflict` (`IDEMPOTENCY_KEY_REUSED`) where the key came with another request.
    pub async fn replay<A: Message + Default>(&mut self, key: &str, request: &impl Message) -> Result<Option<A>> {
        let pending = Pending::of(&self.ctx, self.db.keys(), key, request).await?;
        let answer = idempotency::find(&mut self.inner, &pending).await?;
        match answer {
            Some(answer) => {
                self.ctx.replayed();
                A::decode(answer.as_slice()).map(Some).map_err(|e| Error::fault("a stored answer does not decode").source(e))
            }
            None => {
                self.pending = Some(pending);
                Ok(None)
            }
        }
    }

    /// Commits, with the audit event of what changed in the same transaction, and wakes the relay.
    ///
    /// # Errors
    /// Of the database. `Internal` where [`Tx::replay`] was asked and [`Tx::commit_with`] is missing.
    pub async fn commit(self) -> Result<()> {
        if self.pending.is_some() {
            return Err(Error::fault("a command with an idempotency key must end with commit_with"));
        }
        self.finish().await
    }

    /// Stores the answer for a replay and commits; answers the answer.
    ///
    /// # Errors
    /// As [`Tx::commit`].
    pub async fn commit_with<A: Message>(mut self, answer: A) -> Result<A> {
        if let Some(pending) = self.pending.take() {
            idempotency::store(&mut self.inner, &pending, &answer.encode_to_vec(), self.now).await?;
        }
        self.finish().await?;
        Ok(answer)
    }

    async fn finish(mut self) -> Result<()> {
        let mut records = BTreeSet::new();
        if self.writes {
            records = self.ctx.unaudited();
            records.append(&mut self.changed);
            audit::write_changes(&mut self.inner, &self.ctx, self.now, &records, self.sealed).await?;
        }
        self.inner.commit().await?;
        self.ctx.audited(&records);
        if self.published {
            self.db.wake_relay();
        }
        Ok(())
    }

    /// The key of the tenant's blind search tokens.
    ///
    /// # Errors
    /// Of the database; `Unavailable` where the root key is away.
    pub async fn token_key(&mut self) -> Result<TokenKey> {
        let (tenant, writes, now, db) = (self.tenant(), self.writes, self.now, self.db.clone());
        let key = store::index_key(self.conn(), db.keys(), tenant, writes, now).await?;
        Ok(TokenKey::new(key.bytes()))
    }
}
