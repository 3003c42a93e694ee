//! SQL of what decisions about people are made of: the cases they are concerned in, who owns those and who works them.

use platform::{Result, db::Tx};
use uuid::Uuid;

/// One participation, with the facts of its case.
#[derive(Clone, Debug)]
pub struct ParticipationRow {
    /// Participant.
    pub participant_id: Uuid,
    /// Person.
    pub person_id: Uuid,
    /// Case.
    pub case_id: Uuid,
    /// Reference of the case.
    pub case_reference: String,
    /// Node that owns the case.
    pub owner_node_id: Uuid,
    /// The case is not closed.
    pub case_open: bool,
    /// Users with a current allocation to the participant's side or to both.
    pub allocated: Vec<Uuid>,
    /// Users with a current allocation to any side.
    pub allocated_to_case: Vec<Uuid>,
}

/// Every participation of some persons.
///
/// # Errors
/// Of the database.
pub async fn of_people(tx: &mut Tx, people: &[Uuid]) -> Result<Vec<ParticipationRow>> {
    let rows = sqlx::query_as!(
        ParticipationRow,
        r#"select p.id as participant_id, p.person_id, p.case_id, c.reference as case_reference, c.owner_node_id, c.closed_at is null as "case_open!",
                  array(select a.user_id from cases.allocation a
                        where a.tenant_id = $1 and a.case_id = p.case_id and a.to_at is null
                          and (a.side = 'BOTH' or p.side = 'BOTH' or a.side = p.side)) as "allocated!",
                  array(select a.user_id from cases.allocation a
                        where a.tenant_id = $1 and a.case_id = p.case_id and a.to_at is null) as "allocated_to_case!"
           from cases.participant p join cases.case_file c on c.tenant_id = $1 and c.id = p.case_id
           where p.tenant_id = $1 and p.person_id = any($2) order by c.opened_at desc, c.id, p.id"#,
        tx.tenant(), people
    );
    Ok(rows.fetch_all(tx.conn()).await?)
}

/// One participation.
///
/// # Errors
/// Of the database.
pub async fn of_participant(tx: &mut Tx, participant: Uuid) -> Result<Option<ParticipationRow>> {
    let row = sqlx::query_as!(
        ParticipationRow,
        r#"select p.id as participant_id, p.person_id, p.case_id, c.reference as case_reference, c.owner_node_id, c.closed_at is null as "case_open!",
                  array(select a.user_id from cases.allocation a
                        where a.tenant_id = $1 and a.case_id = p.case_id and a.to_at is null
                          and (a.side = 'BOTH' or p.side = 'BOTH' or a.side = p.side)) as "allocated!",
                  array(select a.user_id from cases.allocation a
                        where a.tenant_id = $1 and a.case_id = p.case_id and a.to_at is null) as "allocated_to_case!"
           from cases.participant p join cases.case_file c on c.tenant_id = $1 and c.id = p.case_id
           where p.tenant_id = $1 and p.id = $2"#,
        tx.tenant(), participant
    );
    Ok(row.fetch_optional(tx.conn()).await?)
}

/// Every participation in a case.
///
/// # Errors
/// Of the database.
pub async fn of_case(tx: &mut Tx, case_id: Uuid) -> Result<Vec<ParticipationRow>> {
    let rows = sqlx::query_as!(
        ParticipationRow,
        r#"select p.id as participant_id, p.person_id, p.case_id, c.reference as case_reference, c.owner_node_id, c.closed_at is null as "case_open!",
                  array(select a.user_id from cases.allocation a
                        where a.tenant_id = $1 and a.case_id = p.case_id and a.to_at is null
                          and (a.side = 'BOTH' or p.side = 'BOTH' or a.side = p.side)) as "allocated!",
                  array(select a.user_id from cases.allocation a
                        where a.tenant_id = $1 and a.case_id = p.case_id and a.to_at is null) as "allocated_to_case!"
           from cases.participant p join cases.case_file c on c.tenant_id = $1 and c.id = p.case_id
           where p.tenant_id = $1 and p.case_id = $2 order by p.id"#,
        tx.tenant(), case_id
    );
    Ok(rows.fetch_all(tx.conn()).await?)
}

/// What is asked of a case before anything of its participants is shown or added.
#[derive(Clone, Debug)]
pub struct CaseAccessRow {
    /// Node that owns it.
    pub owner_node_id: Uuid,
    /// It is not closed.
    pub open: bool,
    /// Users with a current allocation to any side.
    pub allocated: Vec<Uuid>,
    /// Users with a current allocation to the harmed side or to both.
    pub allocated_harmed: Vec<Uuid>,
    /// Users with a current allocation to the harmer's side or to both.
    pub allocated_harmer: Vec<Uuid>,
}

/// The facts of one case.
///
/// # Errors
/// Of the database.
pub async fn case_access(tx: &mut Tx, case_id: Uuid) -> Result<Option<CaseAccessRow>> {
    let row = sqlx::query_as!(
        CaseAccessRow,
        r#"select c.owner_node_id, c.closed_at is null as "open!",
                  array(select a.user_id from cases.allocation a
                        where a.tenant_id = $1 and a.case_id = c.id and a.to_at is null) as "allocated!",
                  array(select a.user_id from cases.allocation a
                        where a.tenant_id = $1 and a.case_id = c.id and a.to_at is null and a.side <> 'HARMER') as "allocated_harmed!",
                  array(select a.user_id from cases.allocation a
                        where a.tenant_id = $1 and a.case_id = c.id and a.to_at is null and a.side <> 'HARMED') as "allocated_harmer!"
           from cases.case_file c where c.tenant_id = $1 and c.id = $2"#,
        tx.tenant(), case_id
    );
    Ok(row.fetch_optional(tx.conn()).await?)
}
