//! Events in and out.

pub mod case_facts;
pub mod on_erasure;
pub mod on_message_state_changed;
pub mod on_referral_accepted;
pub mod resync;
