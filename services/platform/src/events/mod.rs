//! Notices and facts between services: outbox → relay → RabbitMQ → inbox (architecture 10, security.md 5.1, 5.2).
//!
//! | module | what it does |
//! |---|---|
//! | [`topology`] | the one table of consumers, and the exchanges and queues that follow from it |
//! | [`broker`] | one connection of a process, opened anew when it is lost |
//! | [`relay`] | sends committed outbox rows in order and marks those the broker acknowledged |
//! | [`envelope`] | an event as AMQP headers and body, and [`Received`], what a consumer gets |
//! | [`consumer`] | the [`Consumer`] trait and the harness that runs one |
//! | [`dead`] | counts dead letters and sends them back to their queue |
//! | [`resync`] | streams the current facts of every tenant again |
//! | [`sweep`] | the job that removes rows of outbox, inbox and idempotency that nobody needs any more |

pub mod broker;
pub mod consumer;
pub mod dead;
pub mod envelope;
pub mod relay;
pub mod resync;
pub mod sweep;
pub mod topology;

pub use broker::Broker;
pub use consumer::{Consumer, Failure};
pub use envelope::Received;
pub use resync::Resync;
