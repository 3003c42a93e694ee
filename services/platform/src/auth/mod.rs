//! Who calls and what they proved.

pub mod authenticate;
pub mod permit;
pub mod principal;
