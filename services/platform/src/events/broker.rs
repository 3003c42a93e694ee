//! One connection of a process to RabbitMQ, opened when first needed and anew when it was lost.

use std::{sync::Arc, time::Duration};

use lapin::{Channel, Connection, ConnectionProperties};
use tokio::sync::Mutex;

use super::topology::Names;
use crate::config::BrokerSection;

/// Time to wait for a connection or a channel.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// The broker of one stack. Clones share the connection; each user of it has a channel of its own.
#[derive(Clone)]
pub struct Broker {
    inner: Arc<Inner>,
}

struct Inner {
    section: BrokerSection,
    name: String,
    names: Names,
    connection: Mutex<Option<Connection>>,
}

impl Broker {
    /// A broker that is not connected yet; `name` is what the broker's own lists show.
    pub fn new(section: &BrokerSection, name: impl Into<String>) -> Self {
        Self { inner: Arc::new(Inner { section: section.clone(), name: name.into(), names: Names::new(section.prefix.clone()), connection: Mutex::new(None) }) }
    }

    /// The stack's names of exchanges and queues.
    pub fn names(&self) -> &Names {
        &self.inner.names
    }

    /// Messages that a consumer holds unacknowledged.
    pub fn prefetch(&self) -> u16 {
        self.inner.section.prefetch.max(1)
    }

    /// A new channel on which everything is declared.
    ///
    /// # Errors
    /// The broker is away or refuses.
    pub async fn channel(&self) -> Result<Channel, BrokerError> {
        let channel = tokio::time::timeout(CONNECT_TIMEOUT, self.open()).await.map_err(|_| BrokerError::Timeout)??;
        tokio::time::timeout(CONNECT_TIMEOUT, self.inner.names.declare(&channel)).await.map_err(|_| BrokerError::Timeout)??;
        Ok(channel)
    }

    async fn open(&self) -> Result<Channel, BrokerError> {
        let mut slot = self.inner.connection.lock().await;
        if let Some(connection) = slot.as_ref().filter(|c| c.status().connected()) {
            match connection.create_channel().await {
                Ok(channel) => return Ok(channel),
                Err(error) => tracing::debug!(%error, "broker connection is dead"),
            }
        }
        // No automatic recovery: each supervisor opens a new channel and declares everything again.
        let options = ConnectionProperties::default().with_connection_name(self.inner.name.as_str().into());
        let connection = Connection::connect(self.inner.section.url.expose(), options).await?;
        let channel = connection.create_channel().await?;
        *slot = Some(connection);
        Ok(channel)
    }

    /// Closes the connection, if there is one, so that the broker gives unacknowledged messages to others at once.
    pub async fn close(&self) {
        if let Some(connection) = self.inner.connection.lock().await.take()
            && let Err(error) = tokio::time::timeout(Duration::from_secs(2), connection.close(200, "shutdown".into())).await.unwrap_or(Ok(()))
        {
            tracing::debug!(%error, "broker connection did not close cleanly");
        }
    }
}

/// Why the broker could not be used. It never holds the address, which has a password in it.
#[derive(Debug, thiserror::Error)]
pub enum BrokerError {
    /// It did not answer in time.
    #[error("the broker does not answer")]
    Timeout,
    /// It refused, or the connection broke.
    #[error(transparent)]
    Amqp(#[from] lapin::Error),
}

impl From<BrokerError> for crate::Error {
    fn from(error: BrokerError) -> Self {
        Self::unavailable("broker").source(error)
    }
}

/// Waits of 100 ms doubling to 10 s between attempts of a supervisor.
#[derive(Debug, Default)]
pub(super) struct Backoff(u32);

impl Backoff {
    /// The next wait.
    pub(super) fn next(&mut self) -> Duration {
        let wait = Duration::from_millis(100 << self.0.min(7)).min(Duration::from_secs(10));
        self.0 += 1;
        wait
    }

    /// After a success.
    pub(super) fn reset(&mut self) {
        self.0 = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backoff_doubles_to_ten_seconds_and_starts_anew() {
        let mut backoff = Backoff::default();
        let waits: Vec<_> = (0..9).map(|_| backoff.next().as_millis()).collect();
        assert_eq!(waits, [100, 200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000]);
        backoff.reset();
        assert_eq!(backoff.next(), Duration::from_millis(100));
    }
}
