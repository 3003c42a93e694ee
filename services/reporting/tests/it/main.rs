//! The warehouse and its reports, through gRPC and a real PostgreSQL.

mod reports;
mod schema;
mod warehouse;
