//! SQL of what decisions about people are made of: the cases they are concerned in, who owns those and who works them.

use platform::{Result, db::Tx};
use uuid::Uuid;

use super::guards;
use crate::domain::guard::Guard;

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
    /// Lock, restriction, conflict, shares and break-glass of the case.
    pub guard: Guard,
}

struct Row {
    participant_id: Uuid,
    person_id: Uuid,
    case_id: Uuid,
    case_reference: String,
    owner_node_id: Uuid,
    case_open: bool,
    allocated: Vec<Uuid>,
    allocated_to_case: Vec<Uuid>,
}

/// Adds to each row the guard of its case; a row whose case is gone meanwhile goes too.
async fn guarded(tx: &mut Tx, rows: Vec<Row>) -> Result<Vec<ParticipationRow>> {
    let mut case_ids: Vec<Uuid> = rows.iter().map(|r| r.case_id).collect();
    case_ids.sort_unstable();
    case_ids.dedup();
    let guards = guards::of_cases(tx, &case_ids).await?;
    let with = |row: Row| {
        let guard = guards.iter().find(|g| g.case_id == row.case_id)?.clone();
        let Row { participant_id, person_id, case_id, case_reference, owner_node_id, case_open, allocated, allocated_to_case } = row;
        Some(ParticipationRow { participant_id, person_id, case_id, case_reference, owner_node_id, case_open, allocated, allocated_to_case, guard })
    };
    Ok(rows.into_iter().filter_map(with).collect())
}

/// Every participation of some persons.
///
/// # Errors
/// Of the database.
pub async fn of_people(tx: &mut Tx, people: &[Uuid]) -> Result<Vec<ParticipationRow>> {
    let rows = sqlx::query_as!(
        Row,
        r#"select p.id as participant_id, p.person_id, p.case_id, c.reference as case_reference, c.owner_node_id, c.closed_at is null as "case_open!",
                  array(select a.user_id from cases.allocation a
                        where a.tenant_id = $1 and a.case_id = p.case_id and a.to_at is null and (a.until is null or a.until > $3)
                          and (a.side = 'BOTH' or p.side = 'BOTH' or a.side = p.side)) as "allocated!",
                  array(select a.user_id from cases.allocation a
                        where a.tenant_id = $1 and a.case_id = p.case_id and a.to_at is null and (a.until is null or a.until > $3)) as "allocated_to_case!"
           from cases.participant p join cases.case_file c on c.tenant_id = $1 and c.id = p.case_id
           where p.tenant_id = $1 and p.person_id = any($2) order by c.opened_at desc, c.id, p.id"#,
        tx.tenant(), people, tx.now()
    );
    let rows = rows.fetch_all(tx.conn()).await?;
    guarded(tx, rows).await
}

/// One participation.
///
/// # Errors
/// Of the database.
pub async fn of_participant(tx: &mut Tx, participant: Uuid) -> Result<Option<ParticipationRow>> {
    let row = sqlx::query_as!(
        Row,
        r#"select p.id as participant_id, p.person_id, p.case_id, c.reference as case_reference, c.owner_node_id, c.closed_at is null as "case_open!",
                  array(select a.user_id from cases.allocation a
                        where a.tenant_id = $1 and a.case_id = p.case_id and a.to_at is null and (a.until is null or a.until > $3)
                          and (a.side = 'BOTH' or p.side = 'BOTH' or a.side = p.side)) as "allocated!",
                  array(select a.user_id from cases.allocation a
                        where a.tenant_id = $1 and a.case_id = p.case_id and a.to_at is null and (a.until is null or a.until > $3)) as "allocated_to_case!"
           from cases.participant p join cases.case_file c on c.tenant_id = $1 and c.id = p.case_id
           where p.tenant_id = $1 and p.id = $2"#,
        tx.tenant(), participant, tx.now()
    );
    let row = row.fetch_optional(tx.conn()).await?;
    Ok(guarded(tx, row.into_iter().collect()).await?.pop())
}

/// Every participation in a case.
///
/// # Errors
/// Of the database.
pub async fn of_case(tx: &mut Tx, case_id: Uuid) -> Result<Vec<ParticipationRow>> {
    let rows = sqlx::query_as!(
        Row,
        r#"select p.id as participant_id, p.person_id, p.case_id, c.reference as case_reference, c.owner_node_id, c.closed_at is null as "case_open!",
                  array(select a.user_id from cases.allocation a
                        where a.tenant_id = $1 and a.case_id = p.case_id and a.to_at is null and (a.until is null or a.until > $3)
                          and (a.side = 'BOTH' or p.side = 'BOTH' or a.side = p.side)) as "allocated!",
                  array(select a.user_id from cases.allocation a
                        where a.tenant_id = $1 and a.case_id = p.case_id and a.to_at is null and (a.until is null or a.until > $3)) as "allocated_to_case!"
           from cases.participant p join cases.case_file c on c.tenant_id = $1 and c.id = p.case_id
           where p.tenant_id = $1 and p.case_id = $2 order by p.id"#,
        tx.tenant(), case_id, tx.now()
    );
    let rows = rows.fetch_all(tx.conn()).await?;
    guarded(tx, rows).await
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
    /// Lock, restriction, conflict, shares and break-glass.
    pub guard: Guard,
}

/// The facts of one case.
///
/// # Errors
/// Of the database.
pub async fn case_access(tx: &mut Tx, case_id: Uuid) -> Result<Option<CaseAccessRow>> {
    let row = sqlx::query!(
        r#"select c.owner_node_id, c.closed_at is null as "open!",
                  array(select a.user_id from cases.allocation a
                        where a.tenant_id = $1 and a.case_id = c.id and a.to_at is null and (a.until is null or a.until > $3)) as "allocated!",
                  array(select a.user_id from cases.allocation a
                        where a.tenant_id = $1 and a.case_id = c.id and a.to_at is null and (a.until is null or a.until > $3) and a.side <> 'HARMER') as "allocated_harmed!",
                  array(select a.user_id from cases.allocation a
                        where a.tenant_id = $1 and a.case_id = c.id and a.to_at is null and (a.until is null or a.until > $3) and a.side <> 'HARMED') as "allocated_harmer!"
           from cases.case_file c where c.tenant_id = $1 and c.id = $2"#,
        tx.tenant(), case_id, tx.now()
    );
    let Some(row) = row.fetch_optional(tx.conn()).await? else { return Ok(None) };
    let guard = guards::of_case(tx, case_id).await?;
    let (owner_node_id, open, allocated) = (row.owner_node_id, row.open, row.allocated);
    Ok(Some(CaseAccessRow { owner_node_id, open, allocated, allocated_harmed: row.allocated_harmed, allocated_harmer: row.allocated_harmer, guard }))
}
