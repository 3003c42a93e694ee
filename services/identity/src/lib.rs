//! Identity: tenants, their tree, users, factors, sessions, roles, permissions and tokens.
//!
//! | module | what it holds |
//! |---|---|
//! | [`domain`] | the rules, without I/O |
//! | `store` | SQL |
//! | `commands`, `queries` | one write, one look each |
//! | `api` | the gRPC services |
//! | `jobs` | telling of epochs again, sweeping |
//! | [`breached`] | passwords that were seen in breaches, offline |
//! | [`operator`] | making a tenant and its first administrator, from the command line |

mod api;
pub mod breached;
mod cache;
mod commands;
pub mod domain;
mod jobs;
pub mod operator;
mod passkeys;
mod passwords;
mod queries;
mod secret;
mod state;
mod store;
mod wire;

use std::sync::Arc;

use futures::future::BoxFuture;
use platform::{
    Result,
    app::{Built, Deps, Service},
    config::Reader,
};
use proto::identity::v1::{
    account_service_server::AccountServiceServer, organisation_service_server::OrganisationServiceServer, role_service_server::RoleServiceServer,
    session_service_server::SessionServiceServer, user_service_server::UserServiceServer,
};
use sqlx::migrate::Migrator;
use tonic::service::Routes;

pub use state::Settings;

use crate::state::State;

static MIGRATOR: Migrator = sqlx::migrate!();

/// SECURITY DEFINER functions of this service, for the catalogue test.
pub const DEFINERS: [&str; 3] = ["identity.tenant_by_slug", "identity.account_by_fingerprint", "identity.due_epochs"];

/// The service.
pub struct IdentityService;

impl Service for IdentityService {
    const NAME: &'static str = "identity";

    fn migrator() -> &'static Migrator {
        &MIGRATOR
    }

    fn check(reader: &mut Reader<'_>) {
        let _: Settings = reader.section_at("identity.settings");
    }

    fn build(deps: Deps) -> BoxFuture<'static, Result<Built>> {
        Box::pin(async move {
            let state = State::new(deps).await?;
            let routes = Routes::new(SessionServiceServer::new(api::sessions::Sessions(state.clone())))
                .add_service(AccountServiceServer::new(api::account::Account(state.clone())))
                .add_service(UserServiceServer::new(api::users::Users(state.clone())))
                .add_service(OrganisationServiceServer::new(api::organisation::Organisation(state.clone())))
                .add_service(RoleServiceServer::new(api::roles::Roles(state.clone())));
            Ok(Built {
                routes,
                jobs: vec![Arc::new(jobs::deliver_epochs::DeliverEpochs(state.clone())), Arc::new(jobs::sweep::Sweep(state))],
                ..Built::default()
            })
        })
    }
}
