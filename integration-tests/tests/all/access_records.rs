//! Requests for the services of roles and of the reasons of access, for `rpc_matrix.rs`.

use integration_tests::rpc::Rpc;
use prost::Message;
use proto::{
    ResourceType,
    authz::v1::{Grant, Scope},
    case::v1 as case, identity::v1 as identity, referral::v1 as referral,
};

use crate::records::{Records, STALE};

/// A request for a method of these services, right but for the one flaw that `rpc_matrix.rs` describes.
pub fn request(rpc: &Rpc<'_>, r: &Records, service: &str, method: &str) -> Option<Vec<u8>> {
    let grants = vec![Grant {
        resource: ResourceType::Case.into(),
        actions: 0b110,
        scope: Scope::NodeTree.into(),
        read_classes: 0b10,
        write_classes: 0,
    }];
    Some(match (service, method) {
        ("identity.v1.RoleService", "ListRoleSummaries") => Vec::new(),
        ("identity.v1.RoleService", "GetRole") => identity::GetRoleRequest {
            role_id: r.role.clone(),
        }
        .encode_to_vec(),
        ("identity.v1.RoleService", "CreateRole") => identity::CreateRoleRequest {
            request_id: String::new(),
            name: "New role".into(),
            description: String::new(),
            grants,
        }
        .encode_to_vec(),
        ("identity.v1.RoleService", "UpdateRole") => identity::UpdateRoleRequest {
            request_id: rpc.new_id(),
            role_id: r.role.clone(),
            etag: STALE.into(),
            name: "Other name".into(),
            description: String::new(),
            grants,
        }
        .encode_to_vec(),
        ("identity.v1.RoleService", "RetireRole") => identity::RetireRoleRequest {
            request_id: rpc.new_id(),
            role_id: r.role.clone(),
            etag: STALE.into(),
        }
        .encode_to_vec(),
        ("identity.v1.RoleService", "ListAssignments") => {
            identity::ListAssignmentsRequest::default().encode_to_vec()
        }
        ("case.v1.AccessExplainService", "ExplainAccess") => case::ExplainAccessRequest {
            user_id: r.user.clone(),
            resource: ResourceType::Case.into(),
            record_id: r.case.clone(),
            action: 0,
        }
        .encode_to_vec(),
        ("referral.v1.AccessExplainService", "ExplainAccess") => referral::ExplainAccessRequest {
            user_id: r.user.clone(),
            resource: ResourceType::Referral.into(),
            record_id: r.referral.clone(),
            action: 0,
        }
        .encode_to_vec(),
        _ => return None,
    })
}
