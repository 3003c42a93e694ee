//! Which mail about work somebody wants. What happens to their account they always hear.

use platform::{Ctx, Result};
use proto::{
    Action, ResourceType,
    identity::v1::{SetNoticesRequest, SetNoticesResponse},
};

use super::begin;
use crate::{state::State, store::users};

/// Stores the choice.
///
/// # Errors
/// `Unauthenticated`.
pub async fn set_notices(state: &State, ctx: &Ctx, req: SetNoticesRequest) -> Result<SetNoticesResponse> {
    let (mut tx, own) = begin(state, ctx, &req.tenant_id, &req.session_secret, Action::Update).await?;
    users::set_case_mail(&mut tx, own.user.id, req.case_mail).await?;
    tx.changed(ResourceType::User, own.user.id);
    tx.commit().await?;
    Ok(SetNoticesResponse {})
}
