//! Events through outbox, relay, quorum queue and inbox to reporting's committed row, against confirmed publishing of
//! the same bodies by the same broker library with the same window.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use chrono::{DateTime, Utc};
use lapin::{
    BasicProperties, Confirmation, Connection, ConnectionProperties,
    options::{BasicPublishOptions, ConfirmSelectOptions, QueueDeclareOptions, QueueDeleteOptions},
    types::{AMQPValue, FieldTable, LongString},
};
use platform::{Clock, config::{self, BrokerSection, KmsSection, Reader}, events::topology::Names, ids, keys::Keys};
use prost::Message;
use proto::facts::v1::CaseFact;
use serde_json::json;
use uuid::Uuid;

use super::{Options, caller::fault, ground::Ground, report::{Row, median, short}};

/// Events of one run.
const EVENTS: usize = 10_000;
/// Messages between two waits for confirms: what the relay reads at a time.
const WINDOW: usize = 500;
/// How long a run may take.
const LIMIT: Duration = Duration::from_secs(120);

/// Events a second until the relay had confirmed the last, and until the consumer had committed it.
struct Rates {
    published: f64,
    committed: f64,
}

struct Event {
    id: Uuid,
    subject: Uuid,
    body: Vec<u8>,
}

/// Measures pairs, and that nothing was lost.
pub async fn measure(ground: &Ground, options: &Options) -> Result<Vec<Row>> {
    let mut served = ground.serve(&["all"], None, true).await?;
    served.ready().await?;
    warm(ground).await?;
    let (mut ours, mut relayed, mut raw, mut ratios) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for _ in 0..options.pairs {
        let events = invent(ground, EVENTS).await?;
        let b = publish(ground, &events).await?;
        let Rates { published, committed } = through(ground, &events).await?;
        ratios.push(committed / b);
        ours.push(committed);
        relayed.push(published);
        raw.push(b);
    }
    served.stop().await?;
    let all = |values: &[f64]| values.iter().map(|v| short(*v)).collect::<Vec<_>>();
    let detail = json!({ "events_per_second": all(&ours), "relay_alone_per_second": all(&relayed), "raw_confirmed_per_second": all(&raw), "ratios": all(&ratios), "events": EVENTS, "window": WINDOW, "lost": 0 });
    Ok(vec![Row::ratio("events", "Outbox to committed consumer / raw confirmed publishing", median(ratios), Some(0.50), detail)])
}

async fn warm(ground: &Ground) -> Result<()> {
    let events = invent(ground, WINDOW).await?;
    publish(ground, &events).await?;
    through(ground, &events).await.map(drop)
}

/// Facts of cases that nobody has, sealed as the case service seals them.
async fn invent(ground: &Ground, count: usize) -> Result<Vec<Event>> {
    let figment = config::figment(Some(&ground.config()));
    let mut reader = Reader::new(&figment);
    let kms: KmsSection = reader.section();
    reader.finish()?;
    let keys = Keys::open(&kms).map_err(fault)?;
    let tenant: Uuid = ground.tenant.id.parse()?;
    let node = ground.tenant.nodes.first().context("a node")?.id.clone();
    let now = Clock::system().now();
    let mut events = Vec::with_capacity(count);
    for _ in 0..count {
        let (id, subject) = (ids::new_id(now), ids::new_id(now));
        let fact = CaseFact {
            key: subject.to_string(),
            owner_node_id: node.clone(),
            kind: "RESTORATIVE_JUSTICE".into(),
            stage: "INITIAL_CONTACT".into(),
            harm_type: "BUR.RES".into(),
            opened_at: Some(gateway::text::timestamp(now)),
            ..CaseFact::default()
        };
        events.push(Event { id, subject, body: keys.seal_fact(tenant, id, &fact.encode_to_vec()).await.map_err(fault)? });
    }
    Ok(events)
}

/// Commits the events to the case service's outbox at once and waits until reporting has committed the last.
async fn through(ground: &Ground, events: &[Event]) -> Result<Rates> {
    let (mut case, mut reporting) = (ground.database("case").await?, ground.database("reporting").await?);
    let tenant: Uuid = ground.tenant.id.parse()?;
    let ids: Vec<Uuid> = events.iter().map(|e| e.id).collect();
    let subjects: Vec<Uuid> = events.iter().map(|e| e.subject).collect();
    let buckets: Vec<i16> = events.iter().map(|e| i16::try_from(e.subject.as_u128() % 4)).collect::<Result<_, _>>()?;
    let bodies: Vec<&[u8]> = events.iter().map(|e| e.body.as_slice()).collect();
    let since = Clock::system().now();
    sqlx::query(
        "INSERT INTO platform.outbox (tenant_id, id, bucket, type, subject, version, occurred_at, exchange, body)
         SELECT $1, n.id, n.bucket, 'accord.facts.v1.CaseFact', n.subject, 1, now(), 'facts', n.body
         FROM unnest($2::uuid[], $3::smallint[], $4::uuid[], $5::bytea[]) AS n (id, bucket, subject, body)",
    )
    .bind(tenant)
    .bind(&ids)
    .bind(&buckets)
    .bind(&subjects)
    .bind(&bodies)
    .execute(&mut case)
    .await?;
    let began = Instant::now();
    let (count, wanted) = (f64::from(u32::try_from(events.len())?), i64::try_from(events.len())?);
    let mut published = None;
    while began.elapsed() < LIMIT {
        if published.is_none() && !waiting(&mut case).await? {
            published = Some(count / began.elapsed().as_secs_f64());
        }
        if arrived(&mut reporting, tenant, since).await? >= wanted {
            let committed = count / began.elapsed().as_secs_f64();
            return Ok(Rates { published: published.unwrap_or(committed), committed });
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let (came, dead) = (arrived(&mut reporting, tenant, since).await?, dead_letters(ground).await?);
    let where_else = if waiting(&mut case).await? { "the outbox still holds some" } else { "the outbox holds none" };
    bail!("of {} events {came} had arrived after {} s; {where_else}; the dead letter queue holds {dead}", events.len(), LIMIT.as_secs())
}

/// Messages that the consumer has given up.
async fn dead_letters(ground: &Ground) -> Result<u32> {
    let figment = config::figment(Some(&ground.config()));
    let mut reader = Reader::new(&figment);
    let broker: BrokerSection = reader.section();
    reader.finish()?;
    let connection = Connection::connect(&ground.servers.rabbitmq.url, ConnectionProperties::default()).await?;
    let channel = connection.create_channel().await?;
    let name = Names::new(broker.prefix).dead_queue("reporting.facts");
    let count = channel.queue_declare(name.as_str().into(), QueueDeclareOptions { passive: true, ..QueueDeclareOptions::durable() }, FieldTable::default()).await?.message_count();
    connection.close(200, "done".into()).await?;
    Ok(count)
}

/// Events whose effect is committed since an instant; older rows of the inbox are swept meanwhile.
async fn arrived(connection: &mut sqlx::PgConnection, tenant: Uuid, since: DateTime<Utc>) -> Result<i64> {
    let count = sqlx::query_scalar("SELECT count(*) FROM platform.inbox WHERE tenant_id = $1 AND consumer = 'reporting.facts' AND received_at >= $2");
    Ok(count.bind(tenant).bind(since).fetch_one(connection).await?)
}

async fn waiting(connection: &mut sqlx::PgConnection) -> Result<bool> {
    Ok(sqlx::query_scalar("SELECT EXISTS (SELECT FROM platform.outbox WHERE published_at IS NULL)").fetch_one(connection).await?)
}

/// Publishes the bodies to a quorum queue that nobody reads, with confirms.
async fn publish(ground: &Ground, events: &[Event]) -> Result<f64> {
    const QUEUE: &str = "bench.raw";
    let connection = Connection::connect(&ground.servers.rabbitmq.url, ConnectionProperties::default()).await?;
    let channel = connection.create_channel().await?;
    channel.confirm_select(ConfirmSelectOptions::default()).await?;
    let mut arguments = FieldTable::default();
    arguments.insert("x-queue-type".into(), AMQPValue::LongString(LongString::from("quorum")));
    channel.queue_declare(QUEUE.into(), QueueDeclareOptions::durable(), arguments).await?;
    let began = Instant::now();
    for window in events.chunks(WINDOW) {
        let mut confirms = Vec::with_capacity(WINDOW);
        for event in window {
            let properties = BasicProperties::default().with_delivery_mode(2).with_message_id(event.id.to_string().into());
            confirms.push(channel.basic_publish("".into(), QUEUE.into(), BasicPublishOptions { mandatory: true, immediate: false }, &event.body, properties).await?);
        }
        for confirm in confirms {
            if !matches!(confirm.await?, Confirmation::Ack(None)) {
                bail!("the broker did not confirm");
            }
        }
    }
    let took = began.elapsed().as_secs_f64();
    channel.queue_delete(QUEUE.into(), QueueDeleteOptions::default()).await?;
    connection.close(200, "done".into()).await?;
    Ok(f64::from(u32::try_from(events.len())?) / took)
}
