//! The permit: proof that a caller passed the gate, without which there is no transaction.

use uuid::Uuid;

/// Made by the server stack, the consumer harness and the job runner, and by nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permit {
    tenant: Uuid,
    write: bool,
    epoch: Option<u64>,
}

impl Permit {
    /// For the gate: `epoch` is that of the caller's token and snapshot, `None` where no roles are asked.
    pub(crate) fn new(tenant: Uuid, write: bool, epoch: Option<u64>) -> Self {
        Self { tenant, write, epoch }
    }

    /// The tenant that the transaction is bound to.
    pub fn tenant(&self) -> Uuid {
        self.tenant
    }

    /// Whether the method changes anything; else the transaction is READ ONLY.
    pub fn may_write(&self) -> bool {
        self.write
    }

    /// The epoch that the decision was made with.
    pub fn epoch(&self) -> Option<u64> {
        self.epoch
    }
}
