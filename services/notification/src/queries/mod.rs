//! Reads.

pub mod list_messages;
pub mod list_templates;
