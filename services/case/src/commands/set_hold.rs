//! Puts a case on hold, or takes it off.

use chrono::{Days, NaiveDate};
use platform::{Ctx, Db, Error, Result, Tx, local_time};
use proto::{Action, FieldClass, case::v1::{SetHoldRequest, SetHoldResponse}};

use super::{case_change, case_input::{Check, FREE}};
use crate::{
    domain::lifecycle,
    store::{case_blobs::TextBlob, cases, timeline},
};

/// Longest time until a hold is looked at again.
const LONGEST: Days = Days::new(366);

/// Sets or clears the hold.
///
/// # Errors
/// `InvalidArgument`; `NotFound`; `PermissionDenied`; `Conflict` on the etag; `FailedPrecondition` (`CASE_CLOSED`,
/// `NOT_ON_HOLD`).
pub async fn run(db: &Db, ctx: &Ctx, request: SetHoldRequest) -> Result<SetHoldResponse> {
    let mut check = Check::new();
    let id = check.id("case_id", &request.case_id);
    let today = local_time::today(ctx.now());
    let (mut reason, mut review) = (String::new(), NaiveDate::default());
    if request.on_hold {
        reason = check.required("reason", &request.reason, FREE, "Enter why the case is on hold.");
        review = check.date("review_on", &request.review_on);
        if !request.review_on.is_empty() && (review <= today || today.checked_add_days(LONGEST).is_some_and(|last| review > last)) {
            check.wrong("review_on", "Enter a date after today and within a year.");
        }
    }
    check.done()?;

    let mut tx = Tx::begin(db, ctx, ctx.permit()).await?;
    let mut case = {
        let worked = cases::load_for_update(&mut tx, id).await?;
        let decision = ctx.decide(Action::Update, id, &worked.facts())?;
        if !decision.write.contains(FieldClass::Notes) {
            return Err(Error::denied());
        }
        worked.case
    };
    if let Some(answer) = tx.replay(&request.request_id, &request).await? {
        return Ok(answer);
    }
    case.check_etag(&request.etag)?;
    if case.is_closed() {
        return Err(lifecycle::closed());
    }
    if !request.on_hold && !case.on_hold {
        return Err(Error::precondition("NOT_ON_HOLD", "The case is not on hold."));
    }
    case.on_hold = request.on_hold;
    case.hold_review_on = request.on_hold.then_some(review);
    case.c_notes = if request.on_hold { Some(tx.seal(id, FieldClass::Notes, id, &TextBlob { text: reason }).await?) } else { None };
    case_change::save(&mut tx, &mut case).await?;
    timeline::add(&mut tx, id, "HOLD", &[if case.on_hold { "ON" } else { "OFF" }], None, None).await?;
    tx.commit_with(SetHoldResponse { etag: case.etag() }).await
}
