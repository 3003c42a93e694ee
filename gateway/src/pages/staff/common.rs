//! What several pages of this area need: the tree, the roles, refused forms.

use platform::{Error, Kind};
use proto::{
    authz::v1::NodeKind,
    identity::v1::{ListNodesRequest, ListRolesRequest, Node, Role, organisation_service_client::OrganisationServiceClient},
};
use tonic::Status;

use crate::{
    error_page::{self, ErrorPage, OrErrorPage},
    forms::FormState,
    page::StaffPage,
    rpc,
    text,
    view::{Choice, Colour, FlashKind, Tag},
};

/// The tenant's tree, each node after its parent.
///
/// # Errors
/// The error page.
pub async fn nodes(page: &StaffPage) -> Result<Vec<Node>, ErrorPage> {
    let answer = rpc!(page, "identity", OrganisationServiceClient::list_nodes, ListNodesRequest {}).await.or_page(page)?;
    Ok(ordered(answer.nodes))
}

/// The tenant's roles; none for a reader who may not list them.
///
/// # Errors
/// The error page.
pub async fn roles(page: &StaffPage) -> Result<Vec<Role>, ErrorPage> {
    if !page.may("role.list") {
        return Ok(Vec::new());
    }
    Ok(rpc!(page, "identity", OrganisationServiceClient::list_roles, ListRolesRequest {}).await.or_page(page)?.roles)
}

/// Parents first, children by name below them.
fn ordered(mut nodes: Vec<Node>) -> Vec<Node> {
    fn below(parent: &str, nodes: &[Node], out: &mut Vec<Node>) {
        for node in nodes.iter().filter(|n| n.parent_id == parent) {
            // Each id once, so that a broken tree cannot run forever.
            if out.iter().all(|n| n.id != node.id) {
                out.push(node.clone());
                below(&node.id, nodes, out);
            }
        }
    }
    nodes.sort_by(|a, b| a.name.cmp(&b.name));
    let mut out = Vec::with_capacity(nodes.len());
    below("", &nodes, &mut out);
    out
}

/// How far below the root a node stands.
pub fn depth(nodes: &[Node], id: &str) -> usize {
    let mut depth = 0;
    let mut at = id;
    while let Some(node) = nodes.iter().find(|n| n.id == at) {
        if node.parent_id.is_empty() || depth > 16 {
            break;
        }
        depth += 1;
        at = &node.parent_id;
    }
    depth
}

/// The name of a node; empty where there is none.
pub fn node_name(nodes: &[Node], id: &str) -> String {
    nodes.iter().find(|n| n.id == id).map(|n| n.name.clone()).unwrap_or_default()
}

/// "Agency", "Team" or "Partnership".
pub fn kind_name(kind: i32) -> &'static str {
    match NodeKind::try_from(kind).unwrap_or_default() {
        NodeKind::Partnership => "Partnership",
        NodeKind::Agency => "Agency",
        NodeKind::Team => "Team",
        NodeKind::Unspecified => "Unknown",
    }
}

/// Nodes as answers; deeper ones are set in.
pub fn node_choices(nodes: &[Node]) -> Vec<Choice> {
    nodes.iter().map(|n| Choice::new(&n.id, format!("{}{}", "– ".repeat(depth(nodes, &n.id)), n.name))).collect()
}

/// Roles as answers.
pub fn role_choices(roles: &[Role]) -> Vec<Choice> {
    roles.iter().map(|r| Choice::new(&r.id, &r.name)).collect()
}

/// State of an account in words.
pub fn state_tag(state: i32) -> Tag {
    use proto::identity::v1::UserState;
    match UserState::try_from(state).unwrap_or_default() {
        UserState::Active => Tag::new("Active", Colour::Green),
        UserState::Invited => Tag::new("Invited", Colour::Yellow),
        UserState::Disabled => Tag::new("Disabled", Colour::Grey),
        UserState::Unspecified => Tag::new("Unknown", Colour::Orange),
    }
}

/// The key of a form's command.
pub fn request_id(form: &FormState) -> String {
    form.data().request_id().map(|id| id.to_string()).unwrap_or_default()
}

/// Notes in the form why a command was refused, so that the page can be shown again with everything typed; answers whether it was an
/// old etag.
///
/// # Errors
/// The error page where the refusal is not about what was typed.
pub fn refused(page: &StaffPage, form: &mut FormState, status: Status, fields: &[(&str, &str)]) -> Result<bool, ErrorPage> {
    if form.take_violations(&status, fields) {
        return Ok(false);
    }
    let error = Error::from(status);
    match error.kind() {
        Kind::Conflict => {
            form.fail("", "Somebody changed this while you were editing. Compare your answers with what is saved now, then save again");
            Ok(true)
        }
        Kind::AlreadyExists | Kind::FailedPrecondition => {
            form.fail("", error.public().trim_end_matches('.'));
            Ok(false)
        }
        _ => Err(error_page::of(page, error.into_status())),
    }
}

/// The message after a change of rights: at once where every service has answered, else within a minute.
pub fn in_force(acknowledged: bool, done: &str) -> (FlashKind, String) {
    if acknowledged {
        (FlashKind::Success, done.to_owned())
    } else {
        (FlashKind::Information, format!("{done}. It takes effect everywhere within 60 seconds"))
    }
}

/// The day of an instant, "4 May 2027"; empty where there is none.
pub fn day(at: Option<&prost_types::Timestamp>) -> String {
    text::instant(at).map(|at| text::date(text::local_date(at))).unwrap_or_default()
}

/// Day and time of an instant; empty where there is none.
pub fn day_and_time(at: Option<&prost_types::Timestamp>) -> String {
    text::instant(at).map(text::date_time).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(id: &str, parent: &str, name: &str) -> Node {
        Node { id: id.into(), parent_id: parent.into(), name: name.into(), ..Node::default() }
    }

    #[test]
    fn the_tree_is_read_from_the_top() {
        let nodes = ordered(vec![node("c", "b", "Team"), node("b", "a", "Zeta"), node("d", "a", "Alpha"), node("a", "", "Root")]);
        assert_eq!(nodes.iter().map(|n| n.id.as_str()).collect::<Vec<_>>(), ["a", "d", "b", "c"]);
        assert_eq!(node_choices(&nodes)[3].text, "– – Team");
        assert_eq!(node_name(&nodes, "d"), "Alpha");
    }

    #[test]
    fn a_slow_acknowledgement_is_said() {
        assert!(in_force(false, "Role added").1.contains("60 seconds"));
        assert_eq!(in_force(true, "Role added").1, "Role added");
    }
}
