//! Tables as the contract shows them.

use chrono::{DateTime, Utc};
use prost_types::Timestamp;
use proto::reporting::v1::{ReportCell, ReportRow};

use crate::domain::table::{Cell, Row};

/// A row; the number behind a hidden cell does not leave.
pub fn row(row: Row) -> ReportRow {
    let cell = |cell: Cell| match cell {
        Cell::Value(value) => ReportCell { value: i64::try_from(value).unwrap_or(i64::MAX), suppressed: false, not_applicable: false },
        Cell::Suppressed => ReportCell { value: 0, suppressed: true, not_applicable: false },
        Cell::NotApplicable => ReportCell { value: 0, suppressed: false, not_applicable: true },
    };
    ReportRow { label: row.label, cells: row.cells.into_iter().map(cell).collect() }
}

/// An instant.
pub fn timestamp(at: DateTime<Utc>) -> Timestamp {
    Timestamp { seconds: at.timestamp(), nanos: at.timestamp_subsec_nanos().cast_signed() }
}
