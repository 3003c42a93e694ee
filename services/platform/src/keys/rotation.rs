//! New versions of tenant keys, and the job that wraps subject keys again under the newest (security.md 3.3).
//!
//! Which version is the newest is read from the database each time a subject is made and held nowhere, so that every
//! process writes under a new version from the moment its transaction committed. Old versions stay until nothing lies
//! under them.

use std::time::Duration;

use futures::future::BoxFuture;
use proto::ResourceType;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::{cipher, kms::Wrapped, store::{index_aad, subject_aad, tenant_aad}};
use crate::{Error, Result, Tx, jobs::{Job, JobCtx}};

/// Subject keys of one transaction.
const PAGE: i64 = 500;
/// Tenants of one run.
const TENANTS: i64 = 1_000;

impl Tx {
    /// Gives the tenant a new version of its key in this service and answers its number; `None` where the tenant has
    /// stored nothing here yet.
    ///
    /// # Errors
    /// Of the database; `Unavailable` where the root key is away; `Conflict` where another rotation won.
    pub(crate) async fn rotate_tenant_key(&mut self) -> Result<Option<i32>> {
        let (tenant, now) = (self.tenant(), self.now());
        let newest = sqlx::query_scalar!("SELECT max(version) FROM keys.tenant_key WHERE tenant_id = $1", tenant).fetch_one(self.conn()).await?;
        let Some(newest) = newest else { return Ok(None) };
        let version = newest + 1;
        let wrapped = self.keys().generate(&tenant_aad(tenant, version)).await?;
        let made = sqlx::query!(
            "INSERT INTO keys.tenant_key (tenant_id, version, wrapped, created_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
            tenant, version, wrapped, now
        )
        .execute(self.conn())
        .await?;
        if made.rows_affected() == 0 {
            return Err(Error::stale_etag());
        }
        self.changed(ResourceType::Tenant, tenant);
        Ok(Some(version))
    }

    /// Wraps one page of subject keys that lie under older versions again; answers how many.
    ///
    /// # Errors
    /// Of the database; `Unavailable` where the root key is away.
    pub(crate) async fn rewrap_subjects(&mut self) -> Result<u64> {
        let tenant = self.tenant();
        let keys = self.keys().clone();
        let versions = sqlx::query!(
            r#"SELECT version, wrapped AS "wrapped!" FROM keys.tenant_key WHERE tenant_id = $1 AND wrapped IS NOT NULL ORDER BY version DESC"#,
            tenant
        )
        .fetch_all(self.conn())
        .await?;
        let Some(newest) = versions.first() else { return Ok(0) };
        let over = keys.unwrap(&tenant_aad(tenant, newest.version), &newest.wrapped).await?;
        // A row that an erasure holds is left for the next page: it will have no key then.
        let rows = sqlx::query!(
            r#"SELECT subject_id, tenant_key_version, wrapped AS "wrapped!" FROM keys.subject_key
               WHERE tenant_id = $1 AND wrapped IS NOT NULL AND tenant_key_version < $2
               ORDER BY tenant_key_version, subject_id LIMIT $3 FOR UPDATE SKIP LOCKED"#,
            tenant, newest.version, PAGE
        )
        .fetch_all(self.conn())
        .await?;
        let (mut subjects, mut wrapped) = (Vec::with_capacity(rows.len()), Vec::with_capacity(rows.len()));
        for row in rows {
            let old = versions.iter().find(|v| v.version == row.tenant_key_version);
            let old = old.ok_or_else(|| Error::fault(format!("subject {} lies under a version that is gone", row.subject_id)))?;
            let under = keys.unwrap(&tenant_aad(tenant, old.version), &old.wrapped).await?;
            let plain = Zeroizing::new(cipher::decrypt(&under, &subject_aad(tenant, row.subject_id, old.version), &row.wrapped)?);
            wrapped.push(cipher::encrypt(&over, &subject_aad(tenant, row.subject_id, newest.version), &plain)?);
            subjects.push(row.subject_id);
        }
        let done = sqlx::query!(
            "UPDATE keys.subject_key s SET wrapped = n.wrapped, tenant_key_version = $2
             FROM unnest($3::uuid[], $4::bytea[]) AS n (subject_id, wrapped)
             WHERE s.tenant_id = $1 AND s.subject_id = n.subject_id AND s.wrapped IS NOT NULL",
            tenant, newest.version, &subjects, &wrapped
        )
        .execute(self.conn())
        .await?;
        Ok(done.rows_affected())
    }

    /// Takes the old versions away that nothing lies under; answers how many.
    ///
    /// # Errors
    /// Of the database.
    pub(crate) async fn retire_tenant_keys(&mut self) -> Result<u64> {
        let (tenant, now) = (self.tenant(), self.now());
        // Who makes a subject holds its version's row until they commit: this waits for them, and the next statement
        // then sees what they made.
        let old = sqlx::query_scalar!(
            "SELECT version FROM keys.tenant_key k WHERE tenant_id = $1 AND retired_at IS NULL
                 AND EXISTS (SELECT FROM keys.tenant_key n WHERE n.tenant_id = $1 AND n.version > k.version AND n.retired_at IS NULL)
             ORDER BY version FOR UPDATE",
            tenant
        )
        .fetch_all(self.conn())
        .await?;
        let done = sqlx::query!(
            "UPDATE keys.tenant_key k SET wrapped = NULL, retired_at = $3
             WHERE tenant_id = $1 AND version = ANY($2) AND NOT EXISTS (
                 SELECT FROM keys.subject_key s WHERE s.tenant_id = $1 AND s.tenant_key_version = k.version AND s.wrapped IS NOT NULL)",
            tenant, &old, now
        )
        .execute(self.conn())
        .await?;
        if done.rows_affected() > 0 {
            self.changed(ResourceType::Tenant, tenant);
        }
        Ok(done.rows_affected())
    }

    /// Wraps the tenant's keys again that lie under an older root key; answers how many. The keys stay what they are.
    ///
    /// # Errors
    /// Of the database; `Unavailable` where the root key is away.
    pub(crate) async fn rewrap_tenant_keys(&mut self) -> Result<u64> {
        let tenant = self.tenant();
        let keys = self.keys().clone();
        let mut done = 0;
        let rows = sqlx::query!(r#"SELECT version, wrapped AS "wrapped!" FROM keys.tenant_key WHERE tenant_id = $1 AND wrapped IS NOT NULL FOR UPDATE"#, tenant)
            .fetch_all(self.conn())
            .await?;
        let items: Vec<Wrapped> = rows.iter().map(|r| Wrapped { aad: tenant_aad(tenant, r.version).into_bytes(), wrapped: r.wrapped.clone() }).collect();
        for (row, wrapped) in rows.iter().zip(keys.rewrap(&items).await?) {
            let Some(wrapped) = wrapped else { continue };
            sqlx::query!("UPDATE keys.tenant_key SET wrapped = $3 WHERE tenant_id = $1 AND version = $2", tenant, row.version, wrapped).execute(self.conn()).await?;
            done += 1;
        }
        let rows = sqlx::query!("SELECT version, wrapped FROM keys.index_key WHERE tenant_id = $1 FOR UPDATE", tenant).fetch_all(self.conn()).await?;
        let items: Vec<Wrapped> = rows.iter().map(|r| Wrapped { aad: index_aad(tenant, r.version).into_bytes(), wrapped: r.wrapped.clone() }).collect();
        for (row, wrapped) in rows.iter().zip(keys.rewrap(&items).await?) {
            let Some(wrapped) = wrapped else { continue };
            sqlx::query!("UPDATE keys.index_key SET wrapped = $3 WHERE tenant_id = $1 AND version = $2", tenant, row.version, wrapped).execute(self.conn()).await?;
            done += 1;
        }
        if done > 0 {
            self.changed(ResourceType::Tenant, tenant);
        }
        Ok(done)
    }
}

/// Wraps what lies under old versions again, in pages of one transaction each: stopped in between it goes on where it was.
pub(crate) struct Rewrap;

impl Job for Rewrap {
    fn name(&self) -> &'static str {
        "platform.rewrap"
    }

    fn every(&self) -> Duration {
        Duration::from_secs(30)
    }

    fn run<'a>(&'a self, jobs: &'a JobCtx) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let mut failed = Ok(());
            for (tenant, cause) in jobs.db().due("platform.due_rewrap", jobs.clock().now(), TENANTS).await? {
                // One tenant whose keys do not open must not stop the others.
                if let Err(error) = one(jobs, tenant, cause).await {
                    failed = Err(error);
                }
            }
            failed
        })
    }
}

async fn one(jobs: &JobCtx, tenant: Uuid, cause: Uuid) -> Result<()> {
    let mut total = 0;
    while !jobs.stopping() {
        let ctx = jobs.ctx_for(tenant, cause);
        let mut tx = Tx::begin(jobs.db(), &ctx, ctx.permit()).await?;
        let done = tx.rewrap_subjects().await?;
        tx.commit().await?;
        total += done;
        if done == 0 {
            let ctx = jobs.ctx_for(tenant, cause);
            let mut tx = Tx::begin(jobs.db(), &ctx, ctx.permit()).await?;
            let retired = tx.retire_tenant_keys().await?;
            tx.commit().await?;
            tracing::info!(%tenant, rewrapped = total, retired, "wrapped subject keys again");
            break;
        }
    }
    Ok(())
}
