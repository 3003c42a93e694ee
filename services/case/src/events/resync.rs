//! Rebuild of reporting: every case and every intervention of a tenant once more, in pages of one transaction each.

use futures::future::BoxFuture;
use platform::{Ctx, Db, Result, db::Tx, events::Resync};
use uuid::Uuid;

use crate::{
    events::case_facts,
    store::{cases, outcomes},
};

/// Cases in one transaction.
const PAGE: i64 = 200;

/// Streams the facts that the case service owns.
pub struct CaseFacts {
    db: Db,
}

impl CaseFacts {
    /// Reads the service's database.
    pub fn new(db: Db) -> Self {
        Self { db }
    }

    async fn all(&self, ctx: &Ctx) -> Result<u64> {
        let (mut after, mut published) = (Uuid::nil(), 0);
        loop {
            let mut tx = Tx::begin(&self.db, ctx, ctx.permit()).await?;
            let page = cases::after(&mut tx, after, PAGE).await?;
            for case in &page {
                published += match self.one(&mut tx, case).await {
                    Err(error) if error.reason() == "ERASED" => 0,
                    result => result?,
                };
            }
            tx.commit().await?;
            match page.last() {
                Some(last) => after = last.id,
                None => return Ok(published),
            }
        }
    }

    async fn one(&self, tx: &mut Tx, case: &cases::CaseRow) -> Result<u64> {
        case_facts::publish_case(tx, case).await?;
        let mut published = 1;
        for outcome in outcomes::of_case(tx, case.id).await? {
            case_facts::publish_stored_outcome(tx, case, &outcome).await?;
            published += 1;
        }
        Ok(published)
    }
}

impl Resync for CaseFacts {
    fn resync<'a>(&'a self, ctx: &'a Ctx) -> BoxFuture<'a, Result<u64>> {
        Box::pin(self.all(ctx))
    }
}
