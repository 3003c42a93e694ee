//! What a decision needs to know of one record.

use proto::ResourceType;
use uuid::Uuid;

/// The facts of one record, borrowed from the row that the transaction has loaded.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// What kind of record it is.
    pub resource: ResourceType,
    /// The node that owns it.
    pub owner_node: Option<Uuid>,
    /// Further nodes that it is shared with.
    pub sharing_nodes: &'a [Uuid],
    /// Users it is allocated to at this moment.
    pub allocated_to: &'a [Uuid],
    /// Who made it.
    pub made_by: Option<Uuid>,
    /// The only people who may see it while a lock is on it.
    pub locked_to: Option<&'a [Uuid]>,
    /// Processing is restricted (UK GDPR article 18).
    pub restricted: bool,
    /// The caller is party to the matter or otherwise conflicted.
    pub conflict: bool,
}

impl<'a> Facts<'a> {
    /// A record of which nothing is known yet: no owner, nobody allocated, no deny.
    pub const fn new(resource: ResourceType) -> Self {
        Self {
            resource,
            owner_node: None,
            sharing_nodes: &[],
            allocated_to: &[],
            made_by: None,
            locked_to: None,
            restricted: false,
            conflict: false,
        }
    }

    /// Owned by this node.
    #[must_use]
    pub const fn owned_by(mut self, node: Uuid) -> Self {
        self.owner_node = Some(node);
        self
    }

    /// Shared with these nodes too.
    #[must_use]
    pub const fn shared_with(mut self, nodes: &'a [Uuid]) -> Self {
        self.sharing_nodes = nodes;
        self
    }

    /// Allocated to these users.
    #[must_use]
    pub const fn allocated(mut self, users: &'a [Uuid]) -> Self {
        self.allocated_to = users;
        self
    }

    /// Made by this user.
    #[must_use]
    pub const fn made(mut self, user: Uuid) -> Self {
        self.made_by = Some(user);
        self
    }

    /// Locked to these people.
    #[must_use]
    pub const fn locked(mut self, people: &'a [Uuid]) -> Self {
        self.locked_to = Some(people);
        self
    }

    /// Restricted or not.
    #[must_use]
    pub const fn restriction(mut self, on: bool) -> Self {
        self.restricted = on;
        self
    }

    /// In conflict with the caller or not.
    #[must_use]
    pub const fn conflicted(mut self, on: bool) -> Self {
        self.conflict = on;
        self
    }
}
