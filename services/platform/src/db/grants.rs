//! What each role may do, said anew after each migration, so that the answer is here and nowhere else.
//!
//! | | `<service>_app` | `<service>_platform` |
//! |---|---|---|
//! | the service's tables | read and write, bound to the tenant | nothing |
//! | outbox, inbox, idempotency | read and add, bound to the tenant | read, mark, sweep, of all tenants |
//! | audit_event | read and add, bound to the tenant | read and add |
//! | audit_batch | nothing | read and add |
//! | audit_member | read, bound to the tenant | read and add |
//! | audit_head, audit_cursor | nothing | read and move on |
//! | authz_epoch | read and write, bound to the tenant | read and write |
//! | job_run | nothing | all |
//! | schema `keys` | read and add; change subject_key and how the others are wrapped | nothing |
//! | functions `due_*` with the owner's rights | nothing | execute |
//! | other functions with the owner's rights | execute | nothing |

use sqlx::{AssertSqlSafe, Connection, PgConnection};

use crate::{Error, Result};

/// Tables that the platform role works for all tenants.
const ACROSS_TENANTS: [&str; 8] = ["authz_epoch", "outbox", "inbox", "idempotency", "audit_event", "audit_batch", "audit_member", "audit_head"];

/// Grants in one transaction, so that running processes notice nothing. `service` names the roles.
///
/// # Errors
/// Of the database, for instance where a role does not exist.
pub async fn apply(connection: &mut PgConnection, service: &str) -> Result<()> {
    if service.is_empty() || !service.chars().all(|c| c.is_ascii_lowercase() || c == '_') {
        return Err(Error::fault(format!("`{service}` is not the name of a service")));
    }
    let (app, platform) = (format!("{service}_app"), format!("{service}_platform"));
    let mut tx = connection.begin().await?;
    let mut sql = String::new();
    for schema in ["platform", "keys"] {
        sql += &format!("REVOKE ALL ON ALL TABLES IN SCHEMA {schema} FROM {app}, {platform}, PUBLIC;\n");
    }
    sql += &format!(
        "GRANT USAGE ON SCHEMA platform TO {app}, {platform};
         GRANT USAGE ON SCHEMA keys TO {app};
         GRANT SELECT ON platform._migrations, platform._service_migrations TO {app};
         GRANT SELECT, INSERT, UPDATE ON platform.authz_epoch TO {app}, {platform};
         GRANT SELECT, INSERT ON platform.outbox, platform.inbox, platform.idempotency, platform.audit_event TO {app};
         GRANT SELECT, DELETE, UPDATE (published_at) ON platform.outbox TO {platform};
         GRANT SELECT, DELETE ON platform.inbox, platform.idempotency TO {platform};
         GRANT SELECT, INSERT ON platform.audit_event, platform.audit_batch, platform.audit_member TO {platform};
         GRANT SELECT ON platform.audit_member TO {app};
         GRANT SELECT, INSERT, UPDATE ON platform.audit_head TO {platform};
         GRANT SELECT, UPDATE ON platform.audit_cursor TO {platform};
         GRANT SELECT, INSERT, UPDATE, DELETE ON platform.job_run TO {platform};
         GRANT SELECT, INSERT ON keys.tenant_key, keys.index_key, keys.subject_key TO {app};
         GRANT UPDATE ON keys.subject_key TO {app};
         GRANT UPDATE (wrapped, retired_at) ON keys.tenant_key TO {app};
         GRANT UPDATE (wrapped) ON keys.index_key TO {app};\n"
    );
    for table in ACROSS_TENANTS {
        sql += &format!(
            "DROP POLICY IF EXISTS every_tenant ON platform.{table};
             CREATE POLICY every_tenant ON platform.{table} TO {platform} USING (true) WITH CHECK (true);\n"
        );
    }
    for schema in service_schemas(&mut tx).await? {
        sql += &format!(
            "GRANT USAGE ON SCHEMA {schema} TO {app}, {platform};
             GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {app};
             GRANT USAGE ON ALL SEQUENCES IN SCHEMA {schema} TO {app};\n"
        );
    }
    for (function, due) in definers(&mut tx).await? {
        let role = if due { &platform } else { &app };
        sql += &format!("REVOKE ALL ON FUNCTION {function} FROM PUBLIC, {app}, {platform}; GRANT EXECUTE ON FUNCTION {function} TO {role};\n");
    }
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut *tx).await?;
    tx.commit().await?;
    Ok(())
}

/// Schemas of the service's own tables, quoted.
async fn service_schemas(connection: &mut PgConnection) -> Result<Vec<String>> {
    Ok(sqlx::query_scalar!(
        "SELECT quote_ident(nspname) AS \"name!\" FROM pg_namespace
         WHERE (nspowner = current_user::regrole OR nspname = 'public') AND nspname NOT IN ('platform', 'keys')
           AND nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema'
         ORDER BY 1"
    )
    .fetch_all(connection)
    .await?)
}

/// Functions of the service that run with the owner's rights, and whether they look for due work.
async fn definers(connection: &mut PgConnection) -> Result<Vec<(String, bool)>> {
    let rows = sqlx::query!(
        "SELECT p.oid::regprocedure::text AS \"function!\", p.proname LIKE 'due\\_%' AS \"due!\"
         FROM pg_proc p WHERE p.prosecdef AND p.proowner = current_user::regrole AND p.prokind = 'f' ORDER BY 1"
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(|row| (row.function, row.due)).collect())
}
