//! The referral service through gRPC, with a database of its own in each test.

mod erasure;
mod explain;
mod handover;
mod lists;
mod professional;
mod public_form;
mod schema;
mod support;
mod triage;
