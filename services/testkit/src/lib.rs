//! What tests need: real PostgreSQL and RabbitMQ with a database and a prefix of their own, certificates, tokens of any
//! principal, sinks for mail and text messages, and one service alone, started as the launcher starts it.
//!
//! | module | what it holds |
//! |---|---|
//! | [`servers`] | where the private servers of the tests are |
//! | [`db`] | a fresh database per test, cloned from a migrated template |
//! | [`tls`] | a throw-away certificate authority |
//! | [`principal`] | a tenant with its tree, people and roles, and tokens for them |
//! | [`mail`] | an SMTP server and an HTTP text message provider that keep what they get |
//! | [`mod@eventually`] | waiting for an observable state |
//! | [`stack`] | one service alone |
//! | [`transit`] | the transit engine of Vault and OpenBao, by its documented API |

pub mod db;
pub mod eventually;
pub mod mail;
pub mod principal;
pub mod servers;
pub mod stack;
pub mod tls;
pub mod transit;

pub use eventually::eventually;
pub use principal::World;
pub use stack::TestService;
