//! That one event is in a signed batch: everything a regulator needs to check it with the public key alone.

use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::DateTime;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{batch::Batch, merkle::{self, Hash}, signer::Trusted};

/// An inclusion proof. Bytes are in base64.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proof {
    /// The canonical bytes of the event.
    pub event: String,
    /// Its place in the batch, from 0.
    pub place: u64,
    /// The hashes that lead to the batch's root, lowest first.
    pub path: Vec<String>,
    /// The service.
    pub service: String,
    /// The tenant.
    pub tenant: Uuid,
    /// Number of the batch.
    pub batch: i64,
    /// Smallest sequence in it.
    pub first: i64,
    /// Largest sequence in it.
    pub last: i64,
    /// Events in it.
    pub count: i32,
    /// Hash of the batch before.
    pub previous: String,
    /// When it was sealed: microseconds since 1970, UTC.
    pub sealed_at: i64,
    /// Whose key signed it.
    pub key_id: String,
    /// The Ed25519 signature of the batch.
    pub signature: String,
}

/// Why a proof proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoProof {
    /// A part is not what it has to be.
    #[error("a part of the proof cannot be read")]
    Form,
    /// The path does not lead from this place to a root.
    #[error("the path does not fit the place of the event")]
    Path,
    /// The batch to which it leads was not signed by a trusted key.
    #[error("no trusted key has signed the batch that the path leads to")]
    Signature,
}

impl Proof {
    /// Puts a proof together.
    pub fn new(event: &[u8], place: u64, path: &[Hash], batch: &Batch, signature: &[u8]) -> Self {
        Self {
            event: STANDARD.encode(event),
            place,
            path: path.iter().map(|hash| STANDARD.encode(hash)).collect(),
            service: batch.service.clone(),
            tenant: batch.tenant,
            batch: batch.number,
            first: batch.first,
            last: batch.last,
            count: batch.count,
            previous: STANDARD.encode(batch.previous),
            sealed_at: batch.sealed_at.timestamp_micros(),
            key_id: batch.key_id.clone(),
            signature: STANDARD.encode(signature),
        }
    }

    /// Checks it: no database, no clock. Answers the canonical bytes of the event that is proved.
    ///
    /// # Errors
    /// [`NoProof`].
    pub fn check(&self, trusted: &Trusted) -> Result<Vec<u8>, NoProof> {
        let bytes = |text: &String| STANDARD.decode(text).map_err(|_| NoProof::Form);
        let hash = |text: &String| -> Result<Hash, NoProof> { bytes(text)?.try_into().map_err(|_| NoProof::Form) };
        let event = bytes(&self.event)?;
        let path = self.path.iter().map(hash).collect::<Result<Vec<_>, _>>()?;
        let count = u64::try_from(self.count).map_err(|_| NoProof::Form)?;
        let root = merkle::root_of_path(&merkle::leaf(&event), self.place, count, &path).ok_or(NoProof::Path)?;
        let batch = Batch {
            service: self.service.clone(),
            tenant: self.tenant,
            number: self.batch,
            first: self.first,
            last: self.last,
            count: self.count,
            root,
            previous: hash(&self.previous)?,
            sealed_at: DateTime::from_timestamp_micros(self.sealed_at).ok_or(NoProof::Form)?,
            key_id: self.key_id.clone(),
        };
        if trusted.verifies(&self.key_id, &batch.encode(), &bytes(&self.signature)?) { Ok(event) } else { Err(NoProof::Signature) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::seal::{batch::tests::batch, canonical::tests::event, signer::{Signer, key_id, tests::pair}};

    #[tokio::test]
    async fn a_proof_holds_offline_and_no_altered_one_does() {
        let (signer, trusted) = pair();
        let events: Vec<Vec<u8>> = (0..4).map(|n| { let mut e = event(); e.sequence = n; e.encode() }).collect();
        let leaves: Vec<Hash> = events.iter().map(|e| merkle::leaf(e)).collect();
        let batch = Batch { root: merkle::root(&leaves), key_id: key_id(&signer.public_key()), ..batch() };
        let signature = signer.sign(&batch.encode()).await.unwrap();
        let proof = Proof::new(&events[2], 2, &merkle::path(&leaves, 2).unwrap(), &batch, &signature);
        assert_eq!(proof.check(&trusted), Ok(events[2].clone()));
        let text = serde_json::to_string(&proof).unwrap();
        assert_eq!(serde_json::from_str::<Proof>(&text).unwrap(), proof);

        let altered: Vec<(fn(&mut Proof), NoProof)> = vec![
            (|p| p.event = STANDARD.encode("other"), NoProof::Signature),
            (|p| p.place = 3, NoProof::Signature),
            (|p| p.place = 4, NoProof::Path),
            (|p| p.count = 5, NoProof::Path),
            (|p| p.path.truncate(1), NoProof::Path),
            (|p| p.batch = 9, NoProof::Signature),
            (|p| p.sealed_at += 1, NoProof::Signature),
            (|p| p.key_id = "other".into(), NoProof::Signature),
            (|p| p.signature = "?".into(), NoProof::Form),
        ];
        for (n, (alter, expected)) in altered.into_iter().enumerate() {
            let mut other = proof.clone();
            alter(&mut other);
            assert_eq!(other.check(&trusted), Err(expected), "{n}");
        }
        assert_eq!(proof.check(&pair().1), Err(NoProof::Signature));
    }
}
