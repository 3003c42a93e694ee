//! Written sharing agreements, which the lead of a partnership keeps (domain.md I9).

use access::class::ClassSet;
use platform::{Ctx, Db, Error, Result, Tx, local_time};
use proto::{
    Action, FieldClass, ResourceType,
    case::v1::{CreateAgreementRequest, CreateAgreementResponse, EndAgreementRequest, EndAgreementResponse},
};
use uuid::Uuid;

use super::case_input::{Check, LINE};
use crate::{domain::agreement::{Agreement, shareable}, store::agreements};

/// Records an agreement.
///
/// # Errors
/// `InvalidArgument`; `PermissionDenied` for anybody who does not manage the cases of the whole tenant.
pub async fn create(db: &Db, ctx: &Ctx, request: CreateAgreementRequest) -> Result<CreateAgreementResponse> {
    require_lead(ctx)?;
    let mut check = Check::new();
    let name = check.required("name", &request.name, LINE, "Enter the name of the agreement.");
    let purpose = check.required("purpose", &request.purpose, 2_000, "Enter what the agreement is for.");
    let mut parties: Vec<Uuid> = request.party_node_ids.iter().map(|n| check.id("party_node_ids", n)).collect();
    parties.sort_unstable();
    parties.dedup();
    let known = |node: &Uuid| ctx.snapshot().is_some_and(|s| s.node(*node).is_some());
    if !(2..=50).contains(&parties.len()) || !parties.iter().all(known) {
        check.wrong("party_node_ids", "Choose from 2 to 50 agencies or teams of the partnership.");
    }
    let given: Vec<FieldClass> = request.classes.iter().map(|c| FieldClass::try_from(*c).unwrap_or_default()).collect();
    let classes = shareable(&given);
    if classes.is_none() {
        check.wrong("classes", "Choose what may be read. Notes for supervisors and staff records cannot be shared.");
    }
    let first = check.date("first_day", &request.first_day);
    let starts_at = first.and_hms_opt(0, 0, 0).map(local_time::instant).unwrap_or_default();
    if request.last_day.is_empty() {
        check.wrong("last_day", "Enter the last day of the agreement.");
    }
    let ends_at = check.last_day("last_day", &request.last_day, ctx.now()).unwrap_or_default();
    if !request.first_day.is_empty() && !request.last_day.is_empty() && starts_at >= ends_at {
        check.wrong("last_day", "Enter a last day that is not before the first.");
    }
    check.done()?;

    let mut tx = Tx::begin(db, ctx, ctx.permit()).await?;
    if let Some(answer) = tx.replay(&request.request_id, &request).await? {
        return Ok(answer);
    }
    let (id, made_by) = (ctx.new_id(), ctx.principal().label());
    let row = Agreement { id, name, purpose, parties, classes: classes.unwrap_or_default(), starts_at, ends_at, made_by };
    agreements::insert(&mut tx, &row).await?;
    tx.changed(ResourceType::Tenant, ctx.tenant());
    tx.commit_with(CreateAgreementResponse { agreement_id: row.id.to_string() }).await
}

/// Ends an agreement now. Every share under it ends in the same instant.
///
/// # Errors
/// `InvalidArgument`; `NotFound`, also where it has ended; `PermissionDenied`.
pub async fn end(db: &Db, ctx: &Ctx, request: EndAgreementRequest) -> Result<EndAgreementResponse> {
    let mut check = Check::new();
    let id = check.id("agreement_id", &request.agreement_id);
    check.done()?;
    require_lead(ctx)?;

    let mut tx = Tx::begin(db, ctx, ctx.permit()).await?;
    if let Some(answer) = tx.replay(&request.request_id, &request).await? {
        return Ok(answer);
    }
    let ended = agreements::end(&mut tx, id).await?.ok_or_else(Error::not_found)?;
    tx.changed(ResourceType::Tenant, ctx.tenant());
    tx.commit_with(EndAgreementResponse { ended_shares: u32::try_from(ended).unwrap_or(u32::MAX) }).await
}

/// Whether the caller keeps the agreements: who manages every case of the tenant.
pub fn is_lead(ctx: &Ctx) -> bool {
    ctx.scope(ResourceType::Case, Action::Manage, ClassSet::NONE).is_ok_and(|scope| scope.everything)
}

fn require_lead(ctx: &Ctx) -> Result<()> {
    if is_lead(ctx) { Ok(()) } else { Err(Error::denied()) }
}
