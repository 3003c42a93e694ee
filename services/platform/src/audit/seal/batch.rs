//! A sealed batch: what its signature covers.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{canonical::Fields, merkle::{self, Hash}};

/// First bytes of every batch.
const DOMAIN: &[u8] = b"accord audit batch v1\n";

/// `previous` of the first batch of a chain.
pub const NONE_BEFORE: Hash = [0; 32];

/// A batch of one tenant's events in one service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// The service.
    pub service: String,
    /// The tenant.
    pub tenant: Uuid,
    /// 1 for the first, then each one more.
    pub number: i64,
    /// Smallest sequence of its events.
    pub first: i64,
    /// Largest sequence of its events.
    pub last: i64,
    /// Events in it.
    pub count: i32,
    /// Root of the Merkle tree over its events.
    pub root: Hash,
    /// [`Batch::hash`] of the one before.
    pub previous: Hash,
    /// When it was sealed.
    pub sealed_at: DateTime<Utc>,
    /// Whose key signed it.
    pub key_id: String,
}

impl Batch {
    /// What is signed; written like an event, with tags of its own.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Fields(DOMAIN.to_vec());
        out.put(1, self.service.as_bytes());
        out.put(2, self.tenant.as_bytes());
        out.put(3, &self.number.to_be_bytes());
        out.put(4, &self.first.to_be_bytes());
        out.put(5, &self.last.to_be_bytes());
        out.put(6, &self.count.to_be_bytes());
        out.put(7, &self.root);
        out.put(8, &self.previous);
        out.put(9, &self.sealed_at.timestamp_micros().to_be_bytes());
        out.put(10, self.key_id.as_bytes());
        out.0
    }

    /// The batch's leaf in the tree of all batches, which is also what the next batch calls `previous`.
    pub fn hash(&self) -> Hash {
        merkle::leaf(&self.encode())
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn batch() -> Batch {
        Batch {
            service: "case".into(),
            tenant: Uuid::from_u128(1),
            number: 1,
            first: 3,
            last: 9,
            count: 4,
            root: [1; 32],
            previous: NONE_BEFORE,
            sealed_at: DateTime::UNIX_EPOCH,
            key_id: "k".into(),
        }
    }

    #[test]
    fn every_part_is_signed() {
        let base = batch();
        let changes: Vec<fn(&mut Batch)> = vec![
            |b| b.service.push('x'),
            |b| b.tenant = Uuid::nil(),
            |b| b.number += 1,
            |b| b.first += 1,
            |b| b.last += 1,
            |b| b.count += 1,
            |b| b.root[0] ^= 1,
            |b| b.previous[0] ^= 1,
            |b| b.sealed_at += chrono::TimeDelta::microseconds(1),
            |b| b.key_id.push('x'),
        ];
        for (n, change) in changes.iter().enumerate() {
            let mut other = base.clone();
            change(&mut other);
            assert_ne!(other.hash(), base.hash(), "change {n}");
        }
    }
}
