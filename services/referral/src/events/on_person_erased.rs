//! `PersonErased`: destroys the keys of the parties that the person was, and confirms.

use futures::future::BoxFuture;
use platform::{
    Ctx, Db, Error,
    events::{Consumer, Failure, Received},
    keys::shred,
};
use proto::{
    ResourceType,
    events::v1::{ErasureConfirmed, PersonErased},
};
use uuid::Uuid;

use crate::{ReferralService, store::erasure};

/// The consumer `referral.erasure`.
pub struct OnPersonErased {
    db: Db,
}

impl OnPersonErased {
    /// Works in this database.
    pub fn new(db: Db) -> Self {
        Self { db }
    }

    async fn destroy(&self, ctx: &Ctx, event: &Received) -> Result<(), Error> {
        let notice: PersonErased = event.decode()?;
        let id = |field: &str, text: &str| Uuid::parse_str(text).map_err(|_| Error::fault(format!("PersonErased.{field} is no id")));
        let (erasure_id, person_id) = (id("erasure_id", &notice.erasure_id)?, id("person_id", &notice.person_id)?);
        let parties = notice.party_ids.iter().map(|party| id("party_ids", party)).collect::<Result<Vec<_>, _>>()?;
        let Some(mut tx) = event.begin(&self.db, ctx, self.name()).await? else { return Ok(()) };
        let subjects = erasure::subjects_of(&mut tx, person_id, &parties).await?;
        let keys = shred::erase::<ReferralService>(&mut tx, erasure_id, &subjects).await?;
        for subject in subjects {
            tx.changed(ResourceType::Referral, subject);
        }
        let confirmed = ErasureConfirmed {
            erasure_id: notice.erasure_id,
            person_id: notice.person_id,
            service: "referral".into(),
            keys: i32::try_from(keys).unwrap_or(i32::MAX),
        };
        tx.publish(person_id, 1, &confirmed).await?;
        tx.commit().await
    }
}

impl Consumer for OnPersonErased {
    fn name(&self) -> &'static str {
        "referral.erasure"
    }

    fn handle<'a>(&'a self, ctx: &'a Ctx, event: &'a Received) -> BoxFuture<'a, Result<(), Failure>> {
        Box::pin(async move { Ok(self.destroy(ctx, event).await?) })
    }
}
