//! Schema `keys` as one transaction uses it. Unwrapped data keys live no longer than the transaction.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Keys, cipher::{self, Key}};
use crate::{Error, Result};

/// Reason of what cannot be read any more because its key was destroyed.
pub const ERASED: &str = "ERASED";

/// The data keys that a transaction has met.
#[derive(Default)]
pub(crate) struct SubjectKeys {
    met: HashMap<Uuid, Option<Key>>,
}

pub(crate) fn tenant_aad(tenant: Uuid, version: i32) -> String {
    format!("tenant-key:{tenant}:{version}")
}

pub(crate) fn index_aad(tenant: Uuid, version: i32) -> String {
    format!("index-key:{tenant}:{version}")
}

pub(crate) fn subject_aad(tenant: Uuid, subject: Uuid, version: i32) -> Vec<u8> {
    format!("subject-key:{tenant}:{subject}:{version}").into_bytes()
}

impl SubjectKeys {
    /// Makes and stores a new data key.
    pub(crate) async fn create(&mut self, conn: &mut PgConnection, keys: &Keys, tenant: Uuid, subject: Uuid, kind: &str, now: DateTime<Utc>) -> Result<()> {
        let (version, over) = newest_tenant_key(conn, keys, tenant, now).await?;
        let key = Key::random()?;
        let wrapped = cipher::encrypt(&over, &subject_aad(tenant, subject, version), key.bytes())?;
        sqlx::query!(
            "INSERT INTO keys.subject_key (tenant_id, subject_id, kind, tenant_key_version, wrapped, created_at) VALUES ($1, $2, $3, $4, $5, $6)",
            tenant, subject, kind, version, wrapped, now
        )
        .execute(conn)
        .await?;
        self.met.insert(subject, Some(key));
        Ok(())
    }

    /// Reads the keys of several subjects with one query. An unknown subject is noticed when something of it is opened.
    pub(crate) async fn load(&mut self, conn: &mut PgConnection, keys: &Keys, tenant: Uuid, subjects: &[Uuid]) -> Result<()> {
        let wanted: Vec<Uuid> = subjects.iter().filter(|s| !self.met.contains_key(s)).copied().collect();
        if wanted.is_empty() {
            return Ok(());
        }
        let rows = sqlx::query!(
            "SELECT s.subject_id, s.tenant_key_version, s.wrapped, t.wrapped AS tenant_wrapped
             FROM keys.subject_key s JOIN keys.tenant_key t ON t.tenant_id = s.tenant_id AND t.version = s.tenant_key_version
             WHERE s.tenant_id = $1 AND s.subject_id = ANY($2)",
            tenant, &wanted
        )
        .fetch_all(conn)
        .await?;
        for row in rows {
            let key = match &row.wrapped {
                None => None,
                Some(wrapped) => {
                    let under = row.tenant_wrapped.as_deref().ok_or_else(|| Error::fault(format!("subject {} lies under a version that is gone", row.subject_id)))?;
                    let over = keys.unwrap(&tenant_aad(tenant, row.tenant_key_version), under).await?;
                    let bytes = zeroize::Zeroizing::new(cipher::decrypt(&over, &subject_aad(tenant, row.subject_id, row.tenant_key_version), wrapped)?);
                    Some(Key::from_slice(&bytes)?)
                }
            };
            self.met.insert(row.subject_id, key);
        }
        Ok(())
    }

    /// The data key of a subject.
    pub(crate) async fn get(&mut self, conn: &mut PgConnection, keys: &Keys, tenant: Uuid, subject: Uuid) -> Result<&Key> {
        self.load(conn, keys, tenant, &[subject]).await?;
        match self.met.get(&subject) {
            Some(Some(key)) => Ok(key),
            Some(None) => Err(Error::precondition(ERASED, "This information was erased.")),
            None => Err(Error::fault(format!("subject {subject} has no key"))),
        }
    }

    /// Destroys the keys of subjects for good; answers how many were there until now. `entry` is the shred list's.
    pub(crate) async fn destroy(&mut self, conn: &mut PgConnection, tenant: Uuid, subjects: &[Uuid], entry: Option<i64>, now: DateTime<Utc>) -> Result<u64> {
        let done = sqlx::query!(
            "UPDATE keys.subject_key SET wrapped = NULL, destroyed_at = $3, shred_entry = $4
             WHERE tenant_id = $1 AND subject_id = ANY($2) AND destroyed_at IS NULL",
            tenant, subjects, now, entry
        )
        .execute(conn)
        .await?;
        for subject in subjects {
            self.met.insert(*subject, None);
        }
        Ok(done.rows_affected())
    }
}

/// The tenant's newest key; makes the first one.
async fn newest_tenant_key(conn: &mut PgConnection, keys: &Keys, tenant: Uuid, now: DateTime<Utc>) -> Result<(i32, Key)> {
    if let Some(found) = stored_tenant_key(conn, keys, tenant).await? {
        return Ok(found);
    }
    let wrapped = keys.generate(&tenant_aad(tenant, 1)).await?;
    // A concurrent first use waits here for the other's commit and then takes its key.
    sqlx::query!(
        "INSERT INTO keys.tenant_key (tenant_id, version, wrapped, created_at) VALUES ($1, 1, $2, $3) ON CONFLICT DO NOTHING",
        tenant, wrapped, now
    )
    .execute(&mut *conn)
    .await?;
    stored_tenant_key(conn, keys, tenant).await?.ok_or_else(|| Error::fault("the tenant's key was not stored"))
}

/// The newest version, held against being retired until the transaction ends: a subject that is made under it must not
/// find it gone.
async fn stored_tenant_key(conn: &mut PgConnection, keys: &Keys, tenant: Uuid) -> Result<Option<(i32, Key)>> {
    let row = sqlx::query!(
        r#"SELECT version, wrapped AS "wrapped!" FROM keys.tenant_key WHERE tenant_id = $1 AND wrapped IS NOT NULL ORDER BY version DESC LIMIT 1 FOR KEY SHARE"#,
        tenant
    )
    .fetch_optional(conn)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let key = keys.unwrap(&tenant_aad(tenant, row.version), &row.wrapped).await?;
    Ok(Some((row.version, key)))
}

/// The key of the tenant's search tokens; made where there is none and the transaction writes.
pub(crate) async fn index_key(conn: &mut PgConnection, keys: &Keys, tenant: Uuid, writes: bool, now: DateTime<Utc>) -> Result<Key> {
    if let Some(key) = stored_index_key(conn, keys, tenant).await? {
        return Ok(key);
    }
    if !writes {
        // Nothing of this tenant was ever indexed, so any key finds what there is: nothing.
        return Key::random();
    }
    let wrapped = keys.generate(&index_aad(tenant, 1)).await?;
    sqlx::query!(
        "INSERT INTO keys.index_key (tenant_id, version, wrapped, created_at) VALUES ($1, 1, $2, $3) ON CONFLICT DO NOTHING",
        tenant, wrapped, now
    )
    .execute(&mut *conn)
    .await?;
    stored_index_key(conn, keys, tenant).await?.ok_or_else(|| Error::fault("the tenant's index key was not stored"))
}

async fn stored_index_key(conn: &mut PgConnection, keys: &Keys, tenant: Uuid) -> Result<Option<Key>> {
    let row = sqlx::query!("SELECT version, wrapped FROM keys.index_key WHERE tenant_id = $1 ORDER BY version DESC LIMIT 1", tenant)
        .fetch_optional(conn)
        .await?;
    match row {
        Some(row) => keys.unwrap(&index_aad(tenant, row.version), &row.wrapped).await.map(Some),
        None => Ok(None),
    }
}
