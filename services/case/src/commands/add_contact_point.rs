//! Adds a way to reach a person. Its safety is unknown, so nothing is sent to it.

use platform::{Ctx, Db, Error, Kind, Result, db::Tx};
use proto::{
    FieldClass, ResourceType,
    people::v1::{AddContactPointRequest, AddContactPointResponse},
};

use crate::{
    domain::{contact::{self, Safety}, fields::{self, Fields}, search_text},
    queries::person_access,
    store::{contact_points, opened, people_blobs::PointBlob},
};

/// Contact points that a person may have.
const MOST: usize = 50;

/// Does it.
///
/// # Errors
/// `InvalidArgument`; `NotFound`; `PermissionDenied`; `AlreadyExists` where the person has it.
pub async fn add_contact_point(db: &Db, ctx: &Ctx, req: AddContactPointRequest) -> Result<AddContactPointResponse> {
    let mut check = Fields::new();
    let person_id = check.id("person_id", &req.person_id);
    let kind = check.code("kind", "contact_kind", &req.kind);
    let value = check.required("value", &req.value, fields::LINE * 2, "Enter the number, email address or address.");
    if let Some(message) = contact::wrong(&kind, &value).filter(|_| !value.is_empty()) {
        check.wrong("value", message);
    }
    check.finish()?;

    let mut tx = Tx::begin(db, ctx, ctx.permit()).await?;
    person_access::may_update(&mut tx, person_id, &[FieldClass::Contact]).await?;
    if let Some(answer) = tx.replay(&req.request_id, &req).await? {
        return Ok(answer);
    }
    let mut person = opened::get_for_update(&mut tx, person_id).await?;
    let same = contact::same_as(&kind, &value);
    if person.points.iter().any(|p| p.row.kind == kind && contact::same_as(&kind, &p.blob.value) == same) {
        return Err(Error::new(Kind::AlreadyExists, "CONTACT_POINT_EXISTS", "This person has this contact point already."));
    }
    if person.points.len() >= MOST {
        return Err(Error::precondition("TOO_MANY_CONTACT_POINTS", "Take a contact point away before you add another."));
    }
    if kind == "POST" && person.address.postcode.is_empty() {
        person.address.postcode = search_text::postcode_in(&value).unwrap_or_default();
        person.address.address = value.clone();
    }
    let id = ctx.new_id();
    let blob = tx.seal(person_id, FieldClass::Contact, id, &PointBlob { value, words: String::new() }).await?;
    contact_points::insert(&mut tx, id, person_id, &kind, &blob, &Safety::unknown()).await?;
    opened::reload_points(&mut tx, &mut person).await?;
    opened::save(&mut tx, &mut person).await?;
    tx.changed(ResourceType::Person, person_id);
    tx.commit_with(AddContactPointResponse { contact_point_id: id.to_string() }).await
}
