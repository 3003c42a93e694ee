//! What decisions and lists about cases need besides owner and allocation, read in the transaction of the read itself.
//!
//! A list asks for [`Reach`] once and says in SQL what `ListScope::reaches` says of one row:
//! reached = scope, or a share in force, or the caller's own break-glass; and not restricted, not in conflict, and not locked
//! to others unless by break-glass.

use access::{class::ClassSet, facts::Share, scope::ListScope};
use chrono::{DateTime, Utc};
use platform::{Error, Result, Tx};
use uuid::Uuid;

use crate::domain::guard::Guard;

/// Bits of a class set as they are stored.
pub fn bits(classes: ClassSet) -> i64 {
    classes.bits().cast_signed()
}

/// A class set from its stored bits.
pub fn classes(bits: i64) -> ClassSet {
    ClassSet::from_bits(bits.cast_unsigned())
}

/// Guards of these cases for the caller of the transaction; workloads have no conflicts and break no glass.
///
/// # Errors
/// Of the database.
pub async fn of_cases(tx: &mut Tx, case_ids: &[Uuid]) -> Result<Vec<Guard>> {
    let me = tx.ctx().principal().subject();
    of_cases_for(tx, case_ids, me).await
}

/// Guards of these cases for somebody.
///
/// # Errors
/// Of the database.
pub async fn of_cases_for(tx: &mut Tx, case_ids: &[Uuid], who: Option<Uuid>) -> Result<Vec<Guard>> {
    let (tenant, now) = (tx.tenant(), tx.now());
    let rows = sqlx::query!(
        r#"SELECT c.id, c.locked, c.restricted,
                  (SELECT l.members FROM cases.case_lock l WHERE l.tenant_id = $1 AND l.case_id = c.id AND l.released_at IS NULL) AS members,
                  EXISTS (SELECT FROM cases.conflict k WHERE k.tenant_id = $1 AND k.user_id = $3::uuid AND k.ended_at IS NULL
                          AND (k.case_id = c.id OR k.person_id IN
                               (SELECT p.person_id FROM cases.participant p WHERE p.tenant_id = $1 AND p.case_id = c.id))) AS "conflict!",
                  EXISTS (SELECT FROM cases.break_glass b
                          WHERE b.tenant_id = $1 AND b.user_id = $3::uuid AND b.ends_at > $4 AND b.case_id = c.id) AS "broken_glass!",
                  array(SELECT s.node_id FROM cases.share s
                        WHERE s.tenant_id = $1 AND s.case_id = c.id AND s.ends_at > $4 ORDER BY s.id) AS "share_nodes!",
                  array(SELECT s.classes FROM cases.share s
                        WHERE s.tenant_id = $1 AND s.case_id = c.id AND s.ends_at > $4 ORDER BY s.id) AS "share_classes!",
                  array(SELECT DISTINCT n.id FROM cases.participant p JOIN people.person n ON n.tenant_id = $1 AND n.id = p.person_id
                        WHERE p.tenant_id = $1 AND p.case_id = c.id AND n.restricted) AS "restricted_people!"
           FROM cases.case_file c WHERE c.tenant_id = $1 AND c.id = ANY($2)"#,
        tenant, case_ids, who, now
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Guard {
            case_id: row.id,
            // A locked case without a lock is locked to nobody: unknown is not permitted.
            locked_to: row.locked.then(|| row.members.unwrap_or_default()),
            restricted: row.restricted,
            conflict: row.conflict,
            broken_glass: row.broken_glass,
            shares: row.share_nodes.into_iter().zip(row.share_classes).map(|(node, bits)| Share { node, classes: classes(bits) }).collect(),
            restricted_people: row.restricted_people,
        })
        .collect())
}

/// The guard of one case for the caller.
///
/// # Errors
/// `NotFound`; of the database.
pub async fn of_case(tx: &mut Tx, case_id: Uuid) -> Result<Guard> {
    of_cases(tx, &[case_id]).await?.pop().ok_or_else(Error::not_found)
}

/// What a list's query holds besides the scope.
#[derive(Clone, Debug)]
pub struct Reach {
    /// The instant at which shares and allocations are in force.
    pub at: DateTime<Utc>,
    /// Cases whose glass the caller broke within the hour.
    pub broken: Vec<Uuid>,
    /// Locked cases that the caller sees all the same: as one of the lock's people, or by break-glass.
    pub unlocked: Vec<Uuid>,
    /// Cases that the caller has a conflict of interest with.
    pub conflicts: Vec<Uuid>,
    /// Nodes of the scope that something is shared with.
    pub share_nodes: Vec<Uuid>,
    /// Classes that a share must name, as bits.
    pub share_classes: i64,
}

/// Reads it.
///
/// # Errors
/// Of the database.
pub async fn reach(tx: &mut Tx, scope: &ListScope, me: Uuid) -> Result<Reach> {
    let (tenant, now) = (tx.tenant(), tx.now());
    let nodes: &[Uuid] = if scope.looks { &scope.nodes } else { &[] };
    let row = sqlx::query!(
        r#"SELECT array(SELECT DISTINCT b.case_id FROM cases.break_glass b
                        WHERE b.tenant_id = $1 AND b.user_id = $2 AND b.ends_at > $3 AND $5) AS "broken!",
                  array(SELECT l.case_id FROM cases.case_lock l
                        WHERE l.tenant_id = $1 AND l.released_at IS NULL AND $2 = ANY(l.members)) AS "member!",
                  array(SELECT k.case_id FROM cases.conflict k
                        WHERE k.tenant_id = $1 AND k.user_id = $2 AND k.ended_at IS NULL AND k.case_id IS NOT NULL
                        UNION SELECT p.case_id FROM cases.conflict k
                        JOIN cases.participant p ON p.tenant_id = $1 AND p.person_id = k.person_id
                        WHERE k.tenant_id = $1 AND k.user_id = $2 AND k.ended_at IS NULL AND k.person_id IS NOT NULL) AS "conflicts!",
                  array(SELECT DISTINCT s.node_id FROM cases.share s
                        WHERE s.tenant_id = $1 AND s.node_id = ANY($4) AND s.ends_at > $3) AS "share_nodes!""#,
        tenant, me, now, nodes, scope.opens()
    )
    .fetch_one(tx.conn())
    .await?;
    let wanted = scope.classes.bits() & !access::decide::REFERENCE.bits();
    let unlocked = row.member.iter().chain(&row.broken).copied().collect();
    Ok(Reach { at: now, broken: row.broken, unlocked, conflicts: row.conflicts, share_nodes: row.share_nodes, share_classes: wanted.cast_signed() })
}
