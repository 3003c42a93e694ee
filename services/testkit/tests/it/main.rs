//! The chassis against real servers: a service that only has what the platform gives.

mod audit;
mod db;
mod deadlines;
mod epoch;
mod errors;
mod events;
mod health;
mod idempotency;
mod kms;
mod limits;
mod logs;
mod notes;
mod recorded;
mod relay;
mod renewal;
mod resync;
mod rotation;
mod shred;
mod seal;
mod shutdown;
mod tiny;
mod tls;
