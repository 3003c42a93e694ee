//! Rows of `search.party_tokens`: blind tokens of the parties of open referrals.

use access::tokens::{PersonInput, PersonTokens, Query};
use chrono::NaiveDate;
use platform::{Result, Tx};
use uuid::Uuid;

use crate::domain::party::Party;

/// Candidates of one search; more are cut off.
const MOST: i32 = 1_000;

/// A party as names and tokens compare people; `crime_reference` is the referral's.
pub fn person<'a>(party: &'a Party, crime_reference: &'a str) -> PersonInput<'a> {
    fn given(value: &str) -> Vec<&str> {
        Some(value).filter(|v| !v.trim().is_empty()).into_iter().collect()
    }
    PersonInput {
        given: &party.given_name,
        family: &party.family_name,
        aliases: given(&party.known_as),
        birth_date: NaiveDate::parse_from_str(&party.date_of_birth, "%Y-%m-%d").ok(),
        postcode: Some(party.postcode.as_str()).filter(|p| !p.trim().is_empty()),
        phones: given(&party.phone),
        emails: given(&party.email),
        external_ids: given(crime_reference),
    }
}

/// Keeps a party's tokens.
///
/// # Errors
/// The database's; `Unavailable` while the key service is away.
pub async fn put(tx: &mut Tx, referral_id: Uuid, party_id: Uuid, party: &Party, crime_reference: &str) -> Result<()> {
    let key = tx.token_key().await?;
    let tokens = PersonTokens::compute(&key, &person(party, crime_reference));
    let tenant = tx.tenant();
    sqlx::query!(
        "insert into search.party_tokens (tenant_id, party_id, referral_id, tok) values ($1, $2, $3, $4)
         on conflict (tenant_id, party_id) do update set tok = excluded.tok",
        tenant,
        party_id,
        referral_id,
        &tokens
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Takes the tokens of a referral's parties away: it is open no more.
///
/// # Errors
/// The database's.
pub async fn remove(tx: &mut Tx, referral_id: Uuid) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query!("delete from search.party_tokens where tenant_id = $1 and referral_id = $2", tenant, referral_id)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Other open referrals with a party that shares a token with one of these people. Who may see them is not asked here.
///
/// # Errors
/// The database's; `Unavailable` while the key service is away.
pub async fn candidates(tx: &mut Tx, referral_id: Uuid, people: &[PersonInput<'_>]) -> Result<Vec<Uuid>> {
    let key = tx.token_key().await?;
    let mut tokens: Vec<i64> = people.iter().flat_map(|person| Query::duplicate_query(&key, person)).collect();
    tokens.sort_unstable();
    tokens.dedup();
    if tokens.is_empty() {
        return Ok(Vec::new());
    }
    Ok(sqlx::query_scalar!(
        r#"select distinct c.referral_id as "id!" from search.candidates($1, $2) c where c.referral_id <> $3"#,
        &tokens,
        MOST,
        referral_id
    )
    .fetch_all(tx.conn())
    .await?)
}
