//! Reads.

pub mod list_reports;
mod reach;
mod reports;
pub mod run_report;
