//! gRPC in and out: the contracts' messages stop here.

pub mod access_explain;
pub mod convert;
pub mod public;
pub mod service;
