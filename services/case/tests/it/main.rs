//! The case service through gRPC, with a database of its own in each test.

mod access;
mod access_lists;
mod case_office;
mod cases;
mod meetings;
mod notes;
mod schema;
