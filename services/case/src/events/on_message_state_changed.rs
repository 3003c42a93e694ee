//! A message about a case came into a final state, or the safety gate refused it: an entry of the case's timeline.

use futures::future::BoxFuture;
use platform::{
    Ctx, Db, Result,
    events::{Consumer, consumer::Failure, envelope::Received},
    ids,
};
use proto::events::v1::MessageStateChanged;
use uuid::Uuid;

use crate::store::{cases, timeline};

/// The queue, also the name in the inbox.
const QUEUE: &str = "case.messages";

/// The consumer.
pub struct OnMessageStateChanged {
    db: Db,
}

impl OnMessageStateChanged {
    /// Works on the service's database.
    pub fn new(db: Db) -> Self {
        Self { db }
    }

    async fn take(&self, ctx: &Ctx, event: &Received) -> Result<()> {
        let notice: MessageStateChanged = event.decode()?;
        // Mail to staff and about referrals belongs to no case.
        if notice.case_id.is_empty() {
            return Ok(());
        }
        let case_id = ids::parse_id("case_id", &notice.case_id)?;
        let message_id = ids::parse_id("message_id", &notice.message_id)?;
        let participant_id: Option<Uuid> =
            if notice.participant_id.is_empty() { None } else { Some(ids::parse_id("participant_id", &notice.participant_id)?) };
        let Some(mut tx) = event.begin(&self.db, ctx, QUEUE).await? else { return Ok(()) };
        if cases::get(&mut tx, case_id).await?.is_some() {
            let codes: Vec<&str> =
                [&notice.template, &notice.channel, &notice.state, &notice.reason].into_iter().map(String::as_str).filter(|c| !c.is_empty()).collect();
            timeline::add(&mut tx, case_id, "MESSAGE", &codes, Some(message_id), participant_id).await?;
        }
        tx.commit().await
    }
}

impl Consumer for OnMessageStateChanged {
    fn name(&self) -> &'static str {
        QUEUE
    }

    fn handle<'a>(&'a self, ctx: &'a Ctx, event: &'a Received) -> BoxFuture<'a, Result<(), Failure>> {
        Box::pin(async move { self.take(ctx, event).await.map_err(Failure::from) })
    }
}
