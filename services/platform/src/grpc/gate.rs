//! The policy gate: may this caller call this method at all? Records are decided on later, by `Ctx::decide`.

use access::{decide::Subject, policy::DecodedPolicy, scope::may_ever, snapshot::Snapshot};
use proto::{Action, AuditOperation, PrincipalKind};

use crate::{Error, Result, auth::{permit::Permit, principal::Principal}};

/// Lets a caller in, or not. `at` is seconds since 1970, UTC.
///
/// # Errors
/// `PermissionDenied` where the method is not for this kind of caller, or no grant of theirs reaches any such record.
/// `Internal` where a caller with roles comes without the tenant's permissions, or with another tenant's.
pub fn admit(policy: &DecodedPolicy, caller: &Principal, snapshot: Option<&Snapshot>, at: i64) -> Result<Permit> {
    let kind = caller.kind();
    if kind == PrincipalKind::Unspecified || !policy.principals.contains(&kind) {
        return Err(Error::denied());
    }
    let write = may_write(policy);
    match caller {
        Principal::Public { tenant } => Ok(Permit::new(*tenant, write, None)),
        Principal::Workload { service, tenant, .. } => {
            if policy.workloads.iter().any(|w| w == service) { Ok(Permit::new(*tenant, write, None)) } else { Err(Error::denied()) }
        }
        Principal::User { tenant, user: id, .. } | Principal::ServiceAccount { tenant, account: id } => {
            let snapshot = snapshot.filter(|s| s.tenant() == *tenant).ok_or_else(|| Error::fault("caller without their tenant's permissions"))?;
            let subject = Subject { id: *id, kind, at };
            if !may_ever(snapshot, &subject, policy.resource, policy.action) {
                return Err(Error::denied());
            }
            Ok(Permit::new(*tenant, write, Some(snapshot.epoch())))
        }
    }
}

/// Whether a method may change anything: everything but a look and a read of reference data.
pub fn may_write(policy: &DecodedPolicy) -> bool {
    let reads = matches!(policy.action, Action::List | Action::Read | Action::Search);
    !(reads && matches!(policy.audit, AuditOperation::Consultation | AuditOperation::None))
}

#[cfg(test)]
mod tests {
    use proto::{Exposure, ResourceType, authz::v1 as wire};
    use uuid::Uuid;

    use super::*;

    fn id(n: u128) -> Uuid {
        Uuid::from_u128(n)
    }

    fn snapshot() -> Snapshot {
        let grant = wire::Grant {
            resource: ResourceType::Case.into(),
            actions: 1 << Action::Read as u64,
            scope: wire::Scope::Allocated.into(),
            ..wire::Grant::default()
        };
        Snapshot::compile(&wire::Snapshot {
            tenant_id: id(1).to_string(),
            epoch: 9,
            nodes: vec![wire::Node { id: id(2).to_string(), ..wire::Node::default() }],
            roles: vec![wire::Role { id: id(3).to_string(), grants: vec![grant], ..wire::Role::default() }],
            assignments: vec![wire::Assignment { subject_id: id(4).to_string(), role_id: id(3).to_string(), node_id: id(2).to_string(), valid_from: 0, valid_to: 100 }],
            settings: None,
        })
        .unwrap()
    }

    fn policy(action: Action, principals: &[PrincipalKind]) -> DecodedPolicy {
        DecodedPolicy {
            resource: ResourceType::Case,
            action,
            audit: AuditOperation::Consultation,
            principals: principals.to_vec(),
            workloads: vec!["notification".into()],
            exposure: Exposure::Internal,
            list: false,
            id_path: String::new(),
        }
    }

    fn user(n: u128) -> Principal {
        Principal::User { tenant: id(1), user: id(n), session: id(5) }
    }

    fn workload(service: &str) -> Principal {
        Principal::Workload { service: service.into(), cause: id(6), tenant: id(1) }
    }

    #[test]
    fn a_role_that_could_reach_such_a_record_lets_in() {
        let (read, s) = (policy(Action::Read, &[PrincipalKind::User]), snapshot());
        let permit = admit(&read, &user(4), Some(&s), 50).unwrap();
        assert_eq!((permit.tenant(), permit.epoch(), permit.may_write()), (id(1), Some(9), false));
        assert!(admit(&read, &user(7), Some(&s), 50).is_err(), "no role");
        assert!(admit(&read, &user(4), Some(&s), 100).is_err(), "the role is over");
        assert!(admit(&policy(Action::Close, &[PrincipalKind::User]), &user(4), Some(&s), 50).is_err(), "another action");
        let account = Principal::ServiceAccount { tenant: id(1), account: id(4) };
        assert!(admit(&read, &account, Some(&s), 50).is_err(), "another kind");
    }

    #[test]
    fn without_the_own_tenants_permissions_nobody_gets_in() {
        let (read, s) = (policy(Action::Read, &[PrincipalKind::User]), snapshot());
        assert!(admit(&read, &user(4), None, 50).is_err());
        let stranger = Principal::User { tenant: id(8), user: id(4), session: id(5) };
        assert!(admit(&read, &stranger, Some(&s), 50).is_err());
    }

    #[test]
    fn a_workload_must_be_named() {
        let open = policy(Action::Read, &[PrincipalKind::Workload]);
        assert_eq!(admit(&open, &workload("notification"), None, 50).unwrap().epoch(), None);
        assert!(admit(&open, &workload("reporting"), None, 50).is_err());
        assert!(admit(&policy(Action::Read, &[PrincipalKind::User]), &workload("notification"), None, 50).is_err());
    }

    #[test]
    fn the_public_comes_in_where_it_is_listed() {
        let public = Principal::Public { tenant: id(1) };
        assert!(admit(&policy(Action::Create, &[PrincipalKind::Public]), &public, None, 50).unwrap().may_write());
        assert!(admit(&policy(Action::Create, &[PrincipalKind::User]), &public, None, 50).is_err());
    }

    #[test]
    fn looks_read_only_and_everything_else_may_write() {
        let with = |action, audit| may_write(&DecodedPolicy { audit, ..policy(action, &[]) });
        assert!(!with(Action::Search, AuditOperation::Consultation));
        assert!(!with(Action::List, AuditOperation::None));
        assert!(with(Action::Read, AuditOperation::Disclosure));
        assert!(with(Action::Create, AuditOperation::Collection));
        assert!(with(Action::Manage, AuditOperation::None));
    }
}
