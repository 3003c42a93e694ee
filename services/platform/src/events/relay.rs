//! The relay: committed outbox rows to the broker, in order, marked only when acknowledged.
//!
//! It remembers no position (numbers of a sequence commit out of order): what has no `published_at` is still to be
//! sent. Advisory locks share the buckets out among the processes of a service; one that dies loses its locks with its
//! connection. A crash between acknowledgement and mark sends a message twice, which the inbox drops.

use std::time::{Duration, Instant};

use bytes::Bytes;
use lapin::{Channel, Confirmation, options::{BasicPublishOptions, ConfirmSelectOptions}};
use sqlx::{Connection, PgConnection};
use uuid::Uuid;

use super::{broker::{Backoff, Broker, BrokerError}, envelope::Received, topology::{self, Exchange}};
use crate::{Clock, Db, db::tx::BUCKETS, lifecycle::Shutdown};

/// First half of the advisory lock's key; the second is the bucket.
const LOCK_CLASS: i32 = 0x4143_0001;
/// Rows of one round.
const BATCH: i64 = 500;
/// Poll for rows that another process wrote.
const POLL: Duration = Duration::from_millis(100);
/// How often buckets that another process holds are asked for.
const TAKE_OVER: Duration = Duration::from_secs(1);
/// Time for the broker to acknowledge a round.
const CONFIRM: Duration = Duration::from_secs(30);

/// The relay of one service in one process.
pub struct Relay {
    /// The service, as `ce-source` names it.
    pub service: &'static str,
    /// Its database.
    pub db: Db,
    /// The broker.
    pub broker: Broker,
    /// The time of the mark.
    pub clock: Clock,
    /// At its drain the relay lets go of its locks.
    pub stop: Shutdown,
}

#[derive(Debug, thiserror::Error)]
enum RelayError {
    #[error(transparent)]
    Broker(#[from] BrokerError),
    #[error(transparent)]
    Database(#[from] sqlx::Error),
    #[error("the broker refused {0} of {1} messages")]
    Refused(usize, usize),
    #[error("the outbox holds an unknown exchange")]
    Exchange,
}

impl From<lapin::Error> for RelayError {
    fn from(error: lapin::Error) -> Self {
        Self::Broker(error.into())
    }
}

struct Row {
    tenant_id: Uuid,
    id: Uuid,
    r#type: String,
    subject: Uuid,
    version: i64,
    occurred_at: chrono::DateTime<chrono::Utc>,
    trace: Option<String>,
    exchange: String,
    body: Vec<u8>,
}

impl Relay {
    /// Runs until `stop` drains; a broker or database that is away is waited for and makes nothing else fail.
    pub async fn run(self) {
        let mut backoff = Backoff::default();
        while !self.stop.is_draining() {
            let started = Instant::now();
            let session = tokio::select! {
                () = self.stop.draining() => return,
                session = self.session() => session,
            };
            if let Err(error) = session {
                tracing::warn!("accord.service" = self.service, %error, "relay pauses");
            }
            if started.elapsed() > Duration::from_secs(30) {
                backoff.reset();
            }
            tokio::select! {
                () = self.stop.draining() => return,
                () = tokio::time::sleep(backoff.next()) => {}
            }
        }
    }

    async fn session(&self) -> Result<(), RelayError> {
        // The broker first: who cannot reach it must not hold the locks.
        let channel = self.broker.channel().await?;
        channel.confirm_select(ConfirmSelectOptions::default()).await?;
        // Not of the pool: the locks end with this connection, and it is surely alive.
        let mut connection = PgConnection::connect_with(&self.db.platform().connect_options()).await?;
        let result = self.relay(&channel, &mut connection).await;
        connection.close().await?;
        result
    }

    async fn relay(&self, channel: &Channel, connection: &mut PgConnection) -> Result<(), RelayError> {
        let mut held: Vec<i16> = Vec::new();
        let mut asked: Option<Instant> = None;
        loop {
            if held.len() < BUCKETS as usize && asked.is_none_or(|at| at.elapsed() >= TAKE_OVER) {
                take(connection, &mut held).await?;
                asked = Some(Instant::now());
            }
            if !channel.status().connected() {
                return Err(BrokerError::Timeout.into());
            }
            // Registered before the read, so that a commit between read and wait is not slept through.
            let woken = self.db.outbox_changed();
            let rows = read(connection, &held).await?;
            if rows.is_empty() {
                tokio::select! {
                    () = woken => {}
                    () = tokio::time::sleep(if held.is_empty() { TAKE_OVER } else { POLL }) => {}
                }
                continue;
            }
            let total = rows.len();
            let published = tokio::time::timeout(CONFIRM, self.publish(channel, rows)).await.map_err(|_| BrokerError::Timeout)??;
            mark(connection, self.clock.now(), &published).await?;
            if published.len() < total {
                return Err(RelayError::Refused(total - published.len(), total));
            }
        }
    }

    /// Publishes all and then awaits each confirm; answers the keys of those that the broker took over.
    async fn publish(&self, channel: &Channel, rows: Vec<Row>) -> Result<Vec<(Uuid, Uuid)>, RelayError> {
        let mut confirms = Vec::with_capacity(rows.len());
        for row in rows {
            let exchange = Exchange::parse(&row.exchange).ok_or(RelayError::Exchange)?;
            let key = (row.tenant_id, row.id);
            let event = row.into_event(self.service);
            let options = BasicPublishOptions { mandatory: topology::has_consumer(&event.type_name), immediate: false };
            let confirm = channel
                .basic_publish(self.broker.names().exchange(exchange).into(), event.type_name.as_str().into(), options, &event.body, event.properties())
                .await?;
            confirms.push((key, confirm));
        }
        let mut published = Vec::with_capacity(confirms.len());
        for (key, confirm) in confirms {
            // `Ack(Some(_))` is a mandatory message that found no queue: it is lost there and stays here.
            match confirm.await? {
                Confirmation::Ack(None) => published.push(key),
                Confirmation::Ack(Some(_)) | Confirmation::Nack(_) | Confirmation::NotRequested => {}
            }
        }
        Ok(published)
    }
}

impl Row {
    fn into_event(self, source: &str) -> Received {
        Received {
            id: self.id,
            type_name: self.r#type,
            source: source.to_owned(),
            tenant: self.tenant_id,
            subject: self.subject,
            version: self.version,
            occurred_at: self.occurred_at,
            body: Bytes::from(self.body),
            trace: self.trace,
        }
    }
}

async fn take(connection: &mut PgConnection, held: &mut Vec<i16>) -> Result<(), sqlx::Error> {
    for bucket in 0..BUCKETS {
        if !held.contains(&bucket)
            && sqlx::query_scalar!("SELECT pg_try_advisory_lock($1, $2) AS \"taken!\"", LOCK_CLASS, i32::from(bucket)).fetch_one(&mut *connection).await?
        {
            held.push(bucket);
        }
    }
    Ok(())
}

async fn read(connection: &mut PgConnection, held: &[i16]) -> Result<Vec<Row>, sqlx::Error> {
    sqlx::query_as!(
        Row,
        "SELECT tenant_id, id, type, subject, version, occurred_at, trace, exchange, body FROM platform.outbox
         WHERE bucket = ANY($1) AND published_at IS NULL ORDER BY sequence LIMIT $2",
        held, BATCH
    )
    .fetch_all(connection)
    .await
}

async fn mark(connection: &mut PgConnection, at: chrono::DateTime<chrono::Utc>, keys: &[(Uuid, Uuid)]) -> Result<(), sqlx::Error> {
    let (tenants, ids): (Vec<Uuid>, Vec<Uuid>) = keys.iter().copied().unzip();
    sqlx::query!(
        "UPDATE platform.outbox o SET published_at = $1
         FROM unnest($2::uuid[], $3::uuid[]) AS k (tenant_id, id) WHERE o.tenant_id = k.tenant_id AND o.id = k.id",
        at, &tenants, &ids
    )
    .execute(connection)
    .await?;
    Ok(())
}
