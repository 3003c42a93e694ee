//! Corrects a person's names, date of birth, language and needs.

use platform::{Ctx, Db, Result, db::Tx, local_time};
use proto::{
    FieldClass, ResourceType,
    people::v1::{UpdateIdentityRequest, UpdateIdentityResponse},
};

use crate::{
    domain::fields::{self, Fields},
    queries::person_access,
    store::{opened, people_blobs::{IdentityBlob, NeedsBlob}},
};

/// Does it. Fields of a class that the caller may not write keep their values.
///
/// # Errors
/// `InvalidArgument`; `NotFound`; `PermissionDenied`; `Conflict` where the person changed meanwhile.
pub async fn update_identity(db: &Db, ctx: &Ctx, req: UpdateIdentityRequest) -> Result<UpdateIdentityResponse> {
    let mut check = Fields::new();
    let id = check.id("person_id", &req.person_id);
    let given_name = check.text("given_name", &req.given_name, fields::NAME);
    let family_name = check.text("family_name", &req.family_name, fields::NAME);
    if given_name.is_empty() && family_name.is_empty() {
        check.wrong("given_name", "Enter a given name or a family name.");
    }
    let known_as = check.text("known_as", &req.known_as, fields::NAME);
    let birth = check.birth_date("date_of_birth", &req.date_of_birth, local_time::today(ctx.now()));
    let language = check.text("language", &req.language, fields::NAME);
    let needs = check.text("needs", &req.needs, fields::TEXT);
    if req.aliases.len() > 20 {
        check.wrong("aliases", "Enter 20 other names or fewer.");
    }
    let mut aliases: Vec<String> = req.aliases.iter().map(|alias| check.text("aliases", alias, fields::NAME)).collect();
    aliases.retain(|alias| !alias.is_empty());
    check.finish()?;

    let mut tx = Tx::begin(db, ctx, ctx.permit()).await?;
    let decision = person_access::may_update(&mut tx, id, &[FieldClass::Identity]).await?;
    if let Some(answer) = tx.replay(&req.request_id, &req).await? {
        return Ok(answer);
    }
    let mut person = opened::get_for_update(&mut tx, id).await?;
    Fields::etag(&req.etag, person.row.version)?;
    person.identity = IdentityBlob { given_name, family_name, known_as, aliases };
    if decision.write.contains(FieldClass::DateOfBirth) {
        person.birth.date = birth.map(|d| d.to_string()).unwrap_or_default();
    }
    if decision.write.contains(FieldClass::Needs) {
        person.needs = NeedsBlob { language, interpreter: req.interpreter, needs };
    }
    let version = opened::save(&mut tx, &mut person).await?;
    tx.changed(ResourceType::Person, id);
    tx.commit_with(UpdateIdentityResponse { etag: version.to_string() }).await
}
