//! `CaseOpened`: the handover of an accepted referral is done.

use futures::future::BoxFuture;
use platform::{
    Ctx, Db, Error,
    events::{Consumer, Failure, Received},
};
use proto::{ResourceType, events::v1::CaseOpened};
use uuid::Uuid;

use crate::store::referrals;

/// The consumer `referral.case_opened`.
pub struct OnCaseOpened {
    db: Db,
}

impl OnCaseOpened {
    /// Works in this database.
    pub fn new(db: Db) -> Self {
        Self { db }
    }

    async fn mark(&self, ctx: &Ctx, event: &Received) -> Result<(), Error> {
        let opened: CaseOpened = event.decode()?;
        // A case that opened without a referral is none of ours.
        if opened.referral_id.is_empty() {
            return Ok(());
        }
        let id = |field: &str, text: &str| Uuid::parse_str(text).map_err(|_| Error::fault(format!("CaseOpened.{field} is no id")));
        let (referral_id, case_id) = (id("referral_id", &opened.referral_id)?, id("case_id", &opened.case_id)?);
        let Some(mut tx) = event.begin(&self.db, ctx, self.name()).await? else { return Ok(()) };
        if referrals::handed_over(&mut tx, referral_id, case_id).await? {
            tx.changed(ResourceType::Referral, referral_id);
        }
        tx.commit().await
    }
}

impl Consumer for OnCaseOpened {
    fn name(&self) -> &'static str {
        "referral.case_opened"
    }

    fn handle<'a>(&'a self, ctx: &'a Ctx, event: &'a Received) -> BoxFuture<'a, Result<(), Failure>> {
        Box::pin(async move { Ok(self.mark(ctx, event).await?) })
    }
}
