//! Identity alone, through gRPC and a real PostgreSQL and Redis.

mod equal_work;
mod help;
mod invitations;
mod office;
mod organisation;
mod own_roles;
mod periods;
mod own_account;
mod sign_in;
mod users;
