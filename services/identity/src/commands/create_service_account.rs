//! Letting a partner's certificate act.

use platform::{Ctx, Error, Kind, Result};
use proto::{
    Action, ResourceType,
    identity::v1::{CreateServiceAccountRequest, CreateServiceAccountResponse},
};

use super::{
    announce::announce,
    manage::{may_give_to_system, node, permissions, role},
};
use crate::{
    domain::giving::suits_a_system,
    state::State,
    store::{epochs, service_accounts::{self, AccountRow}},
    wire,
};

/// Adds an account for the certificate, with one role at one node.
///
/// # Errors
/// `InvalidArgument`, `PermissionDenied`, `AlreadyExists` on `certificate_fingerprint`.
pub async fn create_service_account(state: &State, ctx: &Ctx, req: CreateServiceAccountRequest) -> Result<CreateServiceAccountResponse> {
    let mut tx = state.begin(ctx).await?;
    if let Some(answer) = tx.replay(&req.request_id, &req).await? {
        return Ok(answer);
    }
    epochs::lock(&mut tx).await?;
    let snapshot = permissions(ctx)?;
    let mut wrong = Error::invalid();
    let name = wire::text(&mut wrong, "name", &req.name, 100, "Enter the name of the partner's system.");
    let fingerprint = wire::fingerprint(&req.certificate_fingerprint);
    if fingerprint.is_none() {
        wrong = wrong.field("certificate_fingerprint", "Enter the SHA-256 fingerprint of the certificate: 64 digits and letters from A to F.");
    }
    let expires_at = wire::instant("expires_at", req.expires_at)?.filter(|at| *at > tx.now());
    if expires_at.is_none() {
        wrong = wrong.field("expires_at", "Enter a date in the future when this access ends.");
    }
    let (role, at) = (role(snapshot, "role_id", &req.role_id), node(snapshot, "node_id", &req.node_id));
    for e in [role.as_ref().err(), at.as_ref().err()].into_iter().flatten() {
        wrong = wire::with_fields_of(wrong, e);
    }
    if role.as_ref().is_ok_and(|r| !suits_a_system(r)) {
        wrong = wrong.field("role_id", "This role is for people. Choose the referrer role or one of your own.");
    }
    wrong.into_result()?;
    let (role, at) = (role?, at?);
    let (Some(fingerprint), Some(expires_at)) = (fingerprint, expires_at) else { return Err(Error::invalid()) };

    let id = ctx.new_id();
    ctx.decide(Action::Manage, id, &service_accounts::facts(at))?;
    may_give_to_system(ctx, role, at)?;
    ctx.require_step_up()?;
    if service_accounts::is_taken(&mut tx, &fingerprint).await? {
        return Err(Error::new(Kind::AlreadyExists, "CERTIFICATE_TAKEN", "An account with this certificate exists.")
            .field("certificate_fingerprint", "An account with this certificate exists. Revoke it first."));
    }
    let row = AccountRow { id, name, node_id: at, role_id: role.id, fingerprint, expires_at, revoked_at: None, last_used_at: None };
    service_accounts::insert(&mut tx, &row, ctx.subject().ok()).await?;
    let snapshot = epochs::advance(&mut tx).await?;
    tx.changed(ResourceType::ServiceAccount, id);
    let answer = tx.commit_with(CreateServiceAccountResponse { account_id: id.to_string(), acknowledged_everywhere: false }).await?;
    Ok(CreateServiceAccountResponse { acknowledged_everywhere: announce(state, ctx.request_id(), &snapshot).await, ..answer })
}
