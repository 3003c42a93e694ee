//! The bytes of an event that are sealed; the format stands in the crate's README and never changes for events that exist.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::merkle::{self, Hash};

/// First bytes of every event.
const DOMAIN: &[u8] = b"accord audit event v1\n";

/// A row of `platform.audit_event`, whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The tenant.
    pub tenant_id: Uuid,
    /// Its place in the trail of the service.
    pub sequence: i64,
    /// Its id.
    pub id: Uuid,
    /// When.
    pub at: DateTime<Utc>,
    /// Who.
    pub actor: String,
    /// For whom.
    pub on_behalf: Option<String>,
    /// In which session.
    pub session: Option<Uuid>,
    /// Event or job that caused a workload's call.
    pub cause: Option<Uuid>,
    /// In which request.
    pub request_id: Uuid,
    /// Path of the method.
    pub method: String,
    /// Number of `accord.AuditOperation`.
    pub operation: i16,
    /// Word of [`crate::audit::Outcome`].
    pub outcome: String,
    /// Number of `accord.ResourceType`.
    pub resource: i16,
    /// The records.
    pub record_ids: Vec<Uuid>,
    /// Bits of the field classes.
    pub classes: i64,
    /// Code of a refusal.
    pub reason: Option<String>,
    /// Keyed hash of what was searched for.
    pub terms: Option<Vec<u8>>,
    /// Code of the reason that was given.
    pub why: Option<String>,
    /// The reason that was given, sealed.
    pub why_text: Option<Vec<u8>>,
    /// The transaction that wrote it.
    pub xid: i64,
    /// Records that the actor had no link of their own with.
    pub apart: i32,
}

impl Event {
    /// The canonical bytes: the domain, then for each field that is set its tag, the length of its value (4 bytes, big
    /// endian) and its value, in the order of the tags. A column that is added later gets a new tag, so that the bytes of older
    /// events stay.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Fields(DOMAIN.to_vec());
        out.put(1, self.tenant_id.as_bytes());
        out.put(2, &self.sequence.to_be_bytes());
        out.put(3, self.id.as_bytes());
        out.put(4, &self.at.timestamp_micros().to_be_bytes());
        out.put(5, self.actor.as_bytes());
        out.maybe(6, self.on_behalf.as_ref());
        out.maybe(7, self.session.as_ref().map(Uuid::as_bytes));
        out.maybe(8, self.cause.as_ref().map(Uuid::as_bytes));
        out.put(9, self.request_id.as_bytes());
        out.put(10, self.method.as_bytes());
        out.put(11, &self.operation.to_be_bytes());
        out.put(12, self.outcome.as_bytes());
        out.put(13, &self.resource.to_be_bytes());
        out.put(14, &self.record_ids.iter().flat_map(|id| *id.as_bytes()).collect::<Vec<u8>>());
        out.put(15, &self.classes.to_be_bytes());
        out.maybe(16, self.reason.as_ref());
        out.maybe(17, self.terms.as_ref());
        out.maybe(18, self.why.as_ref());
        out.maybe(19, self.why_text.as_ref());
        out.put(20, &self.xid.to_be_bytes());
        out.put(21, &self.apart.to_be_bytes());
        out.0
    }

    /// The event's leaf in the Merkle tree of its batch.
    pub fn leaf(&self) -> Hash {
        merkle::leaf(&self.encode())
    }
}

/// Tagged fields, each with its length: no two contents have the same bytes.
pub(super) struct Fields(pub(super) Vec<u8>);

impl Fields {
    /// Appends a field that is set.
    pub(super) fn put(&mut self, tag: u8, value: &[u8]) {
        self.0.push(tag);
        // Longer values do not occur: a row of PostgreSQL holds at most 1 GB.
        self.0.extend_from_slice(&u32::try_from(value.len()).unwrap_or(u32::MAX).to_be_bytes());
        self.0.extend_from_slice(value);
    }

    fn maybe(&mut self, tag: u8, value: Option<impl AsRef<[u8]>>) {
        if let Some(value) = value {
            self.put(tag, value.as_ref());
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn event() -> Event {
        Event {
            tenant_id: Uuid::from_u128(1),
            sequence: 7,
            id: Uuid::from_u128(2),
            at: DateTime::UNIX_EPOCH,
            actor: "user:x".into(),
            on_behalf: None,
            session: None,
            cause: None,
            request_id: Uuid::from_u128(3),
            method: "/accord.case.v1.CaseService/GetCase".into(),
            operation: 4,
            outcome: "ok".into(),
            resource: 7,
            record_ids: vec![Uuid::from_u128(4), Uuid::from_u128(5)],
            classes: 6,
            reason: None,
            terms: None,
            why: None,
            why_text: None,
            xid: 99,
            apart: 0,
        }
    }

    #[test]
    fn the_bytes_of_an_event_never_change() {
        assert_eq!(hex::encode(event().leaf()), "4b568e746e4429e4b4b622b8743f7905bad8483856e89726be711cad75cfdd7f");
    }

    #[test]
    fn every_field_is_sealed() {
        let base = event();
        let changes: Vec<fn(&mut Event)> = vec![
            |e| e.tenant_id = Uuid::nil(),
            |e| e.sequence += 1,
            |e| e.id = Uuid::nil(),
            |e| e.at += chrono::TimeDelta::microseconds(1),
            |e| e.actor.push('y'),
            |e| e.on_behalf = Some(String::new()),
            |e| e.session = Some(Uuid::nil()),
            |e| e.cause = Some(Uuid::nil()),
            |e| e.request_id = Uuid::nil(),
            |e| e.method.clear(),
            |e| e.operation += 1,
            |e| e.outcome = "denied".into(),
            |e| e.resource += 1,
            |e| e.record_ids.swap(0, 1),
            |e| e.record_ids.clear(),
            |e| e.classes += 1,
            |e| e.reason = Some("X".into()),
            |e| e.terms = Some(vec![0; 32]),
            |e| e.why = Some("X".into()),
            |e| e.why_text = Some(Vec::new()),
            |e| e.xid += 1,
            |e| e.apart += 1,
        ];
        let mut seen = vec![base.encode()];
        for (n, change) in changes.iter().enumerate() {
            let mut event = base.clone();
            change(&mut event);
            let bytes = event.encode();
            assert!(!seen.contains(&bytes), "change {n}");
            seen.push(bytes);
        }
    }
}
