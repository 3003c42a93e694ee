//! Tests over the whole product, from outside: the program, its pages, its gRPC and what it sends.

mod access_records;
mod architecture;
mod attacks;
mod by_names;
mod erasure;
mod faults;
mod journey_grpc;
mod leaks;
mod page_matrix;
mod partner_client;
mod processes;
mod records;
mod rpc_matrix;
mod tracing;
