//! Takes a contact point away, with its search tokens.

use platform::{Ctx, Db, Error, Result, db::Tx};
use proto::{
    FieldClass, ResourceType,
    people::v1::{RemoveContactPointRequest, RemoveContactPointResponse},
};

use crate::{
    domain::fields::Fields,
    queries::person_access,
    store::{contact_points, opened},
};

/// Does it.
///
/// # Errors
/// `InvalidArgument`; `NotFound`; `PermissionDenied`.
pub async fn remove_contact_point(db: &Db, ctx: &Ctx, req: RemoveContactPointRequest) -> Result<RemoveContactPointResponse> {
    let mut check = Fields::new();
    let person_id = check.id("person_id", &req.person_id);
    let point_id = check.id("contact_point_id", &req.contact_point_id);
    check.finish()?;

    let mut tx = Tx::begin(db, ctx, ctx.permit()).await?;
    person_access::may_update(&mut tx, person_id, &[FieldClass::Contact]).await?;
    if let Some(answer) = tx.replay(&req.request_id, &req).await? {
        return Ok(answer);
    }
    let mut person = opened::get_for_update(&mut tx, person_id).await?;
    if !person.points.iter().any(|p| p.row.id == point_id) {
        return Err(Error::not_found());
    }
    contact_points::delete(&mut tx, point_id).await?;
    opened::reload_points(&mut tx, &mut person).await?;
    opened::save(&mut tx, &mut person).await?;
    tx.changed(ResourceType::Person, person_id);
    tx.commit_with(RemoveContactPointResponse {}).await
}
