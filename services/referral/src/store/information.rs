//! Rows of `referral.information`: what the referrer was asked and answered.

use chrono::{DateTime, Utc};
use platform::{Result, Tx};
use proto::FieldClass;
use uuid::Uuid;

use super::blobs::ExchangeBlob;

/// One question and its answer.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// Id.
    pub id: Uuid,
    /// What was asked.
    pub question: String,
    /// When.
    pub asked_at: DateTime<Utc>,
    /// What was answered; empty before.
    pub answer: String,
    /// When.
    pub answered_at: Option<DateTime<Utc>>,
}

/// Keeps a question.
///
/// # Errors
/// The database's.
pub async fn ask(tx: &mut Tx, referral_id: Uuid, question: &str) -> Result<()> {
    let (tenant, now, id) = (tx.tenant(), tx.now(), tx.ctx().new_id());
    let blob = tx.seal(referral_id, FieldClass::Notes, id, &ExchangeBlob { question: question.to_owned(), answer: String::new() }).await?;
    sqlx::query!(
        "insert into referral.information (tenant_id, id, referral_id, asked_at, c_notes) values ($1, $2, $3, $4, $5)",
        tenant,
        id,
        referral_id,
        now,
        blob
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Keeps the answer to a question.
///
/// # Errors
/// The database's.
pub async fn answer(tx: &mut Tx, referral_id: Uuid, exchange: &Exchange, answer: &str) -> Result<()> {
    let (tenant, now) = (tx.tenant(), tx.now());
    let blob = ExchangeBlob { question: exchange.question.clone(), answer: answer.to_owned() };
    let blob = tx.seal(referral_id, FieldClass::Notes, exchange.id, &blob).await?;
    sqlx::query!(
        "update referral.information set answered_at = $3, c_notes = $4 where tenant_id = $1 and id = $2",
        tenant,
        exchange.id,
        now,
        blob
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// All of a referral, oldest first.
///
/// # Errors
/// The database's; `FailedPrecondition` (`ERASED`).
pub async fn of(tx: &mut Tx, referral_id: Uuid) -> Result<Vec<Exchange>> {
    let tenant = tx.tenant();
    let rows = sqlx::query!(
        "select id, asked_at, answered_at, c_notes from referral.information where tenant_id = $1 and referral_id = $2 order by asked_at, id",
        tenant,
        referral_id
    )
    .fetch_all(tx.conn())
    .await?;
    let mut all = Vec::with_capacity(rows.len());
    for row in rows {
        let blob: ExchangeBlob = tx.open(referral_id, FieldClass::Notes, row.id, &row.c_notes).await?;
        all.push(Exchange {
            id: row.id,
            question: blob.question,
            asked_at: row.asked_at,
            answer: blob.answer,
            answered_at: row.answered_at,
        });
    }
    Ok(all)
}
