//! What may stand below what: partnership → agencies → teams → teams.

use proto::authz::v1::NodeKind;

/// Whether a node of kind `below` may stand below one of kind `above`.
pub fn may_stand(above: NodeKind, below: NodeKind) -> bool {
    match below {
        NodeKind::Agency => above == NodeKind::Partnership,
        NodeKind::Team => matches!(above, NodeKind::Partnership | NodeKind::Agency | NodeKind::Team),
        NodeKind::Partnership | NodeKind::Unspecified => false,
    }
}

/// Whether the kind of agency fits the node: a code for agencies, nothing for teams and partnerships.
pub fn agency_kind_fits(kind: NodeKind, agency_kind: &str) -> bool {
    if kind == NodeKind::Agency { access::codes::is_valid("agency_kind", agency_kind) } else { agency_kind.is_empty() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tree_has_three_levels_and_teams_of_teams() {
        use NodeKind::{Agency, Partnership, Team, Unspecified};
        assert!(may_stand(Partnership, Agency) && may_stand(Agency, Team) && may_stand(Team, Team) && may_stand(Partnership, Team));
        assert!(!may_stand(Agency, Agency) && !may_stand(Team, Agency));
        for above in [Partnership, Agency, Team, Unspecified] {
            assert!(!may_stand(above, Partnership) && !may_stand(above, Unspecified));
        }
        assert!(!may_stand(Unspecified, Team));
    }

    #[test]
    fn an_agency_says_what_it_is() {
        assert!(agency_kind_fits(NodeKind::Agency, "POLICE") && agency_kind_fits(NodeKind::Team, ""));
        assert!(!agency_kind_fits(NodeKind::Agency, "") && !agency_kind_fits(NodeKind::Agency, "BANK") && !agency_kind_fits(NodeKind::Team, "POLICE"));
    }
}
