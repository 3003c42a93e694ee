//! Rows of `identity.user_account` and `identity.factor`.

use access::{facts::Facts, scope::ListScope, tokens};
use chrono::{DateTime, Utc};
use platform::{Error, Result, Tx};
use proto::{FieldClass, ResourceType};
use uuid::Uuid;

use super::blobs::{EmailBlob, FactorBlob, NameBlob};
use crate::domain::user::State;

/// An account.
#[derive(Clone, Debug)]
pub struct UserRow {
    /// The user.
    pub id: Uuid,
    /// Agency or team of the account.
    pub node_id: Uuid,
    /// See [`State`].
    pub state: i16,
    /// Sealed [`NameBlob`].
    pub c_identity: Vec<u8>,
    /// Sealed [`EmailBlob`].
    pub c_contact: Vec<u8>,
    /// Last sign-in.
    pub last_signed_in_at: Option<DateTime<Utc>>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Grows with each change.
    pub version: i64,
}

impl UserRow {
    /// Where the account stands.
    pub fn state(&self) -> State {
        State::of(self.state)
    }

    /// What decisions about it need: its node owns it, and it is the user's own.
    pub fn facts(&self) -> Facts<'static> {
        facts(self.id, self.node_id)
    }

    /// The name.
    ///
    /// # Errors
    /// Those of [`Tx::open`].
    pub async fn name(&self, tx: &mut Tx) -> Result<String> {
        Ok(tx.open::<NameBlob>(self.id, FieldClass::Identity, self.id, &self.c_identity).await?.name)
    }

    /// The address.
    ///
    /// # Errors
    /// Those of [`Tx::open`].
    pub async fn email(&self, tx: &mut Tx) -> Result<String> {
        Ok(tx.open::<EmailBlob>(self.id, FieldClass::Contact, self.id, &self.c_contact).await?.email)
    }
}

/// Facts of an account.
pub fn facts(id: Uuid, node: Uuid) -> Facts<'static> {
    Facts::new(ResourceType::User).owned_by(node).made(id)
}

/// The blind token of an address; none for what is no address.
///
/// # Errors
/// Those of [`Tx::token_key`].
pub async fn email_token(tx: &mut Tx, email: &str) -> Result<Option<i64>> {
    let key = tx.token_key().await?;
    Ok(tokens::email(&key, email).first().copied())
}

/// One account.
///
/// # Errors
/// `NotFound`.
pub async fn get(tx: &mut Tx, id: Uuid) -> Result<UserRow> {
    find(tx, id).await?.ok_or_else(Error::not_found)
}

/// One account, where there is one.
///
/// # Errors
/// The database's.
pub async fn find(tx: &mut Tx, id: Uuid) -> Result<Option<UserRow>> {
    let tenant = tx.tenant();
    Ok(sqlx::query_as!(
        UserRow,
        "SELECT id, node_id, state, c_identity, c_contact, last_signed_in_at, created_at, version
         FROM identity.user_account WHERE tenant_id = $1 AND id = $2",
        tenant, id
    )
    .fetch_optional(tx.conn())
    .await?)
}

/// The account with an address.
///
/// # Errors
/// The database's.
pub async fn by_email_token(tx: &mut Tx, token: i64) -> Result<Option<UserRow>> {
    let tenant = tx.tenant();
    Ok(sqlx::query_as!(
        UserRow,
        "SELECT id, node_id, state, c_identity, c_contact, last_signed_in_at, created_at, version
         FROM identity.user_account WHERE tenant_id = $1 AND email_token = $2",
        tenant, token
    )
    .fetch_optional(tx.conn())
    .await?)
}

/// What a list of users is narrowed by.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Nodes whose accounts are wanted; none for all.
    pub nodes: Option<Vec<Uuid>>,
    /// Word of a built-in role held now; empty for any.
    pub built_in_role: String,
    /// Disabled accounts too.
    pub include_disabled: bool,
    /// Only these; empty for all.
    pub ids: Vec<Uuid>,
}

/// Accounts by id after `after`, as far as `scope` reaches for `me`.
///
/// # Errors
/// The database's.
pub async fn list(tx: &mut Tx, scope: &ListScope, me: Uuid, filter: &Filter, after: Uuid, limit: i64) -> Result<Vec<UserRow>> {
    let (tenant, now) = (tx.tenant(), tx.now());
    Ok(sqlx::query_as!(
        UserRow,
        "SELECT u.id, u.node_id, u.state, u.c_identity, u.c_contact, u.last_signed_in_at, u.created_at, u.version
         FROM identity.user_account u
         WHERE u.tenant_id = $1 AND u.id > $2
           AND ($3 OR u.node_id = ANY($4) OR ($5 AND u.id = $6))
           AND ($7::uuid[] IS NULL OR u.node_id = ANY($7))
           AND ($8 = '' OR EXISTS (
               SELECT FROM identity.assignment a JOIN identity.role r ON r.tenant_id = a.tenant_id AND r.id = a.role_id
               WHERE a.tenant_id = u.tenant_id AND a.user_id = u.id AND r.built_in = $8 AND a.ended_at IS NULL
                 AND a.valid_from <= $9 AND (a.valid_to IS NULL OR a.valid_to > $9)))
           AND ($10 OR u.state <> 3)
           AND (cardinality($11::uuid[]) = 0 OR u.id = ANY($11))
         ORDER BY u.id LIMIT $12",
        tenant,
        after,
        scope.everything,
        &scope.nodes,
        scope.own,
        me,
        filter.nodes.as_deref(),
        filter.built_in_role,
        now,
        filter.include_disabled,
        &filter.ids,
        limit
    )
    .fetch_all(tx.conn())
    .await?)
}

/// An account to be added, invited.
pub struct NewUser<'a> {
    /// The user.
    pub id: Uuid,
    /// Agency or team.
    pub node: Uuid,
    /// Blind token of the address.
    pub email_token: i64,
    /// Name.
    pub name: &'a str,
    /// Address.
    pub email: &'a str,
    /// Who makes it; none for the operator.
    pub created_by: Option<Uuid>,
}

/// Makes the subject's key and adds the account.
///
/// # Errors
/// The database's and those of the keys.
pub async fn insert(tx: &mut Tx, new: NewUser<'_>) -> Result<()> {
    let (tenant, now) = (tx.tenant(), tx.now());
    tx.create_subject(new.id, "user").await?;
    let name = tx.seal(new.id, FieldClass::Identity, new.id, &NameBlob { name: new.name.to_owned() }).await?;
    let email = tx.seal(new.id, FieldClass::Contact, new.id, &EmailBlob { email: new.email.to_owned() }).await?;
    sqlx::query!(
        "INSERT INTO identity.user_account (tenant_id, id, node_id, state, email_token, c_identity, c_contact, created_by, created_at, version)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1)",
        tenant, new.id, new.node, State::Invited.number(), new.email_token, name, email, new.created_by, now
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Stores name and node; answers the new version.
///
/// # Errors
/// The database's and those of the keys.
pub async fn update(tx: &mut Tx, user: &UserRow, name: Option<&str>, node: Uuid) -> Result<i64> {
    let tenant = tx.tenant();
    let blob = match name {
        Some(name) => tx.seal(user.id, FieldClass::Identity, user.id, &NameBlob { name: name.to_owned() }).await?,
        None => user.c_identity.clone(),
    };
    Ok(sqlx::query_scalar!(
        "UPDATE identity.user_account SET c_identity = $3, node_id = $4, version = version + 1 WHERE tenant_id = $1 AND id = $2 RETURNING version",
        tenant, user.id, blob, node
    )
    .fetch_one(tx.conn())
    .await?)
}

/// Stores the state.
///
/// # Errors
/// The database's.
pub async fn set_state(tx: &mut Tx, id: Uuid, state: State) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query!("UPDATE identity.user_account SET state = $3, version = version + 1 WHERE tenant_id = $1 AND id = $2", tenant, id, state.number())
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Notes a sign-in.
///
/// # Errors
/// The database's.
pub async fn signed_in(tx: &mut Tx, id: Uuid) -> Result<()> {
    let (tenant, now) = (tx.tenant(), tx.now());
    sqlx::query!("UPDATE identity.user_account SET last_signed_in_at = $3 WHERE tenant_id = $1 AND id = $2", tenant, id, now)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// A user's factors.
#[derive(Clone, Debug)]
pub struct Factors {
    /// Password hash and authenticator secret.
    pub blob: FactorBlob,
    /// Last step whose code was taken.
    pub last_step: i64,
}

/// The factors of a user, locked until the transaction ends so that a code is taken once.
///
/// # Errors
/// The database's and those of the keys.
pub async fn factors(tx: &mut Tx, user: Uuid) -> Result<Option<Factors>> {
    let tenant = tx.tenant();
    let row = sqlx::query!("SELECT c_staff_hr, last_step FROM identity.factor WHERE tenant_id = $1 AND user_id = $2 FOR UPDATE", tenant, user)
        .fetch_optional(tx.conn())
        .await?;
    match row {
        None => Ok(None),
        Some(row) => {
            let blob = tx.open(user, FieldClass::StaffHr, user, &row.c_staff_hr).await?;
            Ok(Some(Factors { blob, last_step: row.last_step }))
        }
    }
}

/// Whether a user has factors.
///
/// # Errors
/// The database's.
pub async fn has_factors(tx: &mut Tx, user: Uuid) -> Result<bool> {
    let tenant = tx.tenant();
    Ok(sqlx::query_scalar!(r#"SELECT EXISTS (SELECT FROM identity.factor WHERE tenant_id = $1 AND user_id = $2) AS "has!""#, tenant, user)
        .fetch_one(tx.conn())
        .await?)
}

/// Replaces the factors of a user; `last_step` is the step of the code that proved the authenticator.
///
/// # Errors
/// The database's and those of the keys.
pub async fn set_factors(tx: &mut Tx, user: Uuid, blob: &FactorBlob, last_step: i64) -> Result<()> {
    let (tenant, now) = (tx.tenant(), tx.now());
    let sealed = tx.seal(user, FieldClass::StaffHr, user, blob).await?;
    sqlx::query!(
        "INSERT INTO identity.factor (tenant_id, user_id, c_staff_hr, last_step, changed_at) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (tenant_id, user_id) DO UPDATE
         SET c_staff_hr = excluded.c_staff_hr, last_step = excluded.last_step, changed_at = excluded.changed_at,
             password_changed_at = NULL, authenticator_changed_at = NULL",
        tenant, user, sealed, last_step, now
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Notes the step of a code that was taken.
///
/// # Errors
/// The database's.
pub async fn take_step(tx: &mut Tx, user: Uuid, step: i64) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query!("UPDATE identity.factor SET last_step = $3 WHERE tenant_id = $1 AND user_id = $2", tenant, user, step)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Replaces the password of a user who has factors.
///
/// # Errors
/// The database's and those of the keys.
pub async fn change_password(tx: &mut Tx, user: Uuid, password_hash: String) -> Result<()> {
    let held = factors(tx, user).await?.ok_or_else(|| Error::fault("a session without factors"))?;
    let (tenant, now) = (tx.tenant(), tx.now());
    let sealed = tx.seal(user, FieldClass::StaffHr, user, &FactorBlob { password_hash, ..held.blob }).await?;
    sqlx::query!("UPDATE identity.factor SET c_staff_hr = $3, password_changed_at = $4 WHERE tenant_id = $1 AND user_id = $2", tenant, user, sealed, now)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Replaces the authenticator of a user who has factors; `last_step` is the step of the code that proved it.
///
/// # Errors
/// The database's and those of the keys.
pub async fn change_authenticator(tx: &mut Tx, user: Uuid, totp_secret: Vec<u8>, last_step: i64) -> Result<()> {
    let held = factors(tx, user).await?.ok_or_else(|| Error::fault("a session without factors"))?;
    let (tenant, now) = (tx.tenant(), tx.now());
    let sealed = tx.seal(user, FieldClass::StaffHr, user, &FactorBlob { totp_secret, ..held.blob }).await?;
    sqlx::query!(
        "UPDATE identity.factor SET c_staff_hr = $3, authenticator_changed_at = $4, last_step = $5 WHERE tenant_id = $1 AND user_id = $2",
        tenant, user, sealed, now, last_step
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// When password and authenticator of a user changed last.
///
/// # Errors
/// The database's.
pub async fn factors_changed(tx: &mut Tx, user: Uuid) -> Result<Option<(DateTime<Utc>, DateTime<Utc>)>> {
    let tenant = tx.tenant();
    let row = sqlx::query!("SELECT changed_at, password_changed_at, authenticator_changed_at FROM identity.factor WHERE tenant_id = $1 AND user_id = $2", tenant, user)
        .fetch_optional(tx.conn())
        .await?;
    Ok(row.map(|r| (r.password_changed_at.unwrap_or(r.changed_at), r.authenticator_changed_at.unwrap_or(r.changed_at))))
}

/// Whether a user wants mail about allocations.
///
/// # Errors
/// The database's.
pub async fn wants_case_mail(tx: &mut Tx, id: Uuid) -> Result<bool> {
    let tenant = tx.tenant();
    Ok(sqlx::query_scalar!("SELECT case_mail FROM identity.user_account WHERE tenant_id = $1 AND id = $2", tenant, id).fetch_one(tx.conn()).await?)
}

/// Stores whether a user wants mail about allocations.
///
/// # Errors
/// The database's.
pub async fn set_case_mail(tx: &mut Tx, id: Uuid, wanted: bool) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query!("UPDATE identity.user_account SET case_mail = $3 WHERE tenant_id = $1 AND id = $2", tenant, id, wanted).execute(tx.conn()).await?;
    Ok(())
}

/// Anybody who has factors. What is asked of an address that nobody has is asked of them, and thrown away, so that time does not tell.
///
/// # Errors
/// The database's.
pub async fn stand_in(tx: &mut Tx) -> Result<Uuid> {
    let tenant = tx.tenant();
    let anybody = sqlx::query_scalar!("SELECT user_id FROM identity.factor WHERE tenant_id = $1 LIMIT 1", tenant).fetch_optional(tx.conn()).await?;
    Ok(anybody.unwrap_or_default())
}
