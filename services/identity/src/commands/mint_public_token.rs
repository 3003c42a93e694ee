//! A token of 60 seconds for a tenant's public pages.

use chrono::TimeDelta;
use platform::{Ctx, Error, Result, tokens::{LIFETIME_SECONDS, Mint, Strength, TokenKind}};
use proto::identity::v1::{MintPublicTokenRequest, MintPublicTokenResponse};

use crate::{
    state::{State, same_tenant},
    store::epochs,
    wire::timestamp,
};

/// Mints it; it reaches referral only.
///
/// # Errors
/// `NotFound` where there is no such tenant.
pub async fn mint_public_token(state: &State, ctx: &Ctx, req: MintPublicTokenRequest) -> Result<MintPublicTokenResponse> {
    same_tenant(ctx, &req.tenant_id)?;
    let mut tx = state.begin(ctx).await?;
    let (epoch, now) = (epochs::current(&mut tx).await?, tx.now());
    tx.commit().await?;
    if epoch == 0 {
        return Err(Error::not_found());
    }
    let tenant = ctx.tenant();
    let mint = Mint { kind: TokenKind::Public, subject: tenant, tenant, audience: vec!["referral".into()], epoch, session: None, strength: Strength::Nothing };
    Ok(MintPublicTokenResponse { token: state.signer.mint(mint)?, expires_at: Some(timestamp(now + TimeDelta::seconds(LIFETIME_SECONDS))) })
}
