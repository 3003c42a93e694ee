//! One write each: permit, replay, load, decide, save, commit; then tell the services where permissions changed.

pub mod announce;
pub mod assign_role;
pub mod begin_enrolment;
pub mod begin_session;
pub mod begin_sign_in;
pub mod complete_enrolment;
pub mod complete_sign_in;
pub mod confirm_enrolment;
pub mod create_node;
pub mod create_service_account;
pub mod disable_user;
pub mod enable_user;
pub mod end_assignment;
pub mod invite_user;
pub mod manage;
pub mod mint_public_token;
pub mod mint_service_account_token;
pub mod mint_token;
pub mod own;
pub mod rename_node;
pub mod renew_enrolment;
pub mod resolve_enrolment;
pub mod revoke_service_account;
pub mod sign_out;
pub mod update_tenant;
pub mod update_user;
