//! The rules of intake and triage, pure: no I/O, no clock, no contracts.

pub mod error;
pub mod input;
pub mod party;
pub mod referral;
pub mod sending;
pub mod state;
pub mod validation;
pub mod working_days;
