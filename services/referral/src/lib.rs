//! Referrals: the public form, professionals and partner systems, and the triage that turns a referral into a case
//! (README.md).
//!
//! | module | what it holds |
//! |---|---|
//! | [`domain`] | the rules, pure: lifecycle, completeness, working days, the safety gate |
//! | [`api`] | gRPC in and out |
//! | [`commands`] | one write each |
//! | [`queries`] | one read each |
//! | [`rights`] | what a decision is told of a referral |
//! | [`store`] | SQL |
//! | [`events`] | notices, facts, and what is done on `CaseOpened` |
//! | [`jobs`] | drafts expire, referrals lapse |

pub mod api;
pub mod commands;
pub mod domain;
pub mod events;
pub mod jobs;
pub mod queries;
pub mod rights;
pub mod store;

use std::sync::Arc;

use futures::future::BoxFuture;
use platform::{
    Db, Result, Tx,
    app::{Built, Deps, Service},
    grpc::{Peers, SnapshotSource},
};
use proto::referral::v1::{access_explain_service_server::AccessExplainServiceServer, public_referral_service_server::PublicReferralServiceServer, referral_service_server::ReferralServiceServer};
use sqlx::migrate::Migrator;
use tonic::service::Routes;
use uuid::Uuid;

/// The service's SECURITY DEFINER functions, for the catalogue test.
pub const DEFINERS: [&str; 3] = ["referral.due_drafts", "referral.due_lapses", "search.candidates"];

/// The referral service.
pub struct ReferralService;

/// What commands and queries work with.
#[derive(Clone)]
pub struct Parts {
    /// The service's database.
    pub db: Db,
    /// The tenants' permissions, for callers who have none of their own.
    pub snapshots: SnapshotSource,
    /// The other services; the case service is asked before a case is joined.
    pub peers: Peers,
}

impl Service for ReferralService {
    const NAME: &'static str = "referral";

    fn migrator() -> &'static Migrator {
        static MIGRATOR: Migrator = sqlx::migrate!("./migrations");
        &MIGRATOR
    }

    fn forget<'a>(tx: &'a mut Tx, subjects: &'a [Uuid]) -> BoxFuture<'a, Result<()>> {
        Box::pin(store::erasure::forget(tx, subjects))
    }

    fn build(deps: Deps) -> BoxFuture<'static, Result<Built>> {
        Box::pin(async move {
            let parts = Parts { db: deps.db.clone(), snapshots: deps.snapshots.clone(), peers: deps.peers.clone() };
            let routes = Routes::default()
                .add_service(ReferralServiceServer::new(api::service::Referrals::new(parts.clone())))
                .add_service(AccessExplainServiceServer::new(api::access_explain::AccessExplain::new(parts.clone())))
                .add_service(PublicReferralServiceServer::new(api::public::PublicForm::new(parts)));
            Ok(Built {
                routes,
                consumers: vec![
                    Arc::new(events::on_case_opened::OnCaseOpened::new(deps.db.clone())),
                    Arc::new(events::on_person_erased::OnPersonErased::new(deps.db.clone())),
                ],
                jobs: vec![Arc::new(jobs::expire_drafts::ExpireDrafts), Arc::new(jobs::lapse_referrals::LapseReferrals)],
                resync: Some(Arc::new(events::resync::ReferralFacts::new(deps.db))),
            })
        })
    }
}
