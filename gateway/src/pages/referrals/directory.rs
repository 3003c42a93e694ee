//! The tenant's tree, for the answers and names of a page.

use proto::{
    authz::v1::NodeKind,
    identity::v1::{ListNodesRequest, Node, organisation_service_client::OrganisationServiceClient},
};

use crate::{page::StaffPage, rpc, view::Choice};

/// The tree's nodes; none where they cannot be read now, so that the page still shows what matters.
pub async fn nodes(page: &StaffPage) -> Vec<Node> {
    rpc!(page, "identity", OrganisationServiceClient::list_nodes, ListNodesRequest {}).await.map(|answer| answer.nodes).unwrap_or_default()
}

/// Agencies, and the partnership itself, as answers.
pub fn agencies(nodes: &[Node]) -> Vec<Choice> {
    nodes.iter().filter(|n| n.kind() != NodeKind::Team).map(|n| Choice::new(n.id.as_str(), n.name.as_str())).collect()
}

/// The name of a node; empty for one that is not known.
pub fn node_name(nodes: &[Node], id: &str) -> String {
    nodes.iter().find(|n| n.id == id).map(|n| n.name.clone()).unwrap_or_default()
}
