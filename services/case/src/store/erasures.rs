//! SQL of erasures: requests, confirmations, holds, the parties a person was, and what is forgotten.

use chrono::{DateTime, NaiveDate, Utc};
use platform::{Result, db::Tx};
use uuid::Uuid;

/// A request as stored.
#[derive(Clone, Debug)]
pub struct ErasureRow {
    /// Id.
    pub id: Uuid,
    /// Person.
    pub person_id: Uuid,
    /// REQUESTED, RUNNING, COMPLETED or CANCELLED.
    pub state: String,
    /// Etag.
    pub version: i64,
    /// Code.
    pub reason: String,
    /// User who asked.
    pub requested_by: Uuid,
    /// When.
    pub requested_at: DateTime<Utc>,
    /// User who approved.
    pub approved_by: Option<Uuid>,
    /// When.
    pub approved_at: Option<DateTime<Utc>>,
    /// When all had confirmed.
    pub completed_at: Option<DateTime<Utc>>,
    /// Keyed hash of the certificate.
    pub certificate: Option<String>,
}

/// A service that confirmed.
#[derive(Clone, Debug)]
pub struct ConfirmationRow {
    /// The service.
    pub service: String,
    /// Keys that it destroyed.
    pub keys: i32,
    /// When.
    pub confirmed_at: DateTime<Utc>,
}

/// A hold that was not lifted.
#[derive(Clone, Debug)]
pub struct HoldRow {
    /// Id.
    pub id: Uuid,
    /// LEGAL_HOLD or RETENTION.
    pub kind: String,
    /// Last local date on which it holds.
    pub until: Option<NaiveDate>,
}

/// How much is known of a person.
#[derive(Clone, Debug)]
pub struct ExtentRow {
    /// Parties of referrals.
    pub parties: i64,
    /// Contact points.
    pub contact_points: i64,
    /// Sets of equality answers.
    pub demographics: i64,
    /// Consents.
    pub consents: i64,
    /// Attempts to reach them.
    pub attempts: i64,
    /// Warnings.
    pub flags: i64,
    /// Cases.
    pub cases: i64,
    /// Notes of those cases.
    pub notes: i64,
}

/// A request, locked.
///
/// # Errors
/// Of the database.
pub async fn get_for_update(tx: &mut Tx, id: Uuid) -> Result<Option<ErasureRow>> {
    let row = sqlx::query_as!(
        ErasureRow,
        "select id, person_id, state, version, reason, requested_by, requested_at, approved_by, approved_at, completed_at, certificate
         from people.erasure where tenant_id = $1 and id = $2 for update",
        tx.tenant(), id
    );
    Ok(row.fetch_optional(tx.conn()).await?)
}

/// The newest request about a person.
///
/// # Errors
/// Of the database.
pub async fn newest_of(tx: &mut Tx, person: Uuid) -> Result<Option<ErasureRow>> {
    let row = sqlx::query_as!(
        ErasureRow,
        "select id, person_id, state, version, reason, requested_by, requested_at, approved_by, approved_at, completed_at, certificate
         from people.erasure where tenant_id = $1 and person_id = $2 order by requested_at desc, id desc limit 1",
        tx.tenant(), person
    );
    Ok(row.fetch_optional(tx.conn()).await?)
}

/// Adds a request.
///
/// # Errors
/// Of the database.
pub async fn insert(tx: &mut Tx, id: Uuid, person: Uuid, reason: &str, by: Uuid) -> Result<()> {
    sqlx::query!(
        "insert into people.erasure (tenant_id, id, person_id, state, reason, requested_by, requested_at) values ($1, $2, $3, 'REQUESTED', $4, $5, $6)",
        tx.tenant(), id, person, reason, by, tx.now()
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Stores what changed in a locked request and counts the version up; answers the new one.
///
/// # Errors
/// Of the database.
pub async fn save(tx: &mut Tx, row: &ErasureRow) -> Result<i64> {
    let version = sqlx::query_scalar!(
        "update people.erasure set state = $3, version = version + 1, approved_by = $4, approved_at = $5, completed_at = $6, certificate = $7
         where tenant_id = $1 and id = $2 returning version",
        tx.tenant(), row.id, row.state, row.approved_by, row.approved_at, row.completed_at, row.certificate.as_deref()
    );
    Ok(version.fetch_one(tx.conn()).await?)
}

/// Keeps a confirmation; a second one of the same service changes nothing.
///
/// # Errors
/// Of the database.
pub async fn confirm(tx: &mut Tx, erasure: Uuid, service: &str, keys: i32) -> Result<()> {
    sqlx::query!(
        "insert into people.erasure_confirmation (tenant_id, erasure_id, service, keys, confirmed_at) values ($1, $2, $3, $4, $5) on conflict do nothing",
        tx.tenant(), erasure, service, keys, tx.now()
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Who has confirmed.
///
/// # Errors
/// Of the database.
pub async fn confirmations(tx: &mut Tx, erasure: Uuid) -> Result<Vec<ConfirmationRow>> {
    let rows = sqlx::query_as!(
        ConfirmationRow,
        "select service, keys, confirmed_at from people.erasure_confirmation where tenant_id = $1 and erasure_id = $2 order by service",
        tx.tenant(), erasure
    );
    Ok(rows.fetch_all(tx.conn()).await?)
}

/// When a person was erased; none where they were not, or are not there.
///
/// # Errors
/// Of the database.
pub async fn erased_at(tx: &mut Tx, person: Uuid) -> Result<Option<DateTime<Utc>>> {
    let row = sqlx::query_scalar!("select erased_at from people.person where tenant_id = $1 and id = $2", tx.tenant(), person);
    Ok(row.fetch_optional(tx.conn()).await?.flatten())
}

/// Holds of a person that were not lifted.
///
/// # Errors
/// Of the database.
pub async fn holds(tx: &mut Tx, person: Uuid) -> Result<Vec<HoldRow>> {
    let rows = sqlx::query_as!(
        HoldRow,
        "select id, kind, until from people.hold where tenant_id = $1 and person_id = $2 and lifted_at is null order by set_at, id",
        tx.tenant(), person
    );
    Ok(rows.fetch_all(tx.conn()).await?)
}

/// Adds a hold.
///
/// # Errors
/// Of the database.
pub async fn insert_hold(tx: &mut Tx, id: Uuid, person: Uuid, kind: &str, until: Option<NaiveDate>, by: Uuid) -> Result<()> {
    sqlx::query!(
        "insert into people.hold (tenant_id, id, person_id, kind, until, set_at, set_by) values ($1, $2, $3, $4, $5, $6, $7)",
        tx.tenant(), id, person, kind, until, tx.now(), by
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Ends a hold; false where there is none to end.
///
/// # Errors
/// Of the database.
pub async fn lift_hold(tx: &mut Tx, id: Uuid, person: Uuid, by: Uuid) -> Result<bool> {
    let done = sqlx::query!(
        "update people.hold set lifted_at = $4, lifted_by = $5 where tenant_id = $1 and id = $2 and person_id = $3 and lifted_at is null",
        tx.tenant(), id, person, tx.now(), by
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Keeps which person a party became.
///
/// # Errors
/// Of the database.
pub async fn insert_party(tx: &mut Tx, party: Uuid, person: Uuid) -> Result<()> {
    sqlx::query!(
        "insert into people.party (tenant_id, party_id, person_id, joined_at) values ($1, $2, $3, $4) on conflict (tenant_id, party_id) do nothing",
        tx.tenant(), party, person, tx.now()
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// The parties that a person was.
///
/// # Errors
/// Of the database.
pub async fn parties(tx: &mut Tx, person: Uuid) -> Result<Vec<Uuid>> {
    let rows = sqlx::query_scalar!("select party_id from people.party where tenant_id = $1 and person_id = $2 order by party_id", tx.tenant(), person);
    Ok(rows.fetch_all(tx.conn()).await?)
}

/// What an erasure of the person is about.
///
/// # Errors
/// Of the database.
pub async fn extent(tx: &mut Tx, person: Uuid) -> Result<ExtentRow> {
    let row = sqlx::query_as!(
        ExtentRow,
        r#"with part as (select id, case_id from cases.participant where tenant_id = $1 and person_id = $2)
           select (select count(*) from people.party where tenant_id = $1 and person_id = $2) as "parties!",
                  (select count(*) from people.contact_point where tenant_id = $1 and person_id = $2) as "contact_points!",
                  (select count(*) from people.demographics_revision where tenant_id = $1 and person_id = $2) as "demographics!",
                  (select count(*) from cases.consent where tenant_id = $1 and participant_id in (select id from part)) as "consents!",
                  (select count(*) from cases.contact_attempt where tenant_id = $1 and participant_id in (select id from part)) as "attempts!",
                  (select count(*) from cases.flag where tenant_id = $1 and participant_id in (select id from part)) as "flags!",
                  (select count(distinct case_id) from part) as "cases!",
                  (select count(*) from cases.note where tenant_id = $1 and case_id in (select case_id from part)) as "notes!""#,
        tx.tenant(), person
    );
    Ok(row.fetch_one(tx.conn()).await?)
}

/// Takes away what is kept of people beside their blobs: search tokens, contact points and earlier answers; says that
/// they are erased.
///
/// # Errors
/// Of the database.
pub async fn forget(tx: &mut Tx, people: &[Uuid]) -> Result<()> {
    let (tenant, now) = (tx.tenant(), tx.now());
    sqlx::query!("delete from search.person_token where tenant_id = $1 and person_id = any($2)", tenant, people).execute(tx.conn()).await?;
    sqlx::query!("delete from people.contact_point where tenant_id = $1 and person_id = any($2)", tenant, people).execute(tx.conn()).await?;
    sqlx::query!("delete from people.demographics_revision where tenant_id = $1 and person_id = any($2)", tenant, people).execute(tx.conn()).await?;
    sqlx::query!(
        "update people.person set erased_at = $3, version = version + 1, c_date_of_birth = null, c_special_category = null, c_needs = null, c_contact = null
         where tenant_id = $1 and id = any($2) and erased_at is null",
        tenant, people, now
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}
