//! An erasure was approved: destroys the person's key here. A service confirmed: the last one completes the erasure.

use futures::future::BoxFuture;
use platform::{
    Ctx, Db, Error, Result, Tx,
    events::{Consumer, consumer::Failure, envelope::Received},
    ids,
    keys::{cipher, shred},
};
use proto::{
    ResourceType,
    events::v1::{ErasureConfirmed, PersonErased},
};

use crate::{
    CaseService,
    commands::decide_erasure::state,
    domain::erasure::{Certificate, Move, is_complete},
    store::erasures,
};

/// The queue, also the name in the inbox.
const QUEUE: &str = "case.erasure";

/// The consumer.
pub struct OnErasure {
    db: Db,
}

impl OnErasure {
    /// Works on the service's database.
    pub fn new(db: Db) -> Self {
        Self { db }
    }

    async fn destroy(&self, ctx: &Ctx, event: &Received) -> Result<()> {
        let notice: PersonErased = event.decode()?;
        let erasure_id = ids::parse_id("erasure_id", &notice.erasure_id)?;
        let person_id = ids::parse_id("person_id", &notice.person_id)?;
        let Some(mut tx) = event.begin(&self.db, ctx, QUEUE).await? else { return Ok(()) };
        let keys = shred::erase::<CaseService>(&mut tx, erasure_id, &[person_id]).await?;
        let confirmed =
            ErasureConfirmed { erasure_id: notice.erasure_id, person_id: notice.person_id, service: "case".into(), keys: i32::try_from(keys).unwrap_or(i32::MAX) };
        tx.publish(person_id, 1, &confirmed).await?;
        tx.changed(ResourceType::Person, person_id);
        tx.commit().await
    }

    async fn confirm(&self, ctx: &Ctx, event: &Received) -> Result<()> {
        let notice: ErasureConfirmed = event.decode()?;
        let erasure_id = ids::parse_id("erasure_id", &notice.erasure_id)?;
        let Some(mut tx) = event.begin(&self.db, ctx, QUEUE).await? else { return Ok(()) };
        let row = erasures::get_for_update(&mut tx, erasure_id).await?.ok_or_else(|| Error::fault("an erasure was confirmed that is not known"))?;
        erasures::confirm(&mut tx, erasure_id, &notice.service, notice.keys).await?;
        let confirmed = erasures::confirmations(&mut tx, erasure_id).await?;
        if row.state == "RUNNING" && is_complete(confirmed.iter().map(|c| c.service.as_str())) {
            complete(&mut tx, row, confirmed.into_iter().map(|c| (c.service, c.keys)).collect()).await?;
        }
        tx.commit().await
    }
}

/// Issues the certificate.
async fn complete(tx: &mut Tx, mut row: erasures::ErasureRow, confirmed: Vec<(String, i32)>) -> Result<()> {
    row.state = state(&row)?.after(Move::Complete)?.word().to_owned();
    row.completed_at = Some(tx.now());
    let certificate = Certificate {
        id: row.id,
        person_id: row.person_id,
        reason: &row.reason,
        requested_by: row.requested_by,
        approved_by: row.approved_by.ok_or_else(|| Error::fault("an erasure runs that nobody approved"))?,
        completed_at: tx.now(),
        confirmed,
    };
    let key = tx.keys().derived("erasure-certificate", tx.tenant()).await?;
    row.certificate = Some(hex(&cipher::mac(&key, certificate.text().as_bytes())));
    erasures::save(tx, &row).await?;
    tx.changed(ResourceType::Person, row.person_id);
    Ok(())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

impl Consumer for OnErasure {
    fn name(&self) -> &'static str {
        QUEUE
    }

    fn handle<'a>(&'a self, ctx: &'a Ctx, event: &'a Received) -> BoxFuture<'a, Result<(), Failure>> {
        Box::pin(async move {
            let done = if event.is::<PersonErased>() { self.destroy(ctx, event).await } else { self.confirm(ctx, event).await };
            done.map_err(Failure::from)
        })
    }
}
