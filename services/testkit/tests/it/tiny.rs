//! The smallest service: no tables, one consumer that keeps what it did.

use std::{borrow::Cow, sync::{Arc, LazyLock, Mutex}};

use futures::future::BoxFuture;
use platform::{
    Ctx, Db, Error, Result,
    app::{Built, Deps, Service},
    events::{Consumer, Failure, Received},
};
use proto::events::v1::ReferralAccepted;
use sqlx::migrate::Migrator;
use uuid::Uuid;

pub struct Tiny;

/// Effects of every `Tiny` of this process, by the tenant of their event.
pub static EFFECTS: Mutex<Vec<(Uuid, String)>> = Mutex::new(Vec::new());
/// Tenants whose events with the reference `poison` are handled now.
pub static CURED: Mutex<Vec<Uuid>> = Mutex::new(Vec::new());

/// What took effect for a tenant, sorted.
pub fn effects(tenant: Uuid) -> Vec<String> {
    let mut effects: Vec<String> = EFFECTS.lock().unwrap().iter().filter(|(t, _)| *t == tenant).map(|(_, e)| e.clone()).collect();
    effects.sort();
    effects
}

impl Service for Tiny {
    const NAME: &'static str = "case";

    fn migrator() -> &'static Migrator {
        static NONE: LazyLock<Migrator> = LazyLock::new(|| Migrator { migrations: Cow::Borrowed(&[]), ..Migrator::DEFAULT });
        &NONE
    }

    fn build(deps: Deps) -> BoxFuture<'static, Result<Built>> {
        Box::pin(async move { Ok(Built { consumers: vec![Arc::new(Accepted { db: deps.db })], ..Built::default() }) })
    }
}

struct Accepted {
    db: Db,
}

impl Consumer for Accepted {
    fn name(&self) -> &'static str {
        "case.referral_accepted"
    }

    fn handle<'a>(&'a self, ctx: &'a Ctx, event: &'a Received) -> BoxFuture<'a, Result<(), Failure>> {
        Box::pin(async move {
            let notice: ReferralAccepted = event.decode()?;
            if notice.referral_id == "poison" && !CURED.lock().unwrap().contains(&event.tenant) {
                return Err(Failure::Fail(Error::precondition("POISON", "This will never work.")));
            }
            let Some(tx) = event.begin(&self.db, ctx, self.name()).await? else { return Ok(()) };
            tx.commit().await?;
            EFFECTS.lock().unwrap().push((event.tenant, notice.referral_id));
            Ok(())
        })
    }
}
