//! A token of 60 seconds for the partner's system that showed a certificate.

use access::facts::Facts;
use chrono::TimeDelta;
use platform::{Ctx, Error, Result, tokens::{LIFETIME_SECONDS, Mint, Strength, TokenKind}};
use proto::{
    Action, ResourceType,
    identity::v1::{MintServiceAccountTokenRequest, MintServiceAccountTokenResponse},
};

use super::mint_token::EVERYWHERE;
use crate::{
    state::State,
    store::{epochs, service_accounts},
    wire::{fingerprint, timestamp},
};

/// Mints it. The tenant is found by the certificate, hence the call comes without one.
///
/// # Errors
/// `Unauthenticated` where no live account has the certificate.
pub async fn mint_service_account_token(state: &State, ctx: &Ctx, req: MintServiceAccountTokenRequest) -> Result<MintServiceAccountTokenResponse> {
    let refused = || Error::unauthenticated().internal("no live service account has this certificate");
    if req.partner_name.is_empty() {
        return Err(refused());
    }
    let fingerprint = fingerprint(&req.certificate_fingerprint).ok_or_else(refused)?;
    let mut tx = state.begin(ctx).await?;
    let found = service_accounts::by_fingerprint(&mut tx, &fingerprint).await?;
    tx.commit().await?;
    let (tenant, account) = found.ok_or_else(refused)?;

    let own = state.own(tenant, ctx.request_id());
    let mut tx = state.begin(&own).await?;
    let live = service_accounts::used(&mut tx, account).await?;
    let (epoch, now) = (epochs::current(&mut tx).await?, tx.now());
    if live {
        // The call came without a tenant; its sign-in belongs into the trail of the account's.
        own.on_behalf_of(format!("account:{account}"));
        tx.changed(ResourceType::ServiceAccount, account);
    }
    tx.commit().await?;
    if !live {
        return Err(refused());
    }
    ctx.decide(Action::Update, account, &Facts::new(ResourceType::ServiceAccount))?;
    let token = state.signer.mint(Mint {
        kind: TokenKind::ServiceAccount,
        subject: account,
        tenant,
        audience: EVERYWHERE.map(str::to_owned).to_vec(),
        epoch,
        session: None,
        strength: Strength::TwoFactors,
    })?;
    Ok(MintServiceAccountTokenResponse {
        token,
        expires_at: Some(timestamp(now + TimeDelta::seconds(LIFETIME_SECONDS))),
        tenant_id: tenant.to_string(),
        account_id: account.to_string(),
    })
}
