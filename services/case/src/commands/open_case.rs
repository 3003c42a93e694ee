//! A referral that was accepted opens a case or joins one.

use platform::{Error, Result, Tx, ids};
use proto::{FieldClass, ResourceType, events::v1::CaseOpened};
use uuid::Uuid;

use crate::{
    domain::{case_file::{CaseFile, is_sensitive}, lifecycle},
    events::case_facts,
    store::{case_blobs::{OffenceBlob, TextBlob}, cases, stages, timeline},
};

/// What a referral tells of a case.
#[derive(Clone, Debug, Default)]
pub struct OpenCase {
    /// The case's id, made by the referral service.
    pub case_id: Uuid,
    /// The referral.
    pub referral_id: Uuid,
    /// RESTORATIVE_JUSTICE, VICTIM_CARE or DOMESTIC_ABUSE.
    pub kind: String,
    /// Agency or team that owns the case.
    pub owner_node_id: Uuid,
    /// Code of list referral_source.
    pub referral_source: String,
    /// Code of list harm_type.
    pub harm_type: String,
    /// ISO date, or empty.
    pub harm_date: String,
    /// In the referrer's own words.
    pub what_happened: String,
    /// Where it happened.
    pub harm_place: String,
    /// The police's or another service's reference.
    pub crime_reference: String,
    /// Code of list criminal_justice_stage.
    pub justice_stage: String,
    /// Codes of list crime_flag.
    pub crime_flags: Vec<String>,
    /// Codes of list hate_strand.
    pub hate_strands: Vec<String>,
    /// Risks that the referrer knows of.
    pub risks: String,
    /// The case is there and is joined.
    pub joins_existing: bool,
}

/// Opens or joins the case in the caller's transaction and publishes that; answers `false`, and does nothing, where the
/// referral did so before.
///
/// # Errors
/// `FailedPrecondition` (`CASE_MISSING`) where the case to join is not there; `Internal` for an unknown kind; of the database.
pub async fn open(tx: &mut Tx, wanted: OpenCase) -> Result<bool> {
    if wanted.joins_existing { join(tx, &wanted).await } else { create(tx, wanted).await }
}

async fn join(tx: &mut Tx, wanted: &OpenCase) -> Result<bool> {
    let missing = || Error::precondition("CASE_MISSING", "There is no such case to join.");
    let case = cases::get_for_update(tx, wanted.case_id).await?.ok_or_else(missing)?;
    if !cases::add_referral(tx, case.id, wanted.referral_id).await? {
        return Ok(false);
    }
    timeline::add(tx, case.id, "OPENED", &["REFERRAL_JOINED"], Some(wanted.referral_id), None).await?;
    cases::touch(tx, case.id).await?;
    told(tx, &case, wanted.referral_id, true).await?;
    Ok(true)
}

async fn create(tx: &mut Tx, wanted: OpenCase) -> Result<bool> {
    if cases::get_for_update(tx, wanted.case_id).await?.is_some() {
        return Ok(false);
    }
    let life = lifecycle::of(&wanted.kind).ok_or_else(|| Error::fault("a referral asks for an unknown kind of case"))?;
    let (id, now) = (wanted.case_id, tx.now());
    tx.create_subject(id, "case").await?;
    let sensitive = is_sensitive(&wanted.harm_type, &wanted.crime_flags, &wanted.hate_strands);
    let offence = OffenceBlob {
        harm_type: wanted.harm_type,
        harm_date: wanted.harm_date,
        what_happened: wanted.what_happened,
        justice_stage: wanted.justice_stage,
        crime_flags: wanted.crime_flags,
        hate_strands: wanted.hate_strands,
    };
    let case = CaseFile {
        id,
        reference: ids::reference(life.prefix, id),
        kind: life.kind.into(),
        stage: life.first().into(),
        stage_since: now,
        on_hold: false,
        hold_review_on: None,
        owner_node_id: wanted.owner_node_id,
        opened_at: now,
        closed_at: None,
        close_reason: None,
        last_activity_at: now,
        next_meeting_at: None,
        version: 1,
        complex_or_sensitive: sensitive,
        referral_source: wanted.referral_source,
        reopened: 0,
        first_allocated_at: None,
        first_contact_at: None,
        first_intervention_at: None,
        c_offence: tx.seal(id, FieldClass::Offence, id, &offence).await?,
        c_risk: sealed(tx, id, FieldClass::Risk, wanted.risks).await?,
        c_external_ids: sealed(tx, id, FieldClass::ExternalIds, wanted.crime_reference).await?,
        c_harm_location: sealed(tx, id, FieldClass::HarmLocation, wanted.harm_place).await?,
        c_notes: None,
    };
    if !cases::insert(tx, &case).await? {
        return Ok(false);
    }
    cases::add_referral(tx, id, wanted.referral_id).await?;
    let entry = tx.ctx().new_id();
    stages::enter(tx, entry, id, &case.stage, None).await?;
    timeline::add(tx, id, "OPENED", &[case.kind.as_str()], Some(wanted.referral_id), None).await?;
    told(tx, &case, wanted.referral_id, false).await?;
    case_facts::publish_case(tx, &case).await?;
    Ok(true)
}

async fn sealed(tx: &mut Tx, case_id: Uuid, class: FieldClass, text: String) -> Result<Option<Vec<u8>>> {
    if text.is_empty() {
        return Ok(None);
    }
    tx.seal(case_id, class, case_id, &TextBlob { text }).await.map(Some)
}

async fn told(tx: &mut Tx, case: &CaseFile, referral_id: Uuid, joined_existing: bool) -> Result<()> {
    tx.changed(ResourceType::Case, case.id);
    let event = CaseOpened {
        case_id: case.id.to_string(),
        referral_id: referral_id.to_string(),
        owner_node_id: case.owner_node_id.to_string(),
        joined_existing,
    };
    tx.publish(case.id, case.version, &event).await
}
