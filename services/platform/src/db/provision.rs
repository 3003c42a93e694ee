//! Roles and databases on a server of our own: the private servers of `up`, and tests. In other places the operator
//! makes them (deploy/ shows how).

use std::str::FromStr;

use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection, postgres::PgConnectOptions};

use crate::{Error, Result, config::{DatabaseSection, Secret}};

/// One role and database is made at a time: PostgreSQL refuses concurrent changes of one role.
const LOCK: i64 = 0x6163_636f_7265;

/// The passwords of a service's three roles.
#[derive(Clone, Debug)]
pub struct Passwords {
    /// Of `<service>_owner`.
    pub owner: Secret,
    /// Of `<service>_app`.
    pub app: Secret,
    /// Of `<service>_platform`.
    pub platform: Secret,
}

/// What is to be made.
#[derive(Clone, Debug)]
pub struct Provision<'a> {
    /// Address of a superuser.
    pub superuser_url: &'a str,
    /// The service, whose name the roles begin with.
    pub service: &'a str,
    /// Name of the database.
    pub database: &'a str,
    /// A migrated database of the same service to copy, with nobody connected to it; for tests.
    pub template: Option<&'a str>,
    /// Passwords that the roles get.
    pub passwords: &'a Passwords,
}

/// Makes what is missing of the three roles and the database, owned by the owner and closed to everybody else; sets
/// the passwords. Answers the section with the three addresses and default sizes. Can be repeated.
///
/// # Errors
/// `Internal` for a name that is not of lower-case letters, digits and underscores; of the database.
pub async fn provision(what: Provision<'_>) -> Result<DatabaseSection> {
    for name in [what.service, what.database, what.template.unwrap_or("none")] {
        if name.is_empty() || name.len() > 63 || !name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_') {
            return Err(Error::fault(format!("`{name}` is not the name of a service or database")));
        }
    }
    let options = PgConnectOptions::from_str(what.superuser_url).map_err(|_| Error::fault("the superuser's address is not a postgres:// address"))?;
    let mut connection = PgConnection::connect_with(&options).await?;
    sqlx::query!("SELECT pg_advisory_lock($1)", LOCK).execute(&mut connection).await?;
    let result = make(&mut connection, &what).await;
    connection.close().await?;
    result?;
    let url = |role: &str, password: &Secret| {
        let options = options.clone().username(&format!("{}_{role}", what.service)).password(password.expose()).database(what.database);
        Secret::new(options.to_url_lossy().to_string())
    };
    Ok(DatabaseSection {
        app_url: url("app", &what.passwords.app),
        platform_url: url("platform", &what.passwords.platform),
        owner_url: url("owner", &what.passwords.owner),
        ..DatabaseSection::default()
    })
}

async fn make(connection: &mut PgConnection, what: &Provision<'_>) -> Result<()> {
    let (service, database) = (what.service, what.database);
    for (role, password) in [("owner", &what.passwords.owner), ("app", &what.passwords.app), ("platform", &what.passwords.platform)] {
        let name = format!("{service}_{role}");
        let known = sqlx::query_scalar!("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1) AS \"known!\"", name).fetch_one(&mut *connection).await?;
        let verb = if known { "ALTER" } else { "CREATE" };
        let password = sqlx::query_scalar!("SELECT quote_literal($1) AS \"text!\"", password.expose()).fetch_one(&mut *connection).await?;
        run(connection, format!("{verb} ROLE {name} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS PASSWORD {password}")).await?;
    }
    let known = sqlx::query_scalar!("SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1) AS \"known!\"", database).fetch_one(&mut *connection).await?;
    if !known {
        let template = what.template.map(|t| format!(" TEMPLATE {t}")).unwrap_or_default();
        run(connection, format!("CREATE DATABASE {database} OWNER {service}_owner{template}")).await?;
    }
    run(connection, format!("REVOKE ALL ON DATABASE {database} FROM PUBLIC")).await?;
    run(connection, format!("GRANT CONNECT ON DATABASE {database} TO {service}_app, {service}_platform")).await
}

async fn run(connection: &mut PgConnection, sql: String) -> Result<()> {
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(connection).await?;
    Ok(())
}
