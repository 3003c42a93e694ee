//! Rows of `identity.epoch_delivery`, and the lock under which a tenant's permissions change.

use platform::{Error, Result, Tx};
use prost::Message;
use proto::authz::v1::{Node, Snapshot};

use super::{nodes, roles, tenants};
use crate::domain::compile::{self, Parts};

/// The services that are told of a new epoch.
pub const TOLD: [&str; 4] = ["referral", "case", "notification", "reporting"];

/// Makes changes of a tenant's permissions wait for one another. What the caller may do was decided at the epoch of
/// their token; where another change has come in between, they must come again.
///
/// # Errors
/// `Unauthenticated` (`STALE_TOKEN`).
pub async fn lock(tx: &mut Tx) -> Result<()> {
    let stored = tx.lock_epoch().await?;
    match tx.ctx().permit().epoch() {
        Some(held) if held != stored => Err(Error::stale_token()),
        _ => Ok(()),
    }
}

/// The tenant's epoch; 0 where there is none.
///
/// # Errors
/// The database's.
pub async fn current(tx: &mut Tx) -> Result<u64> {
    let tenant = tx.tenant();
    let epoch = sqlx::query_scalar!("SELECT epoch FROM platform.authz_epoch WHERE tenant_id = $1", tenant).fetch_optional(tx.conn()).await?;
    Ok(epoch.and_then(|e| u64::try_from(e).ok()).unwrap_or(0))
}

/// The tenant's snapshot as it is stored.
///
/// # Errors
/// `NotFound` where there is none.
pub async fn snapshot(tx: &mut Tx) -> Result<Snapshot> {
    let tenant = tx.tenant();
    let bytes = sqlx::query_scalar!("SELECT snapshot FROM platform.authz_epoch WHERE tenant_id = $1", tenant)
        .fetch_optional(tx.conn())
        .await?
        .ok_or_else(Error::not_found)?;
    Snapshot::decode(bytes.as_slice()).map_err(|e| Error::fault("the stored snapshot does not decode").source(e))
}

/// Compiles the tenant's permissions anew and stores them at the next epoch, in the transaction that changed them.
///
/// # Errors
/// `Internal` where the rows make no valid snapshot, which rolls the change back.
pub async fn advance(tx: &mut Tx) -> Result<Snapshot> {
    let (tenant, now, epoch) = (tx.tenant(), tx.now(), tx.lock_epoch().await? + 1);
    let nodes = nodes::all(tx).await?;
    let parts = Parts {
        nodes: nodes
            .into_iter()
            .map(|n| Node { id: n.id.to_string(), parent_id: n.parent_id.map(|p| p.to_string()).unwrap_or_default(), kind: n.kind.into(), name: n.name })
            .collect(),
        roles: roles::all(tx).await?,
        grants: roles::grants(tx).await?,
        held: roles::for_snapshot(tx).await?,
        settings: tenants::get(tx).await?.settings(),
    };
    let snapshot = compile::snapshot(tenant, epoch, now, parts).map_err(|e| Error::fault("the rows make no snapshot").source(e))?;
    tx.put_snapshot(epoch, &snapshot.encode_to_vec()).await?;
    let services: Vec<String> = TOLD.iter().map(|s| (*s).to_owned()).collect();
    sqlx::query!(
        "INSERT INTO identity.epoch_delivery (tenant_id, service, wanted, answered) SELECT $1, s, $2, 0 FROM unnest($3::text[]) s
         ON CONFLICT (tenant_id, service) DO UPDATE SET wanted = excluded.wanted",
        tenant, epoch.cast_signed(), &services
    )
    .execute(tx.conn())
    .await?;
    Ok(snapshot)
}

/// Services that have not confirmed the newest epoch.
///
/// # Errors
/// The database's.
pub async fn behind(tx: &mut Tx) -> Result<Vec<String>> {
    let tenant = tx.tenant();
    Ok(sqlx::query_scalar!("SELECT service FROM identity.epoch_delivery WHERE tenant_id = $1 AND answered < wanted ORDER BY service", tenant)
        .fetch_all(tx.conn())
        .await?)
}

/// Notes which services confirmed an epoch.
///
/// # Errors
/// The database's.
pub async fn answered(tx: &mut Tx, services: &[String], epoch: u64) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query!(
        "UPDATE identity.epoch_delivery SET answered = greatest(answered, $3) WHERE tenant_id = $1 AND service = ANY($2)",
        tenant, services, epoch.cast_signed()
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}
