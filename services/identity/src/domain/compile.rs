//! The permission snapshot of a tenant, from its rows.

use chrono::{DateTime, Utc};
use proto::authz::v1::{Assignment, Grant, Node, Role, Snapshot, TenantSettings};
use uuid::Uuid;

/// A role held at a node, as a row has it.
#[derive(Clone, Copy, Debug)]
pub struct Held {
    /// User or service account.
    pub subject: Uuid,
    /// The role.
    pub role: Uuid,
    /// Where.
    pub node: Uuid,
    /// From when.
    pub from: DateTime<Utc>,
    /// Until when; none for no end.
    pub to: Option<DateTime<Utc>>,
}

/// What a snapshot is made of.
#[derive(Clone, Debug, Default)]
pub struct Parts {
    /// The tree.
    pub nodes: Vec<Node>,
    /// Roles without their grants.
    pub roles: Vec<Role>,
    /// Grants with the role that each belongs to.
    pub grants: Vec<(Uuid, Grant)>,
    /// Roles of users who are not disabled and of service accounts that are not revoked.
    pub held: Vec<Held>,
    /// The tenant's settings.
    pub settings: TenantSettings,
}

/// Compiles the snapshot. What has ended before `now` is left out; what begins or ends later carries its instants, so
/// that it needs no new epoch when it comes.
///
/// # Errors
/// What [`access::snapshot::Snapshot::compile`] finds wrong: a snapshot that services would refuse is never sent.
pub fn snapshot(tenant: Uuid, epoch: u64, now: DateTime<Utc>, parts: Parts) -> Result<Snapshot, access::snapshot::SnapshotError> {
    let Parts { nodes, mut roles, grants, held, settings } = parts;
    for role in &mut roles {
        role.grants = grants.iter().filter(|(of, _)| of.to_string() == role.id).map(|(_, grant)| *grant).collect();
    }
    let assignments = held
        .into_iter()
        .filter(|h| h.to.is_none_or(|to| to > now))
        .map(|h| Assignment {
            subject_id: h.subject.to_string(),
            role_id: h.role.to_string(),
            node_id: h.node.to_string(),
            valid_from: h.from.timestamp(),
            valid_to: h.to.map_or(0, |to| to.timestamp()),
        })
        .collect();
    let snapshot = Snapshot { tenant_id: tenant.to_string(), epoch, nodes, roles, assignments, settings: Some(settings) };
    access::snapshot::Snapshot::compile(&snapshot)?;
    Ok(snapshot)
}

#[cfg(test)]
mod tests {
    use proto::authz::v1::NodeKind;

    use super::*;

    fn id(n: u128) -> Uuid {
        Uuid::from_u128(n)
    }

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    fn parts() -> Parts {
        let held = |to| Held { subject: id(100), role: id(50), node: id(1), from: at(10), to };
        Parts {
            nodes: vec![Node { id: id(1).to_string(), parent_id: String::new(), name: "Root".into(), kind: NodeKind::Partnership as i32 }],
            roles: vec![Role { id: id(50).to_string(), name: "Lead".into(), built_in: "partnership_lead".into(), grants: Vec::new() }],
            grants: vec![(id(50), Grant { actions: 2, ..Grant::default() }), (id(51), Grant::default())],
            held: vec![held(None), held(Some(at(1_000))), held(Some(at(2_000)))],
            settings: TenantSettings { suppression_threshold: 7, idle_minutes: 0 },
        }
    }

    #[test]
    fn it_holds_what_is_valid_now_or_later() {
        let made = snapshot(id(9), 4, at(1_000), parts()).unwrap();
        assert_eq!((made.epoch, made.roles[0].grants.len()), (4, 1));
        assert_eq!(made.assignments.iter().map(|a| a.valid_to).collect::<Vec<_>>(), [0, 2_000]);
        let compiled = access::snapshot::Snapshot::compile(&made).unwrap();
        assert_eq!((compiled.suppression_threshold(), compiled.idle_minutes()), (7, 20));
        assert_eq!(compiled.roles_of(id(100), 1_500).count(), 2);
    }

    #[test]
    fn a_snapshot_that_services_would_refuse_is_never_made() {
        let mut broken = parts();
        broken.nodes.clear();
        assert!(snapshot(id(9), 4, at(1_000), broken).is_err());
    }
}
