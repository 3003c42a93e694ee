//! The pages, one file each with its GET and POST.

pub mod audit;
pub mod access;
pub mod cases;
pub mod names;
pub mod refer;
pub mod people;
pub mod referrals;
pub mod reports;
pub mod roles;
pub mod staff;
