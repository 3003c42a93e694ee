//! The gRPC side.

pub mod convert;
pub mod page_token;
mod service;

pub use service::Api;
