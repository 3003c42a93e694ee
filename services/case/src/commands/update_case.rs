//! Changes what is known of the harm, the risks and the justice process.

use access::decide::Decision;
use platform::{Ctx, Db, Error, Result, Tx, local_time};
use proto::{Action, FieldClass, case::v1::{UpdateCaseRequest, UpdateCaseResponse}};

use super::{case_change, case_input::{Check, FREE}};
use crate::{
    domain::lifecycle,
    store::{case_blobs::{OffenceBlob, TextBlob}, cases},
};

/// Replaces every field of the request. Fields of a class that the caller may not read come in empty and stay as they are.
///
/// # Errors
/// `InvalidArgument`; `NotFound`; `PermissionDenied`, also for a field of a class that the caller may not write;
/// `Conflict` on the etag; `FailedPrecondition` (`CASE_CLOSED`).
pub async fn run(db: &Db, ctx: &Ctx, request: UpdateCaseRequest) -> Result<UpdateCaseResponse> {
    let mut check = Check::new();
    let id = check.id("case_id", &request.case_id);
    let harm_type = check.optional_code("harm_type", "harm_type", &request.harm_type);
    let harm_date = check.optional_date("harm_date", &request.harm_date);
    if harm_date.is_some_and(|d| d > local_time::today(ctx.now())) {
        check.wrong("harm_date", "Enter a date that is not in the future.");
    }
    let justice_stage = check.optional_code("justice_stage", "criminal_justice_stage", &request.justice_stage);
    let crime_flags = check.codes("crime_flags", "crime_flag", &request.crime_flags);
    let hate_strands = check.codes("hate_strands", "hate_strand", &request.hate_strands);
    let risks = check.text("risks", &request.risks, FREE);
    check.done()?;

    let mut tx = Tx::begin(db, ctx, ctx.permit()).await?;
    let (mut case, decision) = {
        let worked = cases::load_for_update(&mut tx, id).await?;
        let decision = ctx.decide(Action::Update, id, &worked.facts())?;
        (worked.case, decision)
    };
    if let Some(answer) = tx.replay(&request.request_id, &request).await? {
        return Ok(answer);
    }
    case.check_etag(&request.etag)?;
    if case.is_closed() {
        return Err(lifecycle::closed());
    }

    let told = !harm_type.is_empty() || harm_date.is_some() || !justice_stage.is_empty() || !crime_flags.is_empty() || !hate_strands.is_empty();
    if writes(&decision, FieldClass::Offence, told)? {
        let old: OffenceBlob = tx.open(id, FieldClass::Offence, id, &case.c_offence).await?;
        let harm_date = harm_date.map(|d| d.to_string()).unwrap_or_default();
        let new = OffenceBlob { harm_type, harm_date, justice_stage, crime_flags, hate_strands, what_happened: old.what_happened };
        case.c_offence = tx.seal(id, FieldClass::Offence, id, &new).await?;
    }
    if writes(&decision, FieldClass::Risk, !risks.is_empty())? {
        case.c_risk = if risks.is_empty() { None } else { Some(tx.seal(id, FieldClass::Risk, id, &TextBlob { text: risks }).await?) };
    }
    case.complex_or_sensitive = request.complex_or_sensitive;
    case_change::save(&mut tx, &mut case).await?;
    tx.commit_with(UpdateCaseResponse { etag: case.etag() }).await
}

/// Whether a class is replaced: where the caller sees and may write it.
fn writes(decision: &Decision, class: FieldClass, told: bool) -> Result<bool> {
    let may = decision.read.contains(class) && decision.write.contains(class);
    if told && !may { Err(Error::denied()) } else { Ok(may) }
}
