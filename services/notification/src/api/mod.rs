//! The gRPC side.

pub mod convert;
mod service;

pub use service::Api;
