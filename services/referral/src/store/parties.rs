//! Rows of `referral.parties`: each a subject of its own.

use platform::{Result, Tx};
use proto::FieldClass;
use uuid::Uuid;

use super::blobs::{ContactBlob, EqualityBlob, IdentityBlob, PartyNeedsBlob, TextBlob};
use crate::domain::party::{Equality, Party};

/// Kind of the subject in the record of processing.
const SUBJECT: &str = "party";

/// A party with its sealed fields.
#[derive(Clone, Debug)]
pub struct Stored {
    /// Id.
    pub id: Uuid,
    /// Referral it belongs to.
    pub referral_id: Uuid,
    /// Person of the register that it is, as decided at acceptance.
    pub existing_person_id: Option<Uuid>,
    role: String,
    language: String,
    identity: Vec<u8>,
    date_of_birth: Vec<u8>,
    contact: Vec<u8>,
    needs: Vec<u8>,
    special_category: Vec<u8>,
}

/// Adds a party with a data key of its own; `equality` are the answers about the first party, empty for others.
///
/// # Errors
/// The database's; `Unavailable` while the key service is away.
pub async fn insert(tx: &mut Tx, referral_id: Uuid, position: i32, id: Uuid, party: &Party, equality: &Equality) -> Result<()> {
    tx.create_subject(id, SUBJECT).await?;
    let identity = tx.seal(id, FieldClass::Identity, id, &IdentityBlob::from(party)).await?;
    let date_of_birth = tx.seal(id, FieldClass::DateOfBirth, id, &TextBlob::of(&party.date_of_birth)).await?;
    let contact = tx.seal(id, FieldClass::Contact, id, &ContactBlob::from(party)).await?;
    let needs = tx.seal(id, FieldClass::Needs, id, &PartyNeedsBlob { interpreter: party.interpreter }).await?;
    let special = tx.seal(id, FieldClass::SpecialCategory, id, &EqualityBlob::from(equality)).await?;
    let tenant = tx.tenant();
    sqlx::query!(
        "insert into referral.parties (tenant_id, id, referral_id, position, role, language, c_identity, c_date_of_birth, c_contact, c_needs,
             c_special_category)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        tenant,
        id,
        referral_id,
        position,
        party.role,
        party.language,
        identity,
        date_of_birth,
        contact,
        needs,
        special
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// The parties of these referrals, each referral's in their order.
///
/// # Errors
/// The database's.
pub async fn of(tx: &mut Tx, referrals: &[Uuid]) -> Result<Vec<Stored>> {
    let tenant = tx.tenant();
    Ok(sqlx::query_as!(
        Stored,
        r#"select id, referral_id, existing_person_id, role, language, c_identity as "identity", c_date_of_birth as "date_of_birth",
             c_contact as "contact", c_needs as "needs", c_special_category as "special_category"
         from referral.parties where tenant_id = $1 and referral_id = any($2) order by referral_id, position"#,
        tenant,
        referrals
    )
    .fetch_all(tx.conn())
    .await?)
}

/// Keeps the decision about a party.
///
/// # Errors
/// The database's.
pub async fn decide(tx: &mut Tx, id: Uuid, existing_person: Option<Uuid>) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query!(
        "update referral.parties set decided = true, existing_person_id = $3 where tenant_id = $1 and id = $2",
        tenant,
        id,
        existing_person
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

impl Stored {
    /// The person's names and role, for lists.
    ///
    /// # Errors
    /// `FailedPrecondition` (`ERASED`), or the database's.
    pub async fn named(&self, tx: &mut Tx) -> Result<Party> {
        let identity: IdentityBlob = tx.open(self.id, FieldClass::Identity, self.id, &self.identity).await?;
        Ok(Party {
            role: self.role.clone(),
            language: self.language.clone(),
            given_name: identity.given_name,
            family_name: identity.family_name,
            known_as: identity.known_as,
            ..Party::default()
        })
    }

    /// The person as submitted.
    ///
    /// # Errors
    /// As [`Stored::named`].
    pub async fn party(&self, tx: &mut Tx) -> Result<Party> {
        let mut party = self.named(tx).await?;
        party.date_of_birth = tx.open::<TextBlob>(self.id, FieldClass::DateOfBirth, self.id, &self.date_of_birth).await?.text;
        tx.open::<ContactBlob>(self.id, FieldClass::Contact, self.id, &self.contact).await?.put_into(&mut party);
        party.interpreter = tx.open::<PartyNeedsBlob>(self.id, FieldClass::Needs, self.id, &self.needs).await?.interpreter;
        Ok(party)
    }

    /// The person's equality answers.
    ///
    /// # Errors
    /// As [`Stored::named`].
    pub async fn equality(&self, tx: &mut Tx) -> Result<Equality> {
        Ok(tx.open::<EqualityBlob>(self.id, FieldClass::SpecialCategory, self.id, &self.special_category).await?.into())
    }
}
