//! The case service through gRPC, with a database of its own in each test.

mod case_office;
mod cases;
mod explain;
mod meetings;
mod notes;
mod schema;
