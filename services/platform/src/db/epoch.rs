//! The tenant's compiled permissions, kept by each service so that a restart needs no identity (architecture 4).

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Db, Tx};
use crate::{Error, Result};

impl Db {
    /// The stored epoch of a tenant and the encoded snapshot for it.
    ///
    /// # Errors
    /// `Unavailable` where the database is away.
    pub async fn stored_snapshot(&self, tenant: Uuid) -> Result<Option<(u64, Vec<u8>)>> {
        let row = sqlx::query!("SELECT epoch, snapshot FROM platform.authz_epoch WHERE tenant_id = $1", tenant)
            .fetch_optional(self.platform())
            .await?;
        Ok(row.map(|row| (u64::try_from(row.epoch).unwrap_or(0), row.snapshot)))
    }

    /// Stores a snapshot unless the same or a newer one is there; answers the epoch that is stored now.
    ///
    /// # Errors
    /// `Unavailable` where the database is away.
    pub async fn store_snapshot(&self, tenant: Uuid, epoch: u64, snapshot: &[u8], now: DateTime<Utc>) -> Result<u64> {
        sqlx::query!(
            "INSERT INTO platform.authz_epoch (tenant_id, epoch, snapshot, changed_at) VALUES ($1, $2, $3, $4)
             ON CONFLICT (tenant_id) DO UPDATE SET epoch = excluded.epoch, snapshot = excluded.snapshot, changed_at = excluded.changed_at
             WHERE authz_epoch.epoch < excluded.epoch",
            tenant, signed(epoch)?, snapshot, now
        )
        .execute(self.platform())
        .await?;
        let stored = sqlx::query_scalar!("SELECT epoch FROM platform.authz_epoch WHERE tenant_id = $1", tenant).fetch_one(self.platform()).await?;
        Ok(u64::try_from(stored).unwrap_or(0))
    }
}

impl Tx {
    /// The epoch that is stored for the tenant, 0 for none, locked until the transaction ends: what identity starts from
    /// when it changes roles, assignments or nodes.
    ///
    /// # Errors
    /// Of the database.
    pub async fn lock_epoch(&mut self) -> Result<u64> {
        let tenant = self.tenant();
        let stored = sqlx::query_scalar!("SELECT epoch FROM platform.authz_epoch WHERE tenant_id = $1 FOR UPDATE", tenant)
            .fetch_optional(self.conn())
            .await?;
        Ok(stored.and_then(|epoch| u64::try_from(epoch).ok()).unwrap_or(0))
    }

    /// Stores the tenant's new permissions in the transaction that changed them; only identity does.
    ///
    /// # Errors
    /// `Conflict` where the epoch is not newer than the stored one.
    pub async fn put_snapshot(&mut self, epoch: u64, snapshot: &[u8]) -> Result<()> {
        let (tenant, now) = (self.tenant(), self.now());
        let done = sqlx::query!(
            "INSERT INTO platform.authz_epoch (tenant_id, epoch, snapshot, changed_at) VALUES ($1, $2, $3, $4)
             ON CONFLICT (tenant_id) DO UPDATE SET epoch = excluded.epoch, snapshot = excluded.snapshot, changed_at = excluded.changed_at
             WHERE authz_epoch.epoch < excluded.epoch",
            tenant, signed(epoch)?, snapshot, now
        )
        .execute(self.conn())
        .await?;
        if done.rows_affected() == 1 { Ok(()) } else { Err(Error::stale_etag()) }
    }
}

fn signed(epoch: u64) -> Result<i64> {
    i64::try_from(epoch).map_err(|_| Error::fault("an epoch is out of range"))
}
