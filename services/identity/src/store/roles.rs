//! Rows of `identity.role`, `identity.role_grant` and `identity.assignment`.

use chrono::{DateTime, Utc};
use platform::{Error, Result, Tx};
use proto::authz::v1::{Grant, Role};
use uuid::Uuid;

use crate::domain::{administrators::Held as Administrator, compile::Held, giving::ADMINISTRATOR};

/// A role with its grants, to be added.
///
/// # Errors
/// The database's.
pub async fn insert(tx: &mut Tx, id: Uuid, role: &Role) -> Result<()> {
    let (tenant, now) = (tx.tenant(), tx.now());
    sqlx::query!(
        "INSERT INTO identity.role (tenant_id, id, name, built_in, created_at) VALUES ($1, $2, $3, $4, $5)",
        tenant, id, role.name, role.built_in, now
    )
    .execute(tx.conn())
    .await?;
    insert_grants(tx, id, &role.grants).await
}

/// The grants of a role, to be added.
///
/// # Errors
/// The database's.
pub async fn insert_grants(tx: &mut Tx, id: Uuid, grants: &[Grant]) -> Result<()> {
    let tenant = tx.tenant();
    for (place, grant) in (0_i16..).zip(grants) {
        sqlx::query!(
            "INSERT INTO identity.role_grant (tenant_id, role_id, place, resource, scope, actions, read_classes, write_classes)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            tenant,
            id,
            place,
            i16::try_from(grant.resource).unwrap_or(0),
            i16::try_from(grant.scope).unwrap_or(0),
            grant.actions.cast_signed(),
            grant.read_classes.cast_signed(),
            grant.write_classes.cast_signed()
        )
        .execute(tx.conn())
        .await?;
    }
    Ok(())
}

/// All roles in use, without their grants.
///
/// # Errors
/// The database's.
pub async fn all(tx: &mut Tx) -> Result<Vec<Role>> {
    let tenant = tx.tenant();
    let rows = sqlx::query!("SELECT id, name, built_in FROM identity.role WHERE tenant_id = $1 AND retired_at IS NULL ORDER BY created_at, id", tenant)
        .fetch_all(tx.conn())
        .await?;
    Ok(rows.into_iter().map(|r| Role { id: r.id.to_string(), name: r.name, built_in: r.built_in, grants: Vec::new() }).collect())
}

/// All grants, each with its role.
///
/// # Errors
/// The database's.
pub async fn grants(tx: &mut Tx) -> Result<Vec<(Uuid, Grant)>> {
    let tenant = tx.tenant();
    let rows = sqlx::query!(
        "SELECT role_id, resource, scope, actions, read_classes, write_classes FROM identity.role_grant
         WHERE tenant_id = $1 ORDER BY role_id, place",
        tenant
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|r| {
            let grant = Grant {
                resource: r.resource.into(),
                actions: r.actions.cast_unsigned(),
                scope: r.scope.into(),
                read_classes: r.read_classes.cast_unsigned(),
                write_classes: r.write_classes.cast_unsigned(),
            };
            (r.role_id, grant)
        })
        .collect())
}

/// The id of a built-in role.
///
/// # Errors
/// `NotFound`.
pub async fn built_in(tx: &mut Tx, word: &str) -> Result<Uuid> {
    let tenant = tx.tenant();
    sqlx::query_scalar!("SELECT id FROM identity.role WHERE tenant_id = $1 AND built_in = $2", tenant, word)
        .fetch_optional(tx.conn())
        .await?
        .ok_or_else(Error::not_found)
}

/// An assignment to be added.
#[derive(Clone, Copy, Debug)]
pub struct NewAssignment {
    /// Its id.
    pub id: Uuid,
    /// Who gets the role.
    pub user: Uuid,
    /// The role.
    pub role: Uuid,
    /// Where.
    pub node: Uuid,
    /// From when; none for now.
    pub valid_from: Option<DateTime<Utc>>,
    /// Until when; none for no end.
    pub valid_to: Option<DateTime<Utc>>,
    /// Who gave it; none for the operator.
    pub given_by: Option<Uuid>,
}

/// Adds an assignment; answers `false` where the user holds the role there already. One that has
/// ended by itself gives way.
///
/// # Errors
/// The database's.
pub async fn assign(tx: &mut Tx, new: NewAssignment) -> Result<bool> {
    let (tenant, now) = (tx.tenant(), tx.now());
    sqlx::query!(
        "UPDATE identity.assignment SET ended_at = valid_to
         WHERE tenant_id = $1 AND user_id = $2 AND role_id = $3 AND node_id = $4 AND ended_at IS NULL AND valid_to <= $5",
        tenant, new.user, new.role, new.node, now
    )
    .execute(tx.conn())
    .await?;
    let from = new.valid_from.unwrap_or(now);
    let done = sqlx::query!(
        "INSERT INTO identity.assignment (tenant_id, id, user_id, role_id, node_id, valid_from, valid_to, given_by, created_at)
         VALUES ($1, $2, $3, $4, $5, $9, $7, $8, $6)
         ON CONFLICT (tenant_id, user_id, role_id, node_id) WHERE ended_at IS NULL DO NOTHING",
        tenant, new.id, new.user, new.role, new.node, now, new.valid_to, new.given_by, from
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// A role that a user holds now or later.
#[derive(Clone, Debug)]
pub struct HeldRow {
    /// Id of the assignment.
    pub id: Uuid,
    /// The user.
    pub user_id: Uuid,
    /// The role.
    pub role_id: Uuid,
    /// Its name.
    pub role_name: String,
    /// Where.
    pub node_id: Uuid,
    /// From when.
    pub valid_from: DateTime<Utc>,
    /// Until when.
    pub valid_to: Option<DateTime<Utc>>,
}

/// Roles that these users hold now or later.
///
/// # Errors
/// The database's.
pub async fn held_by(tx: &mut Tx, users: &[Uuid]) -> Result<Vec<HeldRow>> {
    let (tenant, now) = (tx.tenant(), tx.now());
    Ok(sqlx::query_as!(
        HeldRow,
        "SELECT a.id, a.user_id, a.role_id, r.name AS role_name, a.node_id, a.valid_from, a.valid_to
         FROM identity.assignment a JOIN identity.role r ON r.tenant_id = a.tenant_id AND r.id = a.role_id
         WHERE a.tenant_id = $1 AND a.user_id = ANY($2) AND a.ended_at IS NULL AND (a.valid_to IS NULL OR a.valid_to > $3)
         ORDER BY a.created_at, a.id",
        tenant, users, now
    )
    .fetch_all(tx.conn())
    .await?)
}

/// Ends an assignment; answers `false` where it had ended.
///
/// # Errors
/// The database's.
pub async fn end(tx: &mut Tx, assignment: Uuid) -> Result<bool> {
    let (tenant, now) = (tx.tenant(), tx.now());
    let done = sqlx::query!("UPDATE identity.assignment SET ended_at = $3 WHERE tenant_id = $1 AND id = $2 AND ended_at IS NULL", tenant, assignment, now)
        .execute(tx.conn())
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Everything the snapshot holds: roles of users who are not disabled, and of service accounts that are not revoked.
///
/// # Errors
/// The database's.
pub async fn for_snapshot(tx: &mut Tx) -> Result<Vec<Held>> {
    let (tenant, now) = (tx.tenant(), tx.now());
    Ok(sqlx::query_as!(
        Held,
        r#"SELECT a.user_id AS "subject!", a.role_id AS "role!", a.node_id AS "node!", a.valid_from AS "from!", a.valid_to AS "to"
           FROM identity.assignment a JOIN identity.user_account u ON u.tenant_id = a.tenant_id AND u.id = a.user_id
           WHERE a.tenant_id = $1 AND a.ended_at IS NULL AND u.state <> 3 AND (a.valid_to IS NULL OR a.valid_to > $2)
           UNION ALL
           SELECT s.id, s.role_id, s.node_id, s.created_at, s.expires_at FROM identity.service_account s
           WHERE s.tenant_id = $1 AND s.revoked_at IS NULL AND s.expires_at > $2
           ORDER BY 1, 2, 3"#,
        tenant, now
    )
    .fetch_all(tx.conn())
    .await?)
}

/// The administrator's role as active users hold it now at the root: who holds it below lets nobody in above.
///
/// # Errors
/// The database's.
pub async fn administrators(tx: &mut Tx) -> Result<Vec<Administrator>> {
    let (tenant, now) = (tx.tenant(), tx.now());
    Ok(sqlx::query_as!(
        Administrator,
        r#"SELECT a.id AS assignment, a.user_id AS "user", (a.valid_to IS NOT NULL) AS "ends!"
           FROM identity.assignment a
           JOIN identity.role r ON r.tenant_id = a.tenant_id AND r.id = a.role_id
           JOIN identity.user_account u ON u.tenant_id = a.tenant_id AND u.id = a.user_id
           JOIN identity.node n ON n.tenant_id = a.tenant_id AND n.id = a.node_id AND n.parent_id IS NULL
           WHERE a.tenant_id = $1 AND r.built_in = $2 AND u.state = 2 AND a.ended_at IS NULL
             AND a.valid_from <= $3 AND (a.valid_to IS NULL OR a.valid_to > $3)"#,
        tenant, ADMINISTRATOR, now
    )
    .fetch_all(tx.conn())
    .await?)
}

/// Users who hold the role and have not enrolled yet.
///
/// # Errors
/// The database's.
pub async fn invited_holders(tx: &mut Tx, role: Uuid) -> Result<Vec<Uuid>> {
    let tenant = tx.tenant();
    Ok(sqlx::query_scalar!(
        "SELECT DISTINCT a.user_id FROM identity.assignment a
         JOIN identity.user_account u ON u.tenant_id = a.tenant_id AND u.id = a.user_id
         WHERE a.tenant_id = $1 AND a.role_id = $2 AND a.ended_at IS NULL AND u.state = 1",
        tenant, role
    )
    .fetch_all(tx.conn())
    .await?)
}

/// Active users who hold one of these built-in roles now.
///
/// # Errors
/// The database's.
pub async fn active_holders(tx: &mut Tx, built_in: &[&str]) -> Result<Vec<Uuid>> {
    let (tenant, now) = (tx.tenant(), tx.now());
    let words: Vec<String> = built_in.iter().map(|w| (*w).to_owned()).collect();
    Ok(sqlx::query_scalar!(
        "SELECT DISTINCT a.user_id FROM identity.assignment a
         JOIN identity.role r ON r.tenant_id = a.tenant_id AND r.id = a.role_id
         JOIN identity.user_account u ON u.tenant_id = a.tenant_id AND u.id = a.user_id
         WHERE a.tenant_id = $1 AND r.built_in = ANY($2) AND u.state = 2 AND a.ended_at IS NULL
           AND a.valid_from <= $3 AND (a.valid_to IS NULL OR a.valid_to > $3)",
        tenant, &words, now
    )
    .fetch_all(tx.conn())
    .await?)
}
