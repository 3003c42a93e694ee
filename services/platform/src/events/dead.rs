//! Dead letters: how many there are, and the way back (`accord events replay <queue>`).

use lapin::{
    Channel, Confirmation,
    options::{BasicAckOptions, BasicGetOptions, BasicPublishOptions, ConfirmSelectOptions, QueueDeclareOptions},
    types::FieldTable,
};

use super::{broker::{Broker, BrokerError}, topology::{CONSUMERS, ConsumerQueue, consumer}};
use crate::{Error, Result};

/// Dead letters of every queue, in the order of the table.
///
/// # Errors
/// `Unavailable` where the broker is away.
pub async fn counts(broker: &Broker) -> Result<Vec<(&'static str, u32)>> {
    count_each(broker, CONSUMERS.iter()).await
}

/// The same of one service's queues.
///
/// # Errors
/// As [`counts`].
pub(crate) async fn counts_of(broker: &Broker, service: &str) -> Result<Vec<(&'static str, u32)>> {
    count_each(broker, CONSUMERS.iter().filter(|c| c.service == service)).await
}

async fn count_each(broker: &Broker, consumers: impl Iterator<Item = &'static ConsumerQueue>) -> Result<Vec<(&'static str, u32)>> {
    let channel = broker.channel().await?;
    let mut counts = Vec::with_capacity(CONSUMERS.len());
    for consumer in consumers {
        counts.push((consumer.queue, count(&channel, &broker.names().dead_queue(consumer.queue)).await?));
    }
    Ok(counts)
}

/// Sends the dead letters of a queue back to it, and to it alone; answers how many. Those that die again meanwhile are
/// left for the next replay. A crash midway sends a letter twice, which the inbox drops.
///
/// # Errors
/// `NotFound` for a queue that is not in the table, `Unavailable` where the broker is away or refuses.
pub async fn replay(broker: &Broker, queue: &str) -> Result<u32> {
    let consumer = consumer(queue).ok_or_else(Error::not_found)?;
    let channel = broker.channel().await?;
    channel.confirm_select(ConfirmSelectOptions::default()).await.map_err(BrokerError::from)?;
    let (target, dead) = (broker.names().queue(consumer.queue), broker.names().dead_queue(consumer.queue));
    let total = count(&channel, &dead).await?;
    for done in 0..total {
        if !move_one(&channel, &dead, &target).await? {
            return Ok(done);
        }
    }
    Ok(total)
}

async fn count(channel: &Channel, queue: &str) -> Result<u32, BrokerError> {
    Ok(channel.queue_declare(queue.into(), QueueDeclareOptions::durable().passive(), FieldTable::default()).await?.message_count())
}

async fn move_one(channel: &Channel, dead: &str, target: &str) -> Result<bool, BrokerError> {
    let Some(letter) = channel.basic_get(dead.into(), BasicGetOptions::default()).await? else { return Ok(false) };
    let delivery = letter.delivery;
    let mut headers = FieldTable::default();
    for (key, value) in delivery.properties.headers().iter().flat_map(|h| h.inner()) {
        // The history of its death would count against its new life.
        if !key.as_str().starts_with("x-") {
            headers.insert(key.clone(), value.clone());
        }
    }
    let options = BasicPublishOptions { mandatory: true, immediate: false };
    let confirm = channel
        .basic_publish("".into(), target.into(), options, &delivery.data, delivery.properties.clone().with_headers(headers))
        .await?;
    match confirm.await? {
        Confirmation::Ack(None) => {
            delivery.acker.ack(BasicAckOptions::default()).await?;
            Ok(true)
        }
        // The letter is unacknowledged and stays where it was.
        _ => Err(BrokerError::Timeout),
    }
}
