//! The chassis against real servers: a service that only has what the platform gives.

mod events;
mod tiny;
mod tls;
