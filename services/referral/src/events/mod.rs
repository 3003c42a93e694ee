//! Events out and in.

pub mod on_case_opened;
pub mod publish;
pub mod resync;
