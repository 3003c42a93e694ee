//! Rows of `referral.state_changes`.

use chrono::{DateTime, Utc};
use platform::{Error, Result, Tx};
use uuid::Uuid;

use crate::domain::{referral::Referral, state::State};

/// One state that a referral came into.
#[derive(Clone, Debug)]
pub struct Change {
    /// The state.
    pub state: State,
    /// When.
    pub at: DateTime<Utc>,
    /// `user:<id>`, `account:<id>`, `public` or `workload:<service>`.
    pub actor: String,
    /// Code of list referral_reason.
    pub reason: Option<String>,
}

/// Keeps that the referral came into its present state, brought about by the transaction's caller.
///
/// # Errors
/// The database's.
pub async fn add(tx: &mut Tx, r: &Referral) -> Result<()> {
    let (tenant, actor) = (tx.tenant(), tx.ctx().principal().label());
    sqlx::query!(
        "insert into referral.state_changes (tenant_id, referral_id, version, state, at, actor, reason) values ($1, $2, $3, $4, $5, $6, $7)",
        tenant,
        r.id,
        r.version,
        r.state.code(),
        r.state_since,
        actor,
        r.decision_reason
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// All of a referral, oldest first.
///
/// # Errors
/// The database's.
pub async fn of(tx: &mut Tx, referral_id: Uuid) -> Result<Vec<Change>> {
    let tenant = tx.tenant();
    let rows = sqlx::query!(
        "select state, at, actor, reason from referral.state_changes where tenant_id = $1 and referral_id = $2 order by version",
        tenant,
        referral_id
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            let state = State::parse(&row.state).ok_or_else(|| Error::fault("a history holds a state that this program does not know"))?;
            Ok(Change { state, at: row.at, actor: row.actor, reason: row.reason })
        })
        .collect()
}
