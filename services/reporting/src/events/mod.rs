//! Facts of other services, each into its row of the warehouse.

mod convert;

use futures::future::BoxFuture;
use platform::{
    Ctx, Db, Error,
    events::{Consumer, Failure, Received},
};

use crate::{
    domain::newest::{Edition, newest},
    store::facts,
};

/// Facts of one transaction at the most: a resync tells tens of thousands.
const TOGETHER: usize = 256;

/// The one consumer, and the only one that writes to the warehouse.
pub struct Facts {
    /// The service's database.
    pub db: Db,
}

impl Facts {
    async fn keep(&self, ctx: &Ctx, events: &[Received]) -> Result<(), Failure> {
        let (mut tx, fresh) = Received::begin_together(events, &self.db, ctx, self.name()).await?;
        let (mut referrals, mut cases, mut interventions) = (Vec::new(), Vec::new(), Vec::new());
        for event in fresh {
            let edition = Edition { version: event.version, as_of: event.occurred_at };
            match event.type_name.rsplit('.').next().unwrap_or_default() {
                "ReferralFact" => referrals.push((edition, convert::referral(event.open_fact(&self.db).await?)?)),
                "CaseFact" => cases.push((edition, convert::case(event.open_fact(&self.db).await?)?)),
                "InterventionFact" => interventions.push((edition, convert::intervention(event.open_fact(&self.db).await?)?)),
                _ => return Err(Failure::Fail(Error::fault(format!("nobody here knows {}", event.type_name)))),
            }
        }
        facts::keep_referrals(&mut tx, &newest(referrals, |r| r.key)).await?;
        facts::keep_cases(&mut tx, &newest(cases, |c| c.key)).await?;
        facts::keep_interventions(&mut tx, &newest(interventions, |i| i.key)).await?;
        tx.commit().await?;
        Ok(())
    }
}

impl Consumer for Facts {
    fn name(&self) -> &'static str {
        "reporting.facts"
    }

    fn handle<'a>(&'a self, ctx: &'a Ctx, event: &'a Received) -> BoxFuture<'a, Result<(), Failure>> {
        Box::pin(self.keep(ctx, std::slice::from_ref(event)))
    }

    fn together(&self) -> usize {
        TOGETHER
    }

    fn handle_together<'a>(&'a self, ctx: &'a Ctx, events: &'a [Received]) -> BoxFuture<'a, Result<(), Failure>> {
        Box::pin(self.keep(ctx, events))
    }
}
