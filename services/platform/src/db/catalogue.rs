//! The catalogue test (architecture 6): what PostgreSQL itself says about tenancy, asked of a migrated database.

use sqlx::PgPool;

use crate::Result;

/// Tables of the platform that belong to no tenant.
const TENANTLESS: [&str; 4] = ["platform.audit_cursor", "platform.job_run", "platform._migrations", "platform._service_migrations"];

/// SECURITY DEFINER functions of the platform.
const DEFINERS: [&str; 1] = ["platform.due_rewrap"];

/// What a service may have beyond the rule; each entry is a decision that a reviewer has read.
#[derive(Clone, Copy, Debug, Default)]
pub struct Expected<'a> {
    /// Its tables without a tenant, as `schema.table`.
    pub tenantless: &'a [&'a str],
    /// Its SECURITY DEFINER functions, as `schema.function`.
    pub definers: &'a [&'a str],
}

/// Every breach, one line each. The pool may be of any role: the catalogue is open to all.
///
/// # Errors
/// Of the database.
pub async fn problems(pool: &PgPool, expected: Expected<'_>) -> Result<Vec<String>> {
    let mut lines = tables(pool, expected.tenantless).await?;
    lines.extend(unique_indexes(pool).await?);
    lines.extend(foreign_keys(pool).await?);
    lines.extend(definers(pool, expected.definers).await?);
    Ok(lines)
}

async fn tables(pool: &PgPool, tenantless: &[&str]) -> Result<Vec<String>> {
    let rows = sqlx::query!(
        r#"SELECT n.nspname || '.' || c.relname AS "name!", c.relrowsecurity AS "enabled!", c.relforcerowsecurity AS "forced!",
                  EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'tenant_id' AND a.attnotnull AND NOT a.attisdropped) AS "tenant!",
                  EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = 'tenant' AND p.polcmd = '*'
                          AND pg_get_expr(p.polqual, c.oid) LIKE '%tenant_id =%app.tenant%'
                          AND pg_get_expr(p.polwithcheck, c.oid) LIKE '%tenant_id =%app.tenant%') AS "bound!",
                  EXISTS (SELECT FROM pg_policy p, unnest(p.polroles) r LEFT JOIN pg_roles o ON o.oid = r
                          WHERE p.polrelid = c.oid AND p.polname <> 'tenant' AND p.polpermissive
                          AND (r = 0 OR o.rolname LIKE '%\_app')) AS "wider!"
           FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
           WHERE c.relkind IN ('r', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\_toast%'
           ORDER BY 1"#
    )
    .fetch_all(pool)
    .await?;
    let mut lines = Vec::new();
    for row in rows {
        let name = row.name;
        if TENANTLESS.contains(&name.as_str()) || tenantless.contains(&name.as_str()) {
            continue;
        }
        if !row.tenant {
            lines.push(format!("{name}: has no column `tenant_id uuid NOT NULL`"));
        } else if !(row.enabled && row.forced && row.bound) {
            lines.push(format!("{name}: is not bound to the tenant; add SELECT platform.protect('{name}')"));
        } else if row.wider {
            lines.push(format!("{name}: has a policy that lets the app see more than its tenant"));
        }
    }
    Ok(lines)
}

async fn unique_indexes(pool: &PgPool) -> Result<Vec<String>> {
    Ok(sqlx::query_scalar!(
        r#"SELECT i.indexrelid::regclass::text || ': is unique and does not begin with tenant_id' AS "line!"
           FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
           JOIN pg_attribute t ON t.attrelid = c.oid AND t.attname = 'tenant_id'
           WHERE i.indisunique AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast') AND i.indkey[0] <> t.attnum
           ORDER BY 1"#
    )
    .fetch_all(pool)
    .await?)
}

async fn foreign_keys(pool: &PgPool) -> Result<Vec<String>> {
    Ok(sqlx::query_scalar!(
        r#"SELECT f.conrelid::regclass::text || '.' || f.conname || ': is a foreign key that does not begin with tenant_id' AS "line!"
           FROM pg_constraint f
           JOIN pg_attribute t ON t.attrelid = f.conrelid AND t.attname = 'tenant_id'
           LEFT JOIN pg_attribute r ON r.attrelid = f.confrelid AND r.attname = 'tenant_id'
           WHERE f.contype = 'f' AND (f.conkey[1] <> t.attnum OR f.confkey[1] IS DISTINCT FROM r.attnum)
           ORDER BY 1"#
    )
    .fetch_all(pool)
    .await?)
}

async fn definers(pool: &PgPool, expected: &[&str]) -> Result<Vec<String>> {
    let rows = sqlx::query!(
        r#"SELECT n.nspname || '.' || p.proname AS "name!",
                  coalesce(p.proconfig::text LIKE '%search_path=%', false) AS "fixed!",
                  EXISTS (SELECT FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a WHERE a.grantee = 0) AS "open!"
           FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
           WHERE p.prosecdef AND n.nspname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1"#
    )
    .fetch_all(pool)
    .await?;
    let mut lines: Vec<String> = expected.iter().filter(|e| !rows.iter().any(|r| r.name == **e)).map(|e| format!("{e}: is listed and does not exist")).collect();
    for row in rows {
        if !expected.contains(&row.name.as_str()) && !DEFINERS.contains(&row.name.as_str()) {
            lines.push(format!("{}: is SECURITY DEFINER and not listed", row.name));
        }
        if !row.fixed {
            lines.push(format!("{}: is SECURITY DEFINER without a fixed search_path", row.name));
        }
        if row.open {
            lines.push(format!("{}: is SECURITY DEFINER and anybody may execute it", row.name));
        }
    }
    Ok(lines)
}
