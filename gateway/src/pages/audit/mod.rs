//! The audit trail, for data protection officers and leads: who has seen a record, what somebody has done, unusual access, use of
//! the system by agency and role, and the export for the tenant's own monitoring.

use axum::{Router, routing::get};
use serde::Serialize;

use crate::{page::{PageResult, StaffPage}, state::App, view::{Link, PageTemplate}};

pub mod export;
pub mod record;
pub mod trail;
pub mod unusual;
pub mod usage;
pub mod usage_rules;
pub mod user;
pub mod words;

/// The routes of this area, below `/t/{slug}`.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/audit", get(home))
        .route("/audit/records/{kind}/{id}", get(record::get))
        .route("/audit/users/{id}", get(user::get).post(user::post))
        .route("/audit/unusual", get(unusual::get))
        .route("/audit/usage", get(usage::get))
        .route("/audit/export", get(export::get).post(export::post))
}

/// What the area offers.
#[derive(Serialize)]
pub struct AuditPage {
    acts: Vec<Act>,
}

#[derive(Serialize)]
struct Act {
    link: Link,
    text: &'static str,
}

impl PageTemplate for AuditPage {
    const TEMPLATE: &'static str = "pages/audit/home.html";

    fn samples() -> Vec<Self> {
        vec![Self { acts: acts("/t/example", true) }, Self { acts: acts("/t/example", false) }]
    }
}

fn acts(base: &str, may_export: bool) -> Vec<Act> {
    let act = |text: &str, path: &str, words| Act { link: Link::new(text, format!("{base}{path}")), text: words };
    let mut acts = vec![
        act("Unusual access", "/audit/unusual", "Very many records, records without a link to the reader, use at night, many refusals."),
        act("Use of the system", "/audit/usage", "How much each agency and role used the system in a month."),
        act("What a user has done", "/users", "Choose the user, then “What this user has done”."),
        act("Who has seen a case", "/cases", "Choose the case, then “Access”."),
    ];
    if may_export {
        acts.push(act("Export", "/audit/export", "The trail as a file for your own monitoring. The export is recorded."));
    }
    acts
}

/// Shows what the area offers.
///
/// # Errors
/// The page for what is not permitted.
pub async fn home(page: StaffPage) -> PageResult {
    page.require("audit_event.list")?;
    page.render(&page.frame("Audit"), &AuditPage { acts: acts(&page.href(""), page.may("audit_event.export")) })
}
