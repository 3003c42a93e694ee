//! What a verification can find, each in one sentence.

use std::fmt;

use uuid::Uuid;

/// One thing that does not fit. Its text is one sentence with ids and numbers only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The service.
    pub service: String,
    /// The tenant; `None` for a file that names none.
    pub tenant: Option<Uuid>,
    /// What it is.
    pub what: Breach,
}

/// What does not fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Breach {
    /// Batches between are not there.
    Gap {
        /// The first that is missing.
        from: i64,
        /// The last that is missing.
        to: i64,
    },
    /// A batch's signature is not of a trusted key, or the batch was altered.
    Signature(i64),
    /// A batch does not continue the one before.
    Chain(i64),
    /// A batch is not what was sealed: its size, ends or root differ from its events'.
    Batch(i64),
    /// An event differs from what was sealed.
    Altered {
        /// The event.
        sequence: i64,
        /// Its batch.
        batch: i64,
    },
    /// An event that was sealed is not there.
    Removed {
        /// The event.
        sequence: i64,
        /// Its batch.
        batch: i64,
    },
    /// An event says that it is in a batch that is not there.
    NoSuchBatch {
        /// The event.
        sequence: i64,
        /// The batch.
        batch: i64,
    },
    /// An event is in no batch though its time to be sealed is over.
    Unsealed {
        /// The event.
        sequence: i64,
    },
    /// There are more of the kind before.
    More(u64),
    /// The chain's stored end is not its last batch.
    Head {
        /// The number in `audit_head`.
        stored: i64,
        /// The last batch.
        last: i64,
    },
    /// A file in the folder is no checkpoint of ours.
    NotACheckpoint(String),
    /// A checkpoint covers more batches than there are.
    Tail {
        /// Batches that the checkpoint covers.
        size: u64,
        /// Batches that are there.
        there: i64,
    },
    /// The batches that a checkpoint covers are not those that are there.
    Rewritten(u64),
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.service)?;
        if let Some(tenant) = self.tenant {
            write!(f, ", tenant {tenant}")?;
        }
        f.write_str(": ")?;
        match &self.what {
            Breach::Gap { from, to } if from == to => write!(f, "batch {from} was removed."),
            Breach::Gap { from, to } => write!(f, "the batches {from} to {to} were removed."),
            Breach::Signature(batch) => write!(f, "batch {batch} was altered, or was signed by a key that is not trusted."),
            Breach::Chain(batch) => write!(f, "batch {batch} does not continue the batch before it."),
            Breach::Batch(batch) => write!(f, "the events of batch {batch} are not those that were sealed."),
            Breach::Altered { sequence, batch } => write!(f, "event {sequence} of batch {batch} was altered or moved."),
            Breach::Removed { sequence, batch } => write!(f, "event {sequence} of batch {batch} was removed."),
            Breach::NoSuchBatch { sequence, batch } => write!(f, "event {sequence} belongs to batch {batch}, which is not there."),
            Breach::Unsealed { sequence } => write!(f, "event {sequence} is in no batch: it was inserted, or the sealer does not run."),
            Breach::More(count) => write!(f, "and {count} more of that kind."),
            Breach::Head { stored, last } => write!(f, "the chain is said to end at batch {stored} and ends at batch {last}."),
            Breach::NotACheckpoint(file) => write!(f, "{file} is no checkpoint that a trusted key has signed."),
            Breach::Tail { size, there } => write!(f, "a checkpoint covers {size} batches and only {there} are there: the newest were removed."),
            Breach::Rewritten(size) => write!(f, "the first {size} batches are not those of their checkpoint: they were written anew."),
        }
    }
}
