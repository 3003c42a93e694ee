//! Rules about reports: no input, no output, no clock.

pub mod definition;
pub mod disclosure;
pub mod newest;
pub mod period;
pub mod table;
