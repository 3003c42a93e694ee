//! The gRPC services: each method opens the context and calls its command or query.

pub mod account;
pub mod organisation;
pub mod roles;
pub mod sessions;
pub mod users;
