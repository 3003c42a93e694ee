//! The text that leaves the system: what a service's trail of one tenant is at one point, as a c2sp.org/tlog-checkpoint in a
//! c2sp.org/signed-note. Its tree is the RFC 6962 tree over the hashes of all batches; its origin is
//! `<origin>/<service>/<tenant id>`.

use aws_lc_rs::digest;
use base64::{Engine, engine::general_purpose::STANDARD};
use uuid::Uuid;

use super::{merkle::Hash, signer::{PublicKey, Signer, Trusted, is_signed}};
use crate::Result;

/// What a checkpoint says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// `[audit] origin`: whose system it is.
    pub origin: String,
    /// The service.
    pub service: String,
    /// The tenant.
    pub tenant: Uuid,
    /// Batches in the tree.
    pub size: u64,
    /// Root of the tree over them.
    pub root: Hash,
    /// Events in all of them.
    pub events: u64,
}

/// Why a text is no checkpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoCheckpoint {
    /// It is not of the form.
    #[error("it is not of the form of a checkpoint")]
    Form,
    /// No trusted key signed it.
    #[error("no trusted key has signed it")]
    Signature,
}

impl Checkpoint {
    fn name(&self) -> String {
        format!("{}/{}/{}", self.origin, self.service, self.tenant)
    }

    /// The signed part, with its last line break.
    fn body(&self) -> String {
        format!("{}\n{}\n{}\nevents {}\n", self.name(), self.size, STANDARD.encode(self.root), self.events)
    }

    /// The signed text.
    ///
    /// # Errors
    /// The signer's.
    pub async fn sign(&self, signer: &dyn Signer) -> Result<String> {
        let (body, name) = (self.body(), self.name());
        let mut line = key_hash(&name, &signer.public_key()).to_vec();
        line.extend(signer.sign(body.as_bytes()).await?);
        Ok(format!("{body}\n\u{2014} {name} {}\n", STANDARD.encode(line)))
    }

    /// Reads a signed text.
    ///
    /// # Errors
    /// [`NoCheckpoint`]; further signatures, of witnesses for instance, are passed over.
    pub fn open(text: &str, trusted: &Trusted) -> Result<Self, NoCheckpoint> {
        let (head, signatures) = text.split_once("\n\n").ok_or(NoCheckpoint::Form)?;
        let this = Self::parse(head).ok_or(NoCheckpoint::Form)?;
        let (body, name) = (this.body(), this.name());
        if body.trim_end_matches('\n') != head {
            return Err(NoCheckpoint::Form);
        }
        let signed = signatures.lines().filter_map(|line| line.strip_prefix("\u{2014} ")?.split_once(' ')).any(|(by, signature)| {
            let Ok(bytes) = STANDARD.decode(signature) else { return false };
            let Some((hash, signature)) = bytes.split_at_checked(4) else { return false };
            by == name && trusted.keys().any(|key| key_hash(&name, key) == hash && is_signed(key, body.as_bytes(), signature))
        });
        if signed { Ok(this) } else { Err(NoCheckpoint::Signature) }
    }

    fn parse(head: &str) -> Option<Self> {
        let mut lines = head.lines();
        let mut name = lines.next()?.rsplitn(3, '/');
        let (tenant, service, origin) = (name.next()?, name.next()?, name.next()?);
        let (size, root, events) = (lines.next()?, lines.next()?, lines.next()?.strip_prefix("events ")?);
        Some(Self {
            origin: origin.to_owned(),
            service: service.to_owned(),
            tenant: Uuid::try_parse(tenant).ok()?,
            size: size.parse().ok()?,
            root: STANDARD.decode(root).ok()?.try_into().ok()?,
            events: events.parse().ok()?,
        })
    }
}

/// The four bytes that name a key in a signed note.
fn key_hash(name: &str, key: &PublicKey) -> [u8; 4] {
    let mut context = digest::Context::new(&digest::SHA256);
    context.update(name.as_bytes());
    context.update(&[b'\n', 1]);
    context.update(key);
    let hash = context.finish();
    let mut first = [0; 4];
    first.copy_from_slice(&hash.as_ref()[..4]);
    first
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::seal::signer::tests::pair;

    fn checkpoint() -> Checkpoint {
        Checkpoint { origin: "accord.example.org".into(), service: "case".into(), tenant: Uuid::from_u128(1), size: 12, root: [7; 32], events: 480 }
    }

    #[tokio::test]
    async fn a_checkpoint_is_read_back_and_any_change_is_seen() {
        let (signer, trusted) = pair();
        let text = checkpoint().sign(&signer).await.unwrap();
        assert!(text.starts_with("accord.example.org/case/00000000-0000-0000-0000-000000000001\n12\n"), "{text}");
        assert_eq!(Checkpoint::open(&text, &trusted), Ok(checkpoint()));
        for (from, to) in [("\n12\n", "\n11\n"), ("events 480", "events 481"), ("/case/", "/identity/"), ("\n12\n", "\n012\n")] {
            assert!(Checkpoint::open(&text.replace(from, to), &trusted).is_err(), "{to}");
        }
        assert_eq!(Checkpoint::open(&text, &pair().1), Err(NoCheckpoint::Signature));
        for rubbish in ["", "\n\n", "a\n\nb", &text[..40]] {
            assert_eq!(Checkpoint::open(rubbish, &trusted), Err(NoCheckpoint::Form));
        }
    }

    #[tokio::test]
    async fn a_witness_may_sign_too() {
        let (signer, trusted) = pair();
        let text = format!("{}\u{2014} witness.example.org AAAAAA==\n", checkpoint().sign(&signer).await.unwrap());
        assert_eq!(Checkpoint::open(&text, &trusted), Ok(checkpoint()));
    }
}
