//! What a decision needs to know of one record.

use proto::ResourceType;
use uuid::Uuid;

use crate::class::ClassSet;

/// A record is shared with a node under a written agreement, which caps what is read through it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    /// Whose people look.
    pub node: Uuid,
    /// Classes that the agreement names; reference is always among them.
    pub classes: ClassSet,
}

/// The facts of one record, borrowed from the row that the transaction has loaded.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// What kind of record it is.
    pub resource: ResourceType,
    /// The node that owns it.
    pub owner_node: Option<Uuid>,
    /// Shares that are in force at this moment. They let people look and never change anything.
    pub sharing: &'a [Share],
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
    /// The caller broke the glass of this record within the hour: lock and boundary do not hold for looking. Restriction
    /// and conflict do.
    pub broken_glass: bool,
}

impl<'a> Facts<'a> {
    /// A record of which nothing is known yet: no owner, nobody allocated, no deny.
    pub const fn new(resource: ResourceType) -> Self {
        Self {
            resource,
            owner_node: None,
            sharing: &[],
            allocated_to: &[],
            made_by: None,
            locked_to: None,
            restricted: false,
            conflict: false,
            broken_glass: false,
        }
    }

    /// Owned by this node.
    #[must_use]
    pub const fn owned_by(mut self, node: Uuid) -> Self {
        self.owner_node = Some(node);
        self
    }

    /// Shared under these terms too.
    #[must_use]
    pub const fn shared(mut self, shares: &'a [Share]) -> Self {
        self.sharing = shares;
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

    /// Opened by the caller's break-glass or not.
    #[must_use]
    pub const fn broken(mut self, on: bool) -> Self {
        self.broken_glass = on;
        self
    }
}
