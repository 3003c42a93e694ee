//! Anonymous reports: the list, one report as chart and table, the same as a file.

use axum::{Router, routing::get};

use crate::state::App;

pub mod csv;
pub mod figures;
pub mod labels;
pub mod list;
pub mod report;

/// The routes of this area, below `/t/{slug}`. `{name}` is a report, or a report and `.csv`.
pub fn routes() -> Router<App> {
    Router::new().route("/reports", get(list::get)).route("/reports/{name}", get(report::get))
}
