//! What somebody sees of their own account.

use platform::{Ctx, Result, context::FRESH};
use proto::{
    Action,
    identity::v1::{GetAccountRequest, GetAccountResponse, OwnPasskey, OwnSession},
};

use crate::{
    commands::own,
    domain::help::may_confirm,
    state::State,
    store::{help, passkeys, recovery_codes, sessions, users},
    wire::timestamp,
};
use uuid::Uuid;

/// Answers it to who holds the session's secret.
///
/// # Errors
/// `Unauthenticated`.
pub async fn get_account(state: &State, ctx: &Ctx, req: GetAccountRequest) -> Result<GetAccountResponse> {
    let (mut tx, own) = own::begin(state, ctx, &req.tenant_id, &req.session_secret, Action::Read).await?;
    let rows = sessions::of_user(&mut tx, own.user.id).await?;
    let changed = users::factors_changed(&mut tx, own.user.id).await?;
    let recovery_codes_left = recovery_codes::left(&mut tx, own.user.id).await?;
    let case_mail = users::wants_case_mail(&mut tx, own.user.id).await?;
    let mut own_passkeys = Vec::new();
    for row in passkeys::of_user(&mut tx, own.user.id).await? {
        let name = row.blob(&mut tx).await?.name;
        own_passkeys.push(OwnPasskey { passkey_id: row.id.to_string(), name, added_at: Some(timestamp(row.created_at)), last_used_at: row.last_used_at.map(timestamp) });
    }
    let awaiting = help::awaiting(&mut tx).await?;
    let users_to_confirm = match state.snapshots.newest(tx.tenant()).await? {
        Some(snapshot) => {
            let may = |(user, helper): &(Uuid, Uuid)| may_confirm(&snapshot, own.user.id, *helper, *user, tx.now().timestamp());
            awaiting.iter().filter(|asked| may(asked)).map(|(user, _)| user.to_string()).collect()
        }
        None => Vec::new(),
    };
    let fresh_until = Some(own.session.auth_at + FRESH).filter(|until| *until > tx.now()).map(timestamp);
    tx.commit().await?;
    let sessions = rows
        .into_iter()
        .map(|row| OwnSession {
            session_id: row.id.to_string(),
            current: row.id == own.session.id,
            agent: row.agent,
            began_at: Some(timestamp(row.created_at)),
            last_used_at: Some(timestamp(row.last_used_at)),
        })
        .collect();
    Ok(GetAccountResponse {
        sessions,
        passkeys: own_passkeys,
        password_changed_at: changed.map(|(password, _)| timestamp(password)),
        authenticator_changed_at: changed.map(|(_, authenticator)| timestamp(authenticator)),
        recovery_codes_left,
        case_mail,
        fresh_until,
        users_to_confirm,
    })
}
