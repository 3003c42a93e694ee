//! Events out and in.

pub mod on_case_opened;
pub mod on_person_erased;
pub mod publish;
pub mod resync;
