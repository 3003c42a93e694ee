//! gRPC in and out: the contracts' messages stop here.

pub mod convert;
pub mod public;
pub mod service;
