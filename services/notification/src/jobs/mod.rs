//! Work by the clock.

pub mod send;
mod settle;
