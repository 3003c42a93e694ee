//! Facts of other services, each into its row of the warehouse.

mod convert;

use futures::future::BoxFuture;
use platform::{
    Ctx, Db, Error,
    events::{Consumer, Failure, Received},
};

use crate::{domain::newest::Edition, store::facts};

/// The one consumer, and the only one that writes to the warehouse.
pub struct Facts {
    /// The service's database.
    pub db: Db,
}

impl Consumer for Facts {
    fn name(&self) -> &'static str {
        "reporting.facts"
    }

    fn handle<'a>(&'a self, ctx: &'a Ctx, event: &'a Received) -> BoxFuture<'a, Result<(), Failure>> {
        Box::pin(async move {
            let edition = Edition { version: event.version, as_of: event.occurred_at };
            let Some(mut tx) = event.begin(&self.db, ctx, self.name()).await? else { return Ok(()) };
            match event.type_name.rsplit('.').next().unwrap_or_default() {
                "ReferralFact" => facts::keep_referral(&mut tx, edition, &convert::referral(event.open_fact(&self.db).await?)?).await?,
                "CaseFact" => facts::keep_case(&mut tx, edition, &convert::case(event.open_fact(&self.db).await?)?).await?,
                "InterventionFact" => facts::keep_intervention(&mut tx, edition, &convert::intervention(event.open_fact(&self.db).await?)?).await?,
                _ => return Err(Failure::Fail(Error::fault(format!("nobody here knows {}", event.type_name)))),
            }
            tx.commit().await?;
            Ok(())
        })
    }
}
