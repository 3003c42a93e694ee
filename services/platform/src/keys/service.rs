//! `accord.keys.v1`: the state of one service's keys, for the tenant's administrators. No key and no part of one leaves.

use access::facts::Facts;
use chrono::{DateTime, Utc};
use proto::{
    Action, ResourceType,
    keys::v1::{GetKeyStatusRequest, GetKeyStatusResponse, KeyVersion, key_service_server::KeyService},
};
use prost_types::Timestamp;
use tonic::{Request, Response, Status};

use crate::{Ctx, Db, Error, Result, Tx};

/// The service that every service adds to its routes.
#[derive(Clone)]
pub(crate) struct KeyStatus {
    db: Db,
}

impl KeyStatus {
    /// The keys in this database.
    pub(crate) fn new(db: Db) -> Self {
        Self { db }
    }

    async fn status(&self, ctx: &Ctx) -> Result<GetKeyStatusResponse> {
        let root = ctx.snapshot().ok_or_else(Error::denied)?.root();
        ctx.decide(Action::Manage, ctx.tenant(), &Facts::new(ResourceType::Tenant).owned_by(root))?;
        let mut tx = Tx::begin(&self.db, ctx, ctx.permit()).await?;
        let tenant = tx.tenant();
        let rows = sqlx::query!(
            r#"SELECT k.version, k.created_at, k.retired_at,
                      (SELECT count(*) FROM keys.subject_key s
                       WHERE s.tenant_id = $1 AND s.tenant_key_version = k.version AND s.wrapped IS NOT NULL) AS "data_keys!"
               FROM keys.tenant_key k WHERE k.tenant_id = $1 ORDER BY k.version DESC"#,
            tenant
        )
        .fetch_all(tx.conn())
        .await?;
        let destroyed = sqlx::query_scalar!(r#"SELECT count(*) AS "n!" FROM keys.subject_key WHERE tenant_id = $1 AND shred_entry IS NOT NULL"#, tenant)
            .fetch_one(tx.conn())
            .await?;
        tx.commit().await?;
        let awaiting = rows.iter().skip(1).map(|r| r.data_keys).sum();
        let versions = rows.into_iter().map(|r| KeyVersion {
            version: r.version,
            created_at: Some(timestamp(r.created_at)),
            retired_at: r.retired_at.map(timestamp),
            data_keys: r.data_keys,
        });
        Ok(GetKeyStatusResponse { versions: versions.collect(), awaiting, destroyed })
    }
}

fn timestamp(at: DateTime<Utc>) -> Timestamp {
    Timestamp { seconds: at.timestamp(), nanos: at.timestamp_subsec_nanos().cast_signed() }
}

#[tonic::async_trait]
impl KeyService for KeyStatus {
    async fn get_key_status(&self, request: Request<GetKeyStatusRequest>) -> Result<Response<GetKeyStatusResponse>, Status> {
        let (ctx, _) = Ctx::open(request)?;
        Ok(Response::new(self.status(&ctx).await?))
    }
}
