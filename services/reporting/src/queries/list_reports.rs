//! The reports there are.

use access::class::ClassSet;
use platform::{Ctx, Result};
use proto::{Action, ResourceType, reporting::v1::ListReportsResponse};

use super::run_report::{definition, threshold};
use crate::domain::definition::Report;

/// All reports.
///
/// # Errors
/// `PermissionDenied` where the caller may see no report at all.
pub fn run(ctx: &Ctx) -> Result<ListReportsResponse> {
    ctx.scope(ResourceType::Report, Action::List, ClassSet::NONE)?;
    let threshold = threshold(ctx)?;
    Ok(ListReportsResponse { reports: Report::ALL.into_iter().map(|r| definition(r, threshold)).collect() })
}
