//! SQL, and nothing else holds any. Every statement runs in a [`platform::Tx`] of one tenant.

pub mod blobs;
pub mod ceremonies;
pub mod challenges;
pub mod devices;
pub mod enrolments;
pub mod epochs;
pub mod help;
pub mod nodes;
pub mod own_roles;
pub mod passkeys;
pub mod recovery_codes;
pub mod roles;
pub mod service_accounts;
pub mod sessions;
pub mod tenants;
pub mod throttle;
pub mod users;
