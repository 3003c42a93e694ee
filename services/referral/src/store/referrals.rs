//! Rows of `referral.referrals`.

use platform::{Error, Result, Tx};
use proto::FieldClass;
use uuid::Uuid;

use super::blobs::{HarmBlob, ReferrerBlob, TextBlob};
use crate::domain::{
    input::{Harm, Input},
    referral::{Acceptance, Referral},
    state::State,
};

/// Kind of the subject in the record of processing.
const SUBJECT: &str = "referral";

/// A referral with its sealed texts.
#[derive(Clone, Debug)]
pub struct Stored {
    /// The plain part.
    pub referral: Referral,
    contact: Vec<u8>,
    offence: Vec<u8>,
    harm_location: Vec<u8>,
    external_ids: Vec<u8>,
    needs: Vec<u8>,
    risk: Vec<u8>,
    notes: Option<Vec<u8>>,
}

/// Adds a referral with a data key for its texts. Parties are added apart.
///
/// # Errors
/// The database's; `Unavailable` while the key service is away.
pub async fn insert(tx: &mut Tx, r: &Referral, input: &Input) -> Result<()> {
    let id = r.id;
    tx.create_subject(id, SUBJECT).await?;
    let contact = tx.seal(id, FieldClass::Contact, id, &ReferrerBlob::from(&input.referrer)).await?;
    let offence = tx.seal(id, FieldClass::Offence, id, &HarmBlob::from(&input.harm)).await?;
    let harm_location = tx.seal(id, FieldClass::HarmLocation, id, &TextBlob::of(&input.harm_place)).await?;
    let external_ids = tx.seal(id, FieldClass::ExternalIds, id, &TextBlob::of(&input.crime_reference)).await?;
    let needs = tx.seal(id, FieldClass::Needs, id, &TextBlob::of(&input.needs)).await?;
    let risk = tx.seal(id, FieldClass::Risk, id, &TextBlob::of(&input.risks)).await?;
    let tenant = tx.tenant();
    sqlx::query!(
        "insert into referral.referrals (tenant_id, id, reference, state, version, owner_node_id, made_by, made_by_user, initiated_by,
             submitted_by, source, case_kind, referrer_organisation, agrees_to_contact, privacy_version, submitted_at, state_since,
             c_contact, c_offence, c_harm_location, c_external_ids, c_needs, c_risk)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23)",
        tenant,
        id,
        r.reference,
        r.state.code(),
        r.version,
        r.owner_node,
        r.made_by,
        r.made_by_user,
        r.initiated_by,
        r.submitted_by,
        r.source,
        r.case_kind,
        r.organisation,
        r.agrees_to_contact,
        r.privacy_version,
        r.submitted_at,
        r.state_since,
        contact,
        offence,
        harm_location,
        external_ids,
        needs,
        risk
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Takes the row's lock until the transaction ends; a row that is not there is found out by [`get`].
///
/// # Errors
/// The database's.
pub async fn lock(tx: &mut Tx, id: Uuid) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query_scalar!("select version from referral.referrals where tenant_id = $1 and id = $2 for update", tenant, id)
        .fetch_optional(tx.conn())
        .await?;
    Ok(())
}

/// One referral.
///
/// # Errors
/// `NotFound`, or the database's.
pub async fn get(tx: &mut Tx, id: Uuid) -> Result<Stored> {
    by_ids(tx, &[id]).await?.pop().ok_or_else(Error::not_found)
}

/// The id behind a reference in its canonical spelling.
///
/// # Errors
/// `NotFound`, or the database's.
pub async fn id_of(tx: &mut Tx, reference: &str) -> Result<Uuid> {
    let tenant = tx.tenant();
    sqlx::query_scalar!("select id from referral.referrals where tenant_id = $1 and reference = $2", tenant, reference)
        .fetch_optional(tx.conn())
        .await?
        .ok_or_else(Error::not_found)
}

/// These referrals, in the order of the ids; those that are not there are left out.
///
/// # Errors
/// The database's.
pub async fn by_ids(tx: &mut Tx, ids: &[Uuid]) -> Result<Vec<Stored>> {
    let tenant = tx.tenant();
    let rows = sqlx::query!(
        "select id, reference, state, version, owner_node_id, made_by, made_by_user, initiated_by, submitted_by, source, case_kind,
             referrer_organisation, agrees_to_contact, privacy_version, submitted_at, state_since, decided_at, decision_reason, appealed,
             lapses_at, duplicate_of_id, case_id, joins_existing_case, accepted_kind, accepted_node_id,
             c_contact, c_offence, c_harm_location, c_external_ids, c_needs, c_risk, c_notes
         from referral.referrals where tenant_id = $1 and id = any($2) order by array_position($2, id)",
        tenant,
        ids
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            let state = State::parse(&row.state).ok_or_else(|| Error::fault("a referral is in a state that this program does not know"))?;
            let acceptance = row.case_id.zip(row.accepted_node_id).map(|(case_id, node)| Acceptance {
                case_id,
                joins_existing: row.joins_existing_case,
                kind: row.accepted_kind.unwrap_or_default(),
                node,
            });
            Ok(Stored {
                referral: Referral {
                    id: row.id,
                    reference: row.reference,
                    state,
                    version: row.version,
                    owner_node: row.owner_node_id,
                    made_by: row.made_by,
                    made_by_user: row.made_by_user,
                    initiated_by: row.initiated_by,
                    submitted_by: row.submitted_by,
                    source: row.source,
                    case_kind: row.case_kind,
                    organisation: row.referrer_organisation,
                    agrees_to_contact: row.agrees_to_contact,
                    privacy_version: row.privacy_version,
                    submitted_at: row.submitted_at,
                    state_since: row.state_since,
                    decided_at: row.decided_at,
                    decision_reason: row.decision_reason,
                    appealed: row.appealed,
                    lapses_at: row.lapses_at,
                    duplicate_of: row.duplicate_of_id,
                    acceptance,
                },
                contact: row.c_contact,
                offence: row.c_offence,
                harm_location: row.c_harm_location,
                external_ids: row.c_external_ids,
                needs: row.c_needs,
                risk: row.c_risk,
                notes: row.c_notes,
            })
        })
        .collect()
}

/// Saves what a move changed. `note` replaces the note on the decision; `None` takes it away.
///
/// # Errors
/// `Conflict` where somebody changed the row since it was read, or the database's.
pub async fn save(tx: &mut Tx, r: &Referral, note: Option<&str>) -> Result<()> {
    let notes = match note {
        Some(text) => Some(tx.seal(r.id, FieldClass::Notes, r.id, &TextBlob::of(text)).await?),
        None => None,
    };
    let (tenant, accepted) = (tx.tenant(), r.acceptance.as_ref());
    let done = sqlx::query!(
        "update referral.referrals set state = $4, version = $3::bigint, state_since = $5, decided_at = $6, decision_reason = $7, appealed = $8,
             lapses_at = $9, duplicate_of_id = $10, case_id = $11, joins_existing_case = $12, accepted_kind = $13, accepted_node_id = $14,
             c_notes = $15
         where tenant_id = $1 and id = $2 and version = $3::bigint - 1",
        tenant,
        r.id,
        r.version,
        r.state.code(),
        r.state_since,
        r.decided_at,
        r.decision_reason,
        r.appealed,
        r.lapses_at,
        r.duplicate_of,
        accepted.map(|a| a.case_id),
        accepted.is_some_and(|a| a.joins_existing),
        accepted.map(|a| a.kind.as_str()),
        accepted.map(|a| a.node),
        notes
    )
    .execute(tx.conn())
    .await?;
    if done.rows_affected() == 1 { Ok(()) } else { Err(Error::stale_etag()) }
}

/// Notes that the case service has what it needs; answers whether such a referral was waiting for it.
///
/// # Errors
/// The database's.
pub async fn handed_over(tx: &mut Tx, id: Uuid, case_id: Uuid) -> Result<bool> {
    let (tenant, now) = (tx.tenant(), tx.now());
    let done = sqlx::query!(
        "update referral.referrals set handed_over_at = $4 where tenant_id = $1 and id = $2 and case_id = $3 and handed_over_at is null",
        tenant,
        id,
        case_id,
        now
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Ids after one, in order: pages for the rebuild of reporting.
///
/// # Errors
/// The database's.
pub async fn ids_after(tx: &mut Tx, after: Uuid, limit: i64) -> Result<Vec<Uuid>> {
    let tenant = tx.tenant();
    Ok(sqlx::query_scalar!("select id from referral.referrals where tenant_id = $1 and id > $2 order by id limit $3", tenant, after, limit)
        .fetch_all(tx.conn())
        .await?)
}

impl Stored {
    /// What is known of the harm.
    ///
    /// # Errors
    /// `FailedPrecondition` (`ERASED`), or the database's.
    pub async fn harm(&self, tx: &mut Tx) -> Result<Harm> {
        let id = self.referral.id;
        Ok(tx.open::<HarmBlob>(id, FieldClass::Offence, id, &self.offence).await?.into())
    }

    /// Crime reference of the police.
    ///
    /// # Errors
    /// As [`Stored::harm`].
    pub async fn crime_reference(&self, tx: &mut Tx) -> Result<String> {
        self.text(tx, FieldClass::ExternalIds, &self.external_ids).await
    }

    /// Note on the decision; empty where there is none.
    ///
    /// # Errors
    /// As [`Stored::harm`].
    pub async fn note(&self, tx: &mut Tx) -> Result<String> {
        match &self.notes {
            Some(blob) => self.text(tx, FieldClass::Notes, blob).await,
            None => Ok(String::new()),
        }
    }

    /// Everything that was told, but for the parties and their equality answers.
    ///
    /// # Errors
    /// As [`Stored::harm`].
    pub async fn input(&self, tx: &mut Tx) -> Result<Input> {
        let id = self.referral.id;
        let contact: ReferrerBlob = tx.open(id, FieldClass::Contact, id, &self.contact).await?;
        Ok(Input {
            harm: self.harm(tx).await?,
            harm_place: self.text(tx, FieldClass::HarmLocation, &self.harm_location).await?,
            crime_reference: self.crime_reference(tx).await?,
            needs: self.text(tx, FieldClass::Needs, &self.needs).await?,
            risks: self.text(tx, FieldClass::Risk, &self.risk).await?,
            referrer: contact.into_referrer(self.referral.organisation.clone()),
            ..self.plain_input()
        })
    }

    /// The part of what was told that stands in plain columns.
    pub fn plain_input(&self) -> Input {
        let r = &self.referral;
        Input {
            initiated_by: r.initiated_by.clone(),
            submitted_by: r.submitted_by.clone(),
            source: r.source.clone(),
            agrees_to_contact: r.agrees_to_contact,
            privacy_version: r.privacy_version.clone(),
            case_kind: r.case_kind.clone(),
            referrer: ReferrerBlob::default().into_referrer(r.organisation.clone()),
            ..Input::default()
        }
    }

    async fn text(&self, tx: &mut Tx, class: FieldClass, blob: &[u8]) -> Result<String> {
        let id = self.referral.id;
        Ok(tx.open::<TextBlob>(id, class, id, blob).await?.text)
    }
}
