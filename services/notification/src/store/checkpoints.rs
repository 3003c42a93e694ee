//! Rows of `notification.audit_checkpoint`.

use platform::{Result, Tx};

/// Keeps a checkpoint unless a newer one is there.
///
/// # Errors
/// The database's.
pub async fn keep(tx: &mut Tx, service: &str, size: i64, note: &str) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query!(
        "insert into notification.audit_checkpoint (tenant_id, service, size, note) values ($1, $2, $3, $4)
         on conflict (tenant_id, service) do update set size = excluded.size, note = excluded.note
         where audit_checkpoint.size < excluded.size",
        tenant,
        service,
        size,
        note
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// The newest of every service, one below the other.
///
/// # Errors
/// The database's.
pub async fn all(tx: &mut Tx) -> Result<String> {
    let tenant = tx.tenant();
    let notes = sqlx::query_scalar!("select note from notification.audit_checkpoint where tenant_id = $1 order by service", tenant)
        .fetch_all(tx.conn())
        .await?;
    Ok(notes.join("\n"))
}
