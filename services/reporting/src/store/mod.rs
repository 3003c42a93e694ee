//! SQL, and nothing else.

pub mod facts;
pub mod figures;
