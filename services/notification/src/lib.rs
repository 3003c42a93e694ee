//! Messages to people and staff. Nothing leaves without the safety gate's yes at the moment of sending, and no message tells
//! what a case is about.

pub mod api;
pub mod config;
pub mod domain;
pub mod events;
pub mod gate;
pub mod jobs;
pub mod queries;
pub mod senders;
pub mod store;

use std::sync::Arc;

use futures::future::BoxFuture;
use platform::{
    Error, Result,
    app::{Built, Deps, Service},
    config::Reader,
    jobs::Wake,
};
use proto::notification::v1::message_service_server::MessageServiceServer;
use sqlx::migrate::Migrator;
use tonic::service::Routes;

static MIGRATOR: Migrator = sqlx::migrate!();

/// Functions of this service that run with the owner's rights.
pub const DEFINERS: [&str; 1] = ["notification.due_messages"];

/// The notification service.
pub struct NotificationService;

impl Service for NotificationService {
    const NAME: &'static str = "notification";

    fn migrator() -> &'static Migrator {
        &MIGRATOR
    }

    fn check(reader: &mut Reader<'_>) {
        config::read(reader);
    }

    fn build(deps: Deps) -> BoxFuture<'static, Result<Built>> {
        Box::pin(async move {
            let mut reader = Reader::new(&deps.figment);
            let section = config::read(&mut reader);
            reader.finish().map_err(Error::fault)?;
            let wake = Wake::default();
            let sender = jobs::send::SendDue {
                wake: wake.clone(),
                gate: gate::Gate::new(deps.peers.clone()),
                senders: senders::Senders::new(&section)?,
                web_url: section.web_url,
            };
            Ok(Built {
                routes: Routes::new(MessageServiceServer::new(api::Api { db: deps.db.clone(), peers: deps.peers.clone() })),
                consumers: vec![Arc::new(events::Messages { db: deps.db, wake })],
                jobs: vec![Arc::new(sender)],
                ..Built::default()
            })
        })
    }
}
