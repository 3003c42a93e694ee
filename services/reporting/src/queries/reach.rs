//! Whose facts a caller's report counts.

use access::{class::ClassSet, scope::ListScope, snapshot::Snapshot};
use platform::{Ctx, Error, Result, ids::parse_id};
use proto::{Action, ResourceType};
use uuid::Uuid;

use crate::store::figures::{Agencies, Reach};

/// The nodes whose facts the caller may count, or with [`Action::Export`] take away as a file; `only` narrows it to an agency with its teams.
///
/// # Errors
/// `PermissionDenied`; `InvalidArgument`; `NotFound` for an agency that the caller's reports do not reach.
pub fn of(ctx: &Ctx, snapshot: &Snapshot, only: &str, action: Action) -> Result<Reach> {
    let scope = ctx.scope(ResourceType::Report, action, ClassSet::NONE)?;
    // A fact is allocated to nobody and made by nobody.
    if !scope.everything && scope.nodes.is_empty() {
        return Err(Error::denied());
    }
    match only {
        "" => Ok(Reach { everything: scope.everything, nodes: scope.nodes }),
        only => narrow(&scope, snapshot, parse_id("owner_node_id", only)?),
    }
}

fn narrow(scope: &ListScope, snapshot: &Snapshot, only: Uuid) -> Result<Reach> {
    let reached = |node: &Uuid| scope.everything || scope.nodes.binary_search(node).is_ok();
    let nodes: Vec<Uuid> = snapshot.nodes().iter().map(|n| n.id).filter(|n| snapshot.is_within(*n, only) && reached(n)).collect();
    // The agency itself must be within reach: a team of it alone is not the agency.
    if !nodes.contains(&only) {
        return Err(Error::not_found());
    }
    Ok(Reach { everything: false, nodes })
}

/// Every node with its agency.
pub fn agencies(snapshot: &Snapshot) -> Agencies {
    let (nodes, agencies) = snapshot.nodes().iter().map(|n| (n.id, snapshot.agency_of(n.id).unwrap_or(n.id))).unzip();
    Agencies { nodes, agencies }
}
