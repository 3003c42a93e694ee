//! SQL, and nothing else.

pub mod audience;
pub mod checkpoints;
pub mod listing;
pub mod meetings;
pub mod messages;
