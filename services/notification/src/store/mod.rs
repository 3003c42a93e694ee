//! SQL, and nothing else.

pub mod audience;
pub mod listing;
pub mod meetings;
pub mod messages;
