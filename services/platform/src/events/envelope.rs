//! An event as an AMQP message: CloudEvents attributes and trace context in headers, protobuf in the body.

use bytes::Bytes;
use chrono::{DateTime, SecondsFormat, Utc};
use lapin::{
    BasicProperties,
    message::Delivery,
    types::{AMQPValue, FieldTable, LongString},
};
use prost::{Message, Name};
use uuid::Uuid;

use crate::{Ctx, Db, Error, Result, Tx};

/// Content type of every body.
const CONTENT_TYPE: &str = "application/protobuf";

/// An event as a consumer gets it.
#[derive(Clone, Debug)]
pub struct Received {
    /// Id of the event, the inbox's key.
    pub id: Uuid,
    /// Full protobuf name, for instance `accord.events.v1.CaseOpened`.
    pub type_name: String,
    /// The service that published it.
    pub source: String,
    /// The tenant it belongs to.
    pub tenant: Uuid,
    /// Id of the aggregate it is about.
    pub subject: Uuid,
    /// Version of the aggregate: order of delivery is not promised, so upsert by it or read again.
    pub version: i64,
    /// When it happened.
    pub occurred_at: DateTime<Utc>,
    /// The encoded message; of facts, the sealed one.
    pub body: Bytes,
    /// W3C `traceparent` of the request that caused it.
    pub trace: Option<String>,
}

impl Received {
    /// Reads a delivery; `None` where a header is missing or does not fit, which no publisher of ours sends.
    pub(super) fn read(delivery: &Delivery) -> Option<Self> {
        let headers = delivery.properties.headers().as_ref()?;
        let text = |key: &str| header(headers, key);
        let version = match headers.inner().get("version")? {
            AMQPValue::LongLongInt(version) => *version,
            _ => return None,
        };
        Some(Self {
            id: text("ce-id")?.parse().ok()?,
            type_name: text("ce-type")?.to_owned(),
            source: text("ce-source")?.to_owned(),
            tenant: text("tenant")?.parse().ok()?,
            subject: text("ce-subject")?.parse().ok()?,
            version,
            occurred_at: DateTime::parse_from_rfc3339(text("ce-time")?).ok()?.to_utc(),
            body: Bytes::copy_from_slice(&delivery.data),
            trace: text("traceparent").map(str::to_owned),
        })
    }

    /// The message's properties: persistent, with every attribute as a header.
    pub(super) fn properties(&self) -> BasicProperties {
        let mut headers = FieldTable::default();
        let id = self.id.to_string();
        for (key, value) in [
            ("ce-specversion", "1.0"),
            ("ce-id", id.as_str()),
            ("ce-type", self.type_name.as_str()),
            ("ce-source", self.source.as_str()),
            ("ce-subject", self.subject.to_string().as_str()),
            ("ce-time", self.occurred_at.to_rfc3339_opts(SecondsFormat::Micros, true).as_str()),
            ("tenant", self.tenant.to_string().as_str()),
        ] {
            headers.insert(key.into(), AMQPValue::LongString(LongString::from(value)));
        }
        headers.insert("version".into(), AMQPValue::LongLongInt(self.version));
        if let Some(trace) = &self.trace {
            headers.insert("traceparent".into(), AMQPValue::LongString(LongString::from(trace.as_str())));
        }
        BasicProperties::default()
            .with_delivery_mode(2)
            .with_content_type(CONTENT_TYPE.into())
            .with_message_id(id.into())
            .with_type(self.type_name.as_str().into())
            .with_headers(headers)
    }

    /// Whether the event is of this type.
    pub fn is<E: Name>(&self) -> bool {
        self.type_name == E::full_name()
    }

    /// Decodes the notice.
    ///
    /// # Errors
    /// A fault where the type is another or the body cannot be read; neither gets better by a retry.
    pub fn decode<E: Message + Name + Default>(&self) -> Result<E> {
        self.decode_body(&self.body)
    }

    /// Opens the seal of a fact with the tenant's facts key and decodes it.
    ///
    /// # Errors
    /// As [`Received::decode`]; `Unavailable` while the key service is away.
    pub async fn open_fact<E: Message + Name + Default>(&self, db: &Db) -> Result<E> {
        let body = db.keys().open_fact(self.tenant, self.id, &self.body).await?;
        self.decode_body(&body)
    }

    fn decode_body<E: Message + Name + Default>(&self, body: &[u8]) -> Result<E> {
        if !self.is::<E>() {
            return Err(Error::fault(format!("event {} is {} and not {}", self.id, self.type_name, E::full_name())));
        }
        E::decode(body).map_err(|error| Error::fault(format!("event {} cannot be decoded", self.id)).source(error))
    }

    /// Begins the effect's own transaction with the event's row in the inbox; `None` where the effect is there already.
    ///
    /// # Errors
    /// The database's.
    pub async fn begin(&self, db: &Db, ctx: &Ctx, consumer: &str) -> Result<Option<Tx>> {
        let mut tx = Tx::begin(db, ctx, ctx.permit()).await?;
        let (tenant, now) = (tx.tenant(), tx.now());
        // A second delivery waits here for the first one's commit and then finds the row.
        let fresh = sqlx::query!(
            "INSERT INTO platform.inbox (tenant_id, consumer, event_id, received_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
            tenant, consumer, self.id, now
        )
        .execute(tx.conn())
        .await?
        .rows_affected();
        Ok((fresh == 1).then_some(tx))
    }

    /// Begins one transaction for the effects of several events of a tenant, with a row in the inbox for each; answers
    /// it with those whose effect is not there yet, each once and in order of their ids.
    ///
    /// # Errors
    /// The database's.
    pub async fn begin_together<'e>(events: &'e [Self], db: &Db, ctx: &Ctx, consumer: &str) -> Result<(Tx, Vec<&'e Self>)> {
        let mut tx = Tx::begin(db, ctx, ctx.permit()).await?;
        let (tenant, now) = (tx.tenant(), tx.now());
        let mut ids: Vec<Uuid> = events.iter().map(|e| e.id).collect();
        // In one order everywhere, so that two consumers wait for each other in a line and never in a ring.
        ids.sort_unstable();
        let mut fresh = sqlx::query_scalar!(
            "INSERT INTO platform.inbox (tenant_id, consumer, event_id, received_at) SELECT $1, $2, e.id, $4 FROM unnest($3::uuid[]) AS e (id)
             ON CONFLICT DO NOTHING RETURNING event_id",
            tenant, consumer, &ids, now
        )
        .fetch_all(tx.conn())
        .await?;
        fresh.sort_unstable();
        let fresh = fresh.iter().filter_map(|id| events.iter().find(|e| e.id == *id)).collect();
        Ok((tx, fresh))
    }
}

fn header<'a>(headers: &'a FieldTable, key: &str) -> Option<&'a str> {
    match headers.inner().get(key)? {
        AMQPValue::LongString(text) => std::str::from_utf8(text.as_bytes()).ok(),
        AMQPValue::ShortString(text) => Some(text.as_str()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_read_back_from_its_headers() {
        let event = Received {
            id: Uuid::from_u128(1),
            type_name: "accord.events.v1.CaseOpened".into(),
            source: "case".into(),
            tenant: Uuid::from_u128(2),
            subject: Uuid::from_u128(3),
            version: i64::MAX,
            occurred_at: DateTime::from_timestamp_micros(1_800_000_000_123_456).unwrap(),
            body: Bytes::from_static(b"\x0a\x01x"),
            trace: Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".into()),
        };
        let mut delivery = Delivery::mock(1, "x".into(), "k".into(), false, event.body.to_vec());
        delivery.properties = event.properties();
        let read = Received::read(&delivery).unwrap();
        assert_eq!(format!("{read:?}"), format!("{event:?}"));
    }

    #[test]
    fn a_foreign_message_is_not_read() {
        assert!(Received::read(&Delivery::mock(1, "x".into(), "k".into(), false, Vec::new())).is_none());
    }
}
