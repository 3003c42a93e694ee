//! The relay: committed outbox rows to the broker, in order, marked only when acknowledged.
//!
//! It remembers no position (numbers of a sequence commit out of order): what has no `published_at` is still to be
//! sent. Advisory locks share the buckets out among the processes of a service; one that dies loses its locks with its
//! connection. A crash between acknowledgement and mark sends a message twice, which the inbox drops.

use std::{collections::VecDeque, time::{Duration, Instant}};

use bytes::Bytes;
use lapin::{Channel, Confirmation, PublisherConfirm, options::{BasicPublishOptions, ConfirmSelectOptions}};
use sqlx::{Connection, PgConnection};
use uuid::Uuid;

use super::{broker::{Backoff, Broker, BrokerError}, envelope::Received, topology::{self, Exchange}};
use crate::{Clock, Db, db::tx::BUCKETS, lifecycle::Shutdown};

/// First half of the advisory lock's key; the second is the bucket.
const LOCK_CLASS: i32 = 0x4143_0001;
/// Rows of one round.
const BATCH: i64 = 500;
/// Rounds whose confirms may be awaited at a time, so that the broker never waits for the database nor it for the broker.
const ROUNDS: usize = 3;
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
        // A mark that is lost with the server sends its message twice, which the inbox drops.
        sqlx::query("SET synchronous_commit = off").execute(&mut *connection).await?;
        let mut held: Vec<i16> = Vec::new();
        let mut asked: Option<Instant> = None;
        let mut rounds: VecDeque<Vec<Sent>> = VecDeque::new();
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
            let under_way: Vec<Uuid> = rounds.iter().flatten().map(|sent| sent.id).collect();
            let rows = read(connection, &held, &under_way).await?;
            let nothing_new = rows.is_empty();
            if !nothing_new {
                rounds.push_back(tokio::time::timeout(CONFIRM, self.publish(channel, rows)).await.map_err(|_| BrokerError::Timeout)??);
            }
            if nothing_new || rounds.len() == ROUNDS {
                match rounds.pop_front() {
                    Some(round) => self.settle(connection, round).await?,
                    None => tokio::select! {
                        () = woken => {}
                        () = tokio::time::sleep(if held.is_empty() { TAKE_OVER } else { POLL }) => {}
                    },
                }
            }
        }
    }

    /// Publishes a round without waiting for its confirms.
    async fn publish(&self, channel: &Channel, rows: Vec<Row>) -> Result<Vec<Sent>, RelayError> {
        let mut round = Vec::with_capacity(rows.len());
        for row in rows {
            let exchange = Exchange::parse(&row.exchange).ok_or(RelayError::Exchange)?;
            let (tenant, id) = (row.tenant_id, row.id);
            let event = row.into_event(self.service);
            let options = BasicPublishOptions { mandatory: topology::has_consumer(&event.type_name), immediate: false };
            let confirm = channel
                .basic_publish(self.broker.names().exchange(exchange).into(), event.type_name.as_str().into(), options, &event.body, event.properties())
                .await?;
            round.push(Sent { tenant, id, confirm });
        }
        Ok(round)
    }

    /// Awaits each confirm of a round and marks what the broker took over.
    async fn settle(&self, connection: &mut PgConnection, round: Vec<Sent>) -> Result<(), RelayError> {
        let total = round.len();
        let confirmed = async {
            let mut published = Vec::with_capacity(total);
            for sent in round {
                // `Ack(Some(_))` is a mandatory message that found no queue: it is lost there and stays here.
                match sent.confirm.await? {
                    Confirmation::Ack(None) => published.push((sent.tenant, sent.id)),
                    Confirmation::Ack(Some(_)) | Confirmation::Nack(_) | Confirmation::NotRequested => {}
                }
            }
            Ok::<_, RelayError>(published)
        };
        let published = tokio::time::timeout(CONFIRM, confirmed).await.map_err(|_| BrokerError::Timeout)??;
        mark(connection, self.clock.now(), &published).await?;
        if published.len() < total {
            return Err(RelayError::Refused(total - published.len(), total));
        }
        Ok(())
    }
}

/// A message that was sent, with the broker's answer to come.
struct Sent {
    tenant: Uuid,
    id: Uuid,
    confirm: PublisherConfirm,
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

async fn read(connection: &mut PgConnection, held: &[i16], under_way: &[Uuid]) -> Result<Vec<Row>, sqlx::Error> {
    sqlx::query_as!(
        Row,
        "SELECT tenant_id, id, type, subject, version, occurred_at, trace, exchange, body FROM platform.outbox
         WHERE bucket = ANY($1) AND published_at IS NULL AND id <> ALL($3) ORDER BY sequence LIMIT $2",
        held, BATCH, under_way
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
