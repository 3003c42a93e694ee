//! Records equality answers as a new revision; earlier ones stay.

use platform::{Ctx, Db, Error, Result, db::Tx};
use proto::{
    FieldClass, ResourceType,
    people::v1::{SetDemographicsRequest, SetDemographicsResponse},
};

use crate::{
    domain::fields::Fields,
    queries::person_access,
    store::{opened, people, people_blobs::DemographicsBlob},
};

/// Does it.
///
/// # Errors
/// `InvalidArgument`; `NotFound`; `PermissionDenied`; `Conflict` where the person changed meanwhile.
pub async fn set_demographics(db: &Db, ctx: &Ctx, req: SetDemographicsRequest) -> Result<SetDemographicsResponse> {
    let mut check = Fields::new();
    let id = check.id("person_id", &req.person_id);
    let given = req.demographics.as_ref().ok_or_else(|| Error::invalid().field("demographics", "Send the answers."))?;
    let mut one = |field: &str, list: &str, code: &str| check.optional_code(&format!("demographics.{field}"), list, code);
    let mut answers = DemographicsBlob {
        ethnicity: one("ethnicity", "ethnicity", &given.ethnicity),
        sex: one("sex", "sex", &given.sex),
        gender_identity: one("gender_identity", "gender_identity", &given.gender_identity),
        sexual_orientation: one("sexual_orientation", "sexual_orientation", &given.sexual_orientation),
        religion: one("religion", "religion", &given.religion),
        relationship_status: one("relationship_status", "relationship_status", &given.relationship_status),
        disability: one("disability", "disability", &given.disability),
        ..DemographicsBlob::default()
    };
    answers.impairments = check.codes("demographics.impairments", "impairment", &given.impairments);
    answers.additional_needs = check.codes("demographics.additional_needs", "additional_need", &given.additional_needs);
    answers.vulnerabilities = check.codes("demographics.vulnerabilities", "vulnerability", &given.vulnerabilities);
    let asked_at = check.past("demographics.asked_at", given.asked_at.map(|t| (t.seconds, t.nanos)), ctx.now());
    answers.asked_at = asked_at.timestamp_micros();
    check.finish()?;

    let mut tx = Tx::begin(db, ctx, ctx.permit()).await?;
    person_access::may_update(&mut tx, id, &[FieldClass::SpecialCategory]).await?;
    if let Some(answer) = tx.replay(&req.request_id, &req).await? {
        return Ok(answer);
    }
    let mut person = opened::get_for_update(&mut tx, id).await?;
    Fields::etag(&req.etag, person.row.version)?;
    let revision = ctx.new_id();
    let blob = tx.seal(id, FieldClass::SpecialCategory, revision, &answers).await?;
    people::insert_demographics(&mut tx, revision, id, asked_at, &ctx.principal().label(), &blob).await?;
    person.demographics = Some(answers);
    let version = opened::save(&mut tx, &mut person).await?;
    tx.changed(ResourceType::Person, id);
    tx.commit_with(SetDemographicsResponse { etag: version.to_string() }).await
}
