//! Runs a report: what the caller may count, then what may be shown of it.

use access::snapshot::Snapshot;
use platform::{Ctx, Db, Error, Result, Tx};
use proto::Action;
use proto::reporting::v1::{ReportDefinition, RunReportRequest, RunReportResponse};
use std::sync::Arc;

use super::{reach, reports};
use crate::{
    api::convert,
    domain::{
        definition::{Report, small_numbers},
        period::Period,
    },
    store::figures,
};

/// The report over the period.
///
/// # Errors
/// `InvalidArgument` with every wrong field; `PermissionDenied`, for a file also without a fresh proof (`STEP_UP_REQUIRED`); `NotFound` for an agency out of the caller's reach.
pub async fn run(db: &Db, ctx: &Ctx, request: RunReportRequest) -> Result<RunReportResponse> {
    let snapshot = snapshot(ctx)?;
    let action = if request.for_export { Action::Export } else { Action::Read };
    let reach = reach::of(ctx, &snapshot, &request.owner_node_id, action)?;
    if request.for_export {
        ctx.require_step_up()?;
    }
    let (report, period) = read(ctx, &request)?;
    let shown = threshold(ctx)?;
    let threshold = u64::from(shown);
    let mut tx = Tx::begin(db, ctx, ctx.permit()).await?;
    let table = match report {
        Report::ReferralsBySourceAndMonth => reports::referrals(&mut tx, &reach, period, threshold).await?,
        Report::CasesByHarmTypeAndStage => reports::cases(&mut tx, &reach, period, threshold).await?,
        Report::OutcomesByAgency => reports::outcomes(&mut tx, &reach, period, &snapshot, &reach::agencies(&snapshot), threshold).await?,
    };
    let as_of = figures::as_of(&mut tx, &reach).await?;
    tx.commit().await?;
    Ok(RunReportResponse {
        definition: Some(definition(report, shown)),
        from: period.from.to_string(),
        to: period.to.to_string(),
        columns: table.columns,
        rows: table.rows.into_iter().map(convert::row).collect(),
        totals: Some(convert::row(table.totals)),
        threshold: shown,
        data_as_of: as_of.map(convert::timestamp),
        units: table.units,
    })
}

fn read(ctx: &Ctx, request: &RunReportRequest) -> Result<(Report, Period)> {
    let report = Report::parse(&request.report);
    let period = Period::read(&request.from, &request.to, ctx.now());
    match (report, period) {
        (Some(report), Ok(period)) => Ok((report, period)),
        (report, period) => {
            let mut wrong = Error::invalid();
            if report.is_none() {
                wrong = wrong.field("report", "There is no report of this name.");
            }
            for (field, message) in period.err().unwrap_or_default() {
                wrong = wrong.field(field, message);
            }
            Err(wrong)
        }
    }
}

/// A report's definition, with the rule on small numbers.
pub(super) fn definition(report: Report, threshold: u32) -> ReportDefinition {
    ReportDefinition {
        name: report.name().into(),
        title: report.title().into(),
        counting_rule: format!("{} {}", report.counting_rule(), small_numbers(threshold)),
    }
}

fn snapshot(ctx: &Ctx) -> Result<Arc<Snapshot>> {
    ctx.snapshot().cloned().ok_or_else(Error::denied)
}

/// Numbers smaller than this are hidden: the tenant's setting.
pub(super) fn threshold(ctx: &Ctx) -> Result<u32> {
    Ok(snapshot(ctx)?.suppression_threshold())
}
