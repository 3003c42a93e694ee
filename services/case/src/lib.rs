//! The case service: the people register and everything that is done in a case.
//!
//! | module | what it holds |
//! |---|---|
//! | [`domain`] | rules as pure functions: lifecycles, statuses, consent, the safety gate, what a search box holds |
//! | `store` | SQL |
//! | `commands`, `queries` | one write, one read each |
//! | `api` | the six gRPC services |
//! | `events` | consumers, facts for reporting |

mod api;
mod commands;
pub mod domain;
mod events;
mod queries;
mod store;

#[cfg(test)]
mod people_tests;

// How a case comes into being without the referral service: for demonstration data and tests.
pub use commands::open_case;

use std::sync::Arc;

use futures::future::BoxFuture;
use platform::{
    Result, Tx,
    app::{Built, Deps, Service},
};
use proto::{
    case::v1::{
        access_explain_service_server::AccessExplainServiceServer, case_access_service_server::CaseAccessServiceServer, case_service_server::CaseServiceServer,
        meeting_service_server::MeetingServiceServer, note_service_server::NoteServiceServer,
        participant_service_server::ParticipantServiceServer,
    },
    people::v1::{erasure_service_server::ErasureServiceServer, people_service_server::PeopleServiceServer},
};
use sqlx::migrate::Migrator;
use tonic::service::Routes;
use uuid::Uuid;

use crate::{
    api::{
        access_explain::AccessExplainApi, access_service::CaseAccessApi, case_service::CaseApi, erasure_service::ErasureApi, meeting_service::MeetingApi, note_service::NoteApi,
        participant_service::ParticipantApi, people_service::PeopleApi,
    },
    events::{on_erasure::OnErasure, on_message_state_changed::OnMessageStateChanged, on_referral_accepted::OnReferralAccepted, resync::CaseFacts},
};

static MIGRATIONS: Migrator = sqlx::migrate!();

/// The case service.
pub struct CaseService;

impl Service for CaseService {
    const NAME: &'static str = "case";

    fn migrator() -> &'static Migrator {
        &MIGRATIONS
    }

    fn forget<'a>(tx: &'a mut Tx, subjects: &'a [Uuid]) -> BoxFuture<'a, Result<()>> {
        Box::pin(store::erasures::forget(tx, subjects))
    }

    fn build(deps: Deps) -> BoxFuture<'static, Result<Built>> {
        Box::pin(async move {
            let db = &deps.db;
            let routes = Routes::new(PeopleServiceServer::new(PeopleApi::new(db.clone())))
                .add_service(ParticipantServiceServer::new(ParticipantApi::new(db.clone())))
                .add_service(CaseServiceServer::new(CaseApi::new(db.clone())))
                .add_service(CaseAccessServiceServer::new(CaseAccessApi::new(db.clone())))
                .add_service(NoteServiceServer::new(NoteApi::new(db.clone())))
                .add_service(MeetingServiceServer::new(MeetingApi::new(db.clone())))
                .add_service(ErasureServiceServer::new(ErasureApi::new(db.clone())))
                .add_service(AccessExplainServiceServer::new(AccessExplainApi::new(db.clone())));
            Ok(Built {
                routes,
                consumers: vec![
                    Arc::new(OnReferralAccepted::new(db.clone(), deps.peers.clone())),
                    Arc::new(OnMessageStateChanged::new(db.clone())),
                    Arc::new(OnErasure::new(db.clone())),
                ],
                jobs: Vec::new(),
                resync: Some(Arc::new(CaseFacts::new(db.clone()))),
            })
        })
    }
}
