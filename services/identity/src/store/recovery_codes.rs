//! Rows of `identity.recovery_code`.

use platform::{Result, Tx};
use uuid::Uuid;

use crate::{domain::recovery, secret};

/// Makes new codes in place of all older ones; answers them as they are shown, and they are nowhere else.
///
/// # Errors
/// The database's.
pub async fn renew(tx: &mut Tx, user: Uuid) -> Result<Vec<String>> {
    let (tenant, now) = (tx.tenant(), tx.now());
    sqlx::query!("DELETE FROM identity.recovery_code WHERE tenant_id = $1 AND user_id = $2", tenant, user).execute(tx.conn()).await?;
    let (mut codes, mut ids, mut hashes) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..recovery::COUNT {
        let code = recovery::shown(&secret::random()?);
        hashes.push(hash(&code));
        ids.push(tx.ctx().new_id());
        codes.push(code);
    }
    sqlx::query!(
        "INSERT INTO identity.recovery_code (tenant_id, id, user_id, code_hash, created_at)
         SELECT $1, u.id, $2, u.hash, $3 FROM unnest($4::uuid[], $5::bytea[]) AS u(id, hash)",
        tenant, user, now, &ids, &hashes
    )
    .execute(tx.conn())
    .await?;
    Ok(codes)
}

/// The unused code of a user, where what was typed is one; locked until the transaction ends, so that it is taken once.
///
/// # Errors
/// The database's.
pub async fn find(tx: &mut Tx, user: Uuid, typed: &str) -> Result<Option<Uuid>> {
    let tenant = tx.tenant();
    // What cannot be a code is asked for too, so that time does not tell.
    let hash = hash(&recovery::typed(typed).unwrap_or_default());
    Ok(sqlx::query_scalar!(
        "SELECT id FROM identity.recovery_code WHERE tenant_id = $1 AND user_id = $2 AND code_hash = $3 AND used_at IS NULL FOR UPDATE",
        tenant, user, hash
    )
    .fetch_optional(tx.conn())
    .await?)
}

/// Takes a code, which is good no more.
///
/// # Errors
/// The database's.
pub async fn take(tx: &mut Tx, id: Uuid) -> Result<()> {
    let (tenant, now) = (tx.tenant(), tx.now());
    sqlx::query!("UPDATE identity.recovery_code SET used_at = $3 WHERE tenant_id = $1 AND id = $2", tenant, id, now).execute(tx.conn()).await?;
    Ok(())
}

/// How many codes of a user are left.
///
/// # Errors
/// The database's.
pub async fn left(tx: &mut Tx, user: Uuid) -> Result<u32> {
    let tenant = tx.tenant();
    let left = sqlx::query_scalar!(r#"SELECT count(*) AS "left!" FROM identity.recovery_code WHERE tenant_id = $1 AND user_id = $2 AND used_at IS NULL"#, tenant, user)
        .fetch_one(tx.conn())
        .await?;
    Ok(u32::try_from(left).unwrap_or(0))
}

fn hash(code: &str) -> Vec<u8> {
    secret::hash(&recovery::typed(code).unwrap_or_default())
}
