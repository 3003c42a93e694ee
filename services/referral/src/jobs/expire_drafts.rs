//! Drafts of the public form are gone after 24 hours (architecture 8).

use std::time::Duration;

use futures::future::BoxFuture;
use platform::{
    Ctx, Db, Result, Tx,
    jobs::{Job, JobCtx},
};
use proto::{Action, ResourceType};
use uuid::Uuid;

use crate::{commands::drafts::DRAFT, store::drafts};

/// Destroys drafts whose time is over, with their keys.
pub struct ExpireDrafts;

impl Job for ExpireDrafts {
    fn name(&self) -> &'static str {
        "referral.expire_drafts"
    }

    fn every(&self) -> Duration {
        Duration::from_secs(300)
    }

    fn run<'a>(&'a self, jobs: &'a JobCtx) -> BoxFuture<'a, Result<()>> {
        Box::pin(super::work_due(jobs, "referral.due_drafts", |db, ctx, id| Box::pin(expire(db, ctx, id))))
    }
}

async fn expire(db: &Db, ctx: &Ctx, id: Uuid) -> Result<bool> {
    let mut tx = Tx::begin(db, ctx, ctx.permit()).await?;
    ctx.decide(Action::Update, id, &DRAFT)?;
    let was_there = drafts::delete_expired(&mut tx, id).await?;
    if was_there {
        tx.changed(ResourceType::Referral, id);
    }
    tx.commit().await?;
    Ok(was_there)
}
