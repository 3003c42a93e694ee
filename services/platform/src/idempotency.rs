//! Idempotency keys (architecture 4): the same command sent twice has one effect and one answer.

use chrono::{DateTime, Utc};
use prost::Message;
use sqlx::PgConnection;
use subtle::ConstantTimeEq;
use uuid::Uuid;

use crate::{Ctx, Error, Kind, Result, ids, keys::{Keys, cipher}};

/// Reason of a key that came with another request before.
pub const IDEMPOTENCY_KEY_REUSED: &str = "IDEMPOTENCY_KEY_REUSED";

/// A command that is being worked under its key.
pub(crate) struct Pending {
    tenant: Uuid,
    principal: String,
    method: String,
    key: Uuid,
    mac: [u8; 32],
}

impl Pending {
    /// Names the command: who, what, which key, which request. Of the request a keyed hash is kept only.
    pub(crate) async fn of(ctx: &Ctx, keys: &Keys, key: &str, request: &impl Message) -> Result<Self> {
        if key.is_empty() {
            return Err(Error::invalid().field("request_id", "Send a new UUID with each command, and the same one when you repeat it."));
        }
        let key = ids::parse_id("request_id", key)?;
        let method = ctx.method().ok_or_else(|| Error::fault("an idempotency key outside of a method"))?.path.clone();
        let mac = cipher::mac(&keys.derived("idempotency", ctx.tenant()).await?, &request.encode_to_vec());
        Ok(Self { tenant: ctx.tenant(), principal: ctx.principal().label(), method, key, mac })
    }
}

/// Waits for a concurrent command with the same key to end, then looks for its answer.
pub(crate) async fn find(conn: &mut PgConnection, pending: &Pending) -> Result<Option<Vec<u8>>> {
    let lock = format!("{}/{}/{}/{}", pending.tenant, pending.principal, pending.method, pending.key);
    sqlx::query!("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", lock).execute(&mut *conn).await?;
    let row = sqlx::query!(
        "SELECT request_mac, answer FROM platform.idempotency WHERE tenant_id = $1 AND principal = $2 AND method = $3 AND key = $4",
        pending.tenant, pending.principal, pending.method, pending.key
    )
    .fetch_optional(conn)
    .await?;
    let Some(row) = row else { return Ok(None) };
    if bool::from(row.request_mac.ct_eq(&pending.mac)) {
        Ok(Some(row.answer))
    } else {
        Err(Error::new(Kind::Conflict, IDEMPOTENCY_KEY_REUSED, "This request id was used for another request. Send a new one."))
    }
}

/// Keeps the answer of a command that is about to be committed.
pub(crate) async fn store(conn: &mut PgConnection, pending: &Pending, answer: &[u8], now: DateTime<Utc>) -> Result<()> {
    sqlx::query!(
        "INSERT INTO platform.idempotency (tenant_id, principal, method, key, request_mac, answer, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        pending.tenant, pending.principal, pending.method, pending.key, &pending.mac, answer, now
    )
    .execute(conn)
    .await?;
    Ok(())
}
