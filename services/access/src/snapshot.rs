//! The permissions of one tenant at one epoch, compiled so that a decision allocates nothing.

use std::collections::HashMap;

use proto::{
    ResourceType,
    authz::v1::{self as wire, NodeKind, Scope},
};
use uuid::Uuid;

use crate::{action::ActionSet, class::ClassSet};

/// Cells of a report smaller than this are suppressed unless the tenant says otherwise.
const DEFAULT_SUPPRESSION: u32 = 5;
/// Minutes after which an idle session ends unless the tenant says otherwise.
const DEFAULT_IDLE_MINUTES: u32 = 20;

/// A partnership, an agency or a team.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// The node's id.
    pub id: Uuid,
    /// The node above; none for the root.
    pub parent: Option<Uuid>,
    /// The name shown to people.
    pub name: String,
    /// What it is.
    pub kind: NodeKind,
}

/// A named set of grants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// The role's id.
    pub id: Uuid,
    /// The name shown to people.
    pub name: String,
    /// Stable word of a built-in role, empty for a tenant's own.
    pub built_in: String,
    /// What the role may do.
    pub grants: Vec<Grant>,
}

/// What a role may do with one resource type, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grant {
    /// The type of record; an unknown one grants nothing.
    pub resource: ResourceType,
    /// What may be done.
    pub actions: ActionSet,
    /// Which records it reaches; an unknown scope reaches none.
    pub scope: Scope,
    /// Classes that may be read on a record it reaches.
    pub read: ClassSet,
    /// Classes that may be written on a record it reaches.
    pub write: ClassSet,
}

/// Why a snapshot was refused. It carries ids only.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SnapshotError {
    /// A text that must be a UUID is none.
    #[error("{field} is not a UUID: {value:?}")]
    NotAUuid {
        /// The field of the message.
        field: &'static str,
        /// What stood there.
        value: String,
    },
    /// Two nodes or two roles have one id.
    #[error("{what} {id} is given twice")]
    Twice {
        /// `node` or `role`.
        what: &'static str,
        /// Its id.
        id: Uuid,
    },
    /// The tree has no root or more than one.
    #[error("a snapshot needs exactly one root node, this one has {0}")]
    Roots(usize),
    /// A node is its own ancestor.
    #[error("node {0} is not reached from the root: its ancestors form a cycle")]
    Cycle(Uuid),
    /// A parent or an assignment names a node that is not there.
    #[error("node {0} is named but not given")]
    UnknownNode(Uuid),
    /// An assignment names a role that is not there.
    #[error("role {0} is named but not given")]
    UnknownRole(Uuid),
}

#[derive(Clone, Debug)]
struct Assigned {
    subject: Uuid,
    role: usize,
    node: usize,
    from: i64,
    to: i64,
}

/// Everything `decide` needs of a tenant.
#[derive(Clone, Debug)]
pub struct Snapshot {
    tenant: Uuid,
    epoch: u64,
    suppression_threshold: u32,
    idle_minutes: u32,
    root: usize,
    nodes: Vec<Node>,
    /// For each node its place in a depth-first walk, and the first place after its tree.
    spans: Vec<(usize, usize)>,
    /// For each node the index of the nearest agency at or above it, or of the root.
    agencies: Vec<usize>,
    index: HashMap<Uuid, usize>,
    roles: Vec<Role>,
    /// Sorted by subject.
    assigned: Vec<Assigned>,
}

fn uuid(field: &'static str, value: &str) -> Result<Uuid, SnapshotError> {
    Uuid::try_parse(value).map_err(|_| SnapshotError::NotAUuid {
        field,
        value: value.to_owned(),
    })
}

fn or_default(value: u32, default: u32) -> u32 {
    if value == 0 { default } else { value }
}

impl Snapshot {
    /// Compiles a snapshot.
    ///
    /// # Errors
    /// The first thing found wrong: an id that is no UUID or is given twice, no root or several, a cycle,
    /// or a node or role that is named but not given.
    pub fn compile(from: &wire::Snapshot) -> Result<Self, SnapshotError> {
        let tenant = uuid("tenant_id", &from.tenant_id)?;
        let (nodes, index) = nodes(&from.nodes)?;
        let parents: Vec<Option<usize>> = nodes
            .iter()
            .map(|n| {
                n.parent
                    .map(|p| index.get(&p).copied().ok_or(SnapshotError::UnknownNode(p)))
                    .transpose()
            })
            .collect::<Result<_, _>>()?;
        let mut roots = (0..nodes.len()).filter(|n| parents[*n].is_none());
        let root = match (roots.next(), roots.count()) {
            (Some(root), 0) => root,
            (None, _) => return Err(SnapshotError::Roots(0)),
            (Some(_), more) => return Err(SnapshotError::Roots(1 + more)),
        };
        let (spans, agencies) = walk(&nodes, &parents, root)?;
        let (roles, role_index) = roles(&from.roles)?;
        let mut assigned = Vec::with_capacity(from.assignments.len());
        for a in &from.assignments {
            let role = uuid("assignments.role_id", &a.role_id)?;
            let node = uuid("assignments.node_id", &a.node_id)?;
            assigned.push(Assigned {
                subject: uuid("assignments.subject_id", &a.subject_id)?,
                role: *role_index
                    .get(&role)
                    .ok_or(SnapshotError::UnknownRole(role))?,
                node: *index.get(&node).ok_or(SnapshotError::UnknownNode(node))?,
                from: a.valid_from,
                to: a.valid_to,
            });
        }
        assigned.sort_by_key(|a| a.subject);
        let settings = from.settings.unwrap_or_default();
        Ok(Self {
            tenant,
            epoch: from.epoch,
            suppression_threshold: or_default(settings.suppression_threshold, DEFAULT_SUPPRESSION),
            idle_minutes: or_default(settings.idle_minutes, DEFAULT_IDLE_MINUTES),
            root,
            nodes,
            spans,
            agencies,
            index,
            roles,
            assigned,
        })
    }

    /// The tenant it belongs to.
    pub fn tenant(&self) -> Uuid {
        self.tenant
    }

    /// The epoch it was compiled at.
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// Report cells from 1 up to this number less one are suppressed.
    pub fn suppression_threshold(&self) -> u32 {
        self.suppression_threshold
    }

    /// Idle minutes after which a session ends.
    pub fn idle_minutes(&self) -> u32 {
        self.idle_minutes
    }

    /// The id of the root node.
    pub fn root(&self) -> Uuid {
        self.nodes[self.root].id
    }

    /// The node with this id.
    pub fn node(&self, id: Uuid) -> Option<&Node> {
        self.index.get(&id).map(|n| &self.nodes[*n])
    }

    /// All nodes, in the order given by identity.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// All roles.
    pub fn roles(&self) -> &[Role] {
        &self.roles
    }

    /// True when `node` is `ancestor` or stands below it; false for a node that is not known.
    pub fn is_within(&self, node: Uuid, ancestor: Uuid) -> bool {
        match (self.index.get(&node), self.index.get(&ancestor)) {
            (Some(n), Some(a)) => {
                self.spans[*a].0 <= self.spans[*n].0 && self.spans[*n].0 < self.spans[*a].1
            }
            _ => false,
        }
    }

    /// The nearest agency at or above the node; the root for what belongs to no agency. None for an unknown node.
    pub fn agency_of(&self, node: Uuid) -> Option<Uuid> {
        self.index
            .get(&node)
            .map(|n| self.nodes[self.agencies[*n]].id)
    }

    /// Everybody who holds a role now, before or later, each once and sorted.
    pub fn subjects(&self) -> Vec<Uuid> {
        let mut subjects: Vec<Uuid> = self.assigned.iter().map(|a| a.subject).collect();
        subjects.dedup();
        subjects
    }

    /// The roles that a user or service account holds at an instant (seconds since 1970, UTC), each with its node.
    /// An assignment holds from its first second and no more at the second of its end.
    pub fn roles_of(&self, subject: Uuid, at_seconds: i64) -> impl Iterator<Item = (&Role, &Node)> {
        let first = self.assigned.partition_point(|a| a.subject < subject);
        self.assigned[first..]
            .iter()
            .take_while(move |a| a.subject == subject)
            .filter(move |a| {
                (a.from == 0 || a.from <= at_seconds) && (a.to == 0 || at_seconds < a.to)
            })
            .map(|a| (&self.roles[a.role], &self.nodes[a.node]))
    }

    /// Users and service accounts that hold a role which `fits` at its node, each once, in the order of their ids.
    pub fn holders(&self, at_seconds: i64, fits: impl Fn(&Role, &Node) -> bool) -> Vec<Uuid> {
        let mut found: Vec<Uuid> = self
            .assigned
            .iter()
            .filter(|a| (a.from == 0 || a.from <= at_seconds) && (a.to == 0 || at_seconds < a.to))
            .filter(|a| fits(&self.roles[a.role], &self.nodes[a.node]))
            .map(|a| a.subject)
            .collect();
        found.dedup();
        found
    }
}

type Indexed<T> = (Vec<T>, HashMap<Uuid, usize>);

fn nodes(from: &[wire::Node]) -> Result<Indexed<Node>, SnapshotError> {
    let (mut nodes, mut index) = (
        Vec::with_capacity(from.len()),
        HashMap::with_capacity(from.len()),
    );
    for n in from {
        let id = uuid("nodes.id", &n.id)?;
        let parent = if n.parent_id.is_empty() {
            None
        } else {
            Some(uuid("nodes.parent_id", &n.parent_id)?)
        };
        if index.insert(id, nodes.len()).is_some() {
            return Err(SnapshotError::Twice { what: "node", id });
        }
        nodes.push(Node {
            id,
            parent,
            name: n.name.clone(),
            kind: n.kind(),
        });
    }
    Ok((nodes, index))
}

fn roles(from: &[wire::Role]) -> Result<Indexed<Role>, SnapshotError> {
    let (mut roles, mut index) = (
        Vec::with_capacity(from.len()),
        HashMap::with_capacity(from.len()),
    );
    for r in from {
        let id = uuid("roles.id", &r.id)?;
        if index.insert(id, roles.len()).is_some() {
            return Err(SnapshotError::Twice { what: "role", id });
        }
        let grants = r
            .grants
            .iter()
            .map(|g| Grant {
                resource: g.resource(),
                actions: ActionSet::from_bits(g.actions),
                scope: g.scope(),
                read: ClassSet::from_bits(g.read_classes),
                write: ClassSet::from_bits(g.write_classes),
            })
            .collect();
        roles.push(Role {
            id,
            name: r.name.clone(),
            built_in: r.built_in.clone(),
            grants,
        });
    }
    Ok((roles, index))
}

type Walked = (Vec<(usize, usize)>, Vec<usize>);

/// Numbers the nodes depth first and finds the agency of each.
fn walk(nodes: &[Node], parents: &[Option<usize>], root: usize) -> Result<Walked, SnapshotError> {
    let mut children = vec![Vec::new(); nodes.len()];
    for (n, parent) in parents.iter().enumerate() {
        if let Some(p) = parent {
            children[*p].push(n);
        }
    }
    let (mut spans, mut agencies) = (vec![(0, 0); nodes.len()], vec![root; nodes.len()]);
    let mut place = 0;
    let mut stack = vec![(root, false)];
    while let Some((n, done)) = stack.pop() {
        if done {
            spans[n].1 = place;
            continue;
        }
        spans[n].0 = place;
        place += 1;
        agencies[n] = match (nodes[n].kind, parents[n]) {
            (NodeKind::Agency, _) => n,
            (_, Some(p)) => agencies[p],
            (_, None) => root,
        };
        stack.push((n, true));
        stack.extend(children[n].iter().map(|c| (*c, false)));
    }
    // A node that the walk from the root never closed hangs on a cycle.
    match spans.iter().position(|s| s.1 == 0) {
        Some(n) => Err(SnapshotError::Cycle(nodes[n].id)),
        None => Ok((spans, agencies)),
    }
}

#[cfg(test)]
#[path = "snapshot_tests.rs"]
mod tests;
