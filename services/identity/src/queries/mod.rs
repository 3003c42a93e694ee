//! One look each.

pub mod get_role;
pub mod get_account;
pub mod get_snapshot;
pub mod get_tenant;
pub mod get_user;
pub mod list_assignments;
pub mod list_nodes;
pub mod list_role_summaries;
pub mod list_roles;
pub mod list_service_accounts;
pub mod list_users;
pub mod resolve_staff;
pub mod resolve_tenant;
