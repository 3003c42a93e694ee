//! Says whether and how a contact point is safe.

use platform::{Ctx, Db, Error, Result, db::Tx, local_time};
use proto::{
    FieldClass, ResourceType,
    people::v1::{SetContactSafetyRequest, SetContactSafetyResponse},
};

use crate::{
    domain::{contact::Safety, fields::{self, Fields}, safe_times},
    queries::person_access,
    store::{contact_points, opened},
};

/// Does it. Only what the person themself confirmed counts as verified, and only the verified is used.
///
/// # Errors
/// `InvalidArgument`; `NotFound`; `PermissionDenied`; `Conflict` where the person changed meanwhile.
pub async fn set_contact_safety(db: &Db, ctx: &Ctx, req: SetContactSafetyRequest) -> Result<SetContactSafetyResponse> {
    let mut check = Fields::new();
    let person_id = check.id("person_id", &req.person_id);
    let point_id = check.id("contact_point_id", &req.contact_point_id);
    let safety = check.code("safety", "contact_safety", &req.safety);
    let words = check.text("words", &req.words, fields::LINE * 5);
    let mut clock = |field: &str, text: &str| {
        safe_times::clock(text).unwrap_or_else(|_| {
            check.wrong(field, "Enter a time of day, like 09:00.");
            None
        })
    };
    let (safe_from, safe_to) = (clock("safe_from", &req.safe_from), clock("safe_to", &req.safe_to));
    if safe_from.is_some() && safe_from == safe_to {
        check.wrong("safe_to", "Enter a time that differs from when it starts to be safe.");
    }
    let review_on = check.date("review_on", &req.review_on);
    if review_on.is_some_and(|date| date < local_time::today(ctx.now())) {
        check.wrong("review_on", "The review date must be today or later.");
    }
    check.finish()?;
    let sayable = matches!(safety.as_str(), "SAFE" | "SAFE_WITH_LIMITS");

    let mut tx = Tx::begin(db, ctx, ctx.permit()).await?;
    person_access::may_update(&mut tx, person_id, &[FieldClass::Contact]).await?;
    if let Some(answer) = tx.replay(&req.request_id, &req).await? {
        return Ok(answer);
    }
    let mut person = opened::get_for_update(&mut tx, person_id).await?;
    Fields::etag(&req.etag, person.row.version)?;
    let point = person.points.iter_mut().find(|p| p.row.id == point_id).ok_or_else(Error::not_found)?;
    point.blob.words = words;
    let new = Safety {
        safety,
        may_text: sayable && req.may_text,
        may_leave_voicemail: sayable && req.may_leave_voicemail,
        may_write: sayable && req.may_write,
        safe_from,
        safe_to,
        limits_in_words: false,
        verified_at: req.verified.then(|| tx.now()),
        review_on,
    };
    let blob = tx.seal(person_id, FieldClass::Contact, point_id, &point.blob).await?;
    contact_points::save(&mut tx, point_id, &blob, &new).await?;
    let version = opened::save(&mut tx, &mut person).await?;
    tx.changed(ResourceType::Person, person_id);
    tx.commit_with(SetContactSafetyResponse { etag: version.to_string() }).await
}
