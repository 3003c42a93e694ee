//! One read each; the caller's scope stands in the query, and each record is decided on.

pub mod count_referrals;
pub mod explain_access;
pub mod find_similar;
pub mod get_accepted;
pub mod get_draft;
pub mod get_referral;
pub mod get_status;
pub mod list_referrals;
pub mod resolve_for_sending;
pub mod view;
