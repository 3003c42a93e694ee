//! Rows of `identity.role` with what a tenant's own roles need, and of `identity.assignment` by role, user and end.

use access::scope::ListScope;
use chrono::{DateTime, Utc};
use platform::{Error, Result, Tx};
use proto::authz::v1::{Grant, Role};
use uuid::Uuid;

use super::roles;

/// A role in use.
#[derive(Clone, Debug)]
pub struct RoleRow {
    /// The role.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// Stable word of a built-in role; empty for a tenant's own.
    pub built_in: String,
    /// Grows with each change.
    pub version: i64,
    /// When it was changed last, or made.
    pub changed_at: DateTime<Utc>,
    /// Who changed it last; none for the operator.
    pub changed_by: Option<Uuid>,
}

/// A role in use.
///
/// # Errors
/// `NotFound`, also for a retired one.
pub async fn get(tx: &mut Tx, id: Uuid) -> Result<RoleRow> {
    let tenant = tx.tenant();
    sqlx::query_as!(
        RoleRow,
        r#"SELECT id, name, description, built_in, version, COALESCE(changed_at, created_at) AS "changed_at!", changed_by
           FROM identity.role WHERE tenant_id = $1 AND id = $2 AND retired_at IS NULL"#,
        tenant, id
    )
    .fetch_optional(tx.conn())
    .await?
    .ok_or_else(Error::not_found)
}

/// The grants of one role.
///
/// # Errors
/// The database's.
pub async fn grants(tx: &mut Tx, id: Uuid) -> Result<Vec<Grant>> {
    Ok(roles::grants(tx).await?.into_iter().filter(|(of, _)| *of == id).map(|(_, g)| g).collect())
}

/// A role in use with the number of those who hold it.
#[derive(Clone, Debug)]
pub struct SummaryRow {
    /// The role.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// Stable word of a built-in role.
    pub built_in: String,
    /// People who hold it now and are not disabled.
    pub holders: i64,
    /// People who will hold it.
    pub coming: i64,
    /// Partner systems that act with it now.
    pub systems: i64,
}

/// All roles in use, built-in ones first. Holders are counted at the nodes that `scope` reaches.
///
/// # Errors
/// The database's.
pub async fn summaries(tx: &mut Tx, scope: &ListScope) -> Result<Vec<SummaryRow>> {
    let (tenant, now) = (tx.tenant(), tx.now());
    Ok(sqlx::query_as!(
        SummaryRow,
        r#"SELECT r.id, r.name, r.description, r.built_in,
                  count(DISTINCT a.user_id) FILTER (WHERE a.valid_from <= $2) AS "holders!",
                  count(DISTINCT a.user_id) FILTER (WHERE a.valid_from > $2) AS "coming!",
                  (SELECT count(*) FROM identity.service_account s
                   WHERE s.tenant_id = r.tenant_id AND s.role_id = r.id AND s.revoked_at IS NULL AND s.expires_at > $2
                     AND ($3 OR s.node_id = ANY($4))) AS "systems!"
           FROM identity.role r
           LEFT JOIN (identity.assignment a JOIN identity.user_account u ON u.tenant_id = a.tenant_id AND u.id = a.user_id AND u.state <> 3)
             ON a.tenant_id = r.tenant_id AND a.role_id = r.id AND a.ended_at IS NULL AND (a.valid_to IS NULL OR a.valid_to > $2)
                AND ($3 OR a.node_id = ANY($4))
           WHERE r.tenant_id = $1 AND r.retired_at IS NULL
           GROUP BY r.tenant_id, r.id
           ORDER BY r.built_in = '', r.created_at, r.id"#,
        tenant, now, scope.everything, &scope.nodes
    )
    .fetch_all(tx.conn())
    .await?)
}

/// Whether another role in use has this name.
///
/// # Errors
/// The database's.
pub async fn name_is_taken(tx: &mut Tx, name: &str, except: Uuid) -> Result<bool> {
    let tenant = tx.tenant();
    Ok(sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM identity.role WHERE tenant_id = $1 AND lower(name) = lower($2) AND id <> $3 AND retired_at IS NULL) AS "taken!""#,
        tenant, name, except
    )
    .fetch_one(tx.conn())
    .await?)
}

/// Adds a role of the tenant's own.
///
/// # Errors
/// The database's.
pub async fn insert(tx: &mut Tx, id: Uuid, name: &str, description: &str, grants: Vec<Grant>, by: Option<Uuid>) -> Result<()> {
    roles::insert(tx, id, &Role { id: id.to_string(), name: name.to_owned(), built_in: String::new(), grants }).await?;
    let (tenant, now) = (tx.tenant(), tx.now());
    sqlx::query!("UPDATE identity.role SET description = $3, changed_at = $4, changed_by = $5 WHERE tenant_id = $1 AND id = $2", tenant, id, description, now, by)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Replaces what a role says and allows; answers the new version.
///
/// # Errors
/// The database's.
pub async fn replace(tx: &mut Tx, id: Uuid, name: &str, description: &str, grants: &[Grant], by: Option<Uuid>) -> Result<i64> {
    let (tenant, now) = (tx.tenant(), tx.now());
    sqlx::query!("DELETE FROM identity.role_grant WHERE tenant_id = $1 AND role_id = $2", tenant, id).execute(tx.conn()).await?;
    roles::insert_grants(tx, id, grants).await?;
    Ok(sqlx::query_scalar!(
        "UPDATE identity.role SET name = $3, description = $4, changed_at = $5, changed_by = $6, version = version + 1
         WHERE tenant_id = $1 AND id = $2 RETURNING version",
        tenant, id, name, description, now, by
    )
    .fetch_one(tx.conn())
    .await?)
}

/// Takes a role out of use.
///
/// # Errors
/// The database's.
pub async fn retire(tx: &mut Tx, id: Uuid, by: Option<Uuid>) -> Result<()> {
    let (tenant, now) = (tx.tenant(), tx.now());
    sqlx::query!(
        "UPDATE identity.role SET retired_at = $3, changed_at = $3, changed_by = $4, version = version + 1 WHERE tenant_id = $1 AND id = $2",
        tenant, id, now, by
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Who holds a role now or later, disabled accounts too: they would have it again when they are enabled.
#[derive(Clone, Debug, Default)]
pub struct Holders {
    /// Users.
    pub users: Vec<Uuid>,
    /// Partner systems.
    pub systems: i64,
}

/// Everybody who holds a role now or later.
///
/// # Errors
/// The database's.
pub async fn holders(tx: &mut Tx, id: Uuid) -> Result<Holders> {
    let (tenant, now) = (tx.tenant(), tx.now());
    let users = sqlx::query_scalar!(
        "SELECT DISTINCT user_id FROM identity.assignment
         WHERE tenant_id = $1 AND role_id = $2 AND ended_at IS NULL AND (valid_to IS NULL OR valid_to > $3)",
        tenant, id, now
    )
    .fetch_all(tx.conn())
    .await?;
    let systems = sqlx::query_scalar!(
        r#"SELECT count(*) AS "count!" FROM identity.service_account
           WHERE tenant_id = $1 AND role_id = $2 AND revoked_at IS NULL AND expires_at > $3"#,
        tenant, id, now
    )
    .fetch_one(tx.conn())
    .await?;
    Ok(Holders { users, systems })
}

/// A role held, to come or over.
#[derive(Clone, Debug)]
pub struct AssignmentRow {
    /// Its id.
    pub id: Uuid,
    /// Who.
    pub user_id: Uuid,
    /// Node of their account.
    pub user_node_id: Uuid,
    /// Which role.
    pub role_id: Uuid,
    /// Its name.
    pub role_name: String,
    /// Where.
    pub node_id: Uuid,
    /// From when.
    pub valid_from: DateTime<Utc>,
    /// Until when.
    pub valid_to: Option<DateTime<Utc>>,
    /// When a person took it away.
    pub ended_at: Option<DateTime<Utc>>,
    /// Who gave it.
    pub given_by: Option<Uuid>,
}

/// What a list of assignments is narrowed by.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Of this user.
    pub user: Option<Uuid>,
    /// Of this role.
    pub role: Option<Uuid>,
    /// Those that begin later.
    pub coming: bool,
    /// Those that hold.
    pub current: bool,
    /// Those that are over.
    pub ended: bool,
    /// Only what ends by its date before this instant.
    pub ends_before: Option<DateTime<Utc>>,
}

/// Assignments by id after `after`, at the nodes that `scope` reaches.
///
/// # Errors
/// The database's.
pub async fn assignments(tx: &mut Tx, scope: &ListScope, filter: &Filter, after: Uuid, limit: i64) -> Result<Vec<AssignmentRow>> {
    let (tenant, now) = (tx.tenant(), tx.now());
    Ok(sqlx::query_as!(
        AssignmentRow,
        "SELECT a.id, a.user_id, u.node_id AS user_node_id, a.role_id, r.name AS role_name, a.node_id, a.valid_from, a.valid_to, a.ended_at, a.given_by
         FROM identity.assignment a
         JOIN identity.role r ON r.tenant_id = a.tenant_id AND r.id = a.role_id
         JOIN identity.user_account u ON u.tenant_id = a.tenant_id AND u.id = a.user_id
         WHERE a.tenant_id = $1 AND a.id > $2
           AND ($3 OR a.node_id = ANY($4))
           AND ($5::uuid IS NULL OR a.user_id = $5)
           AND ($6::uuid IS NULL OR a.role_id = $6)
           AND ($7::timestamptz IS NULL OR a.valid_to < $7)
           AND CASE WHEN a.ended_at IS NOT NULL OR a.valid_to <= $8 THEN $9::boolean
                    WHEN a.valid_from > $8 THEN $10::boolean
                    ELSE $11::boolean END
         ORDER BY a.id LIMIT $12",
        tenant,
        after,
        scope.everything,
        &scope.nodes,
        filter.user,
        filter.role,
        filter.ends_before,
        now,
        filter.ended,
        filter.coming,
        filter.current,
        limit
    )
    .fetch_all(tx.conn())
    .await?)
}
