//! The harness that runs one consumer: fetch, handle, acknowledge after commit.
//!
//! A consumer says *retry* or *fail* and never swallows. While something it needs is away, a message is held and tried
//! again in its place, which pauses the consumer once all its slots hold one and costs no delivery. Anything else that
//! is to be retried goes back with `basic.reject` (from RabbitMQ 4.3 `basic.nack` does not count towards the limit).
//!
//! A message that kills the process would charge a delivery to all that were fetched with it. So a session begins with
//! a prefetch of one and widens only after a message that was never delivered before.
//!
//! A consumer of many small events may have their effects in one transaction ([`Consumer::together`]). Where that fails,
//! each is handled alone, so that one that cannot be handled takes no other with it.

use std::{
    collections::BTreeMap,
    panic::AssertUnwindSafe,
    sync::Arc,
    time::{Duration, Instant},
};

use futures::{FutureExt, StreamExt, future::BoxFuture, stream::{self, BoxStream, FuturesUnordered, SelectAll}};
use lapin::{
    Channel,
    message::Delivery,
    options::{BasicAckOptions, BasicConsumeOptions, BasicQosOptions, BasicRejectOptions},
    types::FieldTable,
};
use tracing::Instrument;
use uuid::Uuid;

use super::{broker::{Backoff, Broker, BrokerError}, envelope::Received, topology};
use crate::{Clock, Ctx, Error, Kind, Permit, Principal, context::CtxParts, ids, lifecycle::Shutdown, telemetry};

/// Time one attempt of a handler may take.
const ATTEMPT: Duration = Duration::from_secs(30);

/// Time a message is held while something is away; well below the 30 minutes after which the broker closes the channel
/// of a consumer that does not acknowledge.
const HOLD: Duration = Duration::from_secs(600);

/// One consumer of a service: a row of [`topology::CONSUMERS`].
pub trait Consumer: Send + Sync + 'static {
    /// Its queue in the table, also its name in the inbox.
    fn name(&self) -> &'static str;

    /// Brings about the event's effect, in one transaction that [`Received::begin`] opened.
    fn handle<'a>(&'a self, ctx: &'a Ctx, event: &'a Received) -> BoxFuture<'a, Result<(), Failure>>;

    /// How many events of one tenant may have their effect in one transaction.
    fn together(&self) -> usize {
        1
    }

    /// Brings about the effects of several events of one tenant, all or none, in one transaction that
    /// [`Received::begin_together`] opened. Only asked where [`Consumer::together`] says more than one.
    fn handle_together<'a>(&'a self, ctx: &'a Ctx, events: &'a [Received]) -> BoxFuture<'a, Result<(), Failure>> {
        Box::pin(async move {
            for event in events {
                self.handle(ctx, event).await?;
            }
            Ok(())
        })
    }
}

/// Why an event had no effect.
#[derive(Debug)]
pub enum Failure {
    /// It may work later.
    Retry(Error),
    /// It will never work: to the dead letters, for a person to look at.
    Fail(Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error.kind() {
            Kind::Unavailable | Kind::DeadlineExceeded | Kind::ResourceExhausted | Kind::Conflict => Self::Retry(error),
            _ => Self::Fail(error),
        }
    }
}

/// What a consumer runs with.
#[derive(Clone)]
pub struct Harness {
    /// The consuming service.
    pub service: &'static str,
    /// The broker.
    pub broker: Broker,
    /// The time that handlers see.
    pub clock: Clock,
    /// At its drain no more is fetched; what is in work is finished.
    pub stop: Shutdown,
}

/// The context of work that no user asks for: a workload with the event or job that causes it, allowed to write.
pub(crate) fn workload_ctx(service: &str, clock: &Clock, tenant: Uuid, cause: Uuid, time: Duration) -> Ctx {
    Ctx::new(CtxParts {
        principal: Principal::Workload { service: service.to_owned(), cause, tenant },
        clock: clock.clone(),
        deadline: Instant::now() + time,
        request_id: ids::new_id(clock.now()),
        method: None,
        snapshot: None,
        permit: Permit::new(tenant, true, None),
        token: None, proved_at: None,
    })
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Done,
    Again,
    Dead,
}

impl Harness {
    /// Runs until `stop` drains: one supervisor, a new channel after every error of the channel.
    pub async fn run(self, consumer: Arc<dyn Consumer>) {
        if topology::consumer(consumer.name()).is_none_or(|c| c.service != self.service) {
            tracing::error!(consumer = consumer.name(), "this consumer is not in the table of consumers: it gets nothing");
            return;
        }
        let mut backoff = Backoff::default();
        while !self.stop.is_draining() {
            let started = Instant::now();
            match self.session(consumer.as_ref()).await {
                Ok(()) => return,
                Err(error) => tracing::warn!(consumer = consumer.name(), %error, "consumer lost the broker"),
            }
            if started.elapsed() > Duration::from_secs(30) {
                backoff.reset();
            }
            tokio::select! {
                () = self.stop.draining() => {}
                () = tokio::time::sleep(backoff.next()) => {}
            }
        }
    }

    async fn session(&self, consumer: &dyn Consumer) -> Result<(), BrokerError> {
        let channel = tokio::select! {
            () = self.stop.draining() => return Ok(()),
            channel = self.broker.channel() => channel?,
        };
        let together = consumer.together().max(1);
        // What is handled together waits while two transactions are under way, so that it gathers meanwhile.
        let (wide, at_once) = if together == 1 { (self.broker.prefetch(), usize::MAX) } else { (prefetch_of(together), 2) };
        let mut deliveries = SelectAll::new();
        deliveries.push(self.fetch(&channel, consumer, 1).await?);
        let mut narrow = true;
        let mut running = FuturesUnordered::new();
        loop {
            tokio::select! {
                biased;
                () = self.stop.draining() => break,
                Some(settled) = running.next(), if !running.is_empty() => {
                    let redelivered: bool = settled?;
                    if narrow && !redelivered && wide > 1 {
                        deliveries.push(self.fetch(&channel, consumer, wide - 1).await?);
                        narrow = false;
                    }
                }
                delivery = deliveries.next(), if running.len() < at_once => {
                    // The broker cancelled the consumer: its queue moved or was deleted.
                    let first = delivery.flatten().ok_or(BrokerError::Timeout)??;
                    let mut taken = vec![first];
                    while taken.len() < together {
                        match deliveries.next().now_or_never() {
                            Some(Some(Some(more))) => taken.push(more?),
                            Some(_) => return Err(BrokerError::Timeout),
                            None => break,
                        }
                    }
                    running.push(self.settle(consumer, taken));
                }
            }
        }
        // What was fetched and not begun goes back when the channel closes.
        while let Some(settled) = running.next().await {
            settled?;
        }
        channel.close(200, "shutdown".into()).await?;
        Ok(())
    }

    async fn fetch(&self, channel: &Channel, consumer: &dyn Consumer, prefetch: u16) -> Result<BoxStream<'static, Option<lapin::Result<Delivery>>>, BrokerError> {
        // Not global: it holds for the consumers that come after it on this channel.
        channel.basic_qos(prefetch, BasicQosOptions::default()).await?;
        let queue = self.broker.names().queue(consumer.name());
        let stream = channel.basic_consume(queue.as_str().into(), "".into(), BasicConsumeOptions::default(), FieldTable::default()).await?;
        Ok(stream.map(Some).chain(stream::once(std::future::ready(None))).boxed())
    }

    /// Handles deliveries to their end and tells the broker; answers whether any had been delivered before.
    async fn settle(&self, consumer: &dyn Consumer, deliveries: Vec<Delivery>) -> Result<bool, BrokerError> {
        let redelivered = deliveries.iter().any(|d| d.redelivered);
        let read: Vec<(Delivery, Option<Received>)> = deliveries.into_iter().map(|d| { let event = Received::read(&d); (d, event) }).collect();
        // What was delivered before may be what killed the last process: it is handled alone.
        let (mut alone, mut tenants) = (Vec::new(), BTreeMap::<Uuid, (Vec<Delivery>, Vec<Received>)>::new());
        for (delivery, event) in read {
            match event {
                Some(event) if consumer.together() > 1 && !delivery.redelivered => {
                    let (deliveries, events) = tenants.entry(event.tenant).or_default();
                    deliveries.push(delivery);
                    events.push(event);
                }
                event => alone.push((delivery, event)),
            }
        }
        for (tenant, (deliveries, events)) in tenants {
            if events.len() > 1 && self.attempt_together(consumer, tenant, &events).await {
                for delivery in deliveries {
                    tell(&delivery, Outcome::Done).await?;
                }
            } else {
                alone.extend(deliveries.into_iter().zip(events.into_iter().map(Some)));
            }
        }
        for (delivery, event) in alone {
            let outcome = match event {
                Some(event) => self.attempts(consumer, &event).await,
                None => {
                    tracing::error!(consumer = consumer.name(), "a message without our headers went to the dead letters");
                    Outcome::Dead
                }
            };
            tell(&delivery, outcome).await?;
        }
        Ok(redelivered)
    }

    /// Tries the effects of several events in one transaction; where that fails, nothing has happened.
    async fn attempt_together(&self, consumer: &dyn Consumer, tenant: Uuid, events: &[Received]) -> bool {
        let spans: Vec<tracing::Span> = events
            .iter()
            .map(|event| {
                let span = self.span(consumer, event);
                telemetry::continue_from(&span, event.trace.as_deref());
                span
            })
            .collect();
        let Some((first, span)) = events.first().zip(spans.first()) else { return true };
        // The trail names the first of them as the cause of what they change together.
        let ctx = workload_ctx(self.service, &self.clock, tenant, first.id, ATTEMPT);
        let work = AssertUnwindSafe(async { consumer.handle_together(&ctx, events).await }).catch_unwind().instrument(span.clone());
        match tokio::time::timeout(ATTEMPT, work).await {
            Ok(Ok(Ok(()))) => true,
            Ok(Ok(Err(Failure::Retry(error) | Failure::Fail(error)))) => {
                tracing::info!(consumer = consumer.name(), events = events.len(), ?error, "events are handled one by one");
                false
            }
            Ok(Err(_panic)) => false,
            Err(_elapsed) => false,
        }
    }

    fn span(&self, consumer: &dyn Consumer, event: &Received) -> tracing::Span {
        tracing::info_span!("event", "accord.service" = self.service, consumer = consumer.name(), event = %event.id, r#type = event.type_name)
    }

    async fn attempts(&self, consumer: &dyn Consumer, event: &Received) -> Outcome {
        let started = Instant::now();
        let mut backoff = Backoff::default();
        loop {
            let span = self.span(consumer, event);
            telemetry::continue_from(&span, event.trace.as_deref());
            let failure = match self.attempt(consumer, event).instrument(span).await {
                Ok(()) => return Outcome::Done,
                Err(failure) => failure,
            };
            match failure {
                Failure::Fail(error) => {
                    tracing::error!(consumer = consumer.name(), event = %event.id, ?error, "event failed and went to the dead letters");
                    return Outcome::Dead;
                }
                Failure::Retry(error) if is_away(error.kind()) && started.elapsed() < HOLD => {
                    tracing::warn!(consumer = consumer.name(), event = %event.id, ?error, "event waits for something that is away");
                }
                Failure::Retry(error) => {
                    tracing::warn!(consumer = consumer.name(), event = %event.id, ?error, "event goes back to its queue");
                    return Outcome::Again;
                }
            }
            tokio::select! {
                () = self.stop.draining() => return Outcome::Again,
                () = tokio::time::sleep(backoff.next()) => {}
            }
        }
    }

    async fn attempt(&self, consumer: &dyn Consumer, event: &Received) -> Result<(), Failure> {
        let ctx = workload_ctx(self.service, &self.clock, event.tenant, event.id, ATTEMPT);
        let work = AssertUnwindSafe(async { consumer.handle(&ctx, event).await }).catch_unwind();
        match tokio::time::timeout(ATTEMPT, work).await {
            Ok(Ok(result)) => result,
            // The words of a panic may quote a value, so they are not repeated here.
            Ok(Err(_panic)) => Err(Failure::Retry(Error::fault("the handler panicked"))),
            Err(_elapsed) => Err(Failure::Retry(Error::new(Kind::DeadlineExceeded, "DEADLINE_EXCEEDED", "This took too long."))),
        }
    }
}

/// Messages held by a consumer that handles so many together: those of two transactions.
fn prefetch_of(together: usize) -> u16 {
    u16::try_from(together.saturating_mul(2)).unwrap_or(u16::MAX)
}

async fn tell(delivery: &Delivery, outcome: Outcome) -> Result<(), BrokerError> {
    match outcome {
        Outcome::Done => delivery.acker.ack(BasicAckOptions::default()).await?,
        Outcome::Again => delivery.acker.reject(BasicRejectOptions { requeue: true }).await?,
        Outcome::Dead => delivery.acker.reject(BasicRejectOptions { requeue: false }).await?,
    };
    Ok(())
}

/// Whether it is a dependency's state and not the message's that stands in the way.
fn is_away(kind: Kind) -> bool {
    matches!(kind, Kind::Unavailable | Kind::DeadlineExceeded | Kind::ResourceExhausted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_may_pass_is_retried() {
        for (error, retried) in [
            (Error::unavailable("x"), true),
            (Error::stale_etag(), true),
            (Error::new(Kind::ResourceExhausted, "X", ""), true),
            (Error::not_found(), false),
            (Error::fault("x"), false),
            (Error::invalid(), false),
        ] {
            assert_eq!(matches!(Failure::from(error), Failure::Retry(_)), retried);
        }
    }
}
