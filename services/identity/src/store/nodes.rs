//! Rows of `identity.node`.

use platform::{Error, Result, Tx};
use proto::authz::v1::NodeKind;
use uuid::Uuid;

/// A partnership, an agency or a team.
#[derive(Clone, Debug)]
pub struct NodeRow {
    /// The node.
    pub id: Uuid,
    /// The node above; none for the root.
    pub parent_id: Option<Uuid>,
    /// Its name.
    pub name: String,
    /// `accord.authz.v1.NodeKind`.
    pub kind: i16,
    /// Code of list `agency_kind`; empty for all but agencies.
    pub agency_kind: String,
}

impl NodeRow {
    /// What it is.
    pub fn kind(&self) -> NodeKind {
        NodeKind::try_from(i32::from(self.kind)).unwrap_or_default()
    }
}

/// The whole tree, parents before children.
///
/// # Errors
/// The database's.
pub async fn all(tx: &mut Tx) -> Result<Vec<NodeRow>> {
    let tenant = tx.tenant();
    Ok(sqlx::query_as!(
        NodeRow,
        "SELECT id, parent_id, name, kind, agency_kind FROM identity.node WHERE tenant_id = $1 ORDER BY parent_id IS NOT NULL, created_at, id",
        tenant
    )
    .fetch_all(tx.conn())
    .await?)
}

/// One node.
///
/// # Errors
/// `NotFound`.
pub async fn get(tx: &mut Tx, id: Uuid) -> Result<NodeRow> {
    let tenant = tx.tenant();
    sqlx::query_as!(NodeRow, "SELECT id, parent_id, name, kind, agency_kind FROM identity.node WHERE tenant_id = $1 AND id = $2", tenant, id)
        .fetch_optional(tx.conn())
        .await?
        .ok_or_else(Error::not_found)
}

/// Whether a node of this name stands below the parent already, other than `except`.
///
/// # Errors
/// The database's.
pub async fn name_is_taken(tx: &mut Tx, parent: Option<Uuid>, name: &str, except: Uuid) -> Result<bool> {
    let tenant = tx.tenant();
    Ok(sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM identity.node WHERE tenant_id = $1 AND parent_id IS NOT DISTINCT FROM $2 AND lower(name) = lower($3) AND id <> $4) AS "taken!""#,
        tenant, parent, name, except
    )
    .fetch_one(tx.conn())
    .await?)
}

/// Adds a node.
///
/// # Errors
/// The database's.
pub async fn insert(tx: &mut Tx, row: &NodeRow) -> Result<()> {
    let (tenant, now) = (tx.tenant(), tx.now());
    sqlx::query!(
        "INSERT INTO identity.node (tenant_id, id, parent_id, name, kind, agency_kind, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        tenant, row.id, row.parent_id, row.name, row.kind, row.agency_kind, now
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Renames a node.
///
/// # Errors
/// The database's.
pub async fn rename(tx: &mut Tx, id: Uuid, name: &str) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query!("UPDATE identity.node SET name = $3 WHERE tenant_id = $1 AND id = $2", tenant, id, name).execute(tx.conn()).await?;
    Ok(())
}
