//! Tests over the whole product, from outside: the program, its pages, its gRPC and what it sends.

mod access_records;
mod architecture;
mod faults;
mod journey_grpc;
mod page_matrix;
mod partner_client;
mod processes;
mod records;
mod rpc_matrix;
mod tracing;
