//! Identity alone, through gRPC and a real PostgreSQL and Redis.

mod office;
mod organisation;
mod own_roles;
mod periods;
mod sign_in;
mod users;
