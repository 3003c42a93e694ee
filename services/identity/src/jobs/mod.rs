//! Work by the clock.

pub mod deliver_epochs;
pub mod sweep;
