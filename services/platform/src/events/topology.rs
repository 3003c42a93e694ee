//! Who hears of what: the one table of consumers, and everything on the broker that follows from it.

use lapin::{
    Channel, ExchangeKind,
    options::{ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions},
    types::{AMQPValue, FieldTable, LongString},
};

/// Deliveries after which a message that a consumer keeps giving back becomes a dead letter.
pub const DELIVERY_LIMIT: i32 = 5;

/// Messages that a queue holds at most; beyond, the broker refuses and the outbox keeps the rest.
const MAX_LENGTH: i32 = 1_000_000;

/// Which of the two exchanges an event goes through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exchange {
    /// Small notices between services: ids, codes and versions.
    Notices,
    /// Whole pseudonymous rows for reporting, sealed to it.
    Facts,
}

impl Exchange {
    /// The word that the outbox row and the exchange's name hold.
    pub fn name(self) -> &'static str {
        match self {
            Self::Notices => "notices",
            Self::Facts => "facts",
        }
    }

    /// Reads an outbox row's word.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Notices, Self::Facts].into_iter().find(|e| e.name() == name)
    }
}

/// One consumer: its queue and the events that are bound to it.
#[derive(Clone, Copy, Debug)]
pub struct ConsumerQueue {
    /// Name without the stack's prefix, `<service>.<what>`; also the name in `platform.inbox`.
    pub queue: &'static str,
    /// The service that consumes.
    pub service: &'static str,
    /// Where its events come from.
    pub exchange: Exchange,
    /// Full protobuf names, which are the routing keys.
    pub types: &'static [&'static str],
}

/// Every consumer of the product. A publisher declares all of it before it publishes, so that no event is lost
/// because its consumer was never started.
pub const CONSUMERS: &[ConsumerQueue] = &[
    ConsumerQueue {
        queue: "case.referral_accepted",
        service: "case",
        exchange: Exchange::Notices,
        types: &["accord.events.v1.ReferralAccepted"],
    },
    ConsumerQueue {
        queue: "referral.case_opened",
        service: "referral",
        exchange: Exchange::Notices,
        types: &["accord.events.v1.CaseOpened"],
    },
    ConsumerQueue {
        queue: "notification.messages",
        service: "notification",
        exchange: Exchange::Notices,
        types: &[
            "accord.events.v1.ReferralSubmitted",
            "accord.events.v1.ReferralReturnedForInformation",
            "accord.events.v1.ReferralAccepted",
            "accord.events.v1.ReferralEnded",
            "accord.events.v1.CaseOpened",
            "accord.events.v1.CaseAllocated",
            "accord.events.v1.AllocationEnded",
            "accord.events.v1.MeetingScheduled",
            "accord.events.v1.MeetingCancelled",
            "accord.events.v1.AuditCheckpointMade",
            "accord.events.v1.BreakGlassUsed",
            "accord.events.v1.EnrolmentOpened",
            "accord.events.v1.AccountNotice",
        ],
    },
    ConsumerQueue {
        queue: "case.messages",
        service: "case",
        exchange: Exchange::Notices,
        types: &["accord.events.v1.MessageStateChanged"],
    },
    ConsumerQueue {
        queue: "case.erasure",
        service: "case",
        exchange: Exchange::Notices,
        types: &["accord.events.v1.PersonErased", "accord.events.v1.ErasureConfirmed"],
    },
    ConsumerQueue {
        queue: "referral.erasure",
        service: "referral",
        exchange: Exchange::Notices,
        types: &["accord.events.v1.PersonErased"],
    },
    ConsumerQueue {
        queue: "reporting.facts",
        service: "reporting",
        exchange: Exchange::Facts,
        types: &[
            "accord.facts.v1.ReferralFact",
            "accord.facts.v1.CaseFact",
            "accord.facts.v1.InterventionFact",
        ],
    },
];

/// The consumer with this queue name.
pub fn consumer(queue: &str) -> Option<&'static ConsumerQueue> {
    CONSUMERS.iter().find(|c| c.queue == queue)
}

/// Whether anybody hears of this type. Such a message is published `mandatory`: that the broker cannot route it then
/// means that a queue is missing, and the row stays in the outbox.
pub fn has_consumer(type_name: &str) -> bool {
    CONSUMERS.iter().any(|c| c.types.contains(&type_name))
}

/// Names on the broker of one stack; several stacks may share a broker under different prefixes.
#[derive(Clone, Debug)]
pub struct Names {
    prefix: String,
}

impl Names {
    /// The names below a prefix.
    pub fn new(prefix: impl Into<String>) -> Self {
        Self { prefix: prefix.into() }
    }

    /// `<prefix>.notices` or `<prefix>.facts`.
    pub fn exchange(&self, exchange: Exchange) -> String {
        format!("{}.{}", self.prefix, exchange.name())
    }

    /// `<prefix>.dead`, the exchange that dead letters go through.
    pub fn dead_exchange(&self) -> String {
        format!("{}.dead", self.prefix)
    }

    /// `<prefix>.<queue>`.
    pub fn queue(&self, queue: &str) -> String {
        format!("{}.{queue}", self.prefix)
    }

    /// `<prefix>.<queue>.dead`.
    pub fn dead_queue(&self, queue: &str) -> String {
        format!("{}.{queue}.dead", self.prefix)
    }

    /// Declares every exchange, queue and binding. Harmless when all is there.
    ///
    /// # Errors
    /// The broker's, for instance when a queue of that name has other arguments.
    pub async fn declare(&self, channel: &Channel) -> lapin::Result<()> {
        let durable = ExchangeDeclareOptions { durable: true, ..Default::default() };
        for exchange in [Exchange::Notices, Exchange::Facts] {
            channel.exchange_declare(self.exchange(exchange).into(), ExchangeKind::Topic, durable, FieldTable::default()).await?;
        }
        channel.exchange_declare(self.dead_exchange().into(), ExchangeKind::Direct, durable, FieldTable::default()).await?;
        for consumer in CONSUMERS {
            let (queue, dead) = (self.queue(consumer.queue), self.dead_queue(consumer.queue));
            channel.queue_declare(dead.as_str().into(), QueueDeclareOptions::durable(), dead_arguments()).await?;
            channel
                .queue_bind(dead.as_str().into(), self.dead_exchange().into(), dead.as_str().into(), QueueBindOptions::default(), FieldTable::default())
                .await?;
            channel.queue_declare(queue.as_str().into(), QueueDeclareOptions::durable(), self.arguments(&dead)).await?;
            for type_name in consumer.types {
                channel
                    .queue_bind(
                        queue.as_str().into(),
                        self.exchange(consumer.exchange).into(),
                        (*type_name).into(),
                        QueueBindOptions::default(),
                        FieldTable::default(),
                    )
                    .await?;
            }
        }
        Ok(())
    }

    /// `reject-publish` is what `at-least-once` dead lettering asks for: a letter leaves its queue only when the
    /// dead letter queue has it.
    fn arguments(&self, dead: &str) -> FieldTable {
        let mut table = FieldTable::default();
        table.insert("x-queue-type".into(), text("quorum"));
        table.insert("x-delivery-limit".into(), AMQPValue::LongInt(DELIVERY_LIMIT));
        table.insert("x-dead-letter-exchange".into(), text(&self.dead_exchange()));
        table.insert("x-dead-letter-routing-key".into(), text(dead));
        table.insert("x-dead-letter-strategy".into(), text("at-least-once"));
        table.insert("x-overflow".into(), text("reject-publish"));
        table.insert("x-max-length".into(), AMQPValue::LongInt(MAX_LENGTH));
        table
    }
}

fn dead_arguments() -> FieldTable {
    let mut table = FieldTable::default();
    table.insert("x-queue-type".into(), text("quorum"));
    table
}

fn text(value: &str) -> AMQPValue {
    AMQPValue::LongString(LongString::from(value))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn queues_are_unique_and_named_after_their_service() {
        let names: BTreeSet<_> = CONSUMERS.iter().map(|c| c.queue).collect();
        assert_eq!(names.len(), CONSUMERS.len());
        for consumer in CONSUMERS {
            assert!(consumer.queue.starts_with(&format!("{}.", consumer.service)), "{}", consumer.queue);
        }
    }

    #[test]
    fn every_type_is_in_the_package_of_its_exchange_and_in_the_contracts() {
        for consumer in CONSUMERS {
            let package = match consumer.exchange {
                Exchange::Notices => "accord.events.v1.",
                Exchange::Facts => "accord.facts.v1.",
            };
            for type_name in consumer.types {
                assert!(type_name.starts_with(package), "{type_name}");
                assert!(proto::pool().get_message_by_name(type_name).is_some(), "{type_name} is in no contract");
            }
        }
    }
}
