//! SQL of the search for people: tokens in, ids of people whom the reader may search out.

use access::scope::ListScope;
use platform::{Result, db::Tx};
use uuid::Uuid;

use super::guards::Reach;

/// Candidates that are looked at before the access join. A commoner set of tokens is cut here, and the answer says so.
const CANDIDATES: i32 = 20_000;
/// People who are decrypted and ranked, counted after the access join.
pub const RANKED: usize = 1_000;

/// Groups of tokens: a candidate shares one with each. The most selective stands first.
#[derive(Clone, Debug, Default)]
pub struct Groups {
    /// The first group; never empty.
    pub a: Vec<i64>,
    /// Further groups, where they are asked for.
    pub b: Option<Vec<i64>>,
    /// As `b`.
    pub c: Option<Vec<i64>>,
    /// As `b`.
    pub d: Option<Vec<i64>>,
}

/// Who was found.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// People whom the reader may search, at most [`RANKED`].
    pub people: Vec<Uuid>,
    /// There were more.
    pub cut: bool,
}

/// Stores the tokens of a person.
///
/// # Errors
/// Of the database.
pub async fn put(tx: &mut Tx, person: Uuid, tokens: &[i64]) -> Result<()> {
    sqlx::query!(
        "insert into search.person_token (tenant_id, person_id, tok) values ($1, $2, $3)
         on conflict (tenant_id, person_id) do update set tok = excluded.tok",
        tx.tenant(), person, tokens
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Finds people. A reader of few people starts from their own, a reader of many from the tokens (architecture 7); the cap
/// counts what is left after the access join. `user` is whose allocations count.
///
/// # Errors
/// Of the database.
pub async fn find(tx: &mut Tx, scope: &ListScope, reach: &Reach, user: Uuid, groups: &Groups) -> Result<Found> {
    let most = i64::try_from(RANKED + 1).unwrap_or(i64::MAX);
    let mut people = if scope.everything || !scope.nodes.is_empty() || !reach.broken.is_empty() {
        by_tokens(tx, scope, reach, user, groups, most).await?
    } else {
        among_own(tx, reach, user, groups, most).await?
    };
    let cut = people.len() > RANKED;
    people.truncate(RANKED);
    Ok(Found { people, cut })
}

async fn by_tokens(tx: &mut Tx, scope: &ListScope, reach: &Reach, user: Uuid, groups: &Groups, most: i64) -> Result<Vec<Uuid>> {
    let rows = sqlx::query_scalar!(
        r#"select distinct p.person_id
           from search.candidates($2, $3, $4, $5, $6) k
           join cases.participant p on p.tenant_id = $1 and p.person_id = k.person_id
           join cases.case_file c on c.tenant_id = $1 and c.id = p.case_id
           join people.person n on n.tenant_id = $1 and n.id = p.person_id
           where not n.restricted and not c.restricted and c.id <> all($15) and (not c.locked or c.id = any($14))
             and ($7 or c.owner_node_id = any($8) or c.id = any($13)
              or exists (select from cases.share s where s.tenant_id = $1 and s.case_id = c.id and s.node_id = any($16)
                    and s.ends_at > $12 and s.classes & $17 = $17)
              or ($9 and exists (select from cases.allocation a
                    where a.tenant_id = $1 and a.case_id = p.case_id and a.user_id = $10 and a.to_at is null
                      and (a.until is null or a.until > $12) and (a.side = 'BOTH' or p.side = 'BOTH' or a.side = p.side))))
           limit $11"#,
        tx.tenant(), &groups.a, groups.b.as_deref(), groups.c.as_deref(), groups.d.as_deref(), CANDIDATES,
        scope.everything, &scope.nodes, scope.allocated, user, most, reach.at, &reach.broken, &reach.unlocked, &reach.conflicts,
        &reach.share_nodes, reach.share_classes
    );
    Ok(rows.fetch_all(tx.conn()).await?)
}

async fn among_own(tx: &mut Tx, reach: &Reach, user: Uuid, groups: &Groups, most: i64) -> Result<Vec<Uuid>> {
    let rows = sqlx::query_scalar!(
        r#"select distinct p.person_id
           from cases.allocation a
           join cases.participant p on p.tenant_id = $1 and p.case_id = a.case_id
                and (a.side = 'BOTH' or p.side = 'BOTH' or a.side = p.side)
           join cases.case_file c on c.tenant_id = $1 and c.id = a.case_id
           join people.person n on n.tenant_id = $1 and n.id = p.person_id
           join search.person_token t on t.tenant_id = $1 and t.person_id = p.person_id
           where a.tenant_id = $1 and a.user_id = $2 and a.to_at is null and (a.until is null or a.until > $8)
             and not n.restricted and not c.restricted and c.id <> all($10) and (not c.locked or c.id = any($9))
             and t.tok && $3 and t.tok && coalesce($4, $3) and t.tok && coalesce($5, $3) and t.tok && coalesce($6, $3)
           limit $7"#,
        tx.tenant(), user, &groups.a, groups.b.as_deref(), groups.c.as_deref(), groups.d.as_deref(), most,
        reach.at, &reach.unlocked, &reach.conflicts
    );
    Ok(rows.fetch_all(tx.conn()).await?)
}

/// People concerned in the case with this reference.
///
/// # Errors
/// Of the database.
pub async fn of_case_reference(tx: &mut Tx, reference: &str) -> Result<Vec<Uuid>> {
    let rows = sqlx::query_scalar!(
        "select distinct p.person_id from cases.participant p
         join cases.case_file c on c.tenant_id = $1 and c.id = p.case_id
         where p.tenant_id = $1 and c.reference = $2",
        tx.tenant(), reference
    );
    Ok(rows.fetch_all(tx.conn()).await?)
}
