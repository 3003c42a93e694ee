//! gRPC between services: the server stack that every call passes, and the client side of it.
//!
//! | module | what it holds |
//! |---|---|
//! | [`server`] | the listener: TLS, connection age, drain and hard deadline |
//! | [`stack`] | the order of the layers, in one place |
//! | [`deadline`] | `grpc-timeout` |
//! | [`gate`] | the policy gate: may this caller call this method at all |
//! | [`snapshots`] | the tenant's permissions at the caller's epoch |
//! | [`trail`] | what the stack tells the audit trail |
//! | [`authorization`] | `accord.authz.v1`, implemented once for all services |
//! | [`client`], [`peer`], [`call`] | channels to the other services, what their failures are called, and what goes with each call |
//! | [`admin`] | /livez, /readyz and /metrics |

pub mod admin;
pub mod authorization;
pub mod call;
pub mod client;
pub mod deadline;
mod frame;
pub mod gate;
mod hold;
mod intake;
pub mod peer;
pub mod server;
pub mod snapshots;
pub mod stack;
pub mod trail;
#[cfg(test)]
mod tests;

pub use call::{as_workload, outgoing, retry_read};
pub use client::Peers;
pub use peer::PeerChannel;
pub use server::{Server, ServerParts};
pub use snapshots::{SnapshotFetcher, SnapshotSource};
