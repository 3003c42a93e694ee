//! The case service through gRPC, with a database of its own in each test.

mod audit;
mod access;
mod access_lists;
mod case_office;
mod cases;
mod erasure;
mod explain;
mod meetings;
mod notes;
mod schema;
