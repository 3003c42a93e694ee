//! SQL of erasure: which subjects go with a person, and what is forgotten with them.

use platform::{Result, Tx};
use proto::FieldClass;
use uuid::Uuid;

use super::blobs::{ReferrerBlob, TextBlob};

/// Word of a referral that the person themself submitted: then the referrer's contacts are theirs.
const THEMSELF: &str = "SELF";

/// Parties that are the person, and the referrals of which nobody else is left: their texts are about the person alone.
///
/// # Errors
/// The database's.
pub async fn subjects_of(tx: &mut Tx, person: Uuid, parties: &[Uuid]) -> Result<Vec<Uuid>> {
    let tenant = tx.tenant();
    let mut subjects = sqlx::query_scalar!(
        "select id from referral.parties where tenant_id = $1 and (id = any($2) or existing_person_id = $3) order by id for update",
        tenant,
        parties,
        person
    )
    .fetch_all(tx.conn())
    .await?;
    let whole = sqlx::query_scalar!(
        r#"select distinct p.referral_id as "id!" from referral.parties p where p.tenant_id = $1 and p.id = any($2)
             and not exists (
                 select from referral.parties o join keys.subject_key k on k.tenant_id = $1 and k.subject_id = o.id
                 where o.tenant_id = $1 and o.referral_id = p.referral_id and k.wrapped is not null and not o.id = any($2))"#,
        tenant,
        &subjects
    )
    .fetch_all(tx.conn())
    .await?;
    subjects.extend(whole);
    Ok(subjects)
}

/// Takes away what is kept of these parties beside their own blobs: search tokens, and in referrals that go on what was
/// told of the first party under the referral's key.
///
/// # Errors
/// The database's; `Unavailable` while the key service is away.
pub async fn forget(tx: &mut Tx, subjects: &[Uuid]) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query!("delete from search.party_tokens where tenant_id = $1 and party_id = any($2)", tenant, subjects).execute(tx.conn()).await?;
    let rows = sqlx::query!(
        "select r.id, r.submitted_by from referral.parties p
         join referral.referrals r on r.tenant_id = $1 and r.id = p.referral_id
         join keys.subject_key k on k.tenant_id = $1 and k.subject_id = r.id
         where p.tenant_id = $1 and p.id = any($2) and p.position = 0 and k.wrapped is not null and not r.id = any($2)",
        tenant,
        subjects
    )
    .fetch_all(tx.conn())
    .await?;
    for row in rows {
        let needs = tx.seal(row.id, FieldClass::Needs, row.id, &TextBlob::of("")).await?;
        let contact = match row.submitted_by == THEMSELF {
            true => Some(tx.seal(row.id, FieldClass::Contact, row.id, &ReferrerBlob::default()).await?),
            false => None,
        };
        sqlx::query!(
            "update referral.referrals set c_needs = $3, c_contact = coalesce($4, c_contact) where tenant_id = $1 and id = $2",
            tenant,
            row.id,
            needs,
            contact
        )
        .execute(tx.conn())
        .await?;
    }
    Ok(())
}
