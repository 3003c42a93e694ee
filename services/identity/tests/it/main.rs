//! Identity alone, through gRPC and a real PostgreSQL and Redis.

mod office;
mod organisation;
mod sign_in;
mod users;
