//! Streams the current fact of every referral again, for the rebuild of reporting.

use futures::future::BoxFuture;
use platform::{Ctx, Db, Result, Tx, events::Resync};
use uuid::Uuid;

use super::publish;
use crate::store::referrals;

/// Referrals of one transaction.
const PAGE: i64 = 200;

/// The facts of referrals.
pub struct ReferralFacts {
    db: Db,
}

impl ReferralFacts {
    /// Of this database.
    pub fn new(db: Db) -> Self {
        Self { db }
    }

    async fn page(&self, ctx: &Ctx, after: Uuid) -> Result<(u64, Option<Uuid>)> {
        let mut tx = Tx::begin(&self.db, ctx, ctx.permit()).await?;
        let ids = referrals::ids_after(&mut tx, after, PAGE).await?;
        tx.load_subject_keys(&ids).await?;
        let mut published = 0;
        for stored in referrals::by_ids(&mut tx, &ids).await? {
            let harm_type = match stored.harm(&mut tx).await {
                Ok(harm) => harm.harm_type,
                Err(error) if error.reason() == "ERASED" => String::new(),
                Err(error) => return Err(error),
            };
            publish::fact(&mut tx, &stored.referral, &harm_type).await?;
            published += 1;
        }
        tx.commit().await?;
        Ok((published, ids.last().copied()))
    }
}

impl Resync for ReferralFacts {
    fn resync<'a>(&'a self, ctx: &'a Ctx) -> BoxFuture<'a, Result<u64>> {
        Box::pin(async move {
            let (mut total, mut after) = (0, Uuid::nil());
            loop {
                let (published, last) = self.page(ctx, after).await?;
                total += published;
                match last {
                    Some(last) => after = last,
                    None => return Ok(total),
                }
            }
        })
    }
}
