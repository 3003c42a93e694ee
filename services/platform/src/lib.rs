//! The chassis of every service: everything that knows no domain word.
//!
//! | module | what it holds |
//! |---|---|
//! | [`context`] | [`Ctx`], which every command, query, consumer and job takes |
//! | [`error`] | the one [`Error`] and its tables to gRPC and HTTP |
//! | [`auth`] | principals, permits, and how a caller is known |
//! | [`grpc`] | the server stack, the clients, the admin port |
//! | [`tls`], [`tokens`] | certificates between services and tokens of callers |
//! | [`config`], [`telemetry`], [`lifecycle`] | configuration, logs and traces, life and death of the process |
//! | [`measures`] | what alerts look at beside the calls |
//! | [`db`], [`keys`], [`audit`], [`idempotency`] | the service's database, keys of personal data, the audit trail, idempotency keys |
//! | [`app`] | the `Service` trait, and what starts, migrates and checks a service |
//! | [`events`], [`jobs`] | outbox relay, consumers and work by the clock |
//! | [`page`] | pages of lists and their tokens |
//! | [`clock`], [`local_time`], [`ids`] | time as a parameter, the clock on the wall, identifiers and references |

pub mod app;
pub mod audit;
pub mod auth;
pub mod clock;
pub mod config;
pub mod context;
pub mod db;
pub mod error;
pub mod events;
pub mod grpc;
pub mod idempotency;
pub mod ids;
pub mod jobs;
pub mod keys;
pub mod lifecycle;
pub mod local_time;
pub mod measures;
pub mod page;
pub mod telemetry;
pub mod tls;
pub mod tokens;

pub use auth::{permit::Permit, principal::Principal};
pub use clock::Clock;
pub use context::Ctx;
pub use db::{Db, Tx};
pub use error::{Error, Kind, Result};
