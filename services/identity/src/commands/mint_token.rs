//! A token of 60 seconds for a live session.

use access::{decide::Subject, scope::may_ever, snapshot::Snapshot};
use chrono::TimeDelta;
use platform::{Ctx, Error, Result, tokens::{LIFETIME_SECONDS, Mint, Strength, TokenKind}};
use proto::{
    Action, PrincipalKind, ResourceType,
    identity::v1::{MintTokenRequest, MintTokenResponse},
};

use crate::{
    cache::Live,
    secret,
    state::{State, same_tenant},
    store::{epochs, sessions, users},
    wire::timestamp,
};

/// Services that a token of a user or a partner's system may reach.
pub const EVERYWHERE: [&str; 5] = ["identity", "referral", "case", "notification", "reporting"];

/// Mints a token and moves the session's idle end, at most once a minute.
///
/// # Errors
/// `Unauthenticated` where the session has ended.
pub async fn mint_token(state: &State, ctx: &Ctx, req: MintTokenRequest) -> Result<MintTokenResponse> {
    same_tenant(ctx, &req.tenant_id)?;
    let (tenant, hash) = (ctx.tenant(), secret::hash(&req.session_secret));
    let cached = state.sessions.get(tenant, &hash).await;
    let mut tx = state.begin(ctx).await?;
    let (epoch, now) = (epochs::current(&mut tx).await?, tx.now());
    let snapshot = state.snapshots.get(tenant, epoch).await?;
    let live = match cached.filter(|live| live.holds(epoch, now)) {
        Some(live) => live,
        None => {
            let row = sessions::touch(&mut tx, &hash, snapshot.idle_minutes()).await?.ok_or_else(Error::unauthenticated)?;
            let live = Live { session: row.id, user: row.user_id, epoch, idle_ends_at: row.idle_ends_at, auth_at: row.auth_at, at: now };
            state.sessions.put(tenant, &hash, &live).await;
            live
        }
    };
    let user = users::find(&mut tx, live.user).await?.ok_or_else(Error::unauthenticated)?;
    let user_name = user.name(&mut tx).await?;
    tx.commit().await?;

    let mint = Mint {
        kind: TokenKind::User,
        subject: live.user,
        tenant,
        audience: EVERYWHERE.map(str::to_owned).to_vec(),
        epoch,
        session: Some(live.session),
        strength: Strength::TwoFactors,
    };
    let token = state.signer.mint_proved_at(mint, live.auth_at)?;
    let subject = Subject { id: live.user, kind: PrincipalKind::User, at: now.timestamp() };
    let mut role_names: Vec<String> = snapshot.roles_of(live.user, subject.at).map(|(role, _)| role.name.clone()).collect();
    role_names.dedup();
    Ok(MintTokenResponse {
        token,
        expires_at: Some(timestamp(now + TimeDelta::seconds(LIFETIME_SECONDS))),
        user_id: live.user.to_string(),
        user_name,
        epoch,
        permissions: permissions(&snapshot, &subject),
        role_names,
        idle_ends_at: Some(timestamp(live.idle_ends_at)),
        node_id: user.node_id.to_string(),
        session_id: live.session.to_string(),
    })
}

/// What the subject may do somewhere, as `referral.triage`; for navigation only.
fn permissions(snapshot: &Snapshot, subject: &Subject) -> Vec<String> {
    let numbers = 1..64;
    let resources = || numbers.clone().filter_map(|n| ResourceType::try_from(n).ok());
    let actions = || numbers.clone().filter_map(|n| Action::try_from(n).ok());
    let word = |name: &str, prefix: &str| name.trim_start_matches(prefix).to_ascii_lowercase();
    resources()
        .flat_map(|resource| actions().map(move |action| (resource, action)))
        .filter(|(resource, action)| may_ever(snapshot, subject, *resource, *action))
        .map(|(resource, action)| format!("{}.{}", word(resource.as_str_name(), "RESOURCE_TYPE_"), word(action.as_str_name(), "ACTION_")))
        .collect()
}

#[cfg(test)]
mod tests {
    use proto::authz::v1 as wire;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn permissions_are_words_for_navigation() {
        let id = |n| Uuid::from_u128(n).to_string();
        let facilitator = access::roles::built_in().into_iter().find(|r| r.built_in == "facilitator").unwrap();
        let snapshot = Snapshot::compile(&wire::Snapshot {
            tenant_id: id(1),
            epoch: 1,
            nodes: vec![wire::Node { id: id(2), ..wire::Node::default() }],
            roles: vec![wire::Role { id: id(3), ..facilitator }],
            assignments: vec![wire::Assignment { subject_id: id(4), role_id: id(3), node_id: id(2), valid_from: 0, valid_to: 0 }],
            settings: None,
        })
        .unwrap();
        let may = permissions(&snapshot, &Subject { id: Uuid::from_u128(4), kind: PrincipalKind::User, at: 5 });
        assert!(may.contains(&"case.update".to_owned()) && may.contains(&"referral.create".to_owned()), "{may:?}");
        assert!(!may.iter().any(|p| p == "referral.triage" || p.starts_with("audit_event.")), "{may:?}");
    }
}
